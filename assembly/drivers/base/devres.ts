// drivers/base/devres.c: resources that a device gives back by itself when its driver goes, the latest first.
//
//   device.devres_head ⇄ node ⇄ node ⇄ …      a node's data, what drivers see, lies right behind it;
//                                              two empty nodes, an opening and a closing one, bracket a group

import { device, ENODEV, ENOENT, __GFP_ZERO } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "../../kernel/locking/spinlock";
import { BUG, WARN } from "../../kernel/panic";
import {
  INIT_LIST_HEAD,
  list_add_tail,
  list_del_init,
  list_empty,
  list_move_tail,
  list_next,
  list_prev,
} from "../../lib/list";
import { __kmalloc, kfree } from "../../mm/slub";
import { to_device } from "./base";

@unmanaged
export class Devres {
  next: usize;
  prev: usize;
  /** Table slot of void (*)(struct device *, void *res). */
  release: u32;
  /** What it is, a C string. */
  name: usize;
  size: usize;
  pad: u32;
}

/** Two brackets and the group's name. */
@unmanaged
class Group {
  id: usize;
  /** Brackets that a removal has met; 0 outside of one. */
  met: u32;
}

const NODE_BYTES: usize = offsetof<Devres>();
const CLOSE: usize = NODE_BYTES;
const GROUP: usize = 2 * NODE_BYTES;

@inline
export function devres_head(dev: usize): usize {
  return changetype<usize>(to_device(dev).devres_head);
}

@inline
function lock_of(dev: usize): usize {
  return changetype<usize>(to_device(dev).devres_lock);
}

@inline
function data_of(dr: usize): usize {
  return dr + NODE_BYTES;
}

/** The node of a resource that __devres_alloc_node returned. */
@inline
export function devres_of(res: usize): Devres {
  return changetype<Devres>(res - NODE_BYTES);
}

/** Release functions of the brackets: only their table slots matter, by which a bracket is known. */
function group_open(dev: usize, res: usize): void {}

function group_close(dev: usize, res: usize): void {}

/** The group that a bracket belongs to, 0 if `dr` is an ordinary resource. */
function group_of(dr: usize): usize {
  const release = changetype<Devres>(dr).release;
  if (release == group_open.index) return dr;
  if (release == group_close.index) return dr - CLOSE;
  return 0;
}

@inline
function group(grp: usize): Group {
  return changetype<Group>(grp + GROUP);
}

/** A node with `size` bytes of data; its data, or 0 without memory. */
export function alloc_dr(release: u32, size: usize, gfp: u32, name: usize): usize {
  if (size > <usize>i32.MAX_VALUE) return 0;
  const dr = __kmalloc(NODE_BYTES + size, gfp);
  if (!dr) return 0;
  INIT_LIST_HEAD(dr);
  changetype<Devres>(dr).release = release;
  changetype<Devres>(dr).name = name;
  changetype<Devres>(dr).size = size;
  return data_of(dr);
}

/** linux/device.h. Memory for a managed resource, `size` bytes, zeroed; 0 without memory. `release` is the table slot
 *  that gives it back, `name` its text. Hand it to devres_add() or devres_free(). Context: as `gfp`. */
export function __devres_alloc_node(release: u32, size: usize, gfp: u32, nid: i32, name: usize): usize {
  return alloc_dr(release, size, gfp | __GFP_ZERO, name);
}

/** linux/device.h. Frees a resource that no device has. Context: any. */
export function devres_free(res: usize): void {
  if (!res) return;
  if (!list_empty(res - NODE_BYTES)) BUG(cstr("devres_free: the resource still belongs to a device"));
  kfree(res - NODE_BYTES);
}

/** linux/device.h. Gives `dev` a resource; it is released when the driver goes. Context: any. */
export function devres_add(dev: usize, res: usize): void {
  const flags = _raw_spin_lock_irqsave(lock_of(dev));
  if (!list_empty(res - NODE_BYTES)) BUG(cstr("devres_add: the resource already belongs to a device"));
  list_add_tail(res - NODE_BYTES, devres_head(dev));
  _raw_spin_unlock_irqrestore(lock_of(dev), flags);
}

/** The latest resource with that release function that `match` (a table slot or 0) accepts; 0 if none. Lock held. */
function find(dev: usize, release: u32, match: u32, match_data: usize): usize {
  const head = devres_head(dev);
  for (let dr = list_prev(head); dr != head; dr = list_prev(dr)) {
    if (changetype<Devres>(dr).release != release) continue;
    if (match && !call_indirect<i32>(match, dev, data_of(dr), match_data)) continue;
    return dr;
  }
  return 0;
}

/** linux/device.h. The latest resource of `dev` with this release function that `match` accepts; 0 if none.
 *  Context: any. */
export function devres_find(dev: usize, release: u32, match: u32, match_data: usize): usize {
  const flags = _raw_spin_lock_irqsave(lock_of(dev));
  const dr = find(dev, release, match, match_data);
  _raw_spin_unlock_irqrestore(lock_of(dev), flags);
  return dr ? data_of(dr) : 0;
}

/** linux/device.h. The resource of `dev` that is like `new_res`, which is then freed; else `new_res`, added.
 *  Context: any. */
export function devres_get(dev: usize, new_res: usize, match: u32, match_data: usize): usize {
  const flags = _raw_spin_lock_irqsave(lock_of(dev));
  const dr = find(dev, devres_of(new_res).release, match, match_data);
  if (!dr) list_add_tail(new_res - NODE_BYTES, devres_head(dev));
  _raw_spin_unlock_irqrestore(lock_of(dev), flags);
  if (!dr) return new_res;
  devres_free(new_res);
  return data_of(dr);
}

/** linux/device.h. Takes a resource from `dev`; 0 if there is none. The caller frees it. Context: any. */
export function devres_remove(dev: usize, release: u32, match: u32, match_data: usize): usize {
  const flags = _raw_spin_lock_irqsave(lock_of(dev));
  const dr = find(dev, release, match, match_data);
  if (dr) list_del_init(dr);
  _raw_spin_unlock_irqrestore(lock_of(dev), flags);
  return dr ? data_of(dr) : 0;
}

/** linux/device.h. Takes a resource from `dev` and frees it without releasing it. 0, or -ENOENT. Context: any. */
export function devres_destroy(dev: usize, release: u32, match: u32, match_data: usize): i32 {
  const res = devres_remove(dev, release, match, match_data);
  if (!res) return -ENOENT;
  devres_free(res);
  return 0;
}

/** linux/device.h. Takes a resource from `dev`, releases and frees it. 0, or -ENOENT. Context: as the release. */
export function devres_release(dev: usize, release: u32, match: u32, match_data: usize): i32 {
  const res = devres_remove(dev, release, match, match_data);
  if (!res) return -ENOENT;
  call_indirect<void>(release, dev, res);
  devres_free(res);
  return 0;
}

/** linux/device.h. Calls `fn(dev, res, data)` for each such resource, the latest first. Context: any; `fn` may remove
 *  the resource it gets. */
export function devres_for_each_res(
  dev: usize,
  release: u32,
  match: u32,
  match_data: usize,
  fn: u32,
  data: usize,
): void {
  if (!fn) return;
  const flags = _raw_spin_lock_irqsave(lock_of(dev));
  const head = devres_head(dev);
  let before: usize = 0;
  for (let dr = list_prev(head); dr != head; dr = before) {
    before = list_prev(dr);
    if (changetype<Devres>(dr).release != release) continue;
    if (match && !call_indirect<i32>(match, dev, data_of(dr), match_data)) continue;
    call_indirect<void>(fn, dev, data_of(dr), data);
  }
  _raw_spin_unlock_irqrestore(lock_of(dev), flags);
}

/** Moves the resources in [first, end) to `todo`, and with them the groups that lie wholly inside. Lock held. */
function collect(first: usize, end: usize, todo: usize): i32 {
  let count: i32 = 0;
  let brackets: u32 = 0;
  let next: usize = 0;
  for (let dr = first; dr != end; dr = next) {
    next = list_next(dr);
    const grp = group_of(dr);
    if (grp) {
      group(grp).met = 0;
      brackets++;
    } else {
      if (dr == first) first = next;
      list_move_tail(dr, todo);
      count++;
    }
  }
  if (!brackets) return count;
  for (let dr = first; dr != end; dr = next) {
    // only brackets are left, and a group ends where its closing one is met
    next = list_next(dr);
    const grp = group_of(dr);
    const open = list_empty(grp + CLOSE);
    if (++group(grp).met + <u32>open < 2) continue;
    list_move_tail(grp, todo);
    list_del_init(grp + CLOSE);
  }
  return count;
}

/** Releases and frees what `collect` moved, the latest first. */
function release_todo(dev: usize, todo: usize): void {
  let before: usize = 0;
  for (let dr = list_prev(todo); dr != todo; dr = before) {
    before = list_prev(dr);
    call_indirect<void>(changetype<Devres>(dr).release, dev, data_of(dr));
    kfree(dr);
  }
}

/** Releases all resources of `dev`, the latest first; their number.
 *  Context: process. */
export function devres_release_all(dev: usize): i32 {
  if (!list_next(devres_head(dev))) {
    WARN(cstr("devres_release_all: the device was never initialised"));
    return -ENODEV;
  }
  if (list_empty(devres_head(dev))) return 0;
  const todo = stack_alloc(16);
  INIT_LIST_HEAD(todo);
  const flags = _raw_spin_lock_irqsave(lock_of(dev));
  const count = collect(list_next(devres_head(dev)), devres_head(dev), todo);
  _raw_spin_unlock_irqrestore(lock_of(dev), flags);
  release_todo(dev, todo);
  stack_free(16);
  return count;
}

// ── Groups ──

/** linux/device.h. Opens a group of resources called `id` (0: by itself); its name, or 0 without memory.
 *  Context: as `gfp`. */
export function devres_open_group(dev: usize, id: usize, gfp: u32): usize {
  const grp = __kmalloc(GROUP + offsetof<Group>(), gfp | __GFP_ZERO);
  if (!grp) return 0;
  INIT_LIST_HEAD(grp);
  INIT_LIST_HEAD(grp + CLOSE);
  changetype<Devres>(grp).release = group_open.index;
  changetype<Devres>(grp).name = cstr("grp<");
  changetype<Devres>(grp + CLOSE).release = group_close.index;
  changetype<Devres>(grp + CLOSE).name = cstr("grp>");
  group(grp).id = id ? id : grp;
  const flags = _raw_spin_lock_irqsave(lock_of(dev));
  list_add_tail(grp, devres_head(dev));
  _raw_spin_unlock_irqrestore(lock_of(dev), flags);
  return group(grp).id;
}

/** The latest group called `id`; id 0: the latest that is open. Lock held. */
function find_group(dev: usize, id: usize): usize {
  const head = devres_head(dev);
  for (let dr = list_prev(head); dr != head; dr = list_prev(dr)) {
    if (changetype<Devres>(dr).release != group_open.index) continue;
    if (id ? group(dr).id == id : list_empty(dr + CLOSE)) return dr;
  }
  return 0;
}

/** linux/device.h. Closes a group (id 0: the latest open one). Context: any. */
export function devres_close_group(dev: usize, id: usize): void {
  const flags = _raw_spin_lock_irqsave(lock_of(dev));
  const grp = find_group(dev, id);
  if (grp) list_add_tail(grp + CLOSE, devres_head(dev));
  else WARN(cstr("devres_close_group: no such group"));
  _raw_spin_unlock_irqrestore(lock_of(dev), flags);
}

/** linux/device.h. Forgets a group; its resources stay with the device. Context: any. */
export function devres_remove_group(dev: usize, id: usize): void {
  const flags = _raw_spin_lock_irqsave(lock_of(dev));
  const grp = find_group(dev, id);
  if (grp) {
    list_del_init(grp);
    list_del_init(grp + CLOSE);
  } else {
    WARN(cstr("devres_remove_group: no such group"));
  }
  _raw_spin_unlock_irqrestore(lock_of(dev), flags);
  kfree(grp);
}

/** linux/device.h. Releases the resources of a group and the group; the number of resources. Context: process. */
export function devres_release_group(dev: usize, id: usize): i32 {
  const todo = stack_alloc(16);
  INIT_LIST_HEAD(todo);
  let count: i32 = 0;
  const flags = _raw_spin_lock_irqsave(lock_of(dev));
  const grp = find_group(dev, id);
  if (grp) {
    const close = grp + CLOSE;
    count = collect(grp, list_empty(close) ? devres_head(dev) : list_next(close), todo);
  } else if (list_empty(devres_head(dev))) {
    count = 0; // a driver that failed to probe has nothing left, and says so by releasing its group
  } else {
    WARN(cstr("devres_release_group: no such group"));
  }
  _raw_spin_unlock_irqrestore(lock_of(dev), flags);
  release_todo(dev, todo);
  stack_free(16);
  return count;
}
