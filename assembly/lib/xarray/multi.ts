// lib/xarray.c: entries of several indices, 2^order of them: in as many slots of a node, where the first has the entry
// and the others are its siblings.

import { BITS_PER_LONG, EINVAL, ENOMEM, XA_CHUNK_MASK, XA_CHUNK_SIZE, XA_MAX_MARKS, xarray } from "../../abi";
import { _raw_spin_lock, _raw_spin_unlock } from "../../kernel/locking/spinlock";
import { WARN } from "../../kernel/panic";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import {
  LEVEL,
  STATE_BYTES,
  XAS_RESTART,
  at_top,
  bit,
  entry_at,
  has_mark,
  init_state,
  is_internal,
  is_sibling,
  is_value,
  marks_of,
  nd,
  node_alloc,
  node_entry,
  set_marks_of,
  sibling_of,
  slot_of,
  updated,
  xa_err,
  xa_error,
  xs,
} from "./node";
import { create, xas_destroy, xas_nomem, xas_store } from "./store";
import { xas_load } from "./walk";

// ── Orders ──

/** linux/xarray.h. The order of the entry that a state has been walked to. Context: xa_lock or RCU. */
export function xas_get_order(xas: usize): i32 {
  const node = xs(xas).xa_node;
  if (!node) return 0;
  let order: u32 = 0;
  for (; ; order++) {
    const offset = <u32>xs(xas).xa_offset + (1 << order);
    if (offset >= XA_CHUNK_SIZE || !is_sibling(entry_at(node, offset))) break;
  }
  return order + nd(node).shift;
}

/** linux/xarray.h. The order of the entry at an index, 0 if there is none. Context: any. */
export function xa_get_order(xa: usize, index: u32): i32 {
  const xas = stack_alloc(STATE_BYTES);
  init_state(xas, xa, index);
  const order = xas_load(xas) ? xas_get_order(xas) : 0;
  stack_free(STATE_BYTES);
  return order;
}

// ── Ranges ──

/** Has the state cover as much of first..last, from `first` on, as one entry can. */
function set_range(xas: usize, first: u32, last: u32): void {
  const s = xs(xas);
  s.xa_index = first;
  s.xa_node = XAS_RESTART;
  // As many whole slots of a level as there are; a level up while the range begins with a whole node.
  let shift: u32 = 0;
  let slots = last - first; // less one
  let whole = true;
  while (!(first & XA_CHUNK_MASK) && (slots > XA_CHUNK_MASK || (slots == XA_CHUNK_MASK && whole))) {
    whole = (slots & XA_CHUNK_MASK) == XA_CHUNK_MASK && whole;
    shift += LEVEL;
    slots >>= LEVEL;
    first >>= LEVEL;
  }
  const offset = first & XA_CHUNK_MASK;
  if (offset + slots > XA_CHUNK_MASK) slots = XA_CHUNK_MASK - offset;
  if (((first + slots + 1) << shift) - 1 > last) slots--;
  s.xa_shift = <u8>shift;
  s.xa_sibs = <u8>slots;
}

/** Makes the tree reach `last` in nodes as far up as an entry that ends there can be. */
function reach(xas: usize, last: u32): void {
  const s = xs(xas);
  const order = last + 1 ? ctz(last + 1) : BITS_PER_LONG;
  const in_node = order % LEVEL;
  s.xa_index = order < BITS_PER_LONG ? (last >> order) << order : 0;
  s.xa_shift = <u8>(order - in_node);
  const slots: u32 = 1 << in_node;
  s.xa_sibs = <u8>(slots - 1);
  s.xa_node = XAS_RESTART;
  create(xas, true);
}

/** Stores the entry at all of first..last, or until the state is in error. Locked; where it has got to. */
function store_range(xas: usize, first: u32, last: u32, entry: usize): u32 {
  if (entry) {
    reach(xas, last);
    if (xa_err(xs(xas).xa_node)) return first;
  }
  do {
    set_range(xas, first, last);
    xas_store(xas, entry);
    if (xa_err(xs(xas).xa_node)) return first;
    first += (<u32>xs(xas).xa_sibs + 1) << xs(xas).xa_shift;
  } while (first && first <= last);
  return first;
}

/** linux/xarray.h. Stores an entry at every index from `first` to `last`: NULL, or xa_err(-EINVAL or -ENOMEM). Context:
 *  process. */
export function xa_store_range(xa: usize, first: u32, last: u32, entry: usize, gfp: u32): usize {
  if (is_internal(entry)) WARN(cstr("xa_store_range of an internal entry"));
  if (is_internal(entry) || last < first) return xa_error(-EINVAL);
  const xas = stack_alloc(STATE_BYTES);
  init_state(xas, xa, 0);
  do {
    _raw_spin_lock(changetype<usize>(changetype<xarray>(xa).xa_lock));
    first = store_range(xas, first, last, entry);
    _raw_spin_unlock(changetype<usize>(changetype<xarray>(xa).xa_lock));
  } while (xas_nomem(xas, gfp));
  const error = xa_err(xs(xas).xa_node) ? xs(xas).xa_node : 0;
  stack_free(STATE_BYTES);
  return error;
}

// ── Splitting ──

/** A node full of entries of the state's order. */
function full_node(xas: usize, entry: usize, gfp: u32): usize {
  const node = node_alloc(gfp);
  if (!node) return 0;
  nd(node).array = xs(xas).xa;
  const mask: u32 = xs(xas).xa_sibs;
  for (let i: u32 = 0; i < XA_CHUNK_SIZE; i++) {
    store<usize>(slot_of(node, i), i & mask ? sibling_of(i & ~mask) : entry);
  }
  nd(node).parent = xs(xas).xa_alloc;
  return node;
}

/** linux/xarray.h. Allocates what xas_split() will need to split an entry of 2^order indices into entries `entry` of the
 *  state's order. The state is in error without memory, or if they are more than two levels apart. Context: as `gfp`
 *  says. */
export function xas_split_alloc(xas: usize, entry: usize, order: u32, gfp: u32): void {
  const s = xs(xas);
  const shift: u32 = s.xa_shift;
  let enough = shift + 2 * LEVEL >= order;
  if (!enough) WARN(cstr("xas_split_alloc of entries more than two levels apart"));
  if (enough && shift + LEVEL > order) return;
  for (let count: u32 = 1 << (order % LEVEL); enough && count; count--) {
    const node = full_node(xas, entry, gfp);
    if (node) s.xa_alloc = node;
    else enough = false;
  }
  if (enough) return;
  xas_destroy(xas);
  s.xa_node = xa_error(-ENOMEM);
}

/** Gives slot `offset` those marks that slot `like` has. */
function copy_marks(node: usize, offset: u32, child: usize, like: u32): void {
  for (let mark: u32 = 0; mark < XA_MAX_MARKS; mark++) {
    if (!has_mark(node, like, mark)) continue;
    set_marks_of(node, mark, marks_of(node, mark) | bit(offset));
    if (child) set_marks_of(child, mark, -1);
  }
}

/** Puts the next full node below a slot. */
function split_below(xas: usize, node: usize, offset: u32, value: bool): void {
  const child = xs(xas).xa_alloc;
  xs(xas).xa_alloc = nd(child).parent;
  nd(child).shift = <u8>(<u32>nd(node).shift - LEVEL);
  nd(child).offset = <u8>offset;
  nd(child).count = <u8>XA_CHUNK_SIZE;
  nd(child).nr_values = value ? <u8>XA_CHUNK_SIZE : 0;
  nd(child).parent = node;
  copy_marks(node, offset, child, xs(xas).xa_offset);
  atomic.store<usize>(slot_of(node, offset), node_entry(child));
  updated(xas, child);
}

/** linux/xarray.h. Splits the entry of 2^order indices at the state's index into entries `entry` of the state's order,
 *  with its marks. Context: xa_lock. */
export function xas_split(xas: usize, entry: usize, order: u32): void {
  const s = xs(xas);
  const old = xas_load(xas);
  const node = s.xa_node;
  if (at_top(node)) return;
  const first: u32 = s.xa_offset;
  const sibs: u32 = s.xa_sibs;
  const slots: u32 = 1 << (order % LEVEL);
  const below = s.xa_shift < nd(node).shift;
  // From the end on: a sibling must not lead to a slot that is not its entry any more.
  for (let left = slots; left; left -= below ? 1 : sibs + 1) {
    if (below) {
      split_below(xas, node, first + left - 1, is_value(entry));
      continue;
    }
    const canon = first + left - 1 - sibs;
    copy_marks(node, canon, 0, first);
    atomic.store<usize>(slot_of(node, canon), entry);
    for (let i: u32 = 1; i <= sibs; i++) atomic.store<usize>(slot_of(node, canon + i), sibling_of(canon));
  }
  const values = (is_value(entry) && !below ? slots : 0) - (is_value(old) ? slots : 0);
  nd(node).nr_values = <u8>(<u32>nd(node).nr_values + values);
  updated(xas, node);
}
