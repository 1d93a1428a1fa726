// lib/radix-tree.c: the older interface to the trees of lib/xarray. The caller keeps others away, by whatever lock it has;
// the flags of a root say how memory for it is allocated.

import {
  EEXIST,
  ENOMEM,
  RADIX_TREE_ITER_CONTIG,
  RADIX_TREE_ITER_TAGGED,
  RADIX_TREE_ITER_TAG_MASK,
  XA_PRESENT,
  __GFP_BITS_MASK,
  __GFP_DIRECT_RECLAIM,
  offsetof_xarray_xa_head,
  radix_tree_iter,
  xarray,
} from "../abi";
import { preempt_disable } from "../arch/wasm/preempt";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { BUG } from "../kernel/panic";
import { xa_extract, xa_get_mark, xa_load } from "./xarray";
import {
  STATE_BYTES,
  array_mark,
  init_state,
  invalid,
  nodes_preload,
  slot_of,
  xa_err,
  xas_clear_mark,
  xas_set_mark,
  xs,
} from "./xarray/node";
import { xas_nomem, xas_store } from "./xarray/store";
import { xas_find, xas_find_marked, xas_load } from "./xarray/walk";

/** The lowest bits of a root's flags are the array's own. */
const OWN_FLAGS: u32 = 15;

@inline
function gfp_of(root: usize): u32 {
  return changetype<xarray>(root).xa_flags & __GFP_BITS_MASK & ~OWN_FLAGS;
}

// ── Entries ──

/** linux/radix-tree.h. Stores a pointer at an index that has none: 0, -EEXIST or -ENOMEM. Context: as the root's flags
 *  say. */
export function radix_tree_insert(root: usize, index: u32, item: usize): i32 {
  const xas = stack_alloc(STATE_BYTES);
  init_state(xas, root, index);
  const taken = xas_load(xas) != 0;
  if (!taken) {
    do {
      xas_store(xas, item);
    } while (xas_nomem(xas, gfp_of(root)));
  }
  const error = taken ? -EEXIST : xa_err(xs(xas).xa_node);
  stack_free(STATE_BYTES);
  return error;
}

/** linux/radix-tree.h. The pointer at an index, or NULL. Context: any. */
export function radix_tree_lookup(root: usize, index: u32): usize {
  return xa_load(root, index);
}

/** Where a state is in the tree. */
function slot_at(xas: usize): usize {
  const node = xs(xas).xa_node;
  return node ? slot_of(node, xs(xas).xa_offset) : xs(xas).xa + offsetof_xarray_xa_head;
}

/** linux/radix-tree.h. The slot of an index that has a pointer, or NULL. Context: any. */
export function radix_tree_lookup_slot(root: usize, index: u32): usize {
  const xas = stack_alloc(STATE_BYTES);
  init_state(xas, root, index);
  const slot = xas_load(xas) ? slot_at(xas) : 0;
  stack_free(STATE_BYTES);
  return slot;
}

/** linux/radix-tree.h. Gives a slot another pointer, which is not NULL. Context: any. */
export function radix_tree_replace_slot(root: usize, slot: usize, item: usize): void {
  if (!item) BUG(cstr("radix_tree_replace_slot with NULL"));
  atomic.store<usize>(slot, item);
}

/** linux/radix-tree.h. Takes the pointer at an index out, if it is `item` or that is NULL: the pointer, or NULL. Context:
 *  any. */
export function radix_tree_delete_item(root: usize, index: u32, item: usize): usize {
  const xas = stack_alloc(STATE_BYTES);
  init_state(xas, root, index);
  let entry = xas_load(xas);
  if (item && entry != item) entry = 0;
  if (entry) xas_store(xas, 0);
  stack_free(STATE_BYTES);
  return entry;
}

/** linux/radix-tree.h. Takes the pointer at an index out: that, or NULL. Context: any. */
export function radix_tree_delete(root: usize, index: u32): usize {
  return radix_tree_delete_item(root, index, 0);
}

/** linux/radix-tree.h. Copies up to `max_items` pointers from index `first` on to `results`: how many. Context: any. */
export function radix_tree_gang_lookup(root: usize, results: usize, first: u32, max_items: u32): u32 {
  return xa_extract(root, results, first, u32.MAX_VALUE, max_items, XA_PRESENT);
}

// ── Tags, which xarrays call marks ──

function change_tag(root: usize, index: u32, tag: u32, on: bool): usize {
  const xas = stack_alloc(STATE_BYTES);
  init_state(xas, root, index);
  const entry = xas_load(xas);
  if (entry && on) xas_set_mark(xas, tag);
  else if (entry) xas_clear_mark(xas, tag);
  stack_free(STATE_BYTES);
  return entry;
}

/** linux/radix-tree.h. Tags the pointer at an index, which there must be, and returns it. Context: any. */
export function radix_tree_tag_set(root: usize, index: u32, tag: u32): usize {
  const entry = change_tag(root, index, tag, true);
  if (!entry) BUG(cstr("radix_tree_tag_set where nothing is"));
  return entry;
}

/** linux/radix-tree.h. Takes a tag from the pointer at an index, and returns that; NULL: there is none. Context: any. */
export function radix_tree_tag_clear(root: usize, index: u32, tag: u32): usize {
  return change_tag(root, index, tag, false);
}

/** linux/radix-tree.h. Whether the pointer at an index has a tag: 1 or 0. Context: any. */
export function radix_tree_tag_get(root: usize, index: u32, tag: u32): i32 {
  return xa_get_mark(root, index, tag) ? 1 : 0;
}

/** linux/radix-tree.h. Whether any entry of a tree has a tag: 1 or 0; tag 0 of an IDR: whether it has free numbers below
 *  those that it has given out. Context: any. */
export function radix_tree_tagged(root: usize, tag: u32): i32 {
  return changetype<xarray>(root).xa_flags & array_mark(tag) ? 1 : 0;
}

/** linux/radix-tree.h. radix_tree_gang_lookup() of what has a tag. Context: any. */
export function radix_tree_gang_lookup_tag(root: usize, results: usize, first: u32, max_items: u32, tag: u32): u32 {
  return xa_extract(root, results, first, u32.MAX_VALUE, max_items, tag);
}

// ── Iterating ──

/** linux/radix-tree.h. The slot of the next pointer that an iteration comes to, or NULL: each is a chunk of its own, `flags`
 *  RADIX_TREE_ITER_* and a tag. Context: any. */
export function radix_tree_next_chunk(root: usize, iter: usize, flags: u32): usize {
  const own = changetype<radix_tree_iter>(iter);
  const first = own.next_index;
  if (!first && own.index) return 0; // the last index was the last there is
  const xas = stack_alloc(STATE_BYTES);
  init_state(xas, root, first);
  const last = flags & RADIX_TREE_ITER_CONTIG ? first : u32.MAX_VALUE;
  const entry =
    flags & RADIX_TREE_ITER_TAGGED ? xas_find_marked(xas, last, flags & RADIX_TREE_ITER_TAG_MASK) : xas_find(xas, last);
  const slot = entry && !invalid(xas) ? slot_at(xas) : 0;
  if (slot) {
    own.index = xs(xas).xa_index;
    own.next_index = own.index + 1;
    own.tags = 1;
    own.node = xs(xas).xa_node;
  }
  stack_free(STATE_BYTES);
  return slot;
}

/** linux/radix-tree.h. Has an iteration go on behind its index, after the lock was let go: NULL, for the loop. Context:
 *  any. */
export function radix_tree_iter_resume(slot: usize, iter: usize): usize {
  const own = changetype<radix_tree_iter>(iter);
  own.index++;
  own.next_index = own.index;
  own.tags = 0;
  return 0;
}

/** linux/radix-tree.h. Takes out the pointer that an iteration is at. Context: any. */
export function radix_tree_iter_delete(root: usize, iter: usize, slot: usize): void {
  radix_tree_delete(root, changetype<radix_tree_iter>(iter).index);
}

// ── Memory kept ready ──

/** linux/radix-tree.h. Keeps memory ready for inserts up to radix_tree_preload_end() that may not sleep, and disables
 *  preemption: 0, or -ENOMEM. Context: as `gfp` says. */
export function radix_tree_preload(gfp: u32): i32 {
  if (!nodes_preload(gfp)) return -ENOMEM;
  preempt_disable();
  return 0;
}

/** linux/radix-tree.h. radix_tree_preload() if `gfp` may sleep; else only disables preemption: 0, or -ENOMEM. Context: as
 *  `gfp` says. */
export function radix_tree_maybe_preload(gfp: u32): i32 {
  if (gfp & __GFP_DIRECT_RECLAIM) return radix_tree_preload(gfp);
  preempt_disable();
  return 0;
}
