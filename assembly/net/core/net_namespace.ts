// net/core/net_namespace.c: init_net, the only network namespace, and its list of interfaces, which inline code walks
// too. A board has a handful of interfaces, so the list serves for searches as well; Linux's hashes stay empty.

import {
  LOOPBACK_IFINDEX,
  net,
  net_device,
  offsetof_net_dev_base_head,
  offsetof_net_device_dev_list,
  offsetof_net_netdev_chain,
  offsetof_net_ns,
  offsetof_net_passive,
  offsetof_ns_common_count,
  sizeof_net,
} from "../../abi";
import { proc_net_folder } from "../../fs/proc/generic";
import { INIT_LIST_HEAD } from "../../lib/list";
import { BUG } from "../../kernel/panic";
import { refcount_set } from "../../lib/refcount";

/** net/net_namespace.h. `struct net init_net`. */
export const init_net: usize = memory.data(<i32>sizeof_net, 64);

@inline
export function dev_base_head(): usize {
  return init_net + offsetof_net_dev_base_head;
}

/** The raw_notifier_head of the namespace. */
@inline
export function init_net_notifiers(): usize {
  return init_net + offsetof_net_netdev_chain;
}

/** The device whose dev_list is `link`. */
@inline
export function dev_of_link(link: usize): net_device {
  return changetype<net_device>(link - offsetof_net_device_dev_list);
}

export function net_namespace_init(): void {
  const ns = changetype<net>(init_net);
  INIT_LIST_HEAD(dev_base_head());
  refcount_set(init_net + offsetof_net_passive, 1);
  refcount_set(init_net + offsetof_net_ns + offsetof_ns_common_count, 1);
  ns.proc_net = proc_net_folder();
  // the number of Linux's loopback device is not given to another
  ns.ifindex = LOOPBACK_IFINDEX;
}

/** net/net_namespace.h. The last reference to a namespace is gone: never init_net's, and there is no other. Context: any. */
export function __put_net(ns: usize): void {
  BUG(cstr("__put_net: init_net was put more often than taken"));
}
