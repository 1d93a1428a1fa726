// Rings that belong to one interface: what is outside (a TAP) hands its frames to the driver, past the qdisc, as
// PACKET_QDISC_BYPASS does. Frames stay in the ring while the driver's queue is stopped, so that nothing is lost between
// the sender and the card: the host does not fetch what the ring has no room for.

import { GFP_KERNEL, IFF_UP, NETDEV_TX_BUSY, __GFP_ZERO, net_device, netdev_queue, sk_buff } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { _raw_spin_lock, _raw_spin_unlock } from "../../kernel/locking/spinlock";
import { local_bh_disable, local_bh_enable } from "../../kernel/softirq";
import { __kmalloc } from "../../mm/kmalloc";
import { kfree } from "../../mm/slub";
import { dev_get_by_index_rcu } from "../core/dev_lookup";
import { dev_core_stats_tx_dropped_inc } from "../core/dev_stats";
import { init_net } from "../core/net_namespace";
import { netdev_get_tx_queue, netif_carrier_ok, netif_xmit_frozen_or_stopped } from "../core/netdev";
import { skb_next } from "../core/skb";
import { kfree_skb } from "../core/skb_free";
import { validate_xmit_skb } from "../core/validate";
import { dev_hard_start_xmit, hard_tx_lock, hard_tx_unlock } from "../sched/xmit";
import { ring_lock } from "./af_packet";
import { build_frame, build_vnet_frame, frame_fits } from "./frame";
import {
  PacketRing,
  record_frame,
  record_len,
  ring_alloc,
  ring_consume,
  ring_free,
  ring_has_frames,
  ring_peek,
} from "./ring";

/** Frames that the driver gets in one go: it tells its card about them once. */
const BATCH: i32 = 32;
/** Batches in one run of NET_TX. */
const BATCHES: i32 = 4;

@unmanaged
class BoundRing extends PacketRing {
  ifindex: i32;
  next: usize;
  /** Packets that the driver did not take yet, first in line. */
  pending: usize;
  /** Whether the interface has had carrier since it is up. */
  linked: u32;
  /** Whether packets have a virtio_net_hdr, both ways: what the host wants to do itself is left to it. */
  vnet: u32;
}

@unmanaged
class BoundRings {
  first: usize;
}

const rings = changetype<BoundRings>(memory.data(offsetof<BoundRings>(), 8));

/** Host call. A ring whose frames go to the driver of interface `ifindex`, to its first queue; 0 without memory. `vnet`: each
 *  of them has a virtio_net_hdr before it, and may be a large packet yet to be cut, with a checksum yet to be filled in;
 *  what the driver receives is shown to the host likewise (host_net_rx). The host closes it when the interface is gone.
 *  Context: process. */
export function kpi_packet_ring_open(ifindex: i32, vnet: u32): usize {
  const ring = changetype<BoundRing>(__kmalloc(offsetof<BoundRing>(), GFP_KERNEL | __GFP_ZERO));
  if (changetype<usize>(ring) == 0) return 0;
  if (!ring_alloc(ring)) {
    kfree(changetype<usize>(ring));
    return 0;
  }
  ring.ifindex = ifindex;
  ring.vnet = vnet;
  local_bh_disable();
  _raw_spin_lock(ring_lock());
  ring.next = rings.first;
  rings.first = changetype<usize>(ring);
  _raw_spin_unlock(ring_lock());
  local_bh_enable();
  return changetype<usize>(ring);
}

/** Host call. Drops what a ring holds, and frees it. Context: process. */
export function kpi_packet_ring_close(address: usize): void {
  const ring = changetype<BoundRing>(address);
  local_bh_disable();
  _raw_spin_lock(ring_lock());
  let slot = changetype<usize>(rings) + offsetof<BoundRings>("first");
  while (load<usize>(slot) != address) slot = load<usize>(slot) + offsetof<BoundRing>("next");
  store<usize>(slot, ring.next);
  _raw_spin_unlock(ring_lock());
  local_bh_enable();
  free_pending(ring);
  ring_free(ring);
  kfree(address);
}

/** Returns how many there were. */
function free_pending(ring: BoundRing): u32 {
  let count: u32 = 0;
  let skb = changetype<sk_buff>(ring.pending);
  ring.pending = 0;
  while (changetype<usize>(skb) != 0) {
    const next = skb_next(skb);
    skb.next = 0;
    kfree_skb(skb);
    skb = next;
    count++;
  }
  return count;
}

/** Nobody can send them: the interface is gone, down or without carrier. */
function drop_all(ring: BoundRing, dev: net_device): void {
  let count = free_pending(ring);
  for (let record: usize = 0; (record = ring_peek(ring)) != 0; count++) ring_consume(ring, record);
  ring.dropped += count;
  if (changetype<usize>(dev) != 0) for (; count > 0; count--) dev_core_stats_tx_dropped_inc(dev);
}

function build(ring: BoundRing, dev: net_device, frame: usize, len: u32): sk_buff {
  if (ring.vnet) return build_vnet_frame(dev, frame, len);
  return frame_fits(dev, len) ? build_frame(dev, frame, len) : changetype<sk_buff>(0);
}

/** Makes the next packets of the ring; what is in no shape to be sent is counted and left out. */
function fetch(ring: BoundRing, dev: net_device): void {
  let tail = changetype<sk_buff>(0);
  for (let left = BATCH; left > 0; left--) {
    const record = ring_peek(ring);
    if (record == 0) break;
    let skb = build(ring, dev, record_frame(record), record_len(record));
    ring_consume(ring, record);
    if (changetype<usize>(skb) == 0) {
      ring.dropped += 1;
      dev_core_stats_tx_dropped_inc(dev);
      continue;
    }
    ring.sent += 1;
    // One packet may become several; the last of them is the first's `prev`.
    skb.prev = changetype<usize>(skb);
    skb = validate_xmit_skb(skb, dev);
    if (changetype<usize>(skb) == 0) continue;
    if (ring.pending == 0) ring.pending = changetype<usize>(skb);
    else tail.next = changetype<usize>(skb);
    tail = changetype<sk_buff>(skb.prev);
  }
}

/** Hands the pending packets to the driver; false: it has not taken all. */
function transmit(ring: BoundRing, dev: net_device, txq: netdev_queue): bool {
  const ret = stack_alloc(16);
  store<i32>(ret, NETDEV_TX_BUSY);
  hard_tx_lock(dev, txq);
  if (!netif_xmit_frozen_or_stopped(txq)) {
    const left = dev_hard_start_xmit(changetype<sk_buff>(ring.pending), dev, txq, ret);
    ring.pending = changetype<usize>(left);
  }
  hard_tx_unlock(dev, txq);
  stack_free(16);
  return ring.pending == 0;
}

/** Whether it should come back although nobody will wake the queue. */
function run(ring: BoundRing): bool {
  const dev = dev_get_by_index_rcu(init_net, ring.ifindex);
  if (changetype<usize>(dev) == 0 || !(dev.flags & IFF_UP)) {
    ring.linked = 0;
    drop_all(ring, dev);
    return false;
  }
  if (!netif_carrier_ok(dev)) {
    // A card may hear before its driver says that there is a link: the answer waits, for another would be a second late.
    if (ring.linked) drop_all(ring, dev);
    return false;
  }
  ring.linked = 1;
  const txq = netdev_get_tx_queue(dev, 0);
  for (let batch = 0; batch < BATCHES; batch++) {
    // A queue that wakes up raises NET_TX (netif_tx_wake_queue).
    if (netif_xmit_frozen_or_stopped(txq)) return false;
    if (ring.pending == 0) fetch(ring, dev);
    if (ring.pending == 0) return false;
    if (!transmit(ring, dev, txq)) return !netif_xmit_frozen_or_stopped(txq);
  }
  return ring_has_frames(ring);
}

/** NET_TX, with the ring lock held: true if it should come back. */
export function bound_rings_run(): bool {
  let more = false;
  for (let ring = changetype<BoundRing>(rings.first); changetype<usize>(ring) != 0;) {
    if (run(ring)) more = true;
    ring = changetype<BoundRing>(ring.next);
  }
  return more;
}

/** Whether the host does itself what is left to do to the packets of an interface. */
export function shown_with_vnet_hdr(ifindex: i32): bool {
  for (let ring = changetype<BoundRing>(rings.first); changetype<usize>(ring) != 0;) {
    if (ring.ifindex == ifindex) return ring.vnet != 0;
    ring = changetype<BoundRing>(ring.next);
  }
  return false;
}
