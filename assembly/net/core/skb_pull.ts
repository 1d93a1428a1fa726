// net/core/skbuff.c: bringing fragmented data into the linear part, and cutting fragmented buffers.

import {
  CHECKSUM_COMPLETE,
  CHECKSUM_PARTIAL,
  EINVAL,
  ENOMEM,
  GFP_ATOMIC,
  SKB_DROP_REASON_NOT_SPECIFIED,
  offsetof_sk_buff_next,
  offsetof_skb_shared_info_frag_list,
  sizeof_bio_vec,
  sk_buff,
  skb_shared_info,
} from "../../abi";
import { csum_block_sub } from "./checksum";
import {
  SKB_TRUESIZE,
  skb_checksum_start_offset,
  skb_cloned,
  skb_end_offset,
  skb_frag,
  skb_has_frag_list,
  skb_headlen,
  skb_is_nonlinear,
  skb_set_tail_pointer,
  skb_shared,
  skb_shinfo,
  skb_tailroom,
} from "./skb";
import { skb_clone } from "./skb_clone";
import { __skb_pull, skb_trim } from "./skb_data";
import { consume_skb, kfree_skb, kfree_skb_list_reason, skb_frag_unref } from "./skb_free";
import { pskb_expand_head } from "./skb_head";
import { skb_checksum, skb_copy_bits } from "./skb_walk";

/** Takes `eat` bytes from the front of the fragment list, freeing the buffers that are used up. False if memory is out;
 *  the list then still holds all of its data. */
function pull_frag_list(skb: sk_buff, eat: u32): bool {
  const shinfo = skb_shinfo(skb);
  let rest = shinfo.frag_list;
  while (eat && changetype<sk_buff>(rest).len <= eat) {
    eat -= changetype<sk_buff>(rest).len;
    rest = changetype<sk_buff>(rest).next;
  }
  let first = rest;
  if (eat) {
    let part = changetype<sk_buff>(rest);
    if (skb_shared(part)) {
      part = skb_clone(part, GFP_ATOMIC);
      if (changetype<usize>(part) == 0) return false;
    }
    if (!pskb_pull(part, eat)) {
      if (changetype<usize>(part) != rest) kfree_skb(part);
      return false;
    }
    if (changetype<usize>(part) != rest) {
      part.next = changetype<sk_buff>(rest).next;
      first = changetype<usize>(part);
      rest = part.next;
    }
  }
  // what lies before `rest` has been copied out
  let list = shinfo.frag_list;
  while (list != rest) {
    const next = changetype<sk_buff>(list).next;
    consume_skb(changetype<sk_buff>(list));
    list = next;
  }
  shinfo.frag_list = first;
  return true;
}

/** Takes `eat` bytes from the front of the page fragments, or as many as there are. */
function pull_frags(shinfo: skb_shared_info, eat: u32): void {
  let kept: u32 = 0;
  for (let i: u32 = 0; i < shinfo.nr_frags; i++) {
    const frag = skb_frag(shinfo, i);
    if (frag.bv_len <= eat) {
      eat -= frag.bv_len;
      skb_frag_unref(frag);
      continue;
    }
    const slot = skb_frag(shinfo, kept);
    if (kept != i) memory.copy(changetype<usize>(slot), changetype<usize>(frag), sizeof_bio_vec);
    slot.bv_offset += eat;
    slot.bv_len -= eat;
    eat = 0;
    kept += 1;
  }
  shinfo.nr_frags = <u8>kept;
}

function frags_len(shinfo: skb_shared_info): u32 {
  let len: u32 = 0;
  for (let i: u32 = 0; i < shinfo.nr_frags; i++) len += skb_frag(shinfo, i).bv_len;
  return len;
}

/** linux/skbuff.h. Copies `delta` bytes from the fragments of a buffer that nobody shares to the end of its linear
 *  data, with a new head if that has no room. Returns the new tail; 0 if memory is out, and nothing has changed.
 *  Context: any. */
export function __pskb_pull_tail(skb: sk_buff, delta: i32): usize {
  const lacking = <i32>(skb.tail + delta - skb.end);
  if (lacking > 0 || skb_cloned(skb)) {
    // 128 bytes more, for the next one
    if (pskb_expand_head(skb, 0, lacking > 0 ? lacking + 128 : 0, GFP_ATOMIC) != 0) return 0;
  }
  if (skb_copy_bits(skb, skb_headlen(skb), skb.tail, delta) != 0) return 0;
  const shinfo = skb_shinfo(skb);
  if (skb_has_frag_list(skb)) {
    const in_pages = frags_len(shinfo);
    if (in_pages < <u32>delta && !pull_frag_list(skb, delta - in_pages)) return 0;
  }
  pull_frags(shinfo, delta);
  skb.tail += delta;
  skb.data_len -= delta;
  return skb.tail;
}

/** Whether the first `len` bytes can be read from the linear data, pulling them there if need be. */
export function pskb_may_pull(skb: sk_buff, len: u32): bool {
  const linear = skb_headlen(skb);
  if (len <= linear) return true;
  return len <= skb.len && __pskb_pull_tail(skb, len - linear) != 0;
}

/** Removes `len` bytes from the front of a buffer that may be fragmented. */
export function pskb_pull(skb: sk_buff, len: u32): usize {
  return pskb_may_pull(skb, len) ? __skb_pull(skb, len) : 0;
}

/** Brings all data into the linear part: 0 or -ENOMEM. */
export function skb_linearize(skb: sk_buff): i32 {
  if (!skb_is_nonlinear(skb)) return 0;
  return __pskb_pull_tail(skb, skb.data_len) ? 0 : -ENOMEM;
}

/** linux/skbuff.h. Makes the first `write_len` bytes linear and private. 0 or -ENOMEM. Context: any. */
export function skb_ensure_writable(skb: sk_buff, write_len: u32): i32 {
  if (!pskb_may_pull(skb, write_len)) return -ENOMEM;
  if (!skb_cloned(skb)) return 0;
  return pskb_expand_head(skb, 0, 0, GFP_ATOMIC);
}

/** Cuts the fragment list so that `keep` bytes of it stay. 0 or -ENOMEM. */
function trim_frag_list(skb: sk_buff, keep: u32): i32 {
  let link = changetype<usize>(skb_shinfo(skb)) + offsetof_skb_shared_info_frag_list;
  while (keep) {
    let frag = changetype<sk_buff>(load<usize>(link));
    if (skb_shared(frag)) {
      const clone = skb_clone(frag, GFP_ATOMIC);
      if (changetype<usize>(clone) == 0) return -ENOMEM;
      clone.next = frag.next;
      consume_skb(frag);
      store<usize>(link, changetype<usize>(clone));
      frag = clone;
    }
    if (frag.len > keep) {
      const err = pskb_trim(frag, keep);
      if (err) return err;
    }
    keep -= frag.len;
    link = changetype<usize>(frag) + offsetof_sk_buff_next;
  }
  kfree_skb_list_reason(changetype<sk_buff>(load<usize>(link)), SKB_DROP_REASON_NOT_SPECIFIED);
  store<usize>(link, 0);
  return 0;
}

/** linux/skbuff.h. Cuts a buffer to `len` bytes, freeing fragments. 0 or -ENOMEM. Pointers into the head may go stale.
 *  Context: any. */
export function ___pskb_trim(skb: sk_buff, len: u32): i32 {
  if (skb_cloned(skb)) {
    const err = pskb_expand_head(skb, 0, 0, GFP_ATOMIC);
    if (err) return err;
  }
  const shinfo = skb_shinfo(skb);
  const linear = skb_headlen(skb);
  let keep: u32 = len > linear ? len - linear : 0;
  let kept: u32 = 0;
  for (let i: u32 = 0; i < shinfo.nr_frags; i++) {
    const frag = skb_frag(shinfo, i);
    if (keep == 0) {
      skb_frag_unref(frag);
      continue;
    }
    if (frag.bv_len > keep) frag.bv_len = keep;
    keep -= frag.bv_len;
    kept = i + 1;
  }
  shinfo.nr_frags = <u8>kept;
  if (skb_has_frag_list(skb)) {
    const err = trim_frag_list(skb, keep);
    if (err) return err;
  }
  if (len > linear) {
    skb.data_len = len - linear;
    skb.len = len;
  } else {
    skb.len = len;
    skb.data_len = 0;
    skb_set_tail_pointer(skb, len);
  }
  if (skb.sk == 0) skb_condense(skb);
  return 0;
}

/** Pulls a small rest of fragments into the tailroom, so that their pages go, and states the truesize anew. */
function skb_condense(skb: sk_buff): void {
  if (skb.data_len) {
    if (skb.data_len > <u32>(skb.end - skb.tail) || skb_cloned(skb)) return;
    __pskb_pull_tail(skb, skb.data_len);
  }
  skb.truesize = SKB_TRUESIZE(skb_end_offset(skb));
}

/** Cuts a buffer that may be fragmented; a shorter one stays as it is. */
export function pskb_trim(skb: sk_buff, len: u32): i32 {
  if (skb.len <= len) return 0;
  if (skb.data_len) return ___pskb_trim(skb, len);
  skb_trim(skb, len);
  return 0;
}

/** linux/skbuff.h. pskb_trim of a buffer whose hardware checksum covers all of it. 0, -ENOMEM, or -EINVAL if the
 *  checksum's place would be cut off. Context: any. */
export function pskb_trim_rcsum_slow(skb: sk_buff, len: u32): i32 {
  if (skb.ip_summed == CHECKSUM_COMPLETE) {
    skb.csum = csum_block_sub(skb.csum, skb_checksum(skb, len, skb.len - len, 0), len);
  } else if (skb.ip_summed == CHECKSUM_PARTIAL) {
    const linear = min(len, skb_headlen(skb));
    if (skb_checksum_start_offset(skb) + skb.csum_offset + 2 > <i32>linear) return -EINVAL;
  }
  return pskb_trim(skb, len);
}

/** linux/skbuff.h. Puts `pad` zero bytes behind the data, outside its length, in a private linear head. 0 or
 *  -ENOMEM; the buffer is then freed if `free_on_error`. Context: any. */
export function __skb_pad(skb: sk_buff, pad: i32, free_on_error: bool): i32 {
  let err = 0;
  if (skb_cloned(skb) || skb_tailroom(skb) < pad) {
    const ntail = <i32>(skb.data_len + pad - <u32>(skb.end - skb.tail));
    if (skb_cloned(skb) || ntail > 0) err = pskb_expand_head(skb, 0, ntail, GFP_ATOMIC);
    if (err == 0) err = skb_linearize(skb);
    if (err) {
      if (free_on_error) kfree_skb(skb);
      return err;
    }
  }
  memory.fill(skb.data + skb.len, 0, pad);
  return 0;
}
