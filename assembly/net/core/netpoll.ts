// net/core/netpoll.c: sending without interrupts, for consoles. There is no such console, so no device is ever set up for it.

import { EOPNOTSUPP, net_device, sk_buff } from "../../abi";
import { BUG } from "../../kernel/panic";

/** linux/netpoll.h. Sets a device up for netpoll: -EOPNOTSUPP. Context: process, under RTNL. */
export function __netpoll_setup(np: usize, dev: net_device): i32 {
  return -EOPNOTSUPP;
}

/** linux/netpoll.h. Undoes __netpoll_setup, which never succeeds. Context: process. */
export function __netpoll_free(np: usize): void {
  BUG(cstr("__netpoll_free: nothing was set up"));
}

/** linux/netpoll.h. Sends for a netpoll user: there is none. Context: any. */
export function netpoll_send_skb(np: usize, skb: sk_buff): i32 {
  BUG(cstr("netpoll_send_skb: nothing was set up"));
  return -EOPNOTSUPP;
}
