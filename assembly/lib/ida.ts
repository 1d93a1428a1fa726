// lib/idr.c, the half that gives out numbers: the lowest free one of a range. Linux keeps bitmaps in an xarray; here
// they form a list, sorted, which is as good for the dozens of numbers that drivers ask for.
//
//   struct ida.xa.xa_head ──► chunk 0 ──► chunk 3 ──► 0        a chunk that becomes empty goes

import { ENOMEM, ENOSPC, INT_MAX, ida } from "../abi";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "../kernel/locking/spinlock";
import { WARN_TEXT } from "../kernel/panic";
import { kfree, kzalloc } from "../mm/slub";
import { _find_next_zero_bit } from "./find_bit";
import { snprintf_ } from "./vsprintf";

/** Numbers in a chunk. */
const CHUNK_BITS: u32 = 1024;

/** Behind it, a bit for each number that is taken. */
@unmanaged
class chunk {
  next: usize;
  /** Its first number / CHUNK_BITS. */
  index: u32;
  /** How many bits are set. */
  used: u32;
}

const CHUNK_BYTES: usize = offsetof<chunk>() + CHUNK_BITS / 8;

/** Room for the warning of ida_free(). */
const MESSAGE_BYTES: usize = 64;

@inline
function to_chunk(at: usize): chunk {
  return changetype<chunk>(at);
}

@inline
function lock(own: usize): u32 {
  return _raw_spin_lock_irqsave(changetype<usize>(changetype<ida>(own).xa.xa_lock));
}

@inline
function unlock(own: usize, flags: u32): void {
  _raw_spin_unlock_irqrestore(changetype<usize>(changetype<ida>(own).xa.xa_lock), flags);
}

/** The last chunk whose index is below `index`; 0: none. */
function before(own: usize, index: u32): usize {
  let last: usize = 0;
  for (let at = changetype<ida>(own).xa.xa_head; at && to_chunk(at).index < index; at = to_chunk(at).next) last = at;
  return last;
}

@inline
function after(own: usize, last: usize): usize {
  return last ? to_chunk(last).next : changetype<ida>(own).xa.xa_head;
}

function set_after(own: usize, last: usize, at: usize): void {
  if (last) to_chunk(last).next = at;
  else changetype<ida>(own).xa.xa_head = at;
}

@inline
function set_bit_of(at: usize, bit: u32): void {
  const byte = at + offsetof<chunk>() + (bit >> 3);
  const mask: u32 = 1 << (bit & 7);
  store<u8>(byte, <u8>(load<u8>(byte) | mask));
  to_chunk(at).used++;
}

/** Takes the lowest free number of [min, max]: the number, -ENOSPC, or -ENOMEM if it needs a chunk and `spare` is 0;
 *  whether `spare` went into the list is seen by its `used`. */
function take(own: usize, min: u32, max: u32, spare: usize): i32 {
  let index = min / CHUNK_BITS;
  let bit = min % CHUNK_BITS;
  let last = before(own, index);
  for (; index * CHUNK_BITS + bit <= max; index++, bit = 0) {
    let at = after(own, last);
    if (!at || to_chunk(at).index != index) {
      if (!spare) return -ENOMEM;
      to_chunk(spare).index = index;
      to_chunk(spare).next = at;
      set_after(own, last, spare);
      at = spare;
    }
    bit = <u32>_find_next_zero_bit(at + offsetof<chunk>(), CHUNK_BITS, bit);
    if (bit < CHUNK_BITS) {
      const id = index * CHUNK_BITS + bit;
      if (id > max) break;
      set_bit_of(at, bit);
      return id;
    }
    last = at;
  }
  return -ENOSPC;
}

/** linux/idr.h. Takes the lowest free number of [min, max], at most INT_MAX, and returns it. -ENOSPC if none is free,
 *  -ENOMEM. Context: as `gfp` says. */
export function ida_alloc_range(own: usize, min: u32, max: u32, gfp: u32): i32 {
  if (min > INT_MAX) return -ENOSPC;
  if (max > INT_MAX) max = INT_MAX;
  let flags = lock(own);
  let id = take(own, min, max, 0);
  unlock(own, flags);
  if (id != -ENOMEM) return id;
  const spare = kzalloc(CHUNK_BYTES, gfp);
  if (!spare) return -ENOMEM;
  flags = lock(own);
  id = take(own, min, max, spare);
  const unused = !to_chunk(spare).used;
  unlock(own, flags);
  if (unused) kfree(spare);
  return id;
}

/** linux/idr.h. Gives a number back that ida_alloc_range() has returned; one that is free is warned of. Context: any. */
export function ida_free(own: usize, id: u32): void {
  if (id > INT_MAX) return;
  const flags = lock(own);
  const last = before(own, id / CHUNK_BITS);
  const at = after(own, last);
  const byte = at + offsetof<chunk>() + ((id % CHUNK_BITS) >> 3);
  const mask: u32 = 1 << (id & 7);
  const taken = at != 0 && to_chunk(at).index == id / CHUNK_BITS && (load<u8>(byte) & mask) != 0;
  let empty = false;
  if (taken) {
    store<u8>(byte, <u8>(load<u8>(byte) & ~mask));
    empty = --to_chunk(at).used == 0;
    if (empty) set_after(own, last, to_chunk(at).next);
  }
  unlock(own, flags);
  if (empty) kfree(at);
  if (taken) return;
  const text = stack_alloc(MESSAGE_BYTES);
  snprintf_(text, MESSAGE_BYTES, cstr("ida_free called for id=%d which is not allocated."), id);
  WARN_TEXT(text);
  stack_free(MESSAGE_BYTES);
}

/** linux/idr.h. Gives all numbers back; the ida can be used again. Context: any. */
export function ida_destroy(own: usize): void {
  const flags = lock(own);
  let at = changetype<ida>(own).xa.xa_head;
  changetype<ida>(own).xa.xa_head = 0;
  unlock(own, flags);
  while (at) {
    const next = to_chunk(at).next;
    kfree(at);
    at = next;
  }
}
