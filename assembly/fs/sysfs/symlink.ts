// fs/sysfs/symlink.c: links from one kobject's directory to another's.

import { EEXIST, ENOENT, ENOMEM } from "../../abi";
import { kstrdup } from "../../mm/util";
import { kfree } from "../../mm/slub";
import { GFP_KERNEL } from "../../abi";
import { to_kobject } from "../../lib/kobject";
import { sysfs_dir_of, sysfs_warn_dup } from "./dir";
import { sysfs_remove_name } from "./file";
import { node, node_add, node_find, SYSFS_LINK } from "./node";

/** Adds to directory `dir` a link to the directory of `target`. */
export function sysfs_add_link(dir: usize, target: usize, name: usize, warn: bool): i32 {
  const to = target ? to_kobject(target).sd : 0;
  if (!dir || !to) return -ENOENT;
  if (node_find(dir, name)) {
    if (warn) sysfs_warn_dup(name);
    return -EEXIST;
  }
  if (!node_add(dir, name, SYSFS_LINK, 0o777, to, 0)) return -ENOMEM;
  node(to).count++;
  return 0;
}

/** linux/sysfs.h. Links `name` in the directory of `kobj` (0: /sys) to that of `target`. 0, -ENOENT, -EEXIST, -ENOMEM.
 *  Context: process. */
export function sysfs_create_link(kobj: usize, target: usize, name: usize): i32 {
  return sysfs_add_link(sysfs_dir_of(kobj), target, name, true);
}

/** linux/sysfs.h. sysfs_create_link() that is silent if the name is taken. Context: process. */
export function sysfs_create_link_nowarn(kobj: usize, target: usize, name: usize): i32 {
  return sysfs_add_link(sysfs_dir_of(kobj), target, name, false);
}

/** linux/sysfs.h. Removes the link `name`. Context: process. */
export function sysfs_remove_link(kobj: usize, name: usize): void {
  sysfs_remove_name(sysfs_dir_of(kobj), name);
}

/** linux/sysfs.h. Removes the link `name`, which leads to `target`. Context: process. */
export function sysfs_delete_link(kobj: usize, target: usize, name: usize): void {
  sysfs_remove_link(kobj, name);
}

/** linux/sysfs.h. Renames a link to `target`. 0, -ENOENT, -EINVAL, -EEXIST, -ENOMEM. Context: process. */
export function sysfs_rename_link_ns(kobj: usize, target: usize, old_name: usize, new_name: usize, new_ns: usize): i32 {
  const dir = sysfs_dir_of(kobj);
  const at = dir ? node_find(dir, old_name) : 0;
  if (!at || node(at).kind != SYSFS_LINK || node(at).priv != to_kobject(target).sd) return -ENOENT;
  if (node_find(dir, new_name)) return -EEXIST;
  const name = kstrdup(new_name, GFP_KERNEL);
  if (!name) return -ENOMEM;
  kfree(node(at).name);
  node(at).name = name;
  return 0;
}
