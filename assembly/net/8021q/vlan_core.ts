// net/8021q/vlan_core.c: the part of VLANs that every kernel has: which numbers an interface is to receive, and to whom a
// packet with a tag goes. The interfaces above it are the module 8021q's, which fills in struct vlan_info.

import {
  ENODEV,
  ENOMEM,
  ETH_P_8021AD,
  ETH_P_8021Q,
  GFP_ATOMIC,
  GFP_KERNEL,
  IFF_802_1Q_VLAN,
  IFF_UP,
  NETIF_F_HW_VLAN_CTAG_FILTER,
  NETIF_F_HW_VLAN_STAG_FILTER,
  PACKET_HOST,
  PACKET_MULTICAST,
  PACKET_OTHERHOST,
  VLAN_PRIO_SHIFT,
  VLAN_VID_MASK,
  list_head,
  net_device,
  offsetof_vlan_dev_priv_ingress_priority_map,
  offsetof_vlan_group_vlan_devices_arrays,
  offsetof_vlan_info_grp,
  offsetof_vlan_info_rcu,
  offsetof_vlan_info_vid_list,
  sizeof_vlan_info,
  sk_buff,
  vlan_dev_priv,
  vlan_group,
  vlan_info,
  vlan_pcpu_stats,
} from "../../abi";
import { smp_processor_id } from "../../arch/wasm/cpu";
import { call_rcu } from "../../kernel/rcu";
import { INIT_LIST_HEAD, list_add, list_del, list_next } from "../../lib/list";
import { memcmp } from "../../lib/memory";
import { kzalloc } from "../../mm/kmalloc";
import { per_cpu_ptr } from "../../mm/percpu";
import { kfree } from "../../mm/slub";
import { netdev_priv, netif_device_present, ops_of } from "../core/netdev";
import { ASSERT_RTNL } from "../core/rtnl";
import { skb_mac_header, skb_shared } from "../core/skb";
import { skb_clone } from "../core/skb_clone";
import { consume_skb, kfree_skb } from "../core/skb_free";

/** vlan_group: for each of two protocols 8 arrays of 512 devices, allocated by the module. */
const PARTS: u32 = 8;
const PART_LEN: u32 = 512;
const PROTOCOLS: u32 = 2;

/** A number that somebody wants to receive. */
@unmanaged
class VidInfo {
  list: list_head;
  list_prev: usize;
  proto: u16;
  vid: u16;
  refcount: i32;
}

@inline
function of_link(link: usize): VidInfo {
  return changetype<VidInfo>(link);
}

@inline
function info_of(dev: net_device): vlan_info {
  return changetype<vlan_info>(dev.vlan_info);
}

@inline
function arrays_of(info: vlan_info): usize {
  return changetype<usize>(info) + offsetof_vlan_info_grp + offsetof_vlan_group_vlan_devices_arrays;
}

/** The interface for a protocol and number above a device, or null. */
function vlan_find_dev(dev: net_device, proto: u16, vid: u32): net_device {
  const info = info_of(dev);
  if (changetype<usize>(info) == 0) return changetype<net_device>(0);
  const index: u32 = proto == bswap<u16>(<u16>ETH_P_8021AD) ? 1 : 0;
  const array = load<usize>(arrays_of(info) + (index * PARTS + vid / PART_LEN) * 4);
  return changetype<net_device>(array ? load<usize>(array + (vid % PART_LEN) * 4) : 0);
}

@inline
function priv_of(dev: net_device): vlan_dev_priv {
  return changetype<vlan_dev_priv>(netdev_priv(dev));
}

/** Gives the packet at `pskb`, which has a tag beside it, to the interface of its VLAN. False if there is none: the packet
 *  goes on; or null is at `pskb`, and it is gone. (Differs: the tag is never put back into the packet, as
 *  VLAN_FLAG_REORDER_HDR switched off would want.) */
export function vlan_do_receive(pskb: usize): bool {
  let skb = changetype<sk_buff>(load<usize>(pskb));
  const tci = <u32>skb.vlan_tci;
  const dev = vlan_find_dev(changetype<net_device>(skb.dev), skb.vlan_proto, tci & VLAN_VID_MASK);
  if (changetype<usize>(dev) == 0) return false;
  if (skb_shared(skb)) {
    const own = skb_clone(skb, GFP_ATOMIC);
    if (changetype<usize>(own) != 0) consume_skb(skb);
    else kfree_skb(skb);
    skb = own;
    store<usize>(pskb, changetype<usize>(skb));
    if (changetype<usize>(skb) == 0) return false;
  }
  if (!(dev.flags & IFF_UP)) {
    kfree_skb(skb);
    store<usize>(pskb, 0);
    return false;
  }
  skb.dev = changetype<usize>(dev);
  // the VLAN's interface may have another address than the one below
  if (skb.pkt_type == <u8>PACKET_OTHERHOST && memcmp(skb_mac_header(skb), dev.dev_addr, 6) == 0) {
    skb.pkt_type = <u8>PACKET_HOST;
  }
  const priv = changetype<usize>(priv_of(dev));
  skb.priority = load<u32>(priv + offsetof_vlan_dev_priv_ingress_priority_map + (tci >> VLAN_PRIO_SHIFT) * 4);
  skb.vlan_present = 0;
  const stats = changetype<vlan_pcpu_stats>(per_cpu_ptr(priv_of(dev).vlan_pcpu_stats, smp_processor_id()));
  const at = changetype<usize>(stats);
  store<u64>(at, load<u64>(at) + 1);
  store<u64>(at, load<u64>(at, 8) + skb.len, 8);
  if (skb.pkt_type == <u8>PACKET_MULTICAST) store<u64>(at, load<u64>(at, 16) + 1, 16);
  return true;
}

// ── Numbers that a device is to receive ──

/** Whether the device looks at numbers of this protocol. */
function filters(dev: net_device, proto: u16): bool {
  const feature = proto == bswap<u16>(<u16>ETH_P_8021Q) ? NETIF_F_HW_VLAN_CTAG_FILTER : NETIF_F_HW_VLAN_STAG_FILTER;
  return (dev.features & feature) != 0;
}

function add_filter(dev: net_device, proto: u16, vid: u16): i32 {
  if (!filters(dev, proto)) return 0;
  if (!netif_device_present(dev)) return -ENODEV;
  return call_indirect<i32>(<u32>ops_of(dev).ndo_vlan_rx_add_vid, changetype<usize>(dev), <u32>proto, <u32>vid);
}

function kill_filter(dev: net_device, proto: u16, vid: u16): void {
  if (!filters(dev, proto) || !netif_device_present(dev)) return;
  call_indirect<i32>(<u32>ops_of(dev).ndo_vlan_rx_kill_vid, changetype<usize>(dev), <u32>proto, <u32>vid);
}

@inline
function vids_of(info: vlan_info): usize {
  return changetype<usize>(info) + offsetof_vlan_info_vid_list;
}

function find_vid(info: vlan_info, proto: u16, vid: u16): VidInfo {
  const head = vids_of(info);
  for (let link = list_next(head); link != head; link = list_next(link)) {
    if (of_link(link).proto == proto && of_link(link).vid == vid) return of_link(link);
  }
  return changetype<VidInfo>(0);
}

function free_info(rcu: usize): void {
  const info = changetype<vlan_info>(rcu - offsetof_vlan_info_rcu);
  for (let i: u32 = 0; i < PROTOCOLS * PARTS; i++) kfree(load<usize>(arrays_of(info) + i * 4));
  kfree(changetype<usize>(info));
}

/** Has the device receive one more number. 0 or an errno. */
function new_vid(info: vlan_info, dev: net_device, proto: u16, vid: u16): i32 {
  const fresh = changetype<VidInfo>(kzalloc(offsetof<VidInfo>(), GFP_KERNEL));
  if (changetype<usize>(fresh) == 0) return -ENOMEM;
  fresh.proto = proto;
  fresh.vid = vid;
  fresh.refcount = 1;
  const err = add_filter(dev, proto, vid);
  if (err) {
    kfree(changetype<usize>(fresh));
    return err;
  }
  list_add(changetype<usize>(fresh), vids_of(info));
  info.nr_vids += 1;
  return 0;
}

/** linux/if_vlan.h. One more user of VLAN `vid` (protocol in network order) on a device, which lets it through its filter if
 *  it has one. 0, -ENOMEM, -ENODEV or what the driver answers. Context: process, under RTNL. */
export function vlan_vid_add(dev: net_device, proto: u16, vid: u16): i32 {
  ASSERT_RTNL();
  let info = info_of(dev);
  if (changetype<usize>(info) == 0) {
    info = changetype<vlan_info>(kzalloc(sizeof_vlan_info, GFP_KERNEL));
    if (changetype<usize>(info) == 0) return -ENOMEM;
    info.real_dev = changetype<usize>(dev);
    INIT_LIST_HEAD(vids_of(info));
  }
  const known = find_vid(info, proto, vid);
  let err = 0;
  if (changetype<usize>(known) != 0) known.refcount += 1;
  else err = new_vid(info, dev, proto, vid);
  if (!dev.vlan_info) {
    if (err) kfree(changetype<usize>(info));
    else dev.vlan_info = changetype<usize>(info);
  }
  return err;
}

/** linux/if_vlan.h. One user less; the last one closes the filter. Context: process, under RTNL. */
export function vlan_vid_del(dev: net_device, proto: u16, vid: u16): void {
  ASSERT_RTNL();
  const info = info_of(dev);
  if (changetype<usize>(info) == 0) return;
  const known = find_vid(info, proto, vid);
  if (changetype<usize>(known) == 0) return;
  known.refcount -= 1;
  if (known.refcount) return;
  kill_filter(dev, proto, vid);
  list_del(changetype<usize>(known));
  kfree(changetype<usize>(known));
  info.nr_vids -= 1;
  if (info.nr_vids) return;
  dev.vlan_info = 0;
  call_rcu(changetype<usize>(info) + offsetof_vlan_info_rcu, free_info.index);
}

/** ../net/8021q/vlan.h. Opens the filter of a device that begins to filter to the numbers in use. 0 or the driver's errno, and
 *  none is open. Context: process, under RTNL. */
export function vlan_filter_push_vids(info: vlan_info, proto: u16): i32 {
  const dev = changetype<net_device>(info.real_dev);
  const head = vids_of(info);
  for (let link = list_next(head); link != head; link = list_next(link)) {
    if (of_link(link).proto != proto) continue;
    const err = add_filter(dev, proto, of_link(link).vid);
    if (!err) continue;
    for (let done = list_next(head); done != link; done = list_next(done)) {
      if (of_link(done).proto == proto) kill_filter(dev, proto, of_link(done).vid);
    }
    return err;
  }
  return 0;
}

/** ../net/8021q/vlan.h. Closes the filter of a device that ceases to filter. Context: process, under RTNL. */
export function vlan_filter_drop_vids(info: vlan_info, proto: u16): void {
  const head = vids_of(info);
  for (let link = list_next(head); link != head; link = list_next(link)) {
    if (of_link(link).proto == proto) kill_filter(changetype<net_device>(info.real_dev), proto, of_link(link).vid);
  }
}

/** linux/if_vlan.h. Has `dev` let through what the filter of `by_dev` lets through. 0, or the error of one number, and none
 *  is let through. Context: process, under RTNL. */
export function vlan_vids_add_by_dev(dev: net_device, by_dev: net_device): i32 {
  ASSERT_RTNL();
  const info = info_of(by_dev);
  if (changetype<usize>(info) == 0) return 0;
  const head = vids_of(info);
  for (let link = list_next(head); link != head; link = list_next(link)) {
    const err = filters(by_dev, of_link(link).proto) ? vlan_vid_add(dev, of_link(link).proto, of_link(link).vid) : 0;
    if (!err) continue;
    del_vids(dev, by_dev, link);
    return err;
  }
  return 0;
}

/** Takes back the numbers of `by_dev` up to the one at `end`. */
function del_vids(dev: net_device, by_dev: net_device, end: usize): void {
  for (let link = list_next(vids_of(info_of(by_dev))); link != end; link = list_next(link)) {
    if (filters(by_dev, of_link(link).proto)) vlan_vid_del(dev, of_link(link).proto, of_link(link).vid);
  }
}

/** linux/if_vlan.h. Undoes vlan_vids_add_by_dev(). Context: process, under RTNL. */
export function vlan_vids_del_by_dev(dev: net_device, by_dev: net_device): void {
  ASSERT_RTNL();
  if (by_dev.vlan_info) del_vids(dev, by_dev, vids_of(info_of(by_dev)));
}

/** linux/if_vlan.h. Whether VLAN interfaces are above the device. Context: process, under RTNL. */
export function vlan_uses_dev(dev: net_device): bool {
  ASSERT_RTNL();
  const info = info_of(dev);
  if (changetype<usize>(info) == 0) return false;
  return changetype<vlan_group>(changetype<usize>(info) + offsetof_vlan_info_grp).nr_vlan_devs != 0;
}

/** linux/if_vlan.h. The number of a VLAN interface. Context: any. */
export function vlan_dev_vlan_id(dev: net_device): u16 {
  return priv_of(dev).vlan_id;
}

/** linux/if_vlan.h. The protocol of a VLAN interface, in network order. Context: any. */
export function vlan_dev_vlan_proto(dev: net_device): u16 {
  return priv_of(dev).vlan_proto;
}

/** What the VLAN interface was made with, enum vlan_flags. */
export function vlan_dev_flags(dev: net_device): u32 {
  return priv_of(dev).flags;
}

/** linux/if_vlan.h. The device at the bottom below a VLAN interface. Context: any. */
export function vlan_dev_real_dev(dev: net_device): net_device {
  let real = changetype<net_device>(priv_of(dev).real_dev);
  while (real.priv_flags & IFF_802_1Q_VLAN) real = changetype<net_device>(priv_of(real).real_dev);
  return real;
}

/** linux/if_vlan.h. Says what does the ioctl by which vconfig makes VLANs (null: nothing does). Here they are made by
 *  messages only, so it is never called. Context: process. */
export function vlan_ioctl_set(hook: u32): void {}
