// Magazines: what a CPU loads and what travels between CPUs, so that most allocations touch no shared memory.
//
//   magazine, 256 bytes, aligned to its size
//     +0  next magazine of a stack     +4  `top` of a magazine that is on one
//     +8  31 slots of { object, address of its state byte }
//   top  = address of the topmost used slot; top & 255 == 0: empty
//
// Stacks of magazines are Treiber stacks: a u64 of tag and pointer, so that a magazine that was popped and pushed
// again meanwhile does not pass for unchanged.

import { alloc_pages, page_address } from "./page_alloc";
import { own_affair, set_call_site } from "../arch/wasm/cpu";
import { PAGE_BYTES } from "./page";
import { __GFP_NOWARN } from "../abi";

export const MAGAZINE_BYTES: usize = 256;
export const SLOT_BYTES: usize = 8;
export const SLOTS: u32 = 31;

/** Empty magazines, for any cache and CPU. */
const spare = memory.data(8, 8);
/** Pages that hold magazines. */
const pages = memory.data(4, 4);

export function magazine_init(): void {
  store<u64>(spare, 0);
  store<u32>(pages, 0);
}

/** The magazine that `top` points into. */
@inline
export function magazine_of(top: usize): usize {
  return top & ~(MAGAZINE_BYTES - 1);
}

/** Bytes of used slots. */
@inline
export function used(top: usize): u32 {
  return <u32>(top & (MAGAZINE_BYTES - 1));
}

/** Pushes the magazine that `top` points into. */
export function push(stack: usize, top: usize): void {
  const magazine = magazine_of(top);
  store<usize>(magazine, top, 4);
  let head = atomic.load<u64>(stack);
  while (true) {
    store<u32>(magazine, <u32>head);
    const next = (((head >> 32) + 1) << 32) | <u64>magazine;
    const seen = atomic.cmpxchg<u64>(stack, head, next);
    if (seen == head) return;
    head = seen;
  }
}

/** Pops a magazine; returns its `top`, or 0 if there is none. */
export function pop(stack: usize): usize {
  let head = atomic.load<u64>(stack);
  while (<u32>head) {
    const next = (((head >> 32) + 1) << 32) | <u64>load<u32>(<usize>(<u32>head));
    const seen = atomic.cmpxchg<u64>(stack, head, next);
    if (seen == head) return load<usize>(<usize>(<u32>head), 4);
    head = seen;
  }
  return 0;
}

/** An empty magazine, or 0 if there is no memory for one. */
export function magazine_get(): usize {
  const have = pop(spare);
  if (have) return have;
  const site = own_affair();
  const p = alloc_pages(__GFP_NOWARN, 0);
  set_call_site(site);
  if (!p) return 0;
  atomic.add<u32>(pages, 1);
  const base = page_address(p);
  for (let offset = MAGAZINE_BYTES; offset < PAGE_BYTES; offset += MAGAZINE_BYTES) push(spare, base + offset);
  return base;
}

/** Gives an empty magazine back. */
@inline
export function magazine_put(magazine: usize): void {
  push(spare, magazine);
}

/** Pages taken for magazines; they are never given back. */
export function magazine_pages(): u32 {
  return atomic.load<u32>(pages);
}
