// net/core/dev.c: the netdevice notifier chain. Whoever wants to know what happens to interfaces registers here, and is
// told at once of those that exist; whoever leaves is told that they all went.

import {
  IFF_UP,
  NETDEV_DOWN,
  NETDEV_GOING_DOWN,
  NETDEV_REGISTER,
  NETDEV_UNREGISTER,
  NETDEV_UP,
  NOTIFY_STOP_MASK,
  net_device,
  netdev_notifier_info,
  notifier_block,
  offsetof_netdev_notifier_change_info_flags_changed,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import {
  notifier_to_errno,
  raw_notifier_call_chain,
  raw_notifier_chain_register,
  raw_notifier_chain_unregister,
} from "../../kernel/notifier";
import { list_next, list_prev } from "../../lib/list";
import { nth_text } from "../../lib/texts";
import { dev_base_head, dev_of_link, init_net_notifiers } from "./net_namespace";
import { ASSERT_RTNL, rtnl_lock, rtnl_unlock } from "./rtnl";

/** The chain of all namespaces: a raw_notifier_head. */
const netdev_chain = memory.data(4, 4);

/** Stack bytes for any of the info structs; they all begin with netdev_notifier_info. */
const INFO_BYTES: usize = 64;

/** A cleared info struct on the stack; give it back with info_free. */
@inline
export function info_alloc(dev: net_device): usize {
  const info = stack_alloc(INFO_BYTES);
  memory.fill(info, 0, INFO_BYTES);
  changetype<netdev_notifier_info>(info).dev = changetype<usize>(dev);
  return info;
}

@inline
export function info_free(): void {
  stack_free(INFO_BYTES);
}

/** Tells the namespace's chain, then the global one. */
export function call_netdevice_notifiers_info(event: u32, info: usize): i32 {
  ASSERT_RTNL();
  const ret = raw_notifier_call_chain(init_net_notifiers(), event, info);
  if (ret & <i32>NOTIFY_STOP_MASK) return ret;
  return raw_notifier_call_chain(netdev_chain, event, info);
}

/** linux/netdevice.h. Tells all notifiers that `event` (enum netdev_cmd) happened to `dev`. Returns the last answer.
 *  Context: process, under RTNL. */
export function call_netdevice_notifiers(event: u32, dev: net_device): i32 {
  const info = info_alloc(dev);
  const ret = call_netdevice_notifiers_info(event, info);
  info_free();
  return ret;
}

/** As call_netdevice_notifiers, with a word of detail behind the info: flags changed, an MTU, an address. */
export function call_netdevice_notifiers_ext(event: u32, dev: net_device, word: u32): i32 {
  const info = info_alloc(dev);
  store<u32>(info, word, offsetof_netdev_notifier_change_info_flags_changed);
  const ret = call_netdevice_notifiers_info(event, info);
  info_free();
  return ret;
}

function tell(nb: notifier_block, event: u32, dev: net_device): i32 {
  const info = info_alloc(dev);
  const ret = call_indirect<i32>(<u32>nb.notifier_call, changetype<usize>(nb), event, info);
  info_free();
  return ret;
}

function tell_existing(nb: notifier_block, dev: net_device): i32 {
  const err = notifier_to_errno(tell(nb, NETDEV_REGISTER, dev));
  if (err) return err;
  if (dev.flags & IFF_UP) tell(nb, NETDEV_UP, dev);
  return 0;
}

function tell_gone(nb: notifier_block, dev: net_device): void {
  if (dev.flags & IFF_UP) {
    tell(nb, NETDEV_GOING_DOWN, dev);
    tell(nb, NETDEV_DOWN, dev);
  }
  tell(nb, NETDEV_UNREGISTER, dev);
}

function register(chain: usize, nb: notifier_block): i32 {
  rtnl_lock();
  let err = raw_notifier_chain_register(chain, changetype<usize>(nb));
  const head = dev_base_head();
  let link = list_next(head);
  while (!err && link != head) {
    err = tell_existing(nb, dev_of_link(link));
    if (err) {
      while ((link = list_prev(link)) != head) tell_gone(nb, dev_of_link(link));
      raw_notifier_chain_unregister(chain, changetype<usize>(nb));
      break;
    }
    link = list_next(link);
  }
  rtnl_unlock();
  return err;
}

function unregister(chain: usize, nb: notifier_block): i32 {
  rtnl_lock();
  const err = raw_notifier_chain_unregister(chain, changetype<usize>(nb));
  const head = dev_base_head();
  if (!err) for (let link = list_next(head); link != head; link = list_next(link)) tell_gone(nb, dev_of_link(link));
  rtnl_unlock();
  return err;
}

/** linux/netdevice.h. Adds a notifier and tells it of every interface there is. 0, or the errno it answered.
 *  Context: process. */
export function register_netdevice_notifier(nb: notifier_block): i32 {
  return register(netdev_chain, nb);
}

/** linux/netdevice.h. Removes a notifier, telling it that every interface goes. 0 or -ENOENT. Context: process. */
export function unregister_netdevice_notifier(nb: notifier_block): i32 {
  return unregister(netdev_chain, nb);
}

/** linux/netdevice.h. As register_netdevice_notifier for one namespace; there is only init_net. Context: process. */
export function register_netdevice_notifier_net(net: usize, nb: notifier_block): i32 {
  return register(init_net_notifiers(), nb);
}

/** linux/netdevice.h. Undoes register_netdevice_notifier_net. Context: process. */
export function unregister_netdevice_notifier_net(net: usize, nb: notifier_block): i32 {
  return unregister(init_net_notifiers(), nb);
}

/** linux/netdevice.h. The name of an event, enum netdev_cmd, for messages. Context: any. */
export function netdev_cmd_to_name(cmd: u32): usize {
  // prettier-ignore
  const names = cstr(
    "NETDEV_UP", "NETDEV_DOWN", "NETDEV_REBOOT", "NETDEV_CHANGE", "NETDEV_REGISTER", "NETDEV_UNREGISTER",
    "NETDEV_CHANGEMTU", "NETDEV_CHANGEADDR", "NETDEV_PRE_CHANGEADDR", "NETDEV_GOING_DOWN", "NETDEV_CHANGENAME",
    "NETDEV_FEAT_CHANGE", "NETDEV_BONDING_FAILOVER", "NETDEV_PRE_UP", "NETDEV_PRE_TYPE_CHANGE",
    "NETDEV_POST_TYPE_CHANGE", "NETDEV_POST_INIT", "NETDEV_RELEASE", "NETDEV_NOTIFY_PEERS", "NETDEV_JOIN",
    "NETDEV_CHANGEUPPER", "NETDEV_RESEND_IGMP", "NETDEV_PRECHANGEMTU", "NETDEV_CHANGEINFODATA",
    "NETDEV_BONDING_INFO", "NETDEV_PRECHANGEUPPER", "NETDEV_CHANGELOWERSTATE", "NETDEV_UDP_TUNNEL_PUSH_INFO",
    "NETDEV_UDP_TUNNEL_DROP_INFO", "NETDEV_CHANGE_TX_QUEUE_LEN", "NETDEV_CVLAN_FILTER_PUSH_INFO",
    "NETDEV_CVLAN_FILTER_DROP_INFO", "NETDEV_SVLAN_FILTER_PUSH_INFO", "NETDEV_SVLAN_FILTER_DROP_INFO",
    "NETDEV_OFFLOAD_XSTATS_ENABLE", "NETDEV_OFFLOAD_XSTATS_DISABLE", "NETDEV_OFFLOAD_XSTATS_REPORT_USED",
    "NETDEV_OFFLOAD_XSTATS_REPORT_DELTA"
  );
  return cmd - 1 < 38 ? nth_text(names, cmd - 1) : cstr("UNKNOWN_NETDEV_EVENT");
}
