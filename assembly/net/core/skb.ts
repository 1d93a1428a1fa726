// linux/skbuff.h: the geometry of a socket buffer, as the header's inline functions have it.
//
//                 ┌────────────┐
//                 │ sk_buff    │
//                 └────────────┘
//    head ─┐  data ─┐    tail ─┐   end ─┐
//          ▼        ▼          ▼        ▼
//          ┌────────┬──────────┬────────┬─────────────────┐
//          │headroom│  data    │tailroom│ skb_shared_info │──▶ frags[0..nr_frags): page, offset, length
//          └────────┴──────────┴────────┴─────────────────┘──▶ frag_list: further sk_buffs
//                    ◀headlen─▶             len = headlen + data_len
//
// On 32-bit machines `tail` and `end` are pointers; the *_header fields are always offsets from `head`.

import {
  SKB_DATAREF_MASK,
  SKB_DATAREF_SHIFT,
  SMP_CACHE_BYTES,
  bio_vec,
  offsetof_sk_buff_users,
  offsetof_skb_shared_info_dataref,
  offsetof_skb_shared_info_frags,
  sizeof_bio_vec,
  sizeof_sk_buff,
  sizeof_skb_shared_info,
  sk_buff,
  skb_shared_info,
} from "../../abi";
import { page_address } from "../../mm/page";

@inline
export function SKB_DATA_ALIGN(size: u32): u32 {
  return (size + (SMP_CACHE_BYTES - 1)) & ~(SMP_CACHE_BYTES - 1);
}

@inline
export function SKB_WITH_OVERHEAD(size: u32): u32 {
  return size - SKB_DATA_ALIGN(sizeof_skb_shared_info);
}

@inline
export function SKB_HEAD_ALIGN(size: u32): u32 {
  return SKB_DATA_ALIGN(size) + SKB_DATA_ALIGN(sizeof_skb_shared_info);
}

/** What a buffer with `size` bytes of data costs: struct, data and shared info. */
@inline
export function SKB_TRUESIZE(size: u32): u32 {
  return size + SKB_DATA_ALIGN(sizeof_sk_buff) + SKB_DATA_ALIGN(sizeof_skb_shared_info);
}

@inline
export function skb_shinfo(skb: sk_buff): skb_shared_info {
  return changetype<skb_shared_info>(skb.end);
}

@inline
export function skb_headlen(skb: sk_buff): u32 {
  return skb.len - skb.data_len;
}

@inline
export function skb_is_nonlinear(skb: sk_buff): bool {
  return skb.data_len != 0;
}

@inline
export function skb_headroom(skb: sk_buff): u32 {
  return <u32>(skb.data - skb.head);
}

@inline
export function skb_tailroom(skb: sk_buff): i32 {
  return skb_is_nonlinear(skb) ? 0 : <i32>(skb.end - skb.tail);
}

@inline
export function skb_end_offset(skb: sk_buff): u32 {
  return <u32>(skb.end - skb.head);
}

@inline
export function skb_set_end_offset(skb: sk_buff, offset: u32): void {
  skb.end = skb.head + offset;
}

@inline
export function skb_reset_tail_pointer(skb: sk_buff): void {
  skb.tail = skb.data;
}

@inline
export function skb_set_tail_pointer(skb: sk_buff, offset: u32): void {
  skb.tail = skb.data + offset;
}

/** Makes headroom in an empty buffer. */
@inline
export function skb_reserve(skb: sk_buff, len: i32): void {
  skb.data += len;
  skb.tail += len;
}

// ── Header positions ──

@inline
export function skb_reset_mac_header(skb: sk_buff): void {
  skb.mac_header = <u16>(skb.data - skb.head);
}

@inline
export function skb_mac_header_was_set(skb: sk_buff): bool {
  return skb.mac_header != 0xffff;
}

@inline
export function skb_mac_header(skb: sk_buff): usize {
  return skb.head + skb.mac_header;
}

@inline
export function skb_reset_network_header(skb: sk_buff): void {
  skb.network_header = <u16>(skb.data - skb.head);
}

@inline
export function skb_network_header(skb: sk_buff): usize {
  return skb.head + skb.network_header;
}

@inline
export function skb_transport_header_was_set(skb: sk_buff): bool {
  return skb.transport_header != 0xffff;
}

@inline
export function skb_reset_transport_header(skb: sk_buff): void {
  skb.transport_header = <u16>(skb.data - skb.head);
}

@inline
export function skb_set_transport_header(skb: sk_buff, offset: i32): void {
  skb.transport_header = <u16>(skb.data - skb.head + offset);
}

@inline
export function skb_network_header_len(skb: sk_buff): u32 {
  return <u32>skb.transport_header - <u32>skb.network_header;
}

@inline
export function skb_checksum_start_offset(skb: sk_buff): i32 {
  return <i32>skb.csum_start - <i32>skb_headroom(skb);
}

@inline
export function skb_reset_mac_len(skb: sk_buff): void {
  skb.mac_len = skb.network_header - skb.mac_header;
}

// ── Sharing ──

@inline
export function skb_users(skb: sk_buff): i32 {
  return atomic.load<i32>(changetype<usize>(skb), offsetof_sk_buff_users);
}

@inline
export function skb_set_users(skb: sk_buff, count: i32): void {
  atomic.store<i32>(changetype<usize>(skb), count, offsetof_sk_buff_users);
}

/** Takes a reference to the struct. */
@inline
export function skb_get(skb: sk_buff): sk_buff {
  atomic.add<i32>(changetype<usize>(skb), 1, offsetof_sk_buff_users);
  return skb;
}

/** Drops a reference; true if it was the last. Null is never the last. */
@inline
export function skb_unref(skb: sk_buff): bool {
  if (changetype<usize>(skb) == 0) return false;
  if (skb_users(skb) == 1) return true;
  return atomic.sub<i32>(changetype<usize>(skb), 1, offsetof_sk_buff_users) == 1;
}

@inline
export function skb_shared(skb: sk_buff): bool {
  return skb_users(skb) != 1;
}

@inline
function dataref(skb: sk_buff): u32 {
  return atomic.load<u32>(skb.end, offsetof_skb_shared_info_dataref);
}

/** Whether another sk_buff uses the same data. */
@inline
export function skb_cloned(skb: sk_buff): bool {
  return skb.cloned && (dataref(skb) & SKB_DATAREF_MASK) != 1;
}

/** Whether the headers may not be written: as skb_cloned, but payload-only references do not count. */
export function skb_header_cloned(skb: sk_buff): bool {
  if (!skb.cloned) return false;
  const refs = dataref(skb);
  return (refs & SKB_DATAREF_MASK) - (refs >> SKB_DATAREF_SHIFT) != 1;
}

/** skb->next as a buffer. */
@inline
export function skb_next(skb: sk_buff): sk_buff {
  return changetype<sk_buff>(skb.next);
}

// ── Fragments: a skb_frag_t is a bio_vec ──

@inline
export function skb_frag(shinfo: skb_shared_info, index: u32): bio_vec {
  return changetype<bio_vec>(changetype<usize>(shinfo) + offsetof_skb_shared_info_frags + index * sizeof_bio_vec);
}

/** Linear address of a fragment's first byte: all RAM is mapped, and pages of one fragment are contiguous. */
@inline
export function skb_frag_address(frag: bio_vec): usize {
  return page_address(frag.bv_page) + frag.bv_offset;
}

/** Bytes of shared info in use: up to the last fragment. */
@inline
export function skb_shinfo_used(shinfo: skb_shared_info): u32 {
  return offsetof_skb_shared_info_frags + <u32>shinfo.nr_frags * sizeof_bio_vec;
}

@inline
export function skb_has_frag_list(skb: sk_buff): bool {
  return skb_shinfo(skb).frag_list != 0;
}

@inline
export function skb_is_gso(skb: sk_buff): bool {
  return skb_shinfo(skb).gso_size != 0;
}
