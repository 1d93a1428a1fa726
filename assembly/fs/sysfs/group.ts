// fs/sysfs/group.c: attributes that come and go together, in the object's directory or in a named one below it.

import { attribute, attribute_group, EEXIST, EINVAL, ENOENT, ENOMEM, sizeof_attribute_group } from "../../abi";
import { WARN } from "../../kernel/panic";
import { pr } from "../../kernel/printk/printk";
import { kobject_name, to_kobject } from "../../lib/kobject";
import { sysfs_dir_of } from "./dir";
import { sysfs_add_file, sysfs_remove_name } from "./file";
import { node_add, node_find, node_remove, SYSFS_BIN, SYSFS_DIR, SYSFS_FILE } from "./node";
import { sysfs_add_link } from "./symlink";

@inline
function attr_mode(attr: usize): u32 {
  return changetype<attribute>(attr).mode;
}

@inline
function attr_name(attr: usize): usize {
  return changetype<attribute>(attr).name;
}

function remove_all(dir: usize, list: usize, stop: usize): void {
  for (let at = list; at && at != stop && load<usize>(at); at += sizeof<usize>()) {
    sysfs_remove_name(dir, attr_name(load<usize>(at)));
  }
}

/** Adds one array of attributes; `visible`, a table slot or 0, gives the permission of each, 0 to leave it out. */
function add_all(dir: usize, kobj: usize, list: usize, visible: usize, kind: u32, update: bool): i32 {
  let i: i32 = 0;
  for (let at = list; at && load<usize>(at); at += sizeof<usize>(), i++) {
    const attr = load<usize>(at);
    if (update) sysfs_remove_name(dir, attr_name(attr));
    let mode = attr_mode(attr);
    if (visible) {
      mode = call_indirect<u32>(<u32>visible, kobj, attr, i);
      if (!mode) continue;
    }
    const error = sysfs_add_file(dir, attr, kind, mode, kobj);
    if (error) {
      remove_all(dir, list, at);
      return error;
    }
  }
  return 0;
}

function fill(dir: usize, kobj: usize, grp: attribute_group, update: bool): i32 {
  let error = add_all(dir, kobj, grp.attrs, grp.is_visible, SYSFS_FILE, update);
  if (error) return error;
  error = add_all(dir, kobj, grp.bin_attrs, grp.is_bin_visible, SYSFS_BIN, update);
  if (error) remove_all(dir, grp.attrs, 0);
  return error;
}

function create(kobj: usize, group: usize, update: bool): i32 {
  const grp = changetype<attribute_group>(group);
  if (!kobj || !to_kobject(kobj).sd) return -EINVAL;
  if (!grp.attrs && !grp.bin_attrs) {
    WARN(cstr("sysfs: attrs and bin_attrs not set for a group"));
    return -EINVAL;
  }
  let dir = to_kobject(kobj).sd;
  if (grp.name) {
    const existing = node_find(dir, grp.name);
    if (update ? !existing : existing) {
      if (update) pr(cstr("\x014Can't update unknown attr grp name: %s/%s"), kobject_name(kobj), grp.name);
      return update ? -EINVAL : -EEXIST;
    }
    dir = update ? existing : node_add(dir, grp.name, SYSFS_DIR, 0o755, kobj, kobj);
    if (!dir) return -ENOMEM;
  }
  const error = fill(dir, kobj, grp, update);
  if (error && grp.name) node_remove(dir);
  return error;
}

/** linux/sysfs.h. Adds a group of attributes to `kobj`; all or none. 0, -EINVAL, -EEXIST, -ENOMEM. Context: process. */
export function sysfs_create_group(kobj: usize, grp: usize): i32 {
  return create(kobj, grp, false);
}

/** linux/sysfs.h. Asks a group anew which attributes are visible. 0 or an error. Context: process. */
export function sysfs_update_group(kobj: usize, grp: usize): i32 {
  return create(kobj, grp, true);
}

/** linux/sysfs.h. Adds the groups of a 0-terminated array (or 0); all or none. 0 or an error. Context: process. */
export function sysfs_create_groups(kobj: usize, groups: usize): i32 {
  for (let at = groups; at && load<usize>(at); at += sizeof<usize>()) {
    const error = create(kobj, load<usize>(at), false);
    if (!error) continue;
    while (at > groups) {
      at -= sizeof<usize>();
      sysfs_remove_group(kobj, load<usize>(at));
    }
    return error;
  }
  return 0;
}

/** linux/sysfs.h. Removes a group. Context: process. */
export function sysfs_remove_group(kobj: usize, group: usize): void {
  const grp = changetype<attribute_group>(group);
  const dir = to_kobject(kobj).sd;
  if (!dir) return;
  if (!grp.name) {
    remove_all(dir, grp.attrs, 0);
    remove_all(dir, grp.bin_attrs, 0);
    return;
  }
  const at = node_find(dir, grp.name);
  if (at) node_remove(at);
  else WARN(cstr("sysfs group not found for kobject"));
}

/** linux/sysfs.h. Removes the groups of a 0-terminated array (or 0). Context: process. */
export function sysfs_remove_groups(kobj: usize, groups: usize): void {
  for (let at = groups; at && load<usize>(at); at += sizeof<usize>()) sysfs_remove_group(kobj, load<usize>(at));
}

/** linux/sysfs.h. Adds the attributes of `grp` to the existing group of its name. 0, -ENOENT, … Context: process. */
export function sysfs_merge_group(kobj: usize, grp: usize): i32 {
  const dir = node_find(sysfs_dir_of(kobj), changetype<attribute_group>(grp).name);
  return dir ? add_all(dir, kobj, changetype<attribute_group>(grp).attrs, 0, SYSFS_FILE, false) : -ENOENT;
}

/** linux/sysfs.h. Takes back what sysfs_merge_group added. Context: process. */
export function sysfs_unmerge_group(kobj: usize, grp: usize): void {
  const dir = node_find(sysfs_dir_of(kobj), changetype<attribute_group>(grp).name);
  if (dir) remove_all(dir, changetype<attribute_group>(grp).attrs, 0);
}

/** The directory of `kobj`, or of its group `group`. */
function group_dir(kobj: usize, group: usize): usize {
  const dir = to_kobject(kobj).sd;
  return group && dir ? node_find(dir, group) : dir;
}

/** linux/sysfs.h. Adds an attribute to group `group` (0: to the object's own directory). 0 or an error.
 *  Context: process. */
export function sysfs_add_file_to_group(kobj: usize, attr: usize, group: usize): i32 {
  return sysfs_add_file(group_dir(kobj, group), attr, SYSFS_FILE, attr_mode(attr), kobj);
}

/** linux/sysfs.h. Removes an attribute from a group. Context: process. */
export function sysfs_remove_file_from_group(kobj: usize, attr: usize, group: usize): void {
  sysfs_remove_name(group_dir(kobj, group), attr_name(attr));
}

/** linux/sysfs.h. Adds to group `group` a link to the directory of `target`. 0 or an error. Context: process. */
export function sysfs_add_link_to_group(kobj: usize, group: usize, target: usize, name: usize): i32 {
  return sysfs_add_link(group_dir(kobj, group), target, name, true);
}

/** linux/sysfs.h. Removes a link from a group. Context: process. */
export function sysfs_remove_link_from_group(kobj: usize, group: usize, name: usize): void {
  sysfs_remove_name(group_dir(kobj, group), name);
}

/** Lays out, in the `block` of a caller in the core, a 0-terminated array of one group that holds the `count`
 *  attributes of `stride` bytes at `attrs`; returns the array. The block takes 28 + 4 * (count + 1) bytes. */
export function sysfs_set_group(block: usize, attrs: usize, stride: usize, count: u32): usize {
  const grp = block + 8;
  const list = grp + sizeof_attribute_group;
  store<usize>(block, grp);
  store<usize>(block, 0, 4);
  for (let i: u32 = 0; i < count; i++) store<usize>(list + i * 4, attrs + i * stride);
  store<usize>(list + count * 4, 0);
  changetype<attribute_group>(grp).attrs = list;
  return block;
}
