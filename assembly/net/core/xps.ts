// net/core/dev.c: XPS: which transmit queues a CPU is to use. What a driver says here wins over the packet's hash.

import { EINVAL, ENOMEM, GFP_KERNEL, net_device, sk_buff } from "../../abi";
import { CPU_MAX } from "../../arch/wasm/memory";
import { kzalloc } from "../../mm/kmalloc";
import { kfree } from "../../mm/slub";
import { skb_get_hash } from "./flow_dissector";

/** Queues that can be assigned: a bit each, in a word for each CPU. */
const QUEUES: u32 = 64;

/** linux/netdevice.h. Has the CPUs in the bitmap at `mask` use transmit queue `index`, and others not. 0, -ENOMEM, or
 *  -EINVAL for a queue that is not there. Context: process. (Differs: by CPU only, `type` XPS_CPUS, and queues below 64.) */
export function __netif_set_xps_queue(dev: net_device, mask: usize, index: u32, type: u32): i32 {
  if (index >= min(dev.num_tx_queues, QUEUES) || type != 0) return -EINVAL;
  let map = dev.xps_maps_at(0);
  if (!map) {
    map = kzalloc(CPU_MAX * 8, GFP_KERNEL);
    if (!map) return -ENOMEM;
    dev.set_xps_maps_at(0, map);
  }
  for (let cpu: u32 = 0; cpu < CPU_MAX; cpu++) {
    const queues = load<u64>(map + cpu * 8) & ~((<u64>1) << index);
    const wanted = <u64>((load<u32>(mask) >> cpu) & 1);
    store<u64>(map + cpu * 8, queues | (wanted << index));
  }
  return 0;
}

/** linux/netdevice.h. As __netif_set_xps_queue. Context: process. */
export function netif_set_xps_queue(dev: net_device, mask: usize, index: u16): i32 {
  return __netif_set_xps_queue(dev, mask, index, 0);
}

/** The queue that the CPU `cpu` is to use for the packet, or -1 if that is not said. */
export function get_xps_queue(dev: net_device, skb: sk_buff, cpu: u32): i32 {
  const map = dev.xps_maps_at(0);
  if (!map || cpu >= CPU_MAX) return -1;
  let queues = load<u64>(map + cpu * 8);
  if (!queues) return -1;
  const count = <u32>popcnt<u64>(queues);
  let which = count == 1 ? 0 : <u32>((<u64>skb_get_hash(skb) * count) >> 32);
  for (; which; which--) queues &= queues - 1;
  const queue = <i32>ctz<u64>(queues);
  return <u32>queue < dev.real_num_tx_queues ? queue : -1;
}

/** Forgets what was said of queues from `from` on; of all: 0. */
export function netif_reset_xps_queues(dev: net_device, from: u32): void {
  const map = dev.xps_maps_at(0);
  if (!map || from >= QUEUES) return;
  for (let cpu: u32 = 0; cpu < CPU_MAX; cpu++) {
    store<u64>(map + cpu * 8, load<u64>(map + cpu * 8) & (((<u64>1) << from) - 1));
  }
  if (from) return;
  dev.set_xps_maps_at(0, 0);
  kfree(map);
}
