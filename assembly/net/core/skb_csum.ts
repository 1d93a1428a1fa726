// net/core/skbuff.c, net/core/dev.c: checksums that travel with a buffer. CHECKSUM_PARTIAL on transmit means: sum from
// csum_start to the end and store the fold csum_offset bytes behind csum_start.

import { CHECKSUM_COMPLETE, CHECKSUM_NONE, CHECKSUM_PARTIAL, EINVAL, SKBFL_SHARED_FRAG, sk_buff } from "../../abi";
import { BUG, WARN } from "../../kernel/panic";
import { pr } from "../../kernel/printk/printk";
import { csum_add, csum_fold } from "./checksum";
import {
  skb_checksum_start_offset,
  skb_headlen,
  skb_headroom,
  skb_is_gso,
  skb_is_nonlinear,
  skb_shared,
  skb_shinfo,
} from "./skb";
import { skb_ensure_writable, skb_linearize } from "./skb_pull";
import { skb_checksum, skb_copy_and_csum_bits, skb_copy_bits } from "./skb_walk";
import { net_ratelimit } from "./utils";

/** A sum of 0 goes on the wire as 0xffff: 0 would say that there is none. */
@inline
function mangled(sum: u16): u16 {
  return sum ? sum : 0xffff;
}

/** linux/netdevice.h. Computes in software the checksum that the device was to compute. 0, -EINVAL for a segmented
 *  buffer or an offset outside the linear part, -ENOMEM. Context: any but hardirq. */
export function skb_checksum_help(skb: sk_buff): i32 {
  if (skb.ip_summed == CHECKSUM_COMPLETE) {
    skb.ip_summed = <u8>CHECKSUM_NONE;
    return 0;
  }
  if (skb_is_gso(skb)) {
    WARN(cstr("skb_checksum_help: segmented buffer"));
    return -EINVAL;
  }
  // a fragment that others may write while we sum it would give a wrong checksum
  if (skb_is_nonlinear(skb) && skb_shinfo(skb).flags & SKBFL_SHARED_FRAG) {
    const err = skb_linearize(skb);
    if (err) return err;
  }
  const start = skb_checksum_start_offset(skb);
  const at = start + <i32>skb.csum_offset;
  if (start < 0 || at + 2 > <i32>skb_headlen(skb)) {
    if (net_ratelimit()) pr(cstr("\x014skb_checksum_help: checksum at %d, linear length %u"), at, skb_headlen(skb));
    return -EINVAL;
  }
  const csum = skb_checksum(skb, start, skb.len - start, 0);
  const err = skb_ensure_writable(skb, at + 2);
  if (err) return err;
  store<u16>(skb.data + at, mangled(csum_fold(csum)));
  skb.ip_summed = <u8>CHECKSUM_NONE;
  return 0;
}

/** linux/skbuff.h. Copies the whole buffer to `to`, computing a partial checksum on the way. Context: any. */
export function skb_copy_and_csum_dev(skb: sk_buff, to: usize): void {
  const partial = skb.ip_summed == <u8>CHECKSUM_PARTIAL;
  const start = partial ? skb_checksum_start_offset(skb) : <i32>skb_headlen(skb);
  if (start > <i32>skb_headlen(skb)) BUG(cstr("skb_copy_and_csum_dev: checksum starts outside the linear data"));
  skb_copy_bits(skb, 0, to, start);
  if (start == <i32>skb.len) return;
  const csum = skb_copy_and_csum_bits(skb, start, to + start, skb.len - start);
  if (partial) store<u16>(to + start + skb.csum_offset, csum_fold(csum));
}

/** linux/skbuff.h. Asks for a checksum from `start` (relative to the data) stored at `start + off`. False if that is
 *  not in the linear part. Context: any. */
export function skb_partial_csum_set(skb: sk_buff, start: u32, off: u32): bool {
  const end = start + off + 2;
  const csum_start = skb_headroom(skb) + start;
  if (csum_start >= 0xffff || end > skb_headlen(skb)) {
    if (net_ratelimit()) {
      pr(
        cstr("\x014bad partial csum: csum=%u/%u headroom=%u headlen=%u\n"),
        start,
        off,
        skb_headroom(skb),
        skb_headlen(skb),
      );
    }
    return false;
  }
  skb.ip_summed = <u8>CHECKSUM_PARTIAL;
  skb.csum_start = <u16>csum_start;
  skb.csum_offset = <u16>off;
  skb.transport_header = <u16>csum_start;
  return true;
}

/** linux/skbuff.h. Verifies the first `len` bytes against skb->csum; 0 if they agree. Context: any. */
export function __skb_checksum_complete_head(skb: sk_buff, len: i32): u32 {
  const sum = csum_fold(skb_checksum(skb, 0, len, skb.csum));
  if (!skb_shared(skb)) skb.csum_valid = sum == 0 ? 1 : 0;
  return sum;
}

/** linux/skbuff.h. Verifies the whole buffer against skb->csum, which holds the pseudo header's sum, and keeps the
 *  full sum. 0 if they agree. Context: any. */
export function __skb_checksum_complete(skb: sk_buff): u32 {
  const csum = skb_checksum(skb, 0, skb.len, 0);
  const sum = csum_fold(csum_add(skb.csum, csum));
  if (!skb_shared(skb)) {
    skb.csum = csum;
    skb.ip_summed = <u8>CHECKSUM_COMPLETE;
    skb.csum_complete_sw = 1;
    skb.csum_valid = sum == 0 ? 1 : 0;
  }
  return sum;
}
