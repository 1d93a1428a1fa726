// kernel/module/main.c, reference counts. A module's count starts at MODULE_REF_BASE (1); zero means that it goes.

import { MODULE_STATE_GOING, module_, offsetof_module_refcnt } from "../../abi";
import { WARN } from "../panic";

/** kernel/module/main.c, MODULE_REF_BASE. */
const MODULE_REF_BASE: i32 = 1;

@inline
export function module_ref_inc(mod: usize): void {
  atomic.add<i32>(mod + offsetof_module_refcnt, 1);
}

/** One reference too many is reported, and not dropped. */
export function module_ref_dec(mod: usize): void {
  let count = atomic.load<i32>(mod + offsetof_module_refcnt);
  while (count > 0) {
    const seen = atomic.cmpxchg<i32>(mod + offsetof_module_refcnt, count, count - 1);
    if (seen == count) return;
    count = seen;
  }
  WARN(cstr("module_put: more references were dropped than taken"));
}

/** One reference for the base, one for the time its init runs. */
export function module_refs_init(mod: usize): void {
  atomic.store<i32>(mod + offsetof_module_refcnt, MODULE_REF_BASE + 1);
}

/** Takes the base reference away if nobody holds another: true if the module may go. */
export function module_try_release(mod: usize): bool {
  return atomic.cmpxchg<i32>(mod + offsetof_module_refcnt, MODULE_REF_BASE, 0) == MODULE_REF_BASE;
}

/** linux/module.h. Holders of the module besides itself; -1 once it goes. Context: any. */
export function module_refcount(mod: usize): i32 {
  return atomic.load<i32>(mod + offsetof_module_refcnt) - MODULE_REF_BASE;
}

/** linux/module.h. Takes a reference that the caller knows it may take; NULL is the core. Context: any. */
export function __module_get(mod: usize): void {
  if (mod) module_ref_inc(mod);
}

/** linux/module.h. Takes a reference unless the module is going: 1 if taken; NULL is the core, 1. Context: any. */
export function try_module_get(mod: usize): i32 {
  if (!mod) return 1;
  if (<u32>changetype<module_>(mod).state == MODULE_STATE_GOING || module_refcount(mod) < 0) return 0;
  module_ref_inc(mod);
  return 1;
}

/** linux/module.h. Drops a reference. Context: any. */
export function module_put(mod: usize): void {
  if (mod) module_ref_dec(mod);
}
