// lib/kobject.c: counted, named objects with a parent. Each registered one is a directory of /sys; ksets collect them.

import {
  EEXIST,
  EINVAL,
  EIO,
  ENOENT,
  ENOMEM,
  GFP_KERNEL,
  kobj_attribute,
  KOBJ_REMOVE,
  kobj_type,
  kobject,
  kset,
  sizeof_kobj_type,
  sizeof_kobject,
  sizeof_kset,
  sizeof_sysfs_ops,
  sysfs_ops,
} from "../abi";
import { sysfs_create_dir_ns, sysfs_move_dir_ns, sysfs_remove_dir, sysfs_rename_dir_ns } from "../fs/sysfs/dir";
import { sysfs_create_groups, sysfs_remove_groups } from "../fs/sysfs/group";
import { _raw_spin_lock, _raw_spin_unlock } from "../kernel/locking/spinlock";
import { WARN } from "../kernel/panic";
import { pr } from "../kernel/printk/printk";
import { kfree, kzalloc } from "../mm/slub";
import { kvasprintf } from "./kasprintf";
import { kobject_uevent } from "./kobject_uevent";
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_next } from "./list";
import { refcount_dec_and_test, refcount_inc, refcount_inc_not_zero, refcount_set } from "./refcount";
import { strchr, strcmp, strlen } from "./string";
import { va_block, va_free } from "./vsprintf";

/** linux/kobject.h. `const struct sysfs_ops kobj_sysfs_ops`: the operations of attributes that are struct
 *  kobj_attribute. */
export const kobj_sysfs_ops = memory.data(sizeof_sysfs_ops, 4);

/** Types of kobjects and ksets that the core itself allocates. */
const dynamic_kobj_ktype = memory.data(sizeof_kobj_type, 4);
const kset_ktype = memory.data(sizeof_kobj_type, 4);

@inline
export function to_kobject(kobj: usize): kobject {
  return changetype<kobject>(kobj);
}

@inline
export function kobject_name(kobj: usize): usize {
  return to_kobject(kobj).name;
}

@inline
function ref_of(kobj: usize): usize {
  return changetype<usize>(to_kobject(kobj).kref);
}

@inline
function entry_of(kobj: usize): usize {
  return changetype<usize>(to_kobject(kobj).entry);
}

/** The kobject inside a kset. */
@inline
export function kset_kobj(set: usize): usize {
  return changetype<usize>(changetype<kset>(set).kobj);
}

@inline
export function kref_read(kobj: usize): u32 {
  return load<u32>(ref_of(kobj));
}

/** Fills the static tables; before the first kobject. */
export function kobject_core_init(): void {
  const ops = changetype<sysfs_ops>(kobj_sysfs_ops);
  ops.show = kobj_attr_show.index;
  ops.store = kobj_attr_store.index;
  const dynamic = changetype<kobj_type>(dynamic_kobj_ktype);
  dynamic.release = dynamic_kobj_release.index;
  dynamic.sysfs_ops = kobj_sysfs_ops;
  const set = changetype<kobj_type>(kset_ktype);
  set.release = kset_release.index;
  set.sysfs_ops = kobj_sysfs_ops;
}

function kobj_attr_show(kobj: usize, attr: usize, buf: usize): i32 {
  const show = changetype<kobj_attribute>(attr).show;
  return show ? call_indirect<i32>(<u32>show, kobj, attr, buf) : -EIO;
}

function kobj_attr_store(kobj: usize, attr: usize, buf: usize, count: usize): i32 {
  const store_ = changetype<kobj_attribute>(attr).store;
  return store_ ? call_indirect<i32>(<u32>store_, kobj, attr, buf, count) : -EIO;
}

function dynamic_kobj_release(kobj: usize): void {
  kfree(kobj);
}

function kset_release(kobj: usize): void {
  kfree(kobj - kset_kobj(0));
}

// ── Names ──

/** linux/kobject.h. Names `kobj` by a format and a va_list; '/' becomes '!'. 0, or -ENOMEM. Context: process. */
export function kobject_set_name_vargs(kobj: usize, fmt: usize, vargs: usize): i32 {
  if (kobject_name(kobj) && !fmt) return 0;
  const name = kvasprintf(GFP_KERNEL, fmt, vargs);
  if (!name) return -ENOMEM;
  for (let slash = strchr(name, 0x2f); slash; slash = strchr(slash, 0x2f)) store<u8>(slash, 0x21);
  kfree(kobject_name(kobj));
  to_kobject(kobj).name = name;
  return 0;
}

/** linux/kobject.h. Names `kobj` by a format and its arguments. 0, or -ENOMEM. Context: process. */
export function kobject_set_name(kobj: usize, fmt: usize, args: usize): i32 {
  return kobject_set_name_vargs(kobj, fmt, args);
}

/** Names `kobj` with a finished text. */
export function kobject_name_set(kobj: usize, name: usize): i32 {
  const error = kobject_set_name_vargs(kobj, cstr("%s"), va_block(name));
  va_free();
  return error;
}

/** linux/kobject.h. The path below /sys, "/devices/pci0000:00/…", to be freed with kfree; 0 without memory or if an
 *  ancestor has no name. Context: process. */
export function kobject_get_path(kobj: usize, gfp: u32): usize {
  let length: usize = 1;
  for (let at = kobj; at; at = to_kobject(at).parent) {
    if (!kobject_name(at)) return 0;
    length += strlen(kobject_name(at)) + 1;
  }
  const path = kzalloc(length, gfp);
  if (!path) return 0;
  let end = path + length - 1;
  for (let at = kobj; at; at = to_kobject(at).parent) {
    const size = strlen(kobject_name(at));
    end -= size;
    memory.copy(end, kobject_name(at), size);
    store<u8>(--end, 0x2f);
  }
  return path;
}

// ── Life ──

/** linux/kobject.h. Makes a kobject of type `ktype` with one reference. Context: any. */
export function kobject_init(kobj: usize, ktype: usize): void {
  if (!kobj || !ktype) {
    WARN(cstr("kobject_init: called without an object or without a type"));
    return;
  }
  const k = to_kobject(kobj);
  if (k.state_initialized) {
    pr(cstr("\x013kobject (%px): tried to init an initialized object, something is seriously wrong."), kobj);
  }
  refcount_set(ref_of(kobj), 1);
  INIT_LIST_HEAD(entry_of(kobj));
  k.state_in_sysfs = 0;
  k.state_add_uevent_sent = 0;
  k.state_remove_uevent_sent = 0;
  k.state_initialized = 1;
  k.ktype = ktype;
}

function join_kset(kobj: usize): void {
  const set = to_kobject(kobj).kset;
  if (!set) return;
  kobject_get(kset_kobj(set));
  const lock = changetype<usize>(changetype<kset>(set).list_lock);
  _raw_spin_lock(lock);
  list_add_tail(entry_of(kobj), changetype<usize>(changetype<kset>(set).list));
  _raw_spin_unlock(lock);
}

function leave_kset(kobj: usize): void {
  const set = to_kobject(kobj).kset;
  if (!set) return;
  const lock = changetype<usize>(changetype<kset>(set).list_lock);
  _raw_spin_lock(lock);
  list_del_init(entry_of(kobj));
  _raw_spin_unlock(lock);
  kobject_put(kset_kobj(set));
}

function make_directory(kobj: usize): i32 {
  let error = sysfs_create_dir_ns(kobj, 0);
  if (error) return error;
  const ktype = changetype<kobj_type>(to_kobject(kobj).ktype);
  error = sysfs_create_groups(kobj, ktype.default_groups);
  if (error) sysfs_remove_dir(kobj);
  return error;
}

function add_internal(kobj: usize): i32 {
  const k = to_kobject(kobj);
  if (!k.name || !load<u8>(k.name)) {
    WARN(cstr("kobject: attempted to be registered with empty name!"));
    return -EINVAL;
  }
  let parent = kobject_get(k.parent);
  join_kset(kobj);
  if (k.kset && !parent) {
    parent = kobject_get(kset_kobj(k.kset));
    k.parent = parent;
  }
  const error = make_directory(kobj);
  if (!error) {
    k.state_in_sysfs = 1;
    return 0;
  }
  leave_kset(kobj);
  kobject_put(parent);
  k.parent = 0;
  const above = parent ? kobject_name(parent) : cstr("none");
  if (error == -EEXIST) {
    const advice = cstr("don't try to register things with the same name in the same directory.");
    pr(cstr("\x013kobject_add_internal failed for %s with -EEXIST, %s"), k.name, advice);
  } else {
    pr(cstr("\x013kobject_add_internal failed for %s (error: %d parent: %s)"), k.name, error, above);
  }
  return error;
}

/** linux/kobject.h. Adds an initialised kobject, named by `fmt` and `args`, below `parent` (0: below its kset). 0,
 *  -EINVAL, -EEXIST, -ENOMEM. On failure drop it with kobject_put. Context: process. */
export function kobject_add(kobj: usize, parent: usize, fmt: usize, args: usize): i32 {
  if (!kobj) return -EINVAL;
  if (!to_kobject(kobj).state_initialized) {
    WARN(cstr("kobject_add: tried to add an uninitialized object"));
    return -EINVAL;
  }
  const error = kobject_set_name_vargs(kobj, fmt, args);
  if (error) return error;
  to_kobject(kobj).parent = parent;
  return add_internal(kobj);
}

/** linux/kobject.h. kobject_init() and kobject_add(). Context: process. */
export function kobject_init_and_add(kobj: usize, ktype: usize, parent: usize, fmt: usize, args: usize): i32 {
  kobject_init(kobj, ktype);
  return kobject_add(kobj, parent, fmt, args);
}

function delete_(kobj: usize): void {
  const k = to_kobject(kobj);
  const ktype = changetype<kobj_type>(k.ktype);
  if (k.sd && ktype.default_groups) sysfs_remove_groups(kobj, ktype.default_groups);
  if (k.state_add_uevent_sent && !k.state_remove_uevent_sent) kobject_uevent(kobj, KOBJ_REMOVE);
  sysfs_remove_dir(kobj);
  k.state_in_sysfs = 0;
  leave_kset(kobj);
  k.parent = 0;
}

/** linux/kobject.h. Takes `kobj` out of /sys and its kset; its references stay. Context: process. */
export function kobject_del(kobj: usize): void {
  if (!kobj) return;
  const parent = to_kobject(kobj).parent;
  delete_(kobj);
  kobject_put(parent);
}

/** linux/kobject.h. Takes a reference; returns `kobj`, which may be 0. Context: any. */
export function kobject_get(kobj: usize): usize {
  if (!kobj) return 0;
  if (!to_kobject(kobj).state_initialized) {
    WARN(cstr("kobject: is not initialized, yet kobject_get() is being called."));
  }
  refcount_inc(ref_of(kobj));
  return kobj;
}

/** linux/kobject.h. Takes a reference unless the last one is gone; `kobj`, or 0. Context: any. */
export function kobject_get_unless_zero(kobj: usize): usize {
  return kobj && refcount_inc_not_zero(ref_of(kobj)) ? kobj : 0;
}

/** linux/kobject.h. Drops a reference; the last one releases the object through its type. Context: process. */
export function kobject_put(kobj: usize): void {
  if (!kobj) return;
  if (!to_kobject(kobj).state_initialized) {
    WARN(cstr("kobject: is not initialized, yet kobject_put() is being called."));
  }
  if (refcount_dec_and_test(ref_of(kobj))) cleanup(kobj);
}

function cleanup(kobj: usize): void {
  const k = to_kobject(kobj);
  let parent: usize = 0;
  if (k.state_in_sysfs) {
    parent = k.parent;
    delete_(kobj);
  }
  const name = k.name;
  const release = k.ktype ? changetype<kobj_type>(k.ktype).release : 0;
  if (release) {
    call_indirect<void>(<u32>release, kobj);
  } else {
    pr(
      cstr("\x013kobject: '%s' (%px): does not have a release() function, it is broken and must be fixed."),
      name,
      kobj,
    );
  }
  kfree(name);
  kobject_put(parent);
}

/** linux/kobject.h. A new kobject named `name` below `parent`; 0 on failure. Free it with kobject_put. Context:
 *  process. */
export function kobject_create_and_add(name: usize, parent: usize): usize {
  const kobj = kzalloc(sizeof_kobject, GFP_KERNEL);
  if (!kobj) return 0;
  kobject_init(kobj, dynamic_kobj_ktype);
  const error = kobject_name_set(kobj, name) || kobject_add(kobj, parent, 0, 0);
  if (!error) return kobj;
  pr(cstr("\x014kobject_create_and_add: kobject_add error: %d"), error);
  kobject_put(kobj);
  return 0;
}

/** linux/kobject.h. Gives a registered kobject a new name. 0, -EEXIST, -ENOMEM. Context: process. */
export function kobject_rename(kobj: usize, new_name: usize): i32 {
  const k = to_kobject(kobj);
  if (!k.parent) return -EINVAL;
  const old = k.name;
  k.name = 0;
  let error = kobject_name_set(kobj, new_name);
  if (!error) error = sysfs_rename_dir_ns(kobj, k.name, 0);
  if (!error) {
    kfree(old);
    return 0;
  }
  kfree(k.name);
  k.name = old;
  return error;
}

/** linux/kobject.h. Moves `kobj` below another parent. 0, -EEXIST, -ENOENT. Context: process. */
export function kobject_move(kobj: usize, new_parent: usize): i32 {
  const k = to_kobject(kobj);
  if (!k.state_in_sysfs) return -EINVAL;
  const parent = kobject_get(new_parent ? new_parent : k.kset ? kset_kobj(k.kset) : 0);
  if (!parent) return -ENOENT;
  const error = sysfs_move_dir_ns(kobj, parent, 0);
  if (error) {
    kobject_put(parent);
    return error;
  }
  const old = k.parent;
  k.parent = parent;
  kobject_put(old);
  return 0;
}

// ── Sets ──

/** linux/kobject.h. Makes an empty kset with one reference. Context: any. */
export function kset_init(k: usize): void {
  const kobj = kset_kobj(k);
  refcount_set(ref_of(kobj), 1);
  INIT_LIST_HEAD(entry_of(kobj));
  to_kobject(kobj).state_initialized = 1;
  INIT_LIST_HEAD(changetype<usize>(changetype<kset>(k).list));
  store<u32>(changetype<usize>(changetype<kset>(k).list_lock), 0);
}

/** linux/kobject.h. Initialises and adds a named kset. 0, or an error. Context: process. */
export function kset_register(k: usize): i32 {
  if (!k) return -EINVAL;
  if (!to_kobject(kset_kobj(k)).ktype) {
    WARN(cstr("kset_register: a kset needs a ktype for its kobject"));
    return -EINVAL;
  }
  kset_init(k);
  const error = add_internal(kset_kobj(k));
  if (error) {
    kfree(kobject_name(kset_kobj(k)));
    to_kobject(kset_kobj(k)).name = 0;
  }
  return error;
}

/** linux/kobject.h. Takes a kset out of /sys and drops its reference. Context: process. */
export function kset_unregister(k: usize): void {
  if (!k) return;
  kobject_del(kset_kobj(k));
  kobject_put(kset_kobj(k));
}

/** linux/kobject.h. A new kset named `name` below `parent_kobj`; 0 on failure. Context: process. */
export function kset_create_and_add(name: usize, uevent_ops: usize, parent_kobj: usize): usize {
  const set = kzalloc(sizeof_kset, GFP_KERNEL);
  if (!set) return 0;
  const kobj = kset_kobj(set);
  changetype<kset>(set).uevent_ops = uevent_ops;
  to_kobject(kobj).parent = parent_kobj;
  to_kobject(kobj).ktype = kset_ktype;
  if (!kobject_name_set(kobj, name) && !kset_register(set)) return set;
  kfree(kobject_name(kobj));
  kfree(set);
  return 0;
}

/** linux/kobject.h. The kset's kobject named `name`, referenced; 0 if there is none. Context: any. */
export function kset_find_obj(k: usize, name: usize): usize {
  const lock = changetype<usize>(changetype<kset>(k).list_lock);
  const head = changetype<usize>(changetype<kset>(k).list);
  let found: usize = 0;
  _raw_spin_lock(lock);
  for (let at = list_next(head); at != head; at = list_next(at)) {
    const kobj = at - entry_of(0);
    if (!kobject_name(kobj) || strcmp(kobject_name(kobj), name)) continue;
    found = kobject_get_unless_zero(kobj);
    break;
  }
  _raw_spin_unlock(lock);
  return found;
}
