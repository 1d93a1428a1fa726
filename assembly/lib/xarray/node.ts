// lib/xarray.c: what the tree is made of. A node has 64 slots, and for each of three marks a word of 64 bits that says
// which slots have an entry with that mark below them. Inline code of modules walks the same tree.
//
//   struct xarray ─ xa_head ──► node, shift 6 ──► node, shift 0 ──► entries 0..63      one entry at index 0 needs no node
//                               │ slots[64]       │ slots[64]
//                               │ marks[3]        │ marks[3]
//
//   what a slot holds:   …00 a pointer   …1 a value   …10 internal: a sibling, retry, zero, an error; or a node
//   struct xa_state, where an operation has got to:   xa_node 0 the head, 1 bounds, 3 restart, …10 an error, or a node

import {
  GFP_NOWAIT,
  XA_CHUNK_MASK,
  XA_CHUNK_SHIFT,
  XA_CHUNK_SIZE,
  XA_FLAGS_TRACK_FREE,
  XA_FREE_MARK,
  XA_MAX_MARKS,
  __GFP_BITS_SHIFT,
  __GFP_NOWARN,
  offsetof_xa_node_callback_head,
  offsetof_xa_node_marks,
  offsetof_xa_node_private_list,
  offsetof_xa_node_slots,
  sizeof_xa_node,
  sizeof_xa_state,
  xa_node,
  xa_state,
  xarray,
} from "../../abi";
import { own_affair, set_call_site, smp_processor_id } from "../../arch/wasm/cpu";
import { local_irq_restore, local_irq_save } from "../../arch/wasm/irqflags";
import { preempt_count } from "../../arch/wasm/preempt";
import { call_rcu } from "../../kernel/rcu";
import { kmem_cache_alloc, kmem_cache_create, kmem_cache_free } from "../../mm/slub";
import { INIT_LIST_HEAD } from "../list";

/** xa_node of a state: the index lies outside the tree; the next operation begins at the head. */
export const XAS_BOUNDS: usize = 1;
export const XAS_RESTART: usize = 3;

// ── Entries ──

@inline
function internal(value: u32): usize {
  return ((<usize>value) << 2) | 2;
}

/** A slot whose node is gone: whoever reads it begins again. */
export const RETRY_ENTRY: usize = (256 << 2) | 2;
/** A slot that is taken and reads as NULL. */
export const ZERO_ENTRY: usize = (257 << 2) | 2;

@inline
export function is_internal(entry: usize): bool {
  return (entry & 3) == 2;
}

@inline
export function is_node(entry: usize): bool {
  return is_internal(entry) && entry > 4096;
}

@inline
export function to_node(entry: usize): usize {
  return entry - 2;
}

@inline
export function node_entry(node: usize): usize {
  return node + 2;
}

/** An entry of several slots is in the first of them; the others say which that is. */
@inline
export function sibling_of(offset: u32): usize {
  return internal(offset);
}

@inline
export function is_sibling(entry: usize): bool {
  return is_internal(entry) && entry < internal(XA_CHUNK_SIZE - 1);
}

@inline
export function sibling_offset(entry: usize): u32 {
  return <u32>(entry >> 2);
}

@inline
export function is_value(entry: usize): bool {
  return (entry & 1) != 0;
}

/** What only the functions on a state may store. */
@inline
export function is_advanced(entry: usize): bool {
  return is_internal(entry) && entry <= RETRY_ENTRY;
}

// ── Errors: in a result, and as the node of a state ──

@inline
export function xa_error(error: i32): usize {
  return internal(<u32>error);
}

/** The error number, negative, or 0. */
@inline
export function xa_err(entry: usize): i32 {
  return is_internal(entry) && entry >= internal(<u32>-4095) ? <i32>entry >> 2 : 0;
}

// ── States ──

@inline
export function xs(xas: usize): xa_state {
  return changetype<xa_state>(xas);
}

/** It stands for no slot: an error, bounds or restart. */
@inline
export function invalid(xas: usize): bool {
  return (xs(xas).xa_node & 3) != 0;
}

/** The head, bounds or restart: not yet in the tree. */
@inline
export function at_top(node: usize): bool {
  return node <= XAS_RESTART;
}

@inline
export function set_bounds(xas: usize): usize {
  xs(xas).xa_node = XAS_BOUNDS;
  return 0;
}

@inline
export function array_of(xas: usize): xarray {
  return changetype<xarray>(xs(xas).xa);
}

/** The index of slot `offset` of the state's node. */
export function move_index(xas: usize, offset: u32): void {
  const shift = nd(xs(xas).xa_node).shift;
  xs(xas).xa_index = (xs(xas).xa_index & (~XA_CHUNK_MASK << shift)) + (offset << shift);
}

// ── Nodes ──

@inline
export function nd(node: usize): xa_node {
  return changetype<xa_node>(node);
}

@inline
export function slot_of(node: usize, offset: u32): usize {
  return node + offsetof_xa_node_slots + <usize>offset * 4;
}

@inline
export function entry_at(node: usize, offset: u32): usize {
  return atomic.load<usize>(slot_of(node, offset));
}

/** The slot of a node that an index belongs to. */
@inline
export function offset_in(node: usize, index: u32): u32 {
  return (index >> nd(node).shift) & XA_CHUNK_MASK;
}

/** The last index that a tree with this head reaches. */
export function max_index(head: usize): u32 {
  return is_node(head) ? (XA_CHUNK_SIZE << nd(to_node(head)).shift) - 1 : 0;
}

/** struct kmem_cache * of the nodes. */
const node_cache = memory.data(4, 4);

/** The cache of the nodes. After the allocator. */
export function radix_tree_init(): void {
  store<usize>(node_cache, kmem_cache_create(cstr("radix_tree_node"), sizeof_xa_node, 0, 0, 0));
}

/** An empty node, or 0. */
export function node_alloc(gfp: u32): usize {
  const node = kmem_cache_alloc(load<usize>(node_cache), gfp);
  if (!node) return 0;
  memory.fill(node, 0, sizeof_xa_node);
  INIT_LIST_HEAD(node + offsetof_xa_node_private_list);
  return node;
}

/** Nodes that each CPU keeps ready, linked by `parent`: enough for the way to an index, and for the tree to grow as high. */
const PRELOAD: u32 = 11;

@unmanaged
class Preload {
  first: usize;
  count: u32;
}

const preloads = memory.data(8 * 4, 4);

/** This CPU's. */
@inline
function preload(): Preload {
  return changetype<Preload>(preloads + smp_processor_id() * offsetof<Preload>());
}

/** Has PRELOAD nodes ready on this CPU for those who may not sleep; false without memory. */
export function nodes_preload(gfp: u32): bool {
  while (preload().count < PRELOAD) {
    const site = own_affair(); // the reserve stays when the caller has gone
    const node = node_alloc(gfp);
    set_call_site(site);
    if (!node) return false;
    const flags = local_irq_save();
    nd(node).parent = preload().first;
    preload().first = node;
    preload().count++;
    local_irq_restore(flags);
  }
  return true;
}

function take_preloaded(): usize {
  const flags = local_irq_save();
  const node = preload().first;
  if (node) {
    preload().first = nd(node).parent;
    preload().count--;
    nd(node).parent = 0;
  }
  local_irq_restore(flags);
  return node;
}

/** An empty node without sleeping, and without a complaint. */
export function node_alloc_nowait(): usize {
  const node = node_alloc(GFP_NOWAIT | __GFP_NOWARN);
  return node || !preempt_count() ? node : take_preloaded();
}

/** A node that nobody has seen. */
export function node_free_now(node: usize): void {
  kmem_cache_free(load<usize>(node_cache), node);
}

function node_rcu_free(head: usize): void {
  node_free_now(head - offsetof_xa_node_callback_head);
}

/** A node that readers may still walk through. */
export function node_free(node: usize): void {
  call_rcu(node + offsetof_xa_node_callback_head, node_rcu_free.index);
}

/** Tells the owner of the state, if it wants to know, that a node has changed. */
export function updated(xas: usize, node: usize): void {
  const update = xs(xas).xa_update;
  if (update) call_indirect<void>(<u32>update, node);
}

// ── Marks ──

/** Marks of the whole array are bits of its flags. */
@inline
export function array_mark(mark: u32): u32 {
  return ((<u32>1) << __GFP_BITS_SHIFT) << mark;
}

@inline
export function tracks_free(xa: usize): bool {
  return (changetype<xarray>(xa).xa_flags & XA_FLAGS_TRACK_FREE) != 0;
}

/** Whether `mark` says of each index of this array that it is free. */
@inline
export function is_free_mark(xa: usize, mark: u32): bool {
  return mark == XA_FREE_MARK && tracks_free(xa);
}

@inline
export function marks_of(node: usize, mark: u32): u64 {
  return load<u64>(node + offsetof_xa_node_marks + <usize>mark * 8);
}

@inline
export function set_marks_of(node: usize, mark: u32, bits: u64): void {
  store<u64>(node + offsetof_xa_node_marks + <usize>mark * 8, bits);
}

@inline
export function bit(offset: u32): u64 {
  return (<u64>1) << offset;
}

@inline
export function has_mark(node: usize, offset: u32, mark: u32): bool {
  return (marks_of(node, mark) & bit(offset)) != 0;
}

/** linux/xarray.h. Whether the entry that a state has been walked to has a mark. Context: xa_lock or RCU. */
export function xas_get_mark(xas: usize, mark: u32): bool {
  const node = xs(xas).xa_node;
  if (node & 3) return false;
  return node ? has_mark(node, xs(xas).xa_offset, mark) : (array_of(xas).xa_flags & array_mark(mark)) != 0;
}

/** linux/xarray.h. Marks the entry that a state has been walked to, and the way to it. Context: xa_lock. */
export function xas_set_mark(xas: usize, mark: u32): void {
  if (invalid(xas)) return;
  let offset: u32 = xs(xas).xa_offset;
  for (let node = xs(xas).xa_node; node; node = nd(node).parent) {
    const marks = marks_of(node, mark);
    if (marks & bit(offset)) return;
    set_marks_of(node, mark, marks | bit(offset));
    offset = nd(node).offset;
  }
  array_of(xas).xa_flags |= array_mark(mark);
}

/** linux/xarray.h. Takes a mark from the entry that a state has been walked to, and from the way to it as far as nothing
 *  else there has it. Context: xa_lock. */
export function xas_clear_mark(xas: usize, mark: u32): void {
  if (invalid(xas)) return;
  let offset: u32 = xs(xas).xa_offset;
  for (let node = xs(xas).xa_node; node; node = nd(node).parent) {
    const marks = marks_of(node, mark);
    if (!(marks & bit(offset))) return;
    set_marks_of(node, mark, marks & ~bit(offset));
    if (marks != bit(offset)) return;
    offset = nd(node).offset;
  }
  array_of(xas).xa_flags &= ~array_mark(mark);
}

/** linux/xarray.h. Gives the entry that a state has been walked to the marks of one that is not there. Context:
 *  xa_lock. */
export function xas_init_marks(xas: usize): void {
  for (let mark: u32 = 0; mark < XA_MAX_MARKS; mark++) {
    if (is_free_mark(xs(xas).xa, mark)) xas_set_mark(xas, mark);
    else xas_clear_mark(xas, mark);
  }
}

/** The levels of a tree are this many bits apart. */
export const LEVEL: u32 = XA_CHUNK_SHIFT;

/** Room for a state on the shadow stack. */
export const STATE_BYTES: usize = (sizeof_xa_state + 15) & ~15;

/** A state that is to begin at an index (XA_STATE). */
export function init_state(xas: usize, xa: usize, index: u32): void {
  memory.fill(xas, 0, sizeof_xa_state);
  xs(xas).xa = xa;
  xs(xas).xa_index = index;
  xs(xas).xa_node = XAS_RESTART;
}
