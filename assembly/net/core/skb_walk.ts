// net/core/skbuff.c: visiting the bytes [offset, offset + len) of a buffer in order: linear data, page fragments, then
// the buffers of the fragment list. Copying and checksumming are visits.

import { EFAULT, sk_buff } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { csum_block_add, csum_partial } from "./checksum";
import { skb_frag, skb_frag_address, skb_headlen, skb_shinfo } from "./skb";

const COPY_OUT: u32 = 1;
const COPY_IN: u32 = 2;
const CHECKSUM: u32 = 4;

/** One visit: what it does, how far it is. */
@unmanaged
class SkbWalk {
  what: u32;
  /** Next byte of the caller's memory to copy from or to. */
  buf: usize;
  csum: u32;
  /** Bytes visited: a run that begins at an odd one is summed the other way round. */
  pos: u32;
  /** Where the visit starts, relative to the piece looked at, and what is left of it. */
  offset: i32;
  left: i32;
}

function visit(walk: SkbWalk, data: usize, len: u32): void {
  if (walk.what & COPY_OUT) memory.copy(walk.buf, data, len);
  if (walk.what & COPY_IN) memory.copy(data, walk.buf, len);
  if (walk.what & CHECKSUM) walk.csum = csum_block_add(walk.csum, csum_partial(data, len, 0), walk.pos);
  walk.buf += len;
  walk.pos += len;
}

/** Visits what of a piece of `size` bytes at `data` belongs to the walk. */
@inline
function visit_piece(walk: SkbWalk, data: usize, size: i32): void {
  if (walk.offset >= size) {
    walk.offset -= size;
    return;
  }
  const len = min(size - walk.offset, walk.left);
  visit(walk, data + walk.offset, len);
  walk.offset = 0;
  walk.left -= len;
}

function visit_buffer(walk: SkbWalk, skb: sk_buff): void {
  visit_piece(walk, skb.data, skb_headlen(skb));
  const shinfo = skb_shinfo(skb);
  for (let i: u32 = 0; walk.left && i < shinfo.nr_frags; i++) {
    const frag = skb_frag(shinfo, i);
    visit_piece(walk, skb_frag_address(frag), frag.bv_len);
  }
  let list = shinfo.frag_list;
  while (list && walk.left) {
    visit_buffer(walk, changetype<sk_buff>(list));
    list = changetype<sk_buff>(list).next;
  }
}

/** Runs a visit; the caller has checked the range. A negative offset reaches into the headroom. Returns the
 *  checksum. */
function skb_walk(what: u32, skb: sk_buff, offset: i32, buf: usize, len: i32, csum: u32): u32 {
  const walk = changetype<SkbWalk>(stack_alloc(32));
  walk.what = what;
  walk.buf = buf;
  walk.csum = csum;
  walk.pos = 0;
  walk.offset = offset;
  walk.left = len;
  if (len) visit_buffer(walk, skb);
  csum = walk.csum;
  stack_free(32);
  return csum;
}

/** linux/skbuff.h. Copies `len` bytes at `offset` of the buffer (negative: headroom) to `to`. -EFAULT if it is shorter.
 *  Context: any. */
export function skb_copy_bits(skb: sk_buff, offset: i32, to: usize, len: i32): i32 {
  if (offset > <i32>skb.len - len) return -EFAULT;
  skb_walk(COPY_OUT, skb, offset, to, len, 0);
  return 0;
}

/** linux/skbuff.h. Copies `len` bytes from `from` over those at `offset` of the buffer. -EFAULT if it is shorter.
 *  Context: any. */
export function skb_store_bits(skb: sk_buff, offset: i32, from: usize, len: i32): i32 {
  if (offset > <i32>skb.len - len) return -EFAULT;
  skb_walk(COPY_IN, skb, offset, from, len, 0);
  return 0;
}

/** linux/skbuff.h. Adds the checksum of `len` bytes at `offset` to `csum`; the caller knows that they exist.
 *  Context: any. */
export function skb_checksum(skb: sk_buff, offset: i32, len: i32, csum: u32): u32 {
  return skb_walk(CHECKSUM, skb, offset, 0, len, csum);
}

/** linux/skbuff.h. Copies `len` bytes at `offset` to `to` and returns their checksum. Context: any. */
export function skb_copy_and_csum_bits(skb: sk_buff, offset: i32, to: usize, len: i32): u32 {
  return skb_walk(COPY_OUT | CHECKSUM, skb, offset, to, len, 0);
}
