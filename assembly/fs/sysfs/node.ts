// The tree of /sys: what fs/kernfs keeps for fs/sysfs. A node is a directory (of a kobject, or a named attribute
// group), an attribute, a binary attribute or a link. `kobject.sd` points to the node of a kobject's directory.
//
//   node ──parent──▶ node        children hang on `child`, siblings on `next`
//    └─ priv: kobject (DIR), attribute (FILE), bin_attribute (BIN), target node (LINK)

import { GFP_KERNEL } from "../../abi";
import { msleep } from "../../kernel/time/sleep";
import { kfree, kzalloc } from "../../mm/slub";
import { kstrdup } from "../../mm/util";
import { strcmp } from "../../lib/string";

export const SYSFS_DIR: u32 = 1;
export const SYSFS_FILE: u32 = 2;
export const SYSFS_BIN: u32 = 3;
export const SYSFS_LINK: u32 = 4;

@unmanaged
export class Node {
  parent: usize;
  next: usize;
  /** Directories: the first child; children stand in the order they were added. */
  child: usize;
  name: usize;
  kind: u32;
  /** Permission bits, as in st_mode. */
  mode: u32;
  priv: usize;
  /** Directories and attributes: the kobject they belong to. */
  kobj: usize;
  /** The tree's own reference and one per link that leads here. */
  count: u32;
  /** Reads and writes under way. */
  active: u32;
}

/** The root, /sys. */
const root = changetype<Node>(memory.data(offsetof<Node>(), 4));

@inline
export function node(at: usize): Node {
  return changetype<Node>(at);
}

export function sysfs_root(): usize {
  root.kind = SYSFS_DIR;
  root.mode = 0o755;
  return changetype<usize>(root);
}

/** The child of `dir` called `name`, 0 if there is none. */
export function node_find(dir: usize, name: usize): usize {
  for (let at = node(dir).child; at; at = node(at).next) if (!strcmp(node(at).name, name)) return at;
  return 0;
}

/** An attribute's name lies in the module that owns it, and goes no sooner than the attribute. */
@inline
function owns_name(kind: u32): bool {
  return kind == SYSFS_DIR || kind == SYSFS_LINK;
}

/** Adds a child to `dir`; 0 without memory. The name is not taken. */
export function node_add(dir: usize, name: usize, kind: u32, mode: u32, priv: usize, kobj: usize): usize {
  const at = kzalloc(offsetof<Node>(), GFP_KERNEL);
  if (!at) return 0;
  const n = node(at);
  n.name = owns_name(kind) ? kstrdup(name, GFP_KERNEL) : name;
  if (!n.name) {
    kfree(at);
    return 0;
  }
  n.kind = kind;
  n.mode = mode;
  n.priv = priv;
  n.kobj = kobj;
  n.count = 1;
  node_attach(at, dir);
  return at;
}

/** Hangs a free node behind the last child of `dir`. */
export function node_attach(at: usize, dir: usize): void {
  node(at).parent = dir;
  node(at).next = 0;
  let last = node(dir).child;
  if (!last) {
    node(dir).child = at;
    return;
  }
  while (node(last).next) last = node(last).next;
  node(last).next = at;
}

/** Takes a node from its parent's children. */
export function node_detach(at: usize): void {
  const parent = node(node(at).parent);
  if (parent.child == at) {
    parent.child = node(at).next;
  } else {
    let before = parent.child;
    while (node(before).next != at) before = node(before).next;
    node(before).next = node(at).next;
  }
  node(at).parent = 0;
  node(at).next = 0;
}

export function node_put(at: usize): void {
  if (--node(at).count) return;
  if (owns_name(node(at).kind)) kfree(node(at).name);
  kfree(at);
}

/** Removes a node and all below it, once nobody reads or writes them. Context: process. */
export function node_remove(at: usize): void {
  while (node(at).child) node_remove(node(at).child);
  node_detach(at);
  while (node(at).active) msleep(1);
  if (node(at).kind == SYSFS_LINK) node_put(node(at).priv);
  node_put(at);
}
