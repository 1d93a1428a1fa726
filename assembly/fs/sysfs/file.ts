// fs/sysfs/file.c: attributes, and the two calls by which they write their text.

import { attribute, bin_attribute, EEXIST, EINVAL, ENOENT, ENOMEM, PAGE_SIZE } from "../../abi";
import { WARN } from "../../kernel/panic";
import { to_kobject } from "../../lib/kobject";
import { vscnprintf } from "../../lib/vsprintf";
import { sysfs_dir_of, sysfs_warn_dup } from "./dir";
import { node, node_add, node_find, node_remove, SYSFS_BIN, SYSFS_DIR, SYSFS_FILE } from "./node";

/** Adds `attr` of `kobj` to directory `dir`. */
export function sysfs_add_file(dir: usize, attr: usize, kind: u32, mode: u32, kobj: usize): i32 {
  if (!dir) return -ENOENT;
  const name = changetype<attribute>(attr).name;
  if (node_find(dir, name)) {
    sysfs_warn_dup(name);
    return -EEXIST;
  }
  return node_add(dir, name, kind, mode & 0o777, attr, kobj) ? 0 : -ENOMEM;
}

/** Removes the child of `dir` called `name`, if there is one that is no directory. */
export function sysfs_remove_name(dir: usize, name: usize): void {
  const at = dir ? node_find(dir, name) : 0;
  if (at && node(at).kind != SYSFS_DIR) node_remove(at);
}

/** linux/sysfs.h. Adds an attribute file to the directory of `kobj`. 0, -EINVAL, -ENOENT, -EEXIST, -ENOMEM.
 *  Context: process. (Differs: one namespace.) */
export function sysfs_create_file_ns(kobj: usize, attr: usize, ns: usize): i32 {
  if (!kobj || !to_kobject(kobj).sd || !attr) {
    WARN(cstr("sysfs_create_file: no object, no directory, or no attribute"));
    return -EINVAL;
  }
  return sysfs_add_file(to_kobject(kobj).sd, attr, SYSFS_FILE, changetype<attribute>(attr).mode, kobj);
}

/** linux/sysfs.h. Adds the attributes of a 0-terminated array; all or none. 0 or an error. Context: process. */
export function sysfs_create_files(kobj: usize, ptr: usize): i32 {
  for (let at = ptr; load<usize>(at); at += sizeof<usize>()) {
    const error = sysfs_create_file_ns(kobj, load<usize>(at), 0);
    if (!error) continue;
    while (at > ptr) {
      at -= sizeof<usize>();
      sysfs_remove_file_ns(kobj, load<usize>(at), 0);
    }
    return error;
  }
  return 0;
}

/** linux/sysfs.h. Removes an attribute file, waiting for those who read it. Context: process. */
export function sysfs_remove_file_ns(kobj: usize, attr: usize, ns: usize): void {
  sysfs_remove_name(to_kobject(kobj).sd, changetype<attribute>(attr).name);
}

/** linux/sysfs.h. Removes the attributes of a 0-terminated array. Context: process. */
export function sysfs_remove_files(kobj: usize, ptr: usize): void {
  for (let at = ptr; load<usize>(at); at += sizeof<usize>()) sysfs_remove_file_ns(kobj, load<usize>(at), 0);
}

/** linux/sysfs.h. An attribute removes itself from its own store(). 1 if this call removed it. Context: process. */
export function sysfs_remove_file_self(kobj: usize, attr: usize): i32 {
  const dir = to_kobject(kobj).sd;
  const at = dir ? node_find(dir, changetype<attribute>(attr).name) : 0;
  if (!at) return 0;
  node(at).active--; // the caller's own use must not keep the removal waiting; its reference keeps the node
  node_remove(at);
  node(at).active++;
  return 1;
}

/** linux/sysfs.h. Adds a binary attribute file. 0, -EINVAL, -ENOENT, -EEXIST, -ENOMEM. Context: process. */
export function sysfs_create_bin_file(kobj: usize, attr: usize): i32 {
  if (!kobj || !to_kobject(kobj).sd || !attr) {
    WARN(cstr("sysfs_create_bin_file: no object, no directory, or no attribute"));
    return -EINVAL;
  }
  const mode = changetype<attribute>(changetype<usize>(changetype<bin_attribute>(attr).attr)).mode;
  return sysfs_add_file(to_kobject(kobj).sd, attr, SYSFS_BIN, mode, kobj);
}

/** linux/sysfs.h. Removes a binary attribute file. Context: process. */
export function sysfs_remove_bin_file(kobj: usize, attr: usize): void {
  sysfs_remove_name(to_kobject(kobj).sd, changetype<attribute>(attr).name);
}

/** linux/sysfs.h. Changes an attribute's permission bits. 0, or -ENOENT. Context: process. */
export function sysfs_chmod_file(kobj: usize, attr: usize, mode: u32): i32 {
  const at = node_find(sysfs_dir_of(kobj), changetype<attribute>(attr).name);
  if (!at) return -ENOENT;
  node(at).mode = mode & 0o777;
  return 0;
}

/** linux/sysfs.h. Formats into an attribute's page, which begins at `buf`; returns the length. Context: any. */
export function sysfs_emit(buf: usize, fmt: usize, args: usize): i32 {
  if (!buf || buf & (<usize>PAGE_SIZE - 1)) {
    WARN(cstr("invalid sysfs_emit: the buffer is not a page"));
    return 0;
  }
  return vscnprintf(buf, PAGE_SIZE, fmt, args);
}

/** linux/sysfs.h. Formats into an attribute's page from offset `at` on; returns the length. Context: any. */
export function sysfs_emit_at(buf: usize, at: i32, fmt: usize, args: usize): i32 {
  if (!buf || buf & (<usize>PAGE_SIZE - 1) || <u32>at >= <u32>PAGE_SIZE) {
    WARN(cstr("invalid sysfs_emit_at: the buffer is not a page, or the offset is outside"));
    return 0;
  }
  return vscnprintf(buf + at, <u32>PAGE_SIZE - at, fmt, args);
}
