// lib/xarray.c: looking through the tree, under the lock or under RCU. A state remembers where it is, and goes on from
// there.

import { XA_CHUNK_MASK, XA_CHUNK_SIZE } from "../../abi";
import {
  RETRY_ENTRY,
  XAS_BOUNDS,
  XAS_RESTART,
  array_mark,
  array_of,
  at_top,
  entry_at,
  invalid,
  is_free_mark,
  is_node,
  is_sibling,
  marks_of,
  max_index,
  move_index,
  nd,
  offset_in,
  set_bounds,
  sibling_offset,
  to_node,
  xa_err,
  xs,
} from "./node";

/** What is in slot `offset` of a node, or in the slot that it is a sibling of; that is where the state is then. */
function enter_slot(xas: usize, node: usize, offset: u32): usize {
  let entry = entry_at(node, offset);
  while (is_sibling(entry)) {
    offset = sibling_offset(entry);
    entry = entry_at(node, offset);
    // A split is under way, which turns an entry of several slots into nodes.
    if (nd(node).shift && is_node(entry)) entry = RETRY_ENTRY;
  }
  xs(xas).xa_node = node;
  xs(xas).xa_offset = <u8>offset;
  return entry;
}

/** One level down, towards the state's index. */
export function descend(xas: usize, node: usize): usize {
  return enter_slot(xas, node, offset_in(node, xs(xas).xa_index));
}

/** Where a walk begins: the entry that the state is at, or the head; NULL if the index is out of reach, or in error. */
export function start(xas: usize): usize {
  const node = xs(xas).xa_node;
  if (!node) return array_of(xas).xa_head;
  if (!invalid(xas)) {
    const entry = entry_at(node, offset_in(node, xs(xas).xa_index));
    return is_sibling(entry) ? entry_at(node, sibling_offset(entry)) : entry;
  }
  if (xa_err(node)) return 0;
  const head = array_of(xas).xa_head;
  if (xs(xas).xa_index > max_index(head)) return set_bounds(xas);
  xs(xas).xa_node = 0;
  return head;
}

/** linux/xarray.h. Walks a state to its index: the entry there, perhaps an internal one, or NULL. Context: xa_lock or
 *  RCU. */
export function xas_load(xas: usize): usize {
  let entry = start(xas);
  while (is_node(entry)) {
    const node = to_node(entry);
    const shift = nd(node).shift;
    if (xs(xas).xa_shift > shift) break;
    entry = descend(xas, node);
    if (!shift) break;
  }
  return entry;
}

/** Leaves the node upwards, to the slot `delta` beside that of the node; false if that was the head. */
function leave(xas: usize, delta: i32): bool {
  const node = xs(xas).xa_node;
  xs(xas).xa_offset = <u8>(<i32>nd(node).offset + delta);
  xs(xas).xa_node = nd(node).parent;
  return nd(node).parent != 0;
}

@inline
function next_slot(xas: usize): void {
  const offset = <u32>xs(xas).xa_offset + 1;
  xs(xas).xa_offset = <u8>offset;
  move_index(xas, offset);
}

/** linux/xarray.h. The next entry that is there, at `max` or before: from the state's index on if it has not been walked
 *  yet, else after the entry where it is. NULL: there is none. Context: xa_lock or RCU. */
export function xas_find(xas: usize, max: u32): usize {
  const s = xs(xas);
  const node = s.xa_node;
  if (node == XAS_BOUNDS || xa_err(node)) return 0;
  if (s.xa_index > max) return set_bounds(xas);
  if (!node) {
    s.xa_index = 1; // the head alone held an entry, for index 0
    return set_bounds(xas);
  }
  if (node == XAS_RESTART) {
    const entry = xas_load(xas);
    if (entry || invalid(xas) || !s.xa_node) return entry;
  } else if (!nd(node).shift && s.xa_offset != (s.xa_index & XA_CHUNK_MASK)) {
    const before = (s.xa_index - 1) & XA_CHUNK_MASK; // the caller has moved the index
    s.xa_offset = <u8>(before + 1);
  }
  next_slot(xas);
  while (s.xa_node && s.xa_index <= max) {
    if (s.xa_offset == XA_CHUNK_SIZE) {
      leave(xas, 1);
      continue;
    }
    const entry = entry_at(s.xa_node, s.xa_offset);
    if (is_node(entry)) {
      s.xa_node = to_node(entry);
      s.xa_offset = 0;
    } else if (entry && !is_sibling(entry)) {
      return entry;
    } else {
      next_slot(xas);
    }
  }
  return s.xa_node ? 0 : set_bounds(xas);
}

/** Nothing up to the maximum. */
function past_max(xas: usize): usize {
  xs(xas).xa_node = XAS_RESTART;
  return 0;
}

/** linux/xarray.h. xas_find() of the entries with a mark. If there is none, the state is at bounds, and its index is the
 *  first that the tree does not reach; or it is to restart, if `max` came first. Context: xa_lock or RCU. */
export function xas_find_marked(xas: usize, max: u32, mark: u32): usize {
  const s = xs(xas);
  if (xa_err(s.xa_node)) return 0;
  if (s.xa_index > max) return past_max(xas);
  let advance = true;
  if (!s.xa_node) {
    s.xa_index = 1;
    return s.xa_index > max ? past_max(xas) : set_bounds(xas);
  }
  if (at_top(s.xa_node)) {
    advance = false;
    const head = array_of(xas).xa_head;
    s.xa_node = 0;
    if (s.xa_index > max_index(head)) return set_bounds(xas);
    if (!is_node(head)) {
      if (array_of(xas).xa_flags & array_mark(mark)) return head;
      s.xa_index = 1;
      return s.xa_index > max ? past_max(xas) : set_bounds(xas);
    }
    s.xa_node = to_node(head);
    s.xa_offset = <u8>(s.xa_index >> nd(s.xa_node).shift);
  }
  while (s.xa_index <= max) {
    if (s.xa_offset == XA_CHUNK_SIZE) {
      if (!leave(xas, 1)) break;
      advance = false;
      continue;
    }
    if (!advance) {
      const entry = entry_at(s.xa_node, s.xa_offset);
      if (is_sibling(entry)) {
        s.xa_offset = <u8>sibling_offset(entry);
        move_index(xas, s.xa_offset);
      }
    }
    const offset = next_marked(s.xa_node, <u32>s.xa_offset + (advance ? 1 : 0), mark);
    if (offset > <u32>s.xa_offset) {
      advance = false;
      move_index(xas, offset);
      if (s.xa_index - 1 >= max) return past_max(xas); // also if the index has come round to 0
      s.xa_offset = <u8>offset;
      if (offset == XA_CHUNK_SIZE) continue;
    }
    const entry = entry_at(s.xa_node, s.xa_offset);
    if (!entry && !is_free_mark(s.xa, mark)) continue;
    if (!is_node(entry)) return entry;
    s.xa_node = to_node(entry);
    s.xa_offset = <u8>offset_in(s.xa_node, s.xa_index);
  }
  return s.xa_index > max ? past_max(xas) : set_bounds(xas);
}

/** The first slot from `offset` on that has a mark; XA_CHUNK_SIZE: none. */
function next_marked(node: usize, offset: u32, mark: u32): u32 {
  if (offset >= XA_CHUNK_SIZE) return XA_CHUNK_SIZE;
  return <u32>ctz(marks_of(node, mark) & ((<u64>-1) << offset));
}

/** linux/xarray.h. The next entry in the range of a state. Context: xa_lock. */
export function xas_find_conflict(xas: usize): usize {
  const s = xs(xas);
  if (xa_err(s.xa_node) || !s.xa_node) return 0;
  if (at_top(s.xa_node)) {
    let entry = start(xas);
    while (is_node(entry)) entry = descend(xas, to_node(entry));
    if (entry || !s.xa_node || invalid(xas)) return entry;
  }
  if (nd(s.xa_node).shift > s.xa_shift) return 0;
  while (true) {
    if (nd(s.xa_node).shift == s.xa_shift) {
      if ((s.xa_offset & s.xa_sibs) == s.xa_sibs) break;
    } else if (s.xa_offset == XA_CHUNK_MASK) {
      if (!leave(xas, 0)) break;
      continue;
    }
    s.xa_offset = <u8>(<u32>s.xa_offset + 1);
    let entry = entry_at(s.xa_node, s.xa_offset);
    if (is_sibling(entry)) continue;
    while (is_node(entry)) {
      s.xa_node = to_node(entry);
      s.xa_offset = 0;
      entry = entry_at(s.xa_node, 0);
    }
    if (entry) return entry;
  }
  s.xa_offset = <u8>(<u32>s.xa_offset - s.xa_sibs);
  return 0;
}

/** linux/xarray.h. Lets the lock go in the middle of a walk: the next step goes on behind the entry where the state is.
 *  Context: xa_lock or RCU. */
export function xas_pause(xas: usize): void {
  if (invalid(xas)) return;
  const s = xs(xas);
  const node = s.xa_node;
  s.xa_node = XAS_RESTART;
  if (!node) {
    s.xa_index++;
    return;
  }
  let behind = <u32>s.xa_offset + 1;
  while (behind < XA_CHUNK_SIZE && is_sibling(entry_at(node, behind))) behind++;
  s.xa_index += (behind - s.xa_offset) << nd(node).shift;
  if (!s.xa_index) s.xa_node = XAS_BOUNDS;
}

/** The entry one index further, or one back. */
function neighbour(xas: usize, delta: i32): usize {
  const s = xs(xas);
  if (!(s.xa_node & 2)) s.xa_index += delta; // one that is yet to begin is for the index itself
  if (!s.xa_node) return set_bounds(xas);
  if (invalid(xas)) return xas_load(xas);
  let offset: i32 = s.xa_offset;
  if (<u32>offset != offset_in(s.xa_node, s.xa_index)) offset += delta;
  while (offset < 0 || offset == XA_CHUNK_SIZE) {
    offset = <i32>nd(s.xa_node).offset + delta;
    s.xa_node = nd(s.xa_node).parent;
    if (!s.xa_node) return set_bounds(xas);
  }
  s.xa_offset = <u8>offset;
  while (true) {
    const entry = entry_at(s.xa_node, s.xa_offset);
    if (!is_node(entry)) return entry;
    s.xa_node = to_node(entry);
    s.xa_offset = <u8>offset_in(s.xa_node, s.xa_index);
  }
}

/** linux/xarray.h. Walks a state to the next index: the entry there or NULL. Context: xa_lock or RCU. */
export function __xas_next(xas: usize): usize {
  return neighbour(xas, 1);
}

/** linux/xarray.h. Walks a state to the index before: the entry there or NULL. Context: xa_lock or RCU. */
export function __xas_prev(xas: usize): usize {
  return neighbour(xas, -1);
}
