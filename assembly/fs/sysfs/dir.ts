// fs/sysfs/dir.c: directories, one per registered kobject.

import { EEXIST, ENOENT, ENOMEM, GFP_KERNEL } from "../../abi";
import { kobject_name, to_kobject } from "../../lib/kobject";
import { kfree } from "../../mm/slub";
import { kstrdup } from "../../mm/util";
import { pr } from "../../kernel/printk/printk";
import { node, node_add, node_attach, node_detach, node_find, node_remove, SYSFS_DIR, sysfs_root } from "./node";

/** The directory node that children of `kobj` (0: of /sys) live in; 0 if it has none. */
export function sysfs_dir_of(kobj: usize): usize {
  return kobj ? to_kobject(kobj).sd : sysfs_root();
}

/** Says which name was taken. */
export function sysfs_warn_dup(name: usize): void {
  pr(cstr("\x014sysfs: cannot create duplicate filename '%s'"), name);
}

/** linux/sysfs.h. Makes the directory of `kobj` below that of its parent. 0, -ENOENT, -EEXIST, -ENOMEM.
 *  Context: process. (Differs: one namespace.) */
export function sysfs_create_dir_ns(kobj: usize, ns: usize): i32 {
  const parent = sysfs_dir_of(to_kobject(kobj).parent);
  if (!parent) return -ENOENT;
  if (node_find(parent, kobject_name(kobj))) {
    sysfs_warn_dup(kobject_name(kobj));
    return -EEXIST;
  }
  const dir = node_add(parent, kobject_name(kobj), SYSFS_DIR, 0o755, kobj, kobj);
  if (!dir) return -ENOMEM;
  to_kobject(kobj).sd = dir;
  return 0;
}

/** linux/sysfs.h. Removes the directory of `kobj` and all in it. Context: process. */
export function sysfs_remove_dir(kobj: usize): void {
  const dir = to_kobject(kobj).sd;
  to_kobject(kobj).sd = 0;
  if (dir) node_remove(dir);
}

/** linux/sysfs.h. Renames the directory of `kobj`. 0, -EEXIST, -ENOMEM. Context: process. */
export function sysfs_rename_dir_ns(kobj: usize, new_name: usize, new_ns: usize): i32 {
  const dir = node(to_kobject(kobj).sd);
  if (node_find(dir.parent, new_name)) return -EEXIST;
  const name = kstrdup(new_name, GFP_KERNEL);
  if (!name) return -ENOMEM;
  kfree(dir.name);
  dir.name = name;
  return 0;
}

/** linux/sysfs.h. Moves the directory of `kobj` below that of another kobject. 0, -ENOENT, -EEXIST.
 *  Context: process. */
export function sysfs_move_dir_ns(kobj: usize, new_parent_kobj: usize, new_ns: usize): i32 {
  const parent = sysfs_dir_of(new_parent_kobj);
  if (!parent) return -ENOENT;
  const dir = to_kobject(kobj).sd;
  if (node(dir).parent == parent) return 0;
  if (node_find(parent, node(dir).name)) return -EEXIST;
  node_detach(dir);
  node_attach(dir, parent);
  return 0;
}

/** Whether there is a directory in that of `kobj`. */
export function sysfs_has_subdirs(kobj: usize): bool {
  const dir = to_kobject(kobj).sd;
  if (!dir) return false;
  for (let at = node(dir).child; at; at = node(at).next) if (node(at).kind == SYSFS_DIR) return true;
  return false;
}
