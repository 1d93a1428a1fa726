// net/core/skbuff.c, net/core/timestamping.c: time stamps go to the socket that asked for them. Buffers of this core
// have no socket, and no device has a time stamping PHY, so these end at Linux's own first test.

import { sk_buff } from "../../abi";
import { BUG } from "../../kernel/panic";

/** linux/skbuff.h. Reports that `skb` was sent (hwtstamps: at that time) to its socket; buffers have none here.
 *  Context: any. */
export function skb_tstamp_tx(skb: sk_buff, hwtstamps: usize): void {
  if (skb.sk) BUG(cstr("skb_tstamp_tx: buffer with a socket"));
}

/** linux/skbuff.h. Hands a clone to a time stamping PHY if a socket wants that; buffers have none here. Context:
 *  any. */
export function skb_clone_tx_timestamp(skb: sk_buff): void {
  if (skb.sk) BUG(cstr("skb_clone_tx_timestamp: buffer with a socket"));
}

/** linux/skbuff.h. Whether a time stamping PHY keeps the received buffer for now; there is none. Context: softirq. */
export function skb_defer_rx_timestamp(skb: sk_buff): bool {
  return false;
}
