// net/core/dev.c: feature bits. What the user wants, cut to what driver and rules allow, becomes dev->features.

import {
  GSO_MAX_SIZE,
  NETDEV_FEAT_CHANGE,
  NETIF_F_ALL_FOR_ALL,
  NETIF_F_ALL_TSO,
  NETIF_F_CSUM_MASK,
  NETIF_F_GRO_HW,
  NETIF_F_GSO,
  NETIF_F_GSO_PARTIAL,
  NETIF_F_HW_CSUM,
  NETIF_F_HW_TLS_RX,
  NETIF_F_HW_TLS_TX,
  NETIF_F_IPV6_CSUM,
  NETIF_F_IP_CSUM,
  NETIF_F_LRO,
  NETIF_F_ONE_FOR_ALL,
  NETIF_F_RXCSUM,
  NETIF_F_RXFCS,
  NETIF_F_SG,
  NETIF_F_TSO,
  NETIF_F_TSO6,
  NETIF_F_TSO_ECN,
  NETIF_F_TSO_MANGLEID,
  NETIF_F_VLAN_CHALLENGED,
  net_device,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { ops_of } from "./netdev";
import { call_netdevice_notifiers } from "./notifier";
import { netdev_pr } from "./printk";
import { ASSERT_RTNL } from "./rtnl";

/** Drops features that lack what they build on; the driver may be less strict. */
function fix_features(dev: net_device, features: u64): u64 {
  const has_csum4 = (features & (NETIF_F_HW_CSUM | NETIF_F_IP_CSUM)) != 0;
  const has_csum6 = (features & (NETIF_F_HW_CSUM | NETIF_F_IPV6_CSUM)) != 0;
  if (features & NETIF_F_HW_CSUM && features & (NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM)) {
    netdev_pr(cstr("\x014"), dev, cstr("mixed HW and IP checksum settings.\n"));
    features &= ~(NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM);
  }
  if (!(features & NETIF_F_SG)) features &= ~(NETIF_F_ALL_TSO | NETIF_F_GSO);
  if (!has_csum4) features &= ~(NETIF_F_TSO | NETIF_F_TSO_ECN);
  if (!has_csum6) features &= ~NETIF_F_TSO6;
  if (!(features & NETIF_F_TSO)) features &= ~NETIF_F_TSO_MANGLEID;
  if ((features & NETIF_F_ALL_TSO) == NETIF_F_TSO_ECN) features &= ~NETIF_F_TSO_ECN;
  if (!(features & NETIF_F_GSO_PARTIAL)) features &= ~dev.gso_partial_features;
  // a packet merged by hardware was verified by it
  if (!(features & NETIF_F_RXCSUM)) features &= ~(NETIF_F_GRO_HW | NETIF_F_HW_TLS_RX);
  if (features & NETIF_F_RXFCS) features &= ~(NETIF_F_LRO | NETIF_F_GRO_HW);
  if (features & NETIF_F_GRO_HW) features &= ~NETIF_F_LRO;
  const csum = (features & NETIF_F_IP_CSUM) != 0 && (features & NETIF_F_IPV6_CSUM) != 0;
  if (!csum && !(features & NETIF_F_HW_CSUM)) features &= ~NETIF_F_HW_TLS_TX;
  return features;
}

/** Recomputes dev->features. 0 if nothing changed, else 1, or -1 if the driver refused. */
export function __netdev_update_features(dev: net_device): i32 {
  ASSERT_RTNL();
  const ops = ops_of(dev);
  let features = (dev.features & ~dev.hw_features) | dev.wanted_features;
  if (ops.ndo_fix_features) features = call_indirect<u64>(<u32>ops.ndo_fix_features, changetype<usize>(dev), features);
  features = fix_features(dev, features);
  if (dev.features == features) return 0;
  const err = ops.ndo_set_features
    ? call_indirect<i32>(<u32>ops.ndo_set_features, changetype<usize>(dev), features)
    : 0;
  if (err < 0) {
    const wanted = stack_alloc(16);
    store<u64>(wanted, features);
    store<u64>(wanted, dev.features, 8);
    netdev_pr(
      cstr("\x013"),
      dev,
      cstr("set_features() failed (%d); wanted %pNF, left %pNF\n"),
      err,
      wanted,
      wanted + 8,
    );
    stack_free(16);
    return -1;
  }
  // a positive answer says that the driver has set dev->features itself
  if (err == 0) dev.features = features;
  return 1;
}

/** linux/netdevice.h. Tells the notifiers that features changed. Context: process, under RTNL. */
export function netdev_features_change(dev: net_device): void {
  call_netdevice_notifiers(NETDEV_FEAT_CHANGE, dev);
}

/** linux/netdevice.h. Recomputes the features, for instance after wanted_features or conditions of the driver
 *  changed, and tells if they differ. Context: process, under RTNL. */
export function netdev_update_features(dev: net_device): void {
  if (__netdev_update_features(dev)) netdev_features_change(dev);
}

/** linux/netdevice.h. As netdev_update_features, and tells even if they do not differ. Context: process, under RTNL. */
export function netdev_change_features(dev: net_device): void {
  __netdev_update_features(dev);
  netdev_features_change(dev);
}

/** linux/netdevice.h. Limits the size of TSO frames, in bytes. Context: process. */
export function netif_set_tso_max_size(dev: net_device, size: u32): void {
  dev.tso_max_size = min(GSO_MAX_SIZE, size);
  if (size < dev.gso_max_size) dev.gso_max_size = size;
}

/** linux/netdevice.h. Limits the segments of a TSO frame. Context: process. */
export function netif_set_tso_max_segs(dev: net_device, segs: u32): void {
  dev.tso_max_segs = <u16>segs;
  if (segs < <u32>dev.gso_max_segs) dev.gso_max_segs = <u16>segs;
}

/** linux/netdevice.h. Takes the TSO limits of a lower device. Context: process. */
export function netif_inherit_tso_max(to: net_device, from: net_device): void {
  netif_set_tso_max_size(to, from.tso_max_size);
  netif_set_tso_max_segs(to, from.tso_max_segs);
}

/** linux/netdevice.h. The features of a device above several, once `one` of them is added to the set `all`: nothing that
 *  `mask` has not. Context: any. */
export function netdev_increment_features(all: u64, one: u64, mask: u64): u64 {
  if (mask & NETIF_F_HW_CSUM) mask |= NETIF_F_CSUM_MASK;
  mask |= NETIF_F_VLAN_CHALLENGED;
  all |= one & (NETIF_F_ONE_FOR_ALL | NETIF_F_CSUM_MASK) & mask;
  all &= one | ~NETIF_F_ALL_FOR_ALL;
  // who can sum anything needs no word about protocols
  return all & NETIF_F_HW_CSUM ? all & ~(NETIF_F_CSUM_MASK & ~NETIF_F_HW_CSUM) : all;
}
