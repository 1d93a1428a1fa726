// net/core/rtnetlink.c: interfaces without hardware. A module offers a kind of them (struct rtnl_link_ops); a message of
// attributes, as `ip link add` sends it, makes one.

import {
  EEXIST,
  EINVAL,
  ENODEV,
  ENOMEM,
  EOPNOTSUPP,
  IFLA_ADDRESS,
  IFLA_BROADCAST,
  IFLA_GROUP,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_INFO_MAX,
  IFLA_LINKINFO,
  IFLA_MAX,
  IFLA_MTU,
  IFLA_NUM_RX_QUEUES,
  IFLA_NUM_TX_QUEUES,
  IFLA_TXQLEN,
  IFNAMSIZ,
  NETREG_REGISTERED,
  NET_ADDR_SET,
  NET_NAME_ENUM,
  NET_NAME_USER,
  RTNL_LINK_INITIALIZED,
  RTNL_LINK_INITIALIZING,
  ifinfomsg,
  net_device,
  netlink_ext_ack,
  offsetof_net_ns,
  offsetof_ns_common_count,
  offsetof_rtnl_link_ops_list,
  rtnl_link_ops,
  sizeof_ifinfomsg,
  sizeof_netlink_ext_ack,
  sizeof_rw_semaphore,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { __init_rwsem, down_write, up_write } from "../../kernel/locking/rwsem";
import { WARN } from "../../kernel/panic";
import { ERR_PTR, IS_ERR, PTR_ERR } from "../../lib/err";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_next } from "../../lib/list";
import { __nla_parse, nla_data, nla_get_u32, nla_len, nla_strscpy } from "../../lib/nlattr";
import { refcount_inc } from "../../lib/refcount";
import { strcmp, strscpy } from "../../lib/string";
import { snprintf_ } from "../../lib/vsprintf";
import { alloc_netdev_mqs, free_netdev } from "./dev_alloc";
import { dev_addr_mod } from "./dev_addr_lists";
import { dev_valid_mtu } from "./dev_config";
import { __dev_change_flags, __dev_notify_flags, dev_get_flags } from "./dev_flags";
import { __dev_get_by_index, __dev_get_by_name } from "./dev_lookup";
import { register_netdevice, unregister_netdevice_many, unregister_netdevice_queue } from "./dev_register";
import { dev_base_head, dev_of_link, init_net } from "./net_namespace";
import { rtnl_lock, rtnl_unlock } from "./rtnl";

/** The most attributes that a kind may have (RTNL_MAX_TYPE), and queues. */
const MAX_TYPE: u32 = 50;
const MAX_QUEUES: u32 = 4096;
const TB_BYTES: usize = (IFLA_MAX + 1) * 4 + 8;
const DATA_BYTES: usize = (MAX_TYPE + 1) * 4 + 4;
const INFO_BYTES: usize = 32;

/** list_head of the kinds. */
const link_ops = memory.data(8, 8);

/** net/net_namespace.h. `struct rw_semaphore pernet_ops_rwsem`: who registers kinds of links holds it. */
export const pernet_ops_rwsem: usize = memory.data(<i32>sizeof_rw_semaphore, 8);

export function rtnetlink_init(): void {
  INIT_LIST_HEAD(link_ops);
  __init_rwsem(pernet_ops_rwsem, cstr("pernet_ops_rwsem"), 0);
}

@inline
function ops_of_link(link: usize): rtnl_link_ops {
  return changetype<rtnl_link_ops>(link - offsetof_rtnl_link_ops_list);
}

function find_kind(kind: usize): rtnl_link_ops {
  for (let link = list_next(link_ops); link != link_ops; link = list_next(link)) {
    if (strcmp(ops_of_link(link).kind, kind) == 0) return ops_of_link(link);
  }
  return changetype<rtnl_link_ops>(0);
}

/** net/rtnetlink.h. Offers a kind of links. 0 or -EEXIST. Context: process, under RTNL. */
export function __rtnl_link_register(ops: rtnl_link_ops): i32 {
  if (changetype<usize>(find_kind(ops.kind)) != 0) return -EEXIST;
  if ((ops.alloc || ops.setup) && !ops.dellink) ops.dellink = unregister_netdevice_queue.index;
  list_add_tail(changetype<usize>(ops.list), link_ops);
  return 0;
}

/** net/rtnetlink.h. Offers a kind of links. 0, -EEXIST, or -EINVAL if it has too many attributes. Context: process. */
export function rtnl_link_register(ops: rtnl_link_ops): i32 {
  if (ops.maxtype > MAX_TYPE) {
    WARN(cstr("rtnl_link_register: too many attributes"));
    return -EINVAL;
  }
  rtnl_lock();
  const err = __rtnl_link_register(ops);
  rtnl_unlock();
  return err;
}

/** Has a link removed; null if it is none. */
function dellink(dev: net_device, list: usize): i32 {
  const ops = changetype<rtnl_link_ops>(dev.rtnl_link_ops);
  if (changetype<usize>(ops) == 0 || !ops.dellink) return -EOPNOTSUPP;
  call_indirect<void>(<u32>ops.dellink, changetype<usize>(dev), list);
  return 0;
}

/** net/rtnetlink.h. Takes a kind back, with all links of it. Context: process, under RTNL and pernet_ops_rwsem. */
export function __rtnl_link_unregister(ops: rtnl_link_ops): void {
  const kill = stack_alloc(16);
  INIT_LIST_HEAD(kill);
  const head = dev_base_head();
  for (let link = list_next(head), next = list_next(link); link != head; link = next, next = list_next(link)) {
    const dev = dev_of_link(link);
    if (dev.rtnl_link_ops == changetype<usize>(ops)) dellink(dev, kill);
  }
  unregister_netdevice_many(kill);
  stack_free(16);
  list_del(changetype<usize>(ops.list));
}

/** net/rtnetlink.h. Takes a kind back, with all links of it. Context: process. */
export function rtnl_link_unregister(ops: rtnl_link_ops): void {
  down_write(pernet_ops_rwsem);
  rtnl_lock();
  __rtnl_link_unregister(ops);
  rtnl_unlock();
  up_write(pernet_ops_rwsem);
}

@inline
function attr(tb: usize, type: u32): usize {
  return load<usize>(tb + type * 4);
}

function say(extack: usize, text: usize): void {
  if (extack) changetype<netlink_ext_ack>(extack)._msg = text;
}

/** How many queues of one direction the link gets; 0 if the wish is out of range. */
function queues(tb: usize, type: u32, ask: u32): u32 {
  const wish = attr(tb, type);
  const count = wish ? nla_get_u32(wish) : ask ? call_indirect<u32>(ask) : 1;
  return count <= MAX_QUEUES ? count : 0;
}

/** Gives a new link what its message says. 0 or an errno. */
function dress(dev: net_device, tb: usize, extack: usize): i32 {
  const address = attr(tb, IFLA_ADDRESS);
  const broadcast = attr(tb, IFLA_BROADCAST);
  if ((address && nla_len(address) < dev.addr_len) || (broadcast && nla_len(broadcast) < dev.addr_len)) return -EINVAL;
  const mtu = attr(tb, IFLA_MTU);
  if (mtu) {
    const err = dev_valid_mtu(dev, nla_get_u32(mtu), extack);
    if (err) return err;
    dev.mtu = nla_get_u32(mtu);
  }
  if (address) {
    dev_addr_mod(dev, 0, nla_data(address), dev.addr_len);
    dev.addr_assign_type = <u8>NET_ADDR_SET;
  }
  if (broadcast) memory.copy(dev.broadcast, nla_data(broadcast), dev.addr_len);
  const qlen = attr(tb, IFLA_TXQLEN);
  if (qlen) dev.tx_queue_len = nla_get_u32(qlen);
  const group = attr(tb, IFLA_GROUP);
  if (group) dev.group = nla_get_u32(group);
  return 0;
}

/** net/rtnetlink.h. Allocates a link of a kind, as the attributes tb[0, IFLA_MAX] say. The device, not registered yet;
 *  ERR_PTR: -EINVAL, -ENOMEM or what the kind's alloc answers. Context: process, under RTNL. */
export function rtnl_create_link(
  net: usize,
  ifname: usize,
  name_assign_type: u32,
  ops: rtnl_link_ops,
  tb: usize,
  extack: usize,
): usize {
  const txq = queues(tb, IFLA_NUM_TX_QUEUES, <u32>ops.get_num_tx_queues);
  const rxq = queues(tb, IFLA_NUM_RX_QUEUES, <u32>ops.get_num_rx_queues);
  if (txq == 0 || rxq == 0) {
    say(extack, txq ? cstr("Invalid number of receive queues") : cstr("Invalid number of transmit queues"));
    return ERR_PTR(-EINVAL);
  }
  const made = ops.alloc
    ? call_indirect<usize>(<u32>ops.alloc, tb, ifname, name_assign_type, txq, rxq)
    : changetype<usize>(alloc_netdev_mqs(ops.priv_size, ifname, name_assign_type, <u32>ops.setup, txq, rxq));
  if (made == 0) return ERR_PTR(-ENOMEM);
  if (IS_ERR(made)) return made;
  const dev = changetype<net_device>(made);
  dev.nd_net.net = net;
  dev.rtnl_link_ops = changetype<usize>(ops);
  dev.rtnl_link_state = RTNL_LINK_INITIALIZING;
  const err = dress(dev, tb, extack);
  if (err) {
    free_netdev(dev);
    return ERR_PTR(err);
  }
  return made;
}

/** net/rtnetlink.h. Ends a link's creation: sets the flags of `ifm` (may be null) and tells the notifiers. 0 or an errno.
 *  Context: process, under RTNL. */
export function rtnl_configure_link(dev: net_device, ifm: ifinfomsg, portid: u32, nlh: usize): i32 {
  const old_flags = dev.flags;
  if (changetype<usize>(ifm) != 0 && (ifm.ifi_flags || ifm.ifi_change)) {
    const mask = ifm.ifi_change ? ifm.ifi_change : ~0;
    const err = __dev_change_flags(dev, (ifm.ifi_flags & mask) | (dev_get_flags(dev) & ~mask), 0);
    if (err < 0) return err;
  }
  dev.rtnl_link_state = RTNL_LINK_INITIALIZED;
  __dev_notify_flags(dev, old_flags);
  return 0;
}

/** net/rtnetlink.h. Sorts the attributes behind the struct ifinfomsg that attribute `peer` holds into tb[0, IFLA_MAX]. 0 or
 *  an errno. Context: any. */
export function rtnl_nla_parse_ifinfomsg(tb: usize, peer: usize, extack: usize): i32 {
  const size = <u32>sizeof_ifinfomsg;
  if (nla_len(peer) < size || changetype<ifinfomsg>(nla_data(peer)).ifi_index < 0) return -EINVAL;
  return __nla_parse(tb, IFLA_MAX, nla_data(peer) + size, nla_len(peer) - size, 0, 0, extack);
}

/** net/rtnetlink.h. The namespace that a link is to be in, with a reference: the one it was asked for in; there is no
 *  other. Context: any. */
export function rtnl_link_get_net(src_net: usize, tb: usize): usize {
  refcount_inc(src_net + offsetof_net_ns + offsetof_ns_common_count);
  return src_net;
}

/** Makes, registers and configures a link. 0 or an errno. */
function create(ops: rtnl_link_ops, ifm: ifinfomsg, tb: usize, data: usize, extack: usize): i32 {
  if (!ops.alloc && !ops.setup) return -EOPNOTSUPP;
  const name = stack_alloc(IFNAMSIZ);
  const wish = attr(tb, IFLA_IFNAME);
  if (wish) nla_strscpy(name, wish, IFNAMSIZ);
  else snprintf_(name, IFNAMSIZ, cstr("%s%%d"), ops.kind);
  let err: i32 = -EEXIST;
  if (!wish || changetype<usize>(__dev_get_by_name(init_net, name)) == 0) {
    const made = rtnl_create_link(init_net, name, wish ? NET_NAME_USER : NET_NAME_ENUM, ops, tb, extack);
    err = IS_ERR(made) ? PTR_ERR(made) : add(changetype<net_device>(made), ops, ifm, tb, data, extack);
  }
  stack_free(IFNAMSIZ);
  return err;
}

function add(dev: net_device, ops: rtnl_link_ops, ifm: ifinfomsg, tb: usize, data: usize, extack: usize): i32 {
  dev.ifindex = ifm.ifi_index;
  let err = ops.newlink
    ? call_indirect<i32>(<u32>ops.newlink, init_net, changetype<usize>(dev), tb, data, extack)
    : register_netdevice(dev);
  if (err < 0) {
    free_netdev(dev);
    return err;
  }
  err = rtnl_configure_link(dev, ifm, 0, 0);
  if (err < 0) remove(dev);
  return err;
}

/** Removes a link. 0, or -EOPNOTSUPP if the interface is none that was added. */
function remove(dev: net_device): i32 {
  const kill = stack_alloc(16);
  INIT_LIST_HEAD(kill);
  const err = dellink(dev, kill);
  if (err == 0) unregister_netdevice_many(kill);
  stack_free(16);
  return err;
}

/** RTM_NEWLINK: does what the message of struct ifinfomsg and attributes says. 0 or an errno. */
function newlink(msg: usize, len: u32, extack: usize): i32 {
  const size = <u32>sizeof_ifinfomsg;
  if (len < size) return -EINVAL;
  const room = stack_alloc(TB_BYTES + INFO_BYTES + DATA_BYTES);
  const tb = room;
  const info = tb + TB_BYTES;
  const data = info + INFO_BYTES;
  let err = __nla_parse(tb, IFLA_MAX, msg + size, len - size, 0, 0, extack);
  const linkinfo = attr(tb, IFLA_LINKINFO);
  if (err == 0 && linkinfo) err = __nla_parse(info, IFLA_INFO_MAX, nla_data(linkinfo), nla_len(linkinfo), 0, 0, extack);
  else if (err == 0) err = -EINVAL;
  if (err == 0) err = newlink_kind(changetype<ifinfomsg>(msg), tb, info, data, extack);
  stack_free(TB_BYTES + INFO_BYTES + DATA_BYTES);
  return err;
}

function newlink_kind(ifm: ifinfomsg, tb: usize, info: usize, data: usize, extack: usize): i32 {
  if (!attr(info, IFLA_INFO_KIND)) return -EINVAL;
  const kind = stack_alloc(64);
  nla_strscpy(kind, attr(info, IFLA_INFO_KIND), 64);
  const ops = find_kind(kind);
  stack_free(64);
  if (changetype<usize>(ops) == 0) {
    say(extack, cstr("Unknown device type"));
    return -EOPNOTSUPP;
  }
  const own = attr(info, IFLA_INFO_DATA);
  let err = 0;
  if (own && ops.maxtype) err = __nla_parse(data, ops.maxtype, nla_data(own), nla_len(own), ops.policy, 0, extack);
  const given = own && ops.maxtype ? data : 0;
  if (err == 0 && ops.validate) err = call_indirect<i32>(<u32>ops.validate, tb, given, extack);
  return err ? err : create(ops, ifm, tb, given, extack);
}

/** Host call. ip link add: `msg` is the `len` bytes of an RTM_NEWLINK message behind its header. 0 or an errno; what the
 *  kernel has to say of it is copied to the `size` bytes at `text`. -EOPNOTSUPP: no module offers this kind. */
export function kpi_rtnl_newlink(msg: usize, len: u32, text: usize, size: u32): i32 {
  const extack = stack_alloc(EXTACK_BYTES);
  memory.fill(extack, 0, EXTACK_BYTES);
  rtnl_lock();
  const err = newlink(msg, len, extack);
  rtnl_unlock();
  const said = changetype<netlink_ext_ack>(extack)._msg;
  strscpy(text, said ? said : cstr(""), size);
  stack_free(EXTACK_BYTES);
  return err;
}

const EXTACK_BYTES: usize = (sizeof_netlink_ext_ack + 15) & ~15;

/** Host call. ip link delete. 0, -ENODEV, or -EOPNOTSUPP if the interface is none that was added. */
export function kpi_rtnl_dellink(ifindex: i32): i32 {
  rtnl_lock();
  const dev = __dev_get_by_index(init_net, ifindex);
  const err = changetype<usize>(dev) != 0 && dev.reg_state == NETREG_REGISTERED ? remove(dev) : -ENODEV;
  rtnl_unlock();
  return err;
}
