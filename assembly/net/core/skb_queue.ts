// linux/skbuff.h, net/core/skbuff.c: doubly linked queues of buffers. The head has the same first two words as sk_buff.

import { offsetof_sk_buff_head_lock, sk_buff, sk_buff_head } from "../../abi";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "../../kernel/locking/spinlock";
import { kfree_skb } from "./skb_free";

/** Empties the links and the count, and leaves the lock alone. */
@inline
export function __skb_queue_head_init(list: sk_buff_head): void {
  list.next = changetype<usize>(list);
  list.prev = changetype<usize>(list);
  list.qlen = 0;
}

@inline
export function skb_queue_empty(list: sk_buff_head): bool {
  return list.next == changetype<usize>(list);
}

/** The first buffer, or null. */
@inline
export function skb_peek(list: sk_buff_head): sk_buff {
  return changetype<sk_buff>(skb_queue_empty(list) ? 0 : list.next);
}

function insert(skb: sk_buff, prev: usize, next: usize, list: sk_buff_head): void {
  skb.next = next;
  skb.prev = prev;
  changetype<sk_buff_head>(prev).next = changetype<usize>(skb);
  changetype<sk_buff_head>(next).prev = changetype<usize>(skb);
  list.qlen += 1;
}

export function __skb_queue_tail(list: sk_buff_head, skb: sk_buff): void {
  insert(skb, list.prev, changetype<usize>(list), list);
}

export function __skb_queue_head(list: sk_buff_head, skb: sk_buff): void {
  insert(skb, changetype<usize>(list), list.next, list);
}

export function __skb_unlink(skb: sk_buff, list: sk_buff_head): void {
  const next = skb.next;
  const prev = skb.prev;
  list.qlen -= 1;
  skb.next = 0;
  skb.prev = 0;
  changetype<sk_buff_head>(next).prev = prev;
  changetype<sk_buff_head>(prev).next = next;
}

export function __skb_dequeue(list: sk_buff_head): sk_buff {
  const skb = skb_peek(list);
  if (changetype<usize>(skb) != 0) __skb_unlink(skb, list);
  return skb;
}

export function __skb_queue_purge(list: sk_buff_head): void {
  while (true) {
    const skb = __skb_dequeue(list);
    if (changetype<usize>(skb) == 0) return;
    kfree_skb(skb);
  }
}

/** Moves all of `list` to the end of `head`. */
export function skb_queue_splice_tail_init(list: sk_buff_head, head: sk_buff_head): void {
  if (skb_queue_empty(list)) return;
  const first = list.next;
  const last = list.prev;
  changetype<sk_buff>(first).prev = head.prev;
  changetype<sk_buff>(head.prev).next = first;
  changetype<sk_buff>(last).next = changetype<usize>(head);
  head.prev = last;
  head.qlen += list.qlen;
  __skb_queue_head_init(list);
}

@inline
function lock(list: sk_buff_head): u32 {
  return _raw_spin_lock_irqsave(changetype<usize>(list) + offsetof_sk_buff_head_lock);
}

@inline
function unlock(list: sk_buff_head, flags: u32): void {
  _raw_spin_unlock_irqrestore(changetype<usize>(list) + offsetof_sk_buff_head_lock, flags);
}

/** linux/skbuff.h. Appends a buffer to a queue, under its lock. Context: any. */
export function skb_queue_tail(list: sk_buff_head, skb: sk_buff): void {
  const flags = lock(list);
  __skb_queue_tail(list, skb);
  unlock(list, flags);
}

/** linux/skbuff.h. Puts a buffer at the front of a queue, under its lock. Context: any. */
export function skb_queue_head(list: sk_buff_head, skb: sk_buff): void {
  const flags = lock(list);
  __skb_queue_head(list, skb);
  unlock(list, flags);
}

/** linux/skbuff.h. Takes the first buffer off a queue, under its lock; null if it is empty. Context: any. */
export function skb_dequeue(list: sk_buff_head): sk_buff {
  const flags = lock(list);
  const skb = __skb_dequeue(list);
  unlock(list, flags);
  return skb;
}

/** linux/skbuff.h. Takes the last buffer off a queue, under its lock; null if it is empty. Context: any. */
export function skb_dequeue_tail(list: sk_buff_head): sk_buff {
  const flags = lock(list);
  const skb = changetype<sk_buff>(skb_queue_empty(list) ? 0 : list.prev);
  if (changetype<usize>(skb) != 0) __skb_unlink(skb, list);
  unlock(list, flags);
  return skb;
}

/** linux/skbuff.h. Takes a buffer out of its queue, under the queue's lock. Context: any. */
export function skb_unlink(skb: sk_buff, list: sk_buff_head): void {
  const flags = lock(list);
  __skb_unlink(skb, list);
  unlock(list, flags);
}

/** linux/skbuff.h. Inserts `newsk` behind `old`, under the queue's lock. Context: any. */
export function skb_append(old: sk_buff, newsk: sk_buff, list: sk_buff_head): void {
  const flags = lock(list);
  insert(newsk, changetype<usize>(old), old.next, list);
  unlock(list, flags);
}

/** linux/skbuff.h. Frees every buffer of a queue; each is taken off under the lock. Context: any but hardirq. */
export function skb_queue_purge(list: sk_buff_head): void {
  while (true) {
    const skb = skb_dequeue(list);
    if (changetype<usize>(skb) == 0) return;
    kfree_skb(skb);
  }
}
