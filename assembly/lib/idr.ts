// lib/idr.c: numbers for pointers. An IDR is an array that knows its free indices (lib/xarray); a number whose pointer is
// NULL is taken all the same. The caller keeps others away, by whatever lock it has.

import { EINVAL, ENOENT, ENOSPC, INT_MAX, XA_FREE_MARK, idr, xarray } from "../abi";
import { preempt_disable } from "../arch/wasm/preempt";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { WARN } from "../kernel/panic";
import { ERR_PTR } from "./err";
import { destroy, xa_load } from "./xarray";
import {
  STATE_BYTES,
  XAS_RESTART,
  ZERO_ENTRY,
  init_state,
  nodes_preload,
  xa_err,
  xa_error,
  xas_clear_mark,
  xs,
} from "./xarray/node";
import { xas_nomem, xas_store } from "./xarray/store";
import { xas_find, xas_find_marked, xas_load } from "./xarray/walk";

@inline
function array_of(own: usize): usize {
  return changetype<usize>(changetype<idr>(own).idr_rt);
}

/** linux/idr.h. Keeps some memory ready for allocations up to idr_preload_end() that may not sleep, and disables
 *  preemption. Context: process. */
export function idr_preload(gfp: u32): void {
  nodes_preload(gfp);
  preempt_disable();
}

/** linux/idr.h. Gives `ptr` the first free number from *nextid to `max`, and says which in *nextid: 0, -ENOSPC or -ENOMEM.
 *  Context: as `gfp` says. */
export function idr_alloc_u32(own: usize, ptr: usize, nextid: usize, max: u32, gfp: u32): i32 {
  const base = changetype<idr>(own).idr_base;
  if (max < base) return -ENOSPC;
  const first = load<u32>(nextid) < base ? 0 : load<u32>(nextid) - base;
  const xas = stack_alloc(STATE_BYTES);
  init_state(xas, array_of(own), 0);
  do {
    xs(xas).xa_index = first;
    xas_find_marked(xas, max - base, XA_FREE_MARK);
    if (xs(xas).xa_node == XAS_RESTART) xs(xas).xa_node = xa_error(-ENOSPC);
    const index = xs(xas).xa_index;
    xas_store(xas, ptr ? ptr : ZERO_ENTRY);
    xas_clear_mark(xas, XA_FREE_MARK);
    if (!xa_err(xs(xas).xa_node)) store<u32>(nextid, index + base);
  } while (xas_nomem(xas, gfp));
  const error = xa_err(xs(xas).xa_node);
  stack_free(STATE_BYTES);
  return error;
}

/** Of a range as C gives it: `end` is one behind the last; 0 or below: there is no end. */
@inline
function last_of(end: i32): u32 {
  return end > 0 ? end - 1 : INT_MAX;
}

/** idr_alloc_u32() from `start` on: the number. */
function alloc(own: usize, ptr: usize, start: i32, end: i32, gfp: u32): i32 {
  const id = stack_alloc(16);
  store<u32>(id, start);
  const error = idr_alloc_u32(own, ptr, id, last_of(end), gfp);
  const number = load<i32>(id);
  stack_free(16);
  return error ? error : number;
}

/** linux/idr.h. Gives `ptr` the first free number from `start` on and below `end` (0: no end), and returns that; -ENOSPC,
 *  -ENOMEM or -EINVAL. Context: as `gfp` says. */
export function idr_alloc(own: usize, ptr: usize, start: i32, end: i32, gfp: u32): i32 {
  if (start >= 0) return alloc(own, ptr, start, end, gfp);
  WARN(cstr("idr_alloc of numbers below 0"));
  return -EINVAL;
}

/** linux/idr.h. idr_alloc() that goes on behind the number it gave out last, and begins anew at the end. Context: as `gfp`
 *  says. */
export function idr_alloc_cyclic(own: usize, ptr: usize, start: i32, end: i32, gfp: u32): i32 {
  const next = <i32>changetype<idr>(own).idr_next;
  const first = next < start ? start : next;
  let id = alloc(own, ptr, first, end, gfp);
  if (id == -ENOSPC && first > start) id = alloc(own, ptr, start, end, gfp);
  if (id >= 0) changetype<idr>(own).idr_next = id + 1;
  return id;
}

/** linux/idr.h. The pointer of a number, or NULL. Context: any. */
export function idr_find(own: usize, id: u32): usize {
  return xa_load(array_of(own), id - changetype<idr>(own).idr_base);
}

/** Walks a state to a number: what the tree has there, which is not NULL if the number is taken. */
function seek(own: usize, xas: usize, id: u32): usize {
  init_state(xas, array_of(own), id - changetype<idr>(own).idr_base);
  return xas_load(xas);
}

@inline
function pointer_of(entry: usize): usize {
  return entry == ZERO_ENTRY ? 0 : entry;
}

/** linux/idr.h. Frees a number: its pointer, NULL if it was free. Context: any. */
export function idr_remove(own: usize, id: u32): usize {
  const xas = stack_alloc(STATE_BYTES);
  const old = seek(own, xas, id);
  if (old) xas_store(xas, 0);
  stack_free(STATE_BYTES);
  return pointer_of(old);
}

/** linux/idr.h. Gives a number that is taken another pointer: the old one, or ERR_PTR(-ENOENT). Context: any. */
export function idr_replace(own: usize, ptr: usize, id: u32): usize {
  const xas = stack_alloc(STATE_BYTES);
  const old = seek(own, xas, id);
  if (old) xas_store(xas, ptr ? ptr : ZERO_ENTRY);
  stack_free(STATE_BYTES);
  return old ? pointer_of(old) : ERR_PTR(-ENOENT);
}

/** linux/idr.h. The pointer of the first number from *nextid on that has one, and the number in *nextid; or NULL. Context:
 *  any. */
export function idr_get_next_ul(own: usize, nextid: usize): usize {
  const base = changetype<idr>(own).idr_base;
  const first = load<u32>(nextid) < base ? 0 : load<u32>(nextid) - base;
  const xas = stack_alloc(STATE_BYTES);
  init_state(xas, array_of(own), first);
  let entry = xas_find(xas, u32.MAX_VALUE);
  while (entry == ZERO_ENTRY) entry = xas_find(xas, u32.MAX_VALUE);
  if (entry) store<u32>(nextid, xs(xas).xa_index + base);
  stack_free(STATE_BYTES);
  return entry;
}

/** linux/idr.h. idr_get_next_ul() of numbers up to INT_MAX. Context: any. */
export function idr_get_next(own: usize, nextid: usize): usize {
  const entry = idr_get_next_ul(own, nextid);
  if (load<i32>(nextid) >= 0) return entry;
  WARN(cstr("idr_get_next: a number beyond INT_MAX"));
  return 0;
}

/** linux/idr.h. Calls `int fn(int id, void *ptr, void *data)` for each pointer, in the order of the numbers, until it
 *  returns something else than 0: that. `fn` may free the number. Context: any. */
export function idr_for_each(own: usize, fn: usize, data: usize): i32 {
  const id = stack_alloc(16);
  store<u32>(id, 0);
  let ret = 0;
  for (let ptr = idr_get_next(own, id); ptr; ptr = idr_get_next(own, id)) {
    ret = call_indirect<i32>(<u32>fn, load<i32>(id), ptr, data);
    store<u32>(id, load<u32>(id) + 1);
    if (ret) break;
  }
  stack_free(16);
  return ret;
}

/** linux/idr.h. Frees all numbers, and the memory that they took; the pointers are the owner's affair. Context: any. */
export function idr_destroy(own: usize): void {
  destroy(array_of(own));
}
