// net/core/dev.c: traffic classes. A device that has some gives each a range of its transmit queues, and each of 16
// priorities a class.

import { EINVAL, TC_BITMASK, TC_MAX_QUEUE, net_device, netdev_tc_txq, sizeof_netdev_tc_txq } from "../../abi";

@inline
function tc_slot(dev: net_device, tc: u32): usize {
  return dev.tc_to_txq + tc * sizeof_netdev_tc_txq;
}

/** linux/netdevice.h. Takes all traffic classes away. Context: process, under RTNL. */
export function netdev_reset_tc(dev: net_device): void {
  dev.num_tc = 0;
  memory.fill(dev.tc_to_txq, 0, TC_MAX_QUEUE * sizeof_netdev_tc_txq);
  memory.fill(dev.prio_tc_map, 0, TC_BITMASK + 1);
}

/** linux/netdevice.h. Sets the number of traffic classes. 0, or -EINVAL if that is too many. Context: process, under
 *  RTNL. */
export function netdev_set_num_tc(dev: net_device, num_tc: u32): i32 {
  if (num_tc > TC_MAX_QUEUE) return -EINVAL;
  dev.num_tc = <i16>num_tc;
  return 0;
}

/** linux/netdevice.h. Gives class `tc` the `count` queues from `offset` on. 0, or -EINVAL if there is no such class.
 *  Context: process, under RTNL. */
export function netdev_set_tc_queue(dev: net_device, tc: u32, count: u32, offset: u32): i32 {
  if (<i32>tc >= dev.num_tc) return -EINVAL;
  const range = changetype<netdev_tc_txq>(tc_slot(dev, tc));
  range.count = <u16>count;
  range.offset = <u16>offset;
  return 0;
}

/** linux/netdevice.h. The class that transmit queue `txq` belongs to; 0 without classes, -1 if none has it. Context:
 *  any. */
export function netdev_txq_to_tc(dev: net_device, txq: u32): i32 {
  if (dev.num_tc == 0) return 0;
  for (let tc: u32 = 0; tc < TC_MAX_QUEUE; tc++) {
    const range = changetype<netdev_tc_txq>(tc_slot(dev, tc));
    if (txq - range.offset < range.count) return tc;
  }
  return -1;
}

/** The queues that a packet of this priority may go to. */
export function tc_range(dev: net_device, priority: u32): netdev_tc_txq {
  return changetype<netdev_tc_txq>(tc_slot(dev, dev.prio_tc_map_at(priority & TC_BITMASK)));
}
