// net/core/dev.c: finding interfaces.

import { IFNAMSIZ, net_device } from "../../abi";
import { list_next } from "../../lib/list";
import { strncmp } from "../../lib/string";
import { dev_base_head, dev_of_link } from "./net_namespace";
import { dev_hold, ops_of } from "./netdev";

/** linux/netdevice.h. The interface called `name`, or null; takes no reference. Context: process, under RTNL. */
export function __dev_get_by_name(net: usize, name: usize): net_device {
  const head = dev_base_head();
  for (let link = list_next(head); link != head; link = list_next(link)) {
    const dev = dev_of_link(link);
    if (strncmp(dev.name, name, IFNAMSIZ) == 0) return dev;
  }
  return changetype<net_device>(0);
}

/** linux/netdevice.h. The interface with the number `ifindex`, or null; takes no reference. Context: process, under
 *  RTNL. */
export function __dev_get_by_index(net: usize, ifindex: i32): net_device {
  const head = dev_base_head();
  for (let link = list_next(head); link != head; link = list_next(link)) {
    const dev = dev_of_link(link);
    if (dev.ifindex == ifindex) return dev;
  }
  return changetype<net_device>(0);
}

/** linux/netdevice.h. The number of the device below this one, or its own. Context: any. */
export function dev_get_iflink(dev: net_device): i32 {
  const fn = <u32>ops_of(dev).ndo_get_iflink;
  return fn ? call_indirect<i32>(fn, changetype<usize>(dev)) : dev.ifindex;
}

/** linux/netdevice.h. As __dev_get_by_name. Context: any, under rcu_read_lock. */
export function dev_get_by_name_rcu(net: usize, name: usize): net_device {
  return __dev_get_by_name(net, name);
}

/** linux/netdevice.h. As __dev_get_by_index. Context: any, under rcu_read_lock. */
export function dev_get_by_index_rcu(net: usize, ifindex: i32): net_device {
  return __dev_get_by_index(net, ifindex);
}

@inline
function held(dev: net_device): net_device {
  if (changetype<usize>(dev) != 0) dev_hold(dev);
  return dev;
}

/** linux/netdevice.h. As __dev_get_by_name with a reference: dev_put it. Context: any. */
export function dev_get_by_name(net: usize, name: usize): net_device {
  return held(__dev_get_by_name(net, name));
}

/** linux/netdevice.h. As __dev_get_by_index with a reference: dev_put it. Context: any. */
export function dev_get_by_index(net: usize, ifindex: i32): net_device {
  return held(__dev_get_by_index(net, ifindex));
}
