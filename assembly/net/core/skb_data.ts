// net/core/skbuff.c: moving the ends of the linear data. Running out of room is a bug of the caller and ends in BUG().

import { net_device, sk_buff } from "../../abi";
import { BUG } from "../../kernel/panic";
import { pr } from "../../kernel/printk/printk";
import { skb_is_nonlinear, skb_set_tail_pointer } from "./skb";

function skb_panic(skb: sk_buff, size: u32, what: usize): void {
  const name = skb.dev ? changetype<usize>(changetype<net_device>(skb.dev).name) : cstr("<NULL>");
  pr(
    cstr("\x010skbuff: %s: len:%d put:%d head:%px data:%px tail:%px end:%px dev:%s\n"),
    what,
    skb.len,
    size,
    skb.head,
    skb.data,
    skb.tail,
    skb.end,
    name,
  );
  BUG(what);
}

/** linux/skbuff.h. Appends `len` bytes to the linear data and returns the address of the first; more than the tailroom
 *  is a BUG (skb_over_panic). Context: any. */
export function skb_put(skb: sk_buff, len: u32): usize {
  const tail = skb.tail;
  if (skb_is_nonlinear(skb)) BUG(cstr("skb_put: nonlinear buffer"));
  skb.tail = tail + len;
  skb.len += len;
  if (skb.tail > skb.end) skb_panic(skb, len, cstr("skb_over_panic"));
  return tail;
}

/** linux/skbuff.h. skb_put on `tail`, the last buffer of `skb`'s fragment list (or `skb` itself). Context: any. */
export function pskb_put(skb: sk_buff, tail: sk_buff, len: u32): usize {
  if (tail != skb) {
    skb.data_len += len;
    skb.len += len;
  }
  return skb_put(tail, len);
}

/** linux/skbuff.h. Prepends `len` bytes and returns the new start; more than the headroom is a BUG (skb_under_panic).
 *  Context: any. */
export function skb_push(skb: sk_buff, len: u32): usize {
  skb.data -= len;
  skb.len += len;
  if (skb.data < skb.head) skb_panic(skb, len, cstr("skb_under_panic"));
  return skb.data;
}

/** Removes `len` bytes, which the linear data must have, from the front. */
@inline
export function __skb_pull(skb: sk_buff, len: u32): usize {
  skb.len -= len;
  if (skb.len < skb.data_len) skb_panic(skb, len, cstr("__skb_pull"));
  skb.data += len;
  return skb.data;
}

/** linux/skbuff.h. Removes `len` bytes from the front and returns the new start; 0, and nothing happens, if the
 *  buffer is shorter. Context: any. */
export function skb_pull(skb: sk_buff, len: u32): usize {
  return len > skb.len ? 0 : __skb_pull(skb, len);
}

/** linux/skbuff.h. As skb_pull, but returns the old start. Context: any. */
export function skb_pull_data(skb: sk_buff, len: u32): usize {
  const data = skb.data;
  return skb_pull(skb, len) ? data : 0;
}

/** linux/skbuff.h. Cuts a linear buffer to `len` bytes; a shorter one stays as it is. Context: any. */
export function skb_trim(skb: sk_buff, len: u32): void {
  if (skb.len <= len) return;
  if (skb_is_nonlinear(skb)) BUG(cstr("skb_trim: nonlinear buffer"));
  skb.len = len;
  skb_set_tail_pointer(skb, len);
}
