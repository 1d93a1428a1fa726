// fs/char_dev.c: which numbers belong to which character device, and what opening one of them calls.
//
//   chrdevs   who has reserved which numbers (/proc/devices), by major and minor
//   cdev_map  which struct cdev answers for which numbers; of several the one that names the fewest

import {
  CHRDEV_MAJOR_DYN_END,
  CHRDEV_MAJOR_DYN_EXT_END,
  CHRDEV_MAJOR_DYN_EXT_START,
  CHRDEV_MAJOR_MAX,
  EBUSY,
  EINVAL,
  ENOMEM,
  GFP_KERNEL,
  MINORBITS,
  MINORMASK,
  cdev,
  file_operations,
  kobj_type,
  sizeof_cdev,
  sizeof_kobj_type,
  sizeof_mutex,
} from "../abi";
import { to_device } from "../drivers/base/base";
import { device_add, device_del } from "../drivers/base/core";
import { __mutex_init, mutex_lock, mutex_unlock } from "../kernel/locking/mutex";
import { module_put, try_module_get } from "../kernel/module/refs";
import { WARN } from "../kernel/panic";
import { pr } from "../kernel/printk/printk";
import { ERR_PTR, IS_ERR, PTR_ERR } from "../lib/err";
import { kobject_get, kobject_get_unless_zero, kobject_init, kobject_name_set, kobject_put } from "../lib/kobject";
import { INIT_LIST_HEAD } from "../lib/list";
import { seq_printf, seq_puts } from "../lib/seq_buf";
import { strscpy } from "../lib/string";
import { kfree, kzalloc } from "../mm/slub";

/** What __register_chrdev_region reserved. */
@unmanaged
class Region {
  next: usize;
  major: u32;
  baseminor: u32;
  minorct: u32;
  /** Of __register_chrdev: the cdev that it made. */
  cdev: usize;
}
const NAME_BYTES: usize = 64;

/** A range of numbers that a cdev answers for. */
@unmanaged
class Probe {
  next: usize;
  dev: u32;
  range: u32;
  cdev: usize;
}

@unmanaged
class State {
  regions: usize;
  probes: usize;
}

const state = changetype<State>(memory.data(offsetof<State>(), 4));
const chrdevs_lock = memory.data(sizeof_mutex, 8);
const ktype_cdev_default = memory.data(sizeof_kobj_type, 4);
const ktype_cdev_dynamic = memory.data(sizeof_kobj_type, 4);

export function chrdev_init(): void {
  __mutex_init(chrdevs_lock, cstr("chrdevs_lock"), 0);
  changetype<kobj_type>(ktype_cdev_default).release = cdev_default_release.index;
  changetype<kobj_type>(ktype_cdev_dynamic).release = cdev_dynamic_release.index;
}

@inline
function region(at: usize): Region {
  return changetype<Region>(at);
}

@inline
function probe(at: usize): Probe {
  return changetype<Probe>(at);
}

@inline
export function to_cdev(p: usize): cdev {
  return changetype<cdev>(p);
}

@inline
function cdev_kobj(p: usize): usize {
  return changetype<usize>(to_cdev(p).kobj);
}

// ── Numbers ──

function major_used(major: u32): bool {
  for (let at = state.regions; at; at = region(at).next) if (region(at).major == major) return true;
  return false;
}

function find_dynamic_major(): u32 {
  for (let major: u32 = 254; major >= CHRDEV_MAJOR_DYN_END; major--) if (!major_used(major)) return major;
  for (let major = CHRDEV_MAJOR_DYN_EXT_START; major >= CHRDEV_MAJOR_DYN_EXT_END; major--) {
    if (!major_used(major)) return major;
  }
  return 0;
}

/** Enters a region in its place, or -EBUSY if it meets another; `major` 0: any that is free. */
function insert(r: Region, name: usize): i32 {
  if (!r.major) {
    r.major = find_dynamic_major();
    if (!r.major) {
      pr(cstr('\x013CHRDEV "%s" dynamic allocation region is full'), name);
      return -EBUSY;
    }
  }
  let before: usize = 0;
  let at = state.regions;
  for (; at; before = at, at = region(at).next) {
    const other = region(at);
    if (other.major < r.major) continue;
    if (other.major > r.major || other.baseminor >= r.baseminor + r.minorct) break;
    if (other.baseminor + other.minorct > r.baseminor) return -EBUSY;
  }
  r.next = at;
  if (before) region(before).next = changetype<usize>(r);
  else state.regions = changetype<usize>(r);
  return 0;
}

function register_region(major: u32, baseminor: u32, minorct: u32, name: usize): usize {
  if (major >= CHRDEV_MAJOR_MAX) {
    pr(
      cstr('\x013CHRDEV "%s" major requested (%u) is greater than the maximum (%u)'),
      name,
      major,
      CHRDEV_MAJOR_MAX - 1,
    );
    return ERR_PTR(-EINVAL);
  }
  if (minorct > MINORMASK + 1 - baseminor) {
    pr(
      cstr(
        '\x013CHRDEV "%s" minor range requested (%u-%u) is out of range of maximum range (%u-%u) for a single major',
      ),
      name,
      baseminor,
      baseminor + minorct - 1,
      0,
      MINORMASK,
    );
    return ERR_PTR(-EINVAL);
  }
  const r = kzalloc(offsetof<Region>() + NAME_BYTES, GFP_KERNEL);
  if (!r) return ERR_PTR(-ENOMEM);
  region(r).major = major;
  region(r).baseminor = baseminor;
  region(r).minorct = minorct;
  strscpy(r + offsetof<Region>(), name, NAME_BYTES);
  mutex_lock(chrdevs_lock);
  const error = insert(region(r), name);
  mutex_unlock(chrdevs_lock);
  if (!error) return r;
  kfree(r);
  return ERR_PTR(error);
}

/** Takes a region out; 0 if there is none that is just so. */
function unregister_region(major: u32, baseminor: u32, minorct: u32): usize {
  mutex_lock(chrdevs_lock);
  let before: usize = 0;
  let at = state.regions;
  for (; at; before = at, at = region(at).next) {
    const r = region(at);
    if (r.major == major && r.baseminor == baseminor && r.minorct == minorct) break;
  }
  if (at && before) region(before).next = region(at).next;
  else if (at) state.regions = region(at).next;
  mutex_unlock(chrdevs_lock);
  return at;
}

/** The first number behind `n` of another major, or `to`. */
@inline
function next_major(n: u32, to: u32): u32 {
  return min(((n >> MINORBITS) + 1) << MINORBITS, to);
}

/** linux/fs.h. Reserves `count` numbers from `from` on. 0, -EBUSY if one is taken, -EINVAL, -ENOMEM. Context:
 *  process. */
export function register_chrdev_region(from: u32, count: u32, name: usize): i32 {
  const to = from + count;
  for (let n = from; n < to; n = next_major(n, to)) {
    const r = register_region(n >> MINORBITS, n & MINORMASK, next_major(n, to) - n, name);
    if (!IS_ERR(r)) continue;
    unregister_chrdev_region(from, n - from);
    return PTR_ERR(r);
  }
  return 0;
}

/** linux/fs.h. Reserves `count` minors from `baseminor` on, of a major that is free; the first number goes to `*dev`.
 *  0 or an error. Context: process. */
export function alloc_chrdev_region(dev: usize, baseminor: u32, count: u32, name: usize): i32 {
  const r = register_region(0, baseminor, count, name);
  if (IS_ERR(r)) return PTR_ERR(r);
  store<u32>(dev, (region(r).major << MINORBITS) | region(r).baseminor);
  return 0;
}

/** linux/fs.h. Gives numbers back. Context: process. */
export function unregister_chrdev_region(from: u32, count: u32): void {
  const to = from + count;
  for (let n = from; n < to; n = next_major(n, to)) {
    kfree(unregister_region(n >> MINORBITS, n & MINORMASK, next_major(n, to) - n));
  }
}

/** linux/fs.h. Reserves `count` minors of `major` (0: any) and makes a cdev that answers for them with `fops`; what
 *  register_chrdev() becomes. 0, or the major if it was 0, or an error. Context: process. */
export function __register_chrdev(major: u32, baseminor: u32, count: u32, name: usize, fops: usize): i32 {
  const r = register_region(major, baseminor, count, name);
  if (IS_ERR(r)) return PTR_ERR(r);
  const p = cdev_alloc();
  let error: i32 = -ENOMEM;
  if (p) {
    to_cdev(p).owner = changetype<file_operations>(fops).owner;
    to_cdev(p).ops = fops;
    kobject_name_set(cdev_kobj(p), name);
    error = cdev_add(p, (region(r).major << MINORBITS) | baseminor, count);
    if (!error) {
      region(r).cdev = p;
      return major ? 0 : <i32>region(r).major;
    }
    kobject_put(cdev_kobj(p));
  }
  kfree(unregister_region(region(r).major, baseminor, count));
  return error;
}

/** linux/fs.h. Undoes __register_chrdev(). Context: process. */
export function __unregister_chrdev(major: u32, baseminor: u32, count: u32, name: usize): void {
  const r = unregister_region(major, baseminor, count);
  if (r && region(r).cdev) cdev_del(region(r).cdev);
  kfree(r);
}

/** Writes /proc/devices to the seq_buf `s`. */
export function proc_devices(s: usize): void {
  seq_puts(s, cstr("Character devices:\n"));
  for (let at = state.regions; at; at = region(at).next) {
    seq_printf(s, cstr("%3d %s\n"), region(at).major, at + offsetof<Region>());
  }
  seq_puts(s, cstr("\nBlock devices:\n"));
}

// ── Devices ──

/** linux/cdev.h. Readies a struct cdev that its owner has memory for. Context: any. */
export function cdev_init(p: usize, fops: usize): void {
  memory.fill(p, 0, sizeof_cdev);
  INIT_LIST_HEAD(changetype<usize>(to_cdev(p).list));
  kobject_init(cdev_kobj(p), ktype_cdev_default);
  to_cdev(p).ops = fops;
}

/** linux/cdev.h. A new struct cdev, which is freed with its last reference; NULL without memory. Context: process. */
export function cdev_alloc(): usize {
  const p = kzalloc(sizeof_cdev, GFP_KERNEL);
  if (!p) return 0;
  INIT_LIST_HEAD(changetype<usize>(to_cdev(p).list));
  kobject_init(cdev_kobj(p), ktype_cdev_dynamic);
  return p;
}

function cdev_default_release(kobj: usize): void {
  kobject_put(to_cdev(kobj).kobj.parent);
}

function cdev_dynamic_release(kobj: usize): void {
  const parent = to_cdev(kobj).kobj.parent;
  kfree(kobj);
  kobject_put(parent);
}

/** linux/cdev.h. Makes a device answer for `count` numbers from `dev` on; it can be opened from now on. 0, -EBUSY for
 *  number 0, -ENOMEM. Context: process. */
export function cdev_add(p: usize, dev: u32, count: u32): i32 {
  to_cdev(p).dev = dev;
  to_cdev(p).count = count;
  if (!dev) {
    WARN(cstr("cdev_add: 0:0 is no device number"));
    return -EBUSY;
  }
  const added = kzalloc(offsetof<Probe>(), GFP_KERNEL);
  if (!added) return -ENOMEM;
  probe(added).dev = dev;
  probe(added).range = count;
  probe(added).cdev = p;
  mutex_lock(chrdevs_lock);
  probe(added).next = state.probes;
  state.probes = added;
  mutex_unlock(chrdevs_lock);
  kobject_get(to_cdev(p).kobj.parent);
  return 0;
}

/** linux/cdev.h. Takes a device away: nobody can open it any more. Files that are open stay so. Context: process. */
export function cdev_del(p: usize): void {
  mutex_lock(chrdevs_lock);
  let before: usize = 0;
  let at = state.probes;
  for (; at && probe(at).cdev != p; at = probe(at).next) before = at;
  if (at && before) probe(before).next = probe(at).next;
  else if (at) state.probes = probe(at).next;
  mutex_unlock(chrdevs_lock);
  kfree(at);
  kobject_put(cdev_kobj(p));
}

/** linux/cdev.h. What the device keeps a reference of while it lives; before cdev_add(). Context: any. */
export function cdev_set_parent(p: usize, kobj: usize): void {
  to_cdev(p).kobj.parent = kobj;
}

/** linux/cdev.h. cdev_add() for a device's number, if it has one, with the device as parent, and device_add(). 0 or
 *  an error. Context: process. */
export function cdev_device_add(p: usize, dev: usize): i32 {
  const devt = to_device(dev).devt;
  if (devt) {
    cdev_set_parent(p, changetype<usize>(to_device(dev).kobj));
    const error = cdev_add(p, devt, 1);
    if (error) return error;
  }
  const error = device_add(dev);
  if (error && devt) cdev_del(p);
  return error;
}

/** linux/cdev.h. Undoes cdev_device_add(). Context: process. */
export function cdev_device_del(p: usize, dev: usize): void {
  device_del(dev);
  if (to_device(dev).devt) cdev_del(p);
}

// ── Opening ──

/** The device that answers for a number, referenced like its module; 0 if there is none. */
export function cdev_get(dev: u32): usize {
  mutex_lock(chrdevs_lock);
  let best: usize = 0;
  for (let at = state.probes; at; at = probe(at).next) {
    if (dev - probe(at).dev >= probe(at).range) continue;
    if (!best || probe(at).range < probe(best).range) best = at;
  }
  let found = best ? probe(best).cdev : 0;
  if (found && !try_module_get(to_cdev(found).owner)) found = 0;
  if (found && !kobject_get_unless_zero(cdev_kobj(found))) {
    module_put(to_cdev(found).owner);
    found = 0;
  }
  mutex_unlock(chrdevs_lock);
  return found;
}

/** Drops what cdev_get() took. */
export function cdev_put(p: usize): void {
  const owner = to_cdev(p).owner;
  kobject_put(cdev_kobj(p));
  module_put(owner);
}

/** Takes the module of a driver's operations: `fops`, or 0 if it goes away. */
export function fops_get(fops: usize): usize {
  return fops && try_module_get(changetype<file_operations>(fops).owner) ? fops : 0;
}

export function fops_put(fops: usize): void {
  if (fops) module_put(changetype<file_operations>(fops).owner);
}
