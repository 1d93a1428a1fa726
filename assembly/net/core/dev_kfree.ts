// net/core/dev.c: freeing buffers where freeing is not allowed. They wait on the CPU's completion queue for NET_TX.

import { NET_TX_SOFTIRQ, SKB_FCLONE_UNAVAILABLE, SKB_REASON_DROPPED, sk_buff, softnet_data } from "../../abi";
import {
  irqs_disabled,
  local_irq_disable,
  local_irq_enable,
  local_irq_restore,
  local_irq_save,
} from "../../arch/wasm/irqflags";
import { in_hardirq } from "../../arch/wasm/preempt";
import { raise_softirq_irqoff } from "../../kernel/softirq";
import { skb_set_users, skb_unref } from "./skb";
import { __kfree_skb, __kfree_skb_defer, consume_skb, kfree_skb } from "./skb_free";
import { this_softnet } from "./softnet";

/** linux/netdevice.h. Drops a reference from a hard interrupt or with interrupts off; the buffer is freed by NET_TX
 *  softirq. `reason`: SKB_REASON_CONSUMED or _DROPPED. Null is fine. Context: any. */
export function __dev_kfree_skb_irq(skb: sk_buff, reason: u32): void {
  if (!skb_unref(skb)) return;
  skb_set_users(skb, 0);
  const flags = local_irq_save();
  const sd = this_softnet();
  skb.next = sd.completion_queue;
  sd.completion_queue = changetype<usize>(skb);
  raise_softirq_irqoff(NET_TX_SOFTIRQ);
  local_irq_restore(flags);
}

/** linux/netdevice.h. Drops a reference from wherever it is. `reason`: SKB_REASON_CONSUMED or _DROPPED. Null is fine.
 *  Context: any. */
export function __dev_kfree_skb_any(skb: sk_buff, reason: u32): void {
  if (in_hardirq() || irqs_disabled()) __dev_kfree_skb_irq(skb, reason);
  else if (reason == SKB_REASON_DROPPED) kfree_skb(skb);
  else consume_skb(skb);
}

/** NET_TX: frees what completed. */
export function net_tx_completions(sd: softnet_data): void {
  if (sd.completion_queue == 0) return;
  local_irq_disable();
  let list = sd.completion_queue;
  sd.completion_queue = 0;
  local_irq_enable();
  while (list) {
    const skb = changetype<sk_buff>(list);
    list = skb.next;
    if (skb.fclone != SKB_FCLONE_UNAVAILABLE) __kfree_skb(skb);
    else __kfree_skb_defer(skb);
  }
}
