// lib/xarray.c: changing the tree, under the array's lock. A tree grows at its head when an index beyond its reach is
// stored, and nodes go as soon as nothing is in them; so that a tree with one entry at index 0 is that entry alone.

import {
  ENOMEM,
  XA_CHUNK_MASK,
  XA_CHUNK_SIZE,
  XA_FLAGS_ZERO_BUSY,
  XA_FREE_MARK,
  XA_MAX_MARKS,
  offsetof_xarray_xa_head,
} from "../../abi";
import {
  LEVEL,
  RETRY_ENTRY,
  XAS_BOUNDS,
  XAS_RESTART,
  ZERO_ENTRY,
  array_mark,
  array_of,
  at_top,
  bit,
  entry_at,
  has_mark,
  invalid,
  is_free_mark,
  is_node,
  is_sibling,
  is_value,
  marks_of,
  max_index,
  nd,
  node_alloc,
  node_alloc_nowait,
  node_entry,
  node_free,
  node_free_now,
  offset_in,
  set_marks_of,
  sibling_of,
  slot_of,
  to_node,
  tracks_free,
  updated,
  xa_err,
  xa_error,
  xas_init_marks,
  xs,
} from "./node";
import { descend, xas_load } from "./walk";

const ALL: u64 = -1;

@inline
function assign(slot: usize, entry: usize): void {
  atomic.store<usize>(slot, entry);
}

@inline
function head_slot(xas: usize): usize {
  return xs(xas).xa + offsetof_xarray_xa_head;
}

// ── Memory ──

/** Frees what an operation has allocated and not used. */
export function xas_destroy(xas: usize): void {
  let node = xs(xas).xa_alloc;
  while (node) {
    const next = nd(node).parent;
    node_free_now(node);
    node = next;
  }
  xs(xas).xa_alloc = 0;
}

/** linux/xarray.h. After an operation without the lock: true if it wanted memory and now has some, so that it is to be
 *  tried again. Context: as `gfp` says. */
export function xas_nomem(xas: usize, gfp: u32): bool {
  if (xs(xas).xa_node != xa_error(-ENOMEM)) {
    xas_destroy(xas);
    return false;
  }
  const node = node_alloc(gfp);
  xs(xas).xa_alloc = node;
  if (!node) return false;
  xs(xas).xa_node = XAS_RESTART;
  return true;
}

/** An empty node below the slot where the state is; 0, and the state is in error, without memory. */
function add_node(xas: usize, shift: u32): usize {
  const s = xs(xas);
  if (invalid(xas)) return 0;
  let node = s.xa_alloc;
  s.xa_alloc = 0;
  if (!node) node = node_alloc_nowait();
  if (!node) {
    s.xa_node = xa_error(-ENOMEM);
    return 0;
  }
  const parent = s.xa_node;
  if (parent) {
    nd(node).offset = s.xa_offset;
    nd(parent).count = nd(parent).count + 1;
    updated(xas, parent);
  }
  nd(node).shift = <u8>shift;
  nd(node).parent = parent;
  nd(node).array = s.xa;
  return node;
}

// ── Growing ──

/** The last index that a store at the state needs. An entry of several indices cannot be the head. */
function last_needed(xas: usize): u32 {
  const s = xs(xas);
  if (!s.xa_shift && !s.xa_sibs) return s.xa_index;
  const mask = ((<u32>s.xa_sibs + 1) << s.xa_shift) - 1;
  const last = s.xa_index | mask;
  return last == mask ? last + 1 : last;
}

/** A new head above `head`, with the marks of all that is below it. */
function raise(xas: usize, head: usize, shift: u32): usize {
  const node = add_node(xas, shift);
  if (!node) return 0;
  const xa = array_of(xas);
  nd(node).count = 1;
  nd(node).nr_values = is_value(head) ? 1 : 0;
  assign(slot_of(node, 0), head);
  for (let mark: u32 = 0; mark < XA_MAX_MARKS; mark++) {
    const marked = (xa.xa_flags & array_mark(mark)) != 0;
    if (is_free_mark(xs(xas).xa, mark)) {
      set_marks_of(node, mark, marked ? ALL : ALL - 1);
      xa.xa_flags |= array_mark(mark);
    } else if (marked) {
      set_marks_of(node, mark, 1);
    }
  }
  if (is_node(head)) {
    nd(to_node(head)).offset = 0;
    nd(to_node(head)).parent = node;
  }
  assign(head_slot(xas), node_entry(node));
  updated(xas, node);
  return node;
}

/** Raises the head until the tree reaches what the state needs. How many bits the head covers then, as a node would that
 *  is above it; -1, and the state is in error, without memory. */
function expand(xas: usize, head: usize): i32 {
  const last = last_needed(xas);
  let shift: u32 = 0;
  if (!head) {
    if (!last) return 0;
    while (last >> shift >= XA_CHUNK_SIZE) shift += LEVEL;
    return shift + LEVEL;
  }
  let node: usize = 0;
  if (is_node(head)) {
    node = to_node(head);
    shift = nd(node).shift + LEVEL;
  }
  xs(xas).xa_node = 0;
  while (last > max_index(head)) {
    node = raise(xas, head, shift);
    if (!node) return -1;
    head = node_entry(node);
    shift += LEVEL;
  }
  xs(xas).xa_node = node;
  return shift;
}

/** Makes the nodes down to the slot that the state asks for, and walks it there: what the slot holds. In the head itself
 *  only if `allow_root`. */
export function create(xas: usize, allow_root: bool): usize {
  const s = xs(xas);
  if (xa_err(s.xa_node)) return 0;
  const order: i32 = s.xa_shift;
  let entry: usize = 0;
  let slot = head_slot(xas);
  let shift: i32 = 0;
  if (at_top(s.xa_node)) {
    const head = array_of(xas).xa_head;
    s.xa_node = 0;
    shift = expand(xas, !head && array_of(xas).xa_flags & XA_FLAGS_ZERO_BUSY ? ZERO_ENTRY : head);
    if (shift < 0) return 0;
    if (!shift && !allow_root) shift = LEVEL;
    entry = array_of(xas).xa_head;
  } else {
    shift = nd(s.xa_node).shift;
    entry = entry_at(s.xa_node, s.xa_offset);
    slot = slot_of(s.xa_node, s.xa_offset);
  }
  while (shift > order) {
    shift -= LEVEL;
    let node: usize = 0;
    if (!entry) {
      node = add_node(xas, shift);
      if (!node) break;
      if (tracks_free(s.xa)) set_marks_of(node, XA_FREE_MARK, ALL);
      assign(slot, node_entry(node));
    } else if (is_node(entry)) {
      node = to_node(entry);
    } else {
      break;
    }
    entry = descend(xas, node);
    slot = slot_of(node, s.xa_offset);
  }
  return entry;
}

/** linux/xarray.h. Makes the nodes for every index in the range of the state, which is at the first of them then, and for
 *  single entries. Context: xa_lock. */
export function xas_create_range(xas: usize): void {
  const s = xs(xas);
  if (xa_err(s.xa_node)) return;
  const first = s.xa_index;
  const shift = s.xa_shift;
  const sibs = s.xa_sibs;
  s.xa_index = first | (((<u32>sibs + 1) << shift) - 1);
  s.xa_shift = 0;
  s.xa_sibs = 0;
  while (true) {
    s.xa_node = XAS_RESTART;
    create(xas, true);
    if (xa_err(s.xa_node)) {
      s.xa_shift = shift;
      s.xa_sibs = sibs;
      break;
    }
    if (s.xa_index <= (first | XA_CHUNK_MASK)) break;
    s.xa_index -= XA_CHUNK_SIZE;
  }
  s.xa_index = first;
  if (!invalid(xas) && s.xa_node) s.xa_offset = <u8>offset_in(s.xa_node, first);
}

// ── Shrinking ──

/** The tree has lost an entry: its head goes while it holds nothing but what can be the head itself. */
function shrink(xas: usize): void {
  const xa = array_of(xas);
  let node = xs(xas).xa_node;
  while (nd(node).count == 1) {
    let entry = entry_at(node, 0);
    if (!entry || (!is_node(entry) && nd(node).shift)) return;
    if (entry == ZERO_ENTRY && xa.xa_flags & XA_FLAGS_ZERO_BUSY) entry = 0;
    xs(xas).xa_node = XAS_BOUNDS;
    assign(head_slot(xas), entry);
    if (tracks_free(xs(xas).xa) && !has_mark(node, 0, XA_FREE_MARK)) xa.xa_flags &= ~array_mark(XA_FREE_MARK);
    if (!is_node(entry)) assign(slot_of(node, 0), RETRY_ENTRY);
    discard(xas, node);
    if (!is_node(entry)) return;
    node = to_node(entry);
    nd(node).parent = 0;
  }
}

/** A node that is not in the tree any more. */
function discard(xas: usize, node: usize): void {
  nd(node).count = 0;
  nd(node).nr_values = 0;
  updated(xas, node);
  node_free(node);
}

/** The state's node goes if it is empty, and so do those above it. */
function delete_empty(xas: usize): void {
  const s = xs(xas);
  let node = s.xa_node;
  while (!nd(node).count) {
    const parent = nd(node).parent;
    s.xa_node = parent;
    s.xa_offset = nd(node).offset;
    node_free(node);
    if (!parent) {
      assign(head_slot(xas), 0);
      s.xa_node = XAS_BOUNDS;
      return;
    }
    assign(slot_of(parent, s.xa_offset), 0);
    nd(parent).count = nd(parent).count - 1;
    updated(xas, parent);
    node = parent;
  }
  if (!nd(node).parent) shrink(xas);
}

/** Frees a node that left the tree, and all below it. Whoever still walks there is sent back to the head. */
export function free_nodes(xas: usize, node: usize): void {
  for (let offset: u32 = 0; offset < XA_CHUNK_SIZE; offset++) {
    const entry = entry_at(node, offset);
    if (nd(node).shift && is_node(entry)) free_nodes(xas, to_node(entry));
    else if (entry) assign(slot_of(node, offset), RETRY_ENTRY);
  }
  discard(xas, node);
}

// ── Storing ──

/** The marks of all the slots that become one entry are that entry's. */
function gather_marks(xas: usize): void {
  const s = xs(xas);
  const others = (bit(s.xa_sibs) - 1) << (<u32>s.xa_offset + 1);
  for (let mark: u32 = 0; mark < XA_MAX_MARKS; mark++) {
    const marks = marks_of(s.xa_node, mark);
    if (marks & others) set_marks_of(s.xa_node, mark, (marks & ~others) | bit(s.xa_offset));
  }
}

/** The state's node has `count` more entries in it, `values` of them values. */
function account(xas: usize, node: usize, count: i32, values: i32): void {
  if (!count && !values) return;
  nd(node).count = <u8>(<i32>nd(node).count + count);
  nd(node).nr_values = <u8>(<i32>nd(node).nr_values + values);
  updated(xas, node);
  if (count < 0) delete_empty(xas);
}

/** Stores from the state's slot on, into as many as the entry takes; NULL also into those that follow and belong to what
 *  it replaces, which is returned. */
function store_slots(xas: usize, node: usize, replaced: usize, entry: usize): usize {
  const s = xs(xas);
  const last = <u32>s.xa_offset + s.xa_sibs;
  let there = replaced;
  let put = entry;
  let count = 0;
  let values = 0;
  for (let offset: u32 = s.xa_offset; ;) {
    assign(slot_of(node, offset), put);
    if (is_node(there) && nd(node).shift) free_nodes(xas, to_node(there));
    count += (entry ? 1 : 0) - (there ? 1 : 0);
    values += (is_value(entry) ? 1 : 0) - (is_value(replaced) ? 1 : 0);
    if (entry ? offset == last : offset == XA_CHUNK_MASK) break;
    if (entry) put = sibling_of(s.xa_offset);
    there = entry_at(node, ++offset);
    if (is_sibling(there)) continue;
    if (!entry && offset > last) break;
    replaced = there;
  }
  account(xas, node, count, values);
  return replaced;
}

/** linux/xarray.h. Stores an entry at the state's index, or range: what was there. The state is in error without memory.
 *  Context: xa_lock. */
export function xas_store(xas: usize, entry: usize): usize {
  const s = xs(xas);
  const old = entry ? create(xas, !is_node(entry) && entry != ZERO_ENTRY) : xas_load(xas);
  if (invalid(xas)) return old;
  const node = s.xa_node;
  if (node && s.xa_shift < nd(node).shift) s.xa_sibs = 0;
  if (old == entry && !s.xa_sibs) return old;
  if (node && s.xa_sibs) gather_marks(xas);
  // Marks go before the entry: whoever finds a mark must find the entry too.
  if (!entry) xas_init_marks(xas);
  if (node) return store_slots(xas, node, old, entry);
  assign(head_slot(xas), entry);
  if (is_node(old)) free_nodes(xas, to_node(old));
  return old;
}
