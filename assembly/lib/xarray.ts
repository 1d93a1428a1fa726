// lib/xarray.c: an array of pointers with 2^32 indices, most of them NULL; the usual interface. What an operation does in
// the tree: xarray/walk, xarray/store, xarray/multi.

import {
  EBUSY,
  EINVAL,
  ENOMEM,
  XA_CHUNK_SIZE,
  XA_FLAGS_ALLOC_WRAPPED,
  XA_FLAGS_LOCK_BH,
  XA_FLAGS_LOCK_IRQ,
  XA_FLAGS_ZERO_BUSY,
  XA_FREE_MARK,
  XA_MAX_MARKS,
  __GFP_DIRECT_RECLAIM,
  xa_limit,
  xarray,
} from "../abi";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import {
  _raw_spin_lock,
  _raw_spin_lock_bh,
  _raw_spin_lock_irq,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock,
  _raw_spin_unlock_bh,
  _raw_spin_unlock_irq,
  _raw_spin_unlock_irqrestore,
} from "../kernel/locking/spinlock";
import { WARN } from "../kernel/panic";
import {
  LEVEL,
  RETRY_ENTRY,
  STATE_BYTES,
  XAS_RESTART,
  ZERO_ENTRY,
  array_mark,
  init_state,
  invalid,
  is_advanced,
  is_node,
  nd,
  to_node,
  tracks_free,
  xa_err,
  xa_error,
  xas_clear_mark,
  xas_get_mark,
  xas_init_marks,
  xas_set_mark,
  xs,
} from "./xarray/node";
import { free_nodes, xas_nomem, xas_store } from "./xarray/store";
import { descend, start, xas_find, xas_find_marked, xas_load } from "./xarray/walk";

@inline
function lock_of(xa: usize): usize {
  return changetype<usize>(changetype<xarray>(xa).xa_lock);
}

/** The array's flags say how its owner takes the lock. */
function lock(xa: usize): void {
  const flags = changetype<xarray>(xa).xa_flags;
  if (flags & XA_FLAGS_LOCK_IRQ) _raw_spin_lock_irq(lock_of(xa));
  else if (flags & XA_FLAGS_LOCK_BH) _raw_spin_lock_bh(lock_of(xa));
  else _raw_spin_lock(lock_of(xa));
}

function unlock(xa: usize): void {
  const flags = changetype<xarray>(xa).xa_flags;
  if (flags & XA_FLAGS_LOCK_IRQ) _raw_spin_unlock_irq(lock_of(xa));
  else if (flags & XA_FLAGS_LOCK_BH) _raw_spin_unlock_bh(lock_of(xa));
  else _raw_spin_unlock(lock_of(xa));
}

function state(xa: usize, index: u32): usize {
  const xas = stack_alloc(STATE_BYTES);
  init_state(xas, xa, index);
  return xas;
}

/** Whether to try once more, now with memory: lets the lock go for it if `gfp` may sleep. Locked. */
function again(xas: usize, gfp: u32): bool {
  const wanting = xs(xas).xa_node == xa_error(-ENOMEM) && (gfp & __GFP_DIRECT_RECLAIM) != 0;
  if (wanting) unlock(xs(xas).xa);
  const more = xas_nomem(xas, gfp);
  if (wanting) lock(xs(xas).xa);
  return more;
}

/** What an operation returns that met `entry`: that, or the error that the state is in. Gives the state back. */
function result(xas: usize, entry: usize): usize {
  const node = xs(xas).xa_node;
  stack_free(STATE_BYTES);
  if (entry == ZERO_ENTRY) return 0;
  return xa_err(node) ? node : entry;
}

function outcome(xas: usize): i32 {
  const error = xa_err(xs(xas).xa_node);
  stack_free(STATE_BYTES);
  return error;
}

function advanced(entry: usize): bool {
  if (!is_advanced(entry)) return false;
  WARN(cstr("an entry that only the xas_ functions may store"));
  return true;
}

/** A reader that has met one of these looks again: from the head, or further on. */
function retry(xas: usize, entry: usize): bool {
  if (entry == RETRY_ENTRY) xs(xas).xa_node = XAS_RESTART;
  return entry == RETRY_ENTRY || entry == ZERO_ENTRY;
}

// ── Loading, storing ──

/** linux/xarray.h. The entry at an index, or NULL. Context: any. */
export function xa_load(xa: usize, index: u32): usize {
  const xas = state(xa, index);
  let entry: usize = 0;
  do {
    entry = xas_load(xas);
    if (entry == ZERO_ENTRY) entry = 0;
  } while (retry(xas, entry));
  stack_free(STATE_BYTES);
  return entry;
}

/** linux/xarray.h. xa_erase() for whoever has the lock. Context: any, xa_lock held. */
export function __xa_erase(xa: usize, index: u32): usize {
  const xas = state(xa, index);
  return result(xas, xas_store(xas, 0));
}

/** linux/xarray.h. Makes an index NULL, and all others of its entry: what was there. Context: any. */
export function xa_erase(xa: usize, index: u32): usize {
  _raw_spin_lock(lock_of(xa));
  const entry = __xa_erase(xa, index);
  _raw_spin_unlock(lock_of(xa));
  return entry;
}

/** linux/xarray.h. xa_store() for whoever has the lock, which is let go in between if `gfp` may sleep. Context: any,
 *  xa_lock held. */
export function __xa_store(xa: usize, index: u32, entry: usize, gfp: u32): usize {
  if (advanced(entry)) return xa_error(-EINVAL);
  const xas = state(xa, index);
  const tracked = tracks_free(xa);
  if (tracked && !entry) entry = ZERO_ENTRY;
  let old: usize = 0;
  do {
    old = xas_store(xas, entry);
    if (tracked) xas_clear_mark(xas, XA_FREE_MARK);
  } while (again(xas, gfp));
  return result(xas, old);
}

/** linux/xarray.h. Stores an entry at an index: what was there, or xa_err(-EINVAL or -ENOMEM). Context: as `gfp` says. */
export function xa_store(xa: usize, index: u32, entry: usize, gfp: u32): usize {
  _raw_spin_lock(lock_of(xa));
  const old = __xa_store(xa, index, entry, gfp);
  _raw_spin_unlock(lock_of(xa));
  return old;
}

/** linux/xarray.h. Stores an entry at an index if `old` is there: what was there, or xa_err(-EINVAL or -ENOMEM). Context:
 *  any, xa_lock held; lets it go in between if `gfp` may sleep. */
export function __xa_cmpxchg(xa: usize, index: u32, old: usize, entry: usize, gfp: u32): usize {
  if (advanced(entry)) return xa_error(-EINVAL);
  const xas = state(xa, index);
  let there: usize = 0;
  do {
    there = xas_load(xas);
    if (there != old) continue;
    xas_store(xas, entry);
    if (entry && !there && tracks_free(xa)) xas_clear_mark(xas, XA_FREE_MARK);
  } while (again(xas, gfp));
  return result(xas, there);
}

/** linux/xarray.h. Stores an entry at an index that is free; NULL reserves it. 0, -EBUSY, -EINVAL or -ENOMEM. Context: any,
 *  xa_lock held; lets it go in between if `gfp` may sleep. */
export function __xa_insert(xa: usize, index: u32, entry: usize, gfp: u32): i32 {
  if (advanced(entry)) return -EINVAL;
  const xas = state(xa, index);
  do {
    if (xas_load(xas)) {
      xs(xas).xa_node = xa_error(-EBUSY);
      continue;
    }
    xas_store(xas, entry ? entry : ZERO_ENTRY);
    if (tracks_free(xa)) xas_clear_mark(xas, XA_FREE_MARK);
  } while (again(xas, gfp));
  return outcome(xas);
}

// ── Allocating ──

function alloc(xa: usize, id: usize, entry: usize, first: u32, last: u32, gfp: u32): i32 {
  const xas = state(xa, 0);
  do {
    xs(xas).xa_index = first;
    xas_find_marked(xas, last, XA_FREE_MARK);
    if (xs(xas).xa_node == XAS_RESTART) xs(xas).xa_node = xa_error(-EBUSY);
    else store<u32>(id, xs(xas).xa_index);
    xas_store(xas, entry ? entry : ZERO_ENTRY);
    xas_clear_mark(xas, XA_FREE_MARK);
  } while (again(xas, gfp));
  return outcome(xas);
}

function may_alloc(xa: usize, entry: usize): bool {
  if (advanced(entry)) return false;
  if (!tracks_free(xa)) WARN(cstr("xa_alloc of an array that was not initialised with XA_FLAGS_ALLOC"));
  return tracks_free(xa);
}

/** linux/xarray.h. Stores an entry at the first free index within a struct xa_limit and the index in *id. 0, -EBUSY if
 *  there is none, -EINVAL or -ENOMEM. Context: any, xa_lock held; lets it go in between if `gfp` may sleep. */
export function __xa_alloc(xa: usize, id: usize, entry: usize, limit: usize, gfp: u32): i32 {
  const within = changetype<xa_limit>(limit);
  return may_alloc(xa, entry) ? alloc(xa, id, entry, within.min, within.max, gfp) : -EINVAL;
}

/** linux/xarray.h. __xa_alloc() that goes on from *next, which it moves, and begins anew at the end of the limit: 1 if it
 *  did. Context: any, xa_lock held; lets it go in between if `gfp` may sleep. */
export function __xa_alloc_cyclic(xa: usize, id: usize, entry: usize, limit: usize, next: usize, gfp: u32): i32 {
  if (!may_alloc(xa, entry)) return -EINVAL;
  const array = changetype<xarray>(xa);
  const lowest = changetype<xa_limit>(limit).min;
  const last = changetype<xa_limit>(limit).max;
  const first = max<u32>(lowest, load<u32>(next));
  let ret = alloc(xa, id, entry, first, last, gfp);
  if (!ret && array.xa_flags & XA_FLAGS_ALLOC_WRAPPED) {
    array.xa_flags &= ~XA_FLAGS_ALLOC_WRAPPED;
    ret = 1;
  }
  if (ret < 0 && first > lowest) {
    ret = alloc(xa, id, entry, lowest, last, gfp);
    if (!ret) ret = 1;
  }
  if (ret < 0) return ret;
  store<u32>(next, load<u32>(id) + 1);
  if (!load<u32>(next)) array.xa_flags |= XA_FLAGS_ALLOC_WRAPPED;
  return ret;
}

// ── Marks ──

/** linux/xarray.h. Marks the entry at an index, if there is one. Context: any, xa_lock held. */
export function __xa_set_mark(xa: usize, index: u32, mark: u32): void {
  const xas = state(xa, index);
  if (xas_load(xas)) xas_set_mark(xas, mark);
  stack_free(STATE_BYTES);
}

/** linux/xarray.h. Takes a mark from the entry at an index. Context: any, xa_lock held. */
export function __xa_clear_mark(xa: usize, index: u32, mark: u32): void {
  const xas = state(xa, index);
  if (xas_load(xas)) xas_clear_mark(xas, mark);
  stack_free(STATE_BYTES);
}

/** linux/xarray.h. Marks the entry at an index, if there is one. Context: process. */
export function xa_set_mark(xa: usize, index: u32, mark: u32): void {
  _raw_spin_lock(lock_of(xa));
  __xa_set_mark(xa, index, mark);
  _raw_spin_unlock(lock_of(xa));
}

/** linux/xarray.h. Takes a mark from the entry at an index. Context: process. */
export function xa_clear_mark(xa: usize, index: u32, mark: u32): void {
  _raw_spin_lock(lock_of(xa));
  __xa_clear_mark(xa, index, mark);
  _raw_spin_unlock(lock_of(xa));
}

/** linux/xarray.h. Whether the entry at an index has a mark. Context: any. */
export function xa_get_mark(xa: usize, index: u32, mark: u32): bool {
  const xas = state(xa, index);
  let entry = start(xas);
  let marked = xas_get_mark(xas, mark);
  while (marked && is_node(entry)) {
    entry = descend(xas, to_node(entry));
    marked = xas_get_mark(xas, mark);
  }
  stack_free(STATE_BYTES);
  return marked;
}

// ── Finding ──

/** `filter` is a mark, or XA_PRESENT. */
@inline
function find(xas: usize, last: u32, filter: u32): usize {
  return filter < XA_MAX_MARKS ? xas_find_marked(xas, last, filter) : xas_find(xas, last);
}

function found(xas: usize, indexp: usize, entry: usize): usize {
  if (entry) store<u32>(indexp, xs(xas).xa_index);
  stack_free(STATE_BYTES);
  return entry;
}

/** linux/xarray.h. The first entry from *indexp to `last` that `filter` (a mark, or XA_PRESENT) lets through, its index in
 *  *indexp; or NULL. Context: any. */
export function xa_find(xa: usize, indexp: usize, last: u32, filter: u32): usize {
  const xas = state(xa, load<u32>(indexp));
  let entry: usize = 0;
  do {
    entry = find(xas, last, filter);
  } while (retry(xas, entry));
  return found(xas, indexp, entry);
}

/** Whether the state is in the middle of an entry: the one from which the search began. */
function inside(xas: usize): bool {
  const node = xs(xas).xa_node;
  if (!node) return false;
  const shift = nd(node).shift;
  const mask = (XA_CHUNK_SIZE << shift) - 1;
  return (xs(xas).xa_index & mask) > (<u32>xs(xas).xa_offset) << shift;
}

/** linux/xarray.h. xa_find() from the entry after *indexp on. Context: any. */
export function xa_find_after(xa: usize, indexp: usize, last: u32, filter: u32): usize {
  const first = load<u32>(indexp) + 1;
  if (!first) return 0;
  const xas = state(xa, first);
  let entry: usize = 0;
  do {
    entry = find(xas, last, filter);
  } while (!invalid(xas) && (inside(xas) || retry(xas, entry)));
  return found(xas, indexp, entry);
}

/** linux/xarray.h. Copies up to `n` entries from `first` to `last` that `filter` (a mark, or XA_PRESENT) lets through to
 *  `dst`: how many. Context: any. */
export function xa_extract(xa: usize, dst: usize, first: u32, last: u32, n: u32, filter: u32): u32 {
  if (!n) return 0;
  const xas = state(xa, first);
  let count: u32 = 0;
  for (let entry = find(xas, last, filter); entry; entry = find(xas, last, filter)) {
    if (retry(xas, entry)) continue;
    store<usize>(dst + count * sizeof<usize>(), entry);
    if (++count == n) break;
  }
  stack_free(STATE_BYTES);
  return count;
}

// ── The end ──

/** linux/xarray.h. Takes a node that holds nothing but shadow entries out of its tree; `update` is called for the nodes
 *  above. Context: any, xa_lock held. */
export function xa_delete_node(node: usize, update: usize): void {
  const shift = <u32>nd(node).shift + LEVEL;
  const xas = state(nd(node).array, (<u32>nd(node).offset) << shift);
  xs(xas).xa_shift = <u8>shift;
  xs(xas).xa_offset = nd(node).offset;
  xs(xas).xa_node = nd(node).parent;
  xs(xas).xa_update = update;
  xas_store(xas, 0);
  stack_free(STATE_BYTES);
}

/** Empties an array. Locked. */
export function destroy(xa: usize): void {
  const array = changetype<xarray>(xa);
  const xas = state(xa, 0);
  xs(xas).xa_node = 0;
  const head = array.xa_head;
  array.xa_head = 0;
  xas_init_marks(xas);
  if (array.xa_flags & XA_FLAGS_ZERO_BUSY) array.xa_flags &= ~array_mark(XA_FREE_MARK);
  if (is_node(head)) free_nodes(xas, to_node(head));
  stack_free(STATE_BYTES);
}

/** linux/xarray.h. Empties an array and frees its nodes; what the entries pointed to is the owner's affair. Context: any. */
export function xa_destroy(xa: usize): void {
  const flags = _raw_spin_lock_irqsave(lock_of(xa));
  destroy(xa);
  _raw_spin_unlock_irqrestore(lock_of(xa), flags);
}
