// net/ethtool/ioctl.c: SIOCETHTOOL for the host. The host passes the struct that the real tool passes to the ioctl, its
// command in the first word; the commands that fill one in alone are here, the others in get.ts and set.ts.

import {
  ENODEV,
  EOPNOTSUPP,
  ETHTOOL_GCHANNELS,
  ETHTOOL_GCOALESCE,
  ETHTOOL_GDRVINFO,
  ETHTOOL_GEEPROM,
  ETHTOOL_GFEATURES,
  ETHTOOL_GLINK,
  ETHTOOL_GLINKSETTINGS,
  ETHTOOL_GMODULEEEPROM,
  ETHTOOL_GMODULEINFO,
  ETHTOOL_GMSGLVL,
  ETHTOOL_GPAUSEPARAM,
  ETHTOOL_GPERMADDR,
  ETHTOOL_GPFLAGS,
  ETHTOOL_GREGS,
  ETHTOOL_GRINGPARAM,
  ETHTOOL_GRSSH,
  ETHTOOL_GRXRINGS,
  ETHTOOL_GSTATS,
  ETHTOOL_GSTRINGS,
  ETHTOOL_GWOL,
  ETHTOOL_GET_TS_INFO,
  ETHTOOL_NWAY_RST,
  ETHTOOL_PHYS_ID,
  ETHTOOL_SCHANNELS,
  ETHTOOL_SCOALESCE,
  ETHTOOL_SEEPROM,
  ETHTOOL_SFEATURES,
  ETHTOOL_SLINKSETTINGS,
  ETHTOOL_SMSGLVL,
  ETHTOOL_SPAUSEPARAM,
  ETHTOOL_SPFLAGS,
  ETHTOOL_SRINGPARAM,
  ETHTOOL_SWOL,
  ETHTOOL_TEST,
  ethtool_link_ksettings,
  ethtool_ops,
  ethtool_value,
  net_device,
  ETHTOOL_GRXFH,
  ETHTOOL_GRXCLSRLCNT,
  ETHTOOL_GRXCLSRULE,
  ETHTOOL_GRXCLSRLALL,
  ETHTOOL_SRXFH,
  ETHTOOL_SRXCLSRLDEL,
  ETHTOOL_SRXCLSRLINS,
  ETHTOOL_GEEE,
  ETHTOOL_SEEE,
  ethtool_rxnfc,
  sizeof_ethtool_rxnfc,
  ENOSPC,
} from "../../abi";
import { pm_runtime_put } from "../../drivers/base/power/runtime";
import { pm_runtime_get_sync } from "../../drivers/base/power/runtime_api";
import { netdev_features_change } from "../core/dev_features";
import { __dev_get_by_index } from "../core/dev_lookup";
import { init_net } from "../core/net_namespace";
import { netif_device_present, netif_running } from "../core/netdev";
import { rtnl_lock, rtnl_unlock } from "../core/rtnl";
import { __ethtool_get_link_ksettings } from "./common";
import {
  get_coalesce,
  get_drvinfo,
  get_eeprom,
  get_features,
  get_module_eeprom,
  get_perm_addr,
  get_regs,
  get_ringparam,
  get_rxfh,
  get_stats,
  get_strings,
  get_ts_info,
  self_test,
} from "./get";
import { phys_id, set_channels, set_coalesce, set_eeprom, set_features, set_ringparam, set_wol } from "./set";

/** An operation that cannot fail: void op(dev, data). */
export function tell(dev: net_device, op: usize, data: usize): i32 {
  if (!op) return -EOPNOTSUPP;
  call_indirect<void>(<u32>op, changetype<usize>(dev), data);
  return 0;
}

/** One that can: int op(dev, data). */
export function ask(dev: net_device, op: usize, data: usize): i32 {
  return op ? call_indirect<i32>(<u32>op, changetype<usize>(dev), data) : -EOPNOTSUPP;
}

/** One that answers with a number: u32 op(dev). */
function value(dev: net_device, op: usize, data: usize): i32 {
  if (!op) return -EOPNOTSUPP;
  changetype<ethtool_value>(data).data = call_indirect<u32>(<u32>op, changetype<usize>(dev));
  return 0;
}

function nway_reset(dev: net_device, ops: ethtool_ops): i32 {
  return ops.nway_reset ? call_indirect<i32>(<u32>ops.nway_reset, changetype<usize>(dev)) : -EOPNOTSUPP;
}

function get_link(dev: net_device, ops: ethtool_ops, data: usize): i32 {
  const err = value(dev, ops.get_link, data);
  if (!netif_running(dev)) changetype<ethtool_value>(data).data = 0;
  return err;
}

function get_rxrings(dev: net_device, ops: ethtool_ops, data: usize): i32 {
  if (!ops.get_rxnfc) return -EOPNOTSUPP;
  return call_indirect<i32>(<u32>ops.get_rxnfc, changetype<usize>(dev), data, <usize>0);
}

/** Rules by which the card sorts packets into queues; the numbers of all of them are behind the struct. */
function get_rxnfc(dev: net_device, ops: ethtool_ops, data: usize, size: u32): i32 {
  if (!ops.get_rxnfc) return -EOPNOTSUPP;
  const info = changetype<ethtool_rxnfc>(data);
  const locs = info.rule_locs;
  const all = info.cmd == ETHTOOL_GRXCLSRLALL;
  if (size < sizeof_ethtool_rxnfc || (all && info.rule_cnt > (size - <u32>(locs - data)) / 4)) return -ENOSPC;
  return call_indirect<i32>(<u32>ops.get_rxnfc, changetype<usize>(dev), data, all ? locs : 0);
}

function perform(dev: net_device, data: usize, size: u32): i32 {
  const ops = changetype<ethtool_ops>(dev.ethtool_ops);
  switch (load<u32>(data)) {
    case ETHTOOL_GDRVINFO:
      return get_drvinfo(dev, ops, data);
    case ETHTOOL_GLINKSETTINGS:
      return __ethtool_get_link_ksettings(dev, changetype<ethtool_link_ksettings>(data));
    case ETHTOOL_SLINKSETTINGS:
      return ask(dev, ops.set_link_ksettings, data);
    case ETHTOOL_GREGS:
      return get_regs(dev, ops, data, size);
    case ETHTOOL_GWOL:
      return tell(dev, ops.get_wol, data);
    case ETHTOOL_SWOL:
      return set_wol(dev, ops, data);
    case ETHTOOL_GMSGLVL:
      return value(dev, ops.get_msglevel, data);
    case ETHTOOL_SMSGLVL:
      return tell(dev, ops.set_msglevel, changetype<ethtool_value>(data).data);
    case ETHTOOL_NWAY_RST:
      return nway_reset(dev, ops);
    case ETHTOOL_GLINK:
      return get_link(dev, ops, data);
    case ETHTOOL_GEEPROM:
      return get_eeprom(dev, ops, data, size);
    case ETHTOOL_SEEPROM:
      return set_eeprom(dev, ops, data, size);
    case ETHTOOL_GCOALESCE:
      return get_coalesce(dev, ops, data);
    case ETHTOOL_SCOALESCE:
      return set_coalesce(dev, ops, data);
    case ETHTOOL_GRINGPARAM:
      return get_ringparam(dev, ops, data);
    case ETHTOOL_SRINGPARAM:
      return set_ringparam(dev, ops, data);
    case ETHTOOL_GPAUSEPARAM:
      return tell(dev, ops.get_pauseparam, data);
    case ETHTOOL_SPAUSEPARAM:
      return ask(dev, ops.set_pauseparam, data);
    case ETHTOOL_TEST:
      return self_test(dev, ops, data, size);
    case ETHTOOL_GSTRINGS:
      return get_strings(dev, ops, data, size);
    case ETHTOOL_PHYS_ID:
      return phys_id(dev, ops, changetype<ethtool_value>(data).data);
    case ETHTOOL_GSTATS:
      return get_stats(dev, ops, data, size);
    case ETHTOOL_GPERMADDR:
      return get_perm_addr(dev, data, size);
    case ETHTOOL_GPFLAGS:
      return value(dev, ops.get_priv_flags, data);
    case ETHTOOL_SPFLAGS:
      return ask(dev, ops.set_priv_flags, changetype<ethtool_value>(data).data);
    case ETHTOOL_GRXRINGS:
      return get_rxrings(dev, ops, data);
    case ETHTOOL_GRXFH:
    case ETHTOOL_GRXCLSRLCNT:
    case ETHTOOL_GRXCLSRULE:
    case ETHTOOL_GRXCLSRLALL:
      return get_rxnfc(dev, ops, data, size);
    case ETHTOOL_SRXFH:
    case ETHTOOL_SRXCLSRLDEL:
    case ETHTOOL_SRXCLSRLINS:
      return size < sizeof_ethtool_rxnfc ? -ENOSPC : ask(dev, ops.set_rxnfc, data);
    case ETHTOOL_GEEE:
      return ask(dev, ops.get_eee, data);
    case ETHTOOL_SEEE:
      return ask(dev, ops.set_eee, data);
    case ETHTOOL_GFEATURES:
      return get_features(dev, data);
    case ETHTOOL_SFEATURES:
      return set_features(dev, data);
    case ETHTOOL_GCHANNELS:
      return tell(dev, ops.get_channels, data);
    case ETHTOOL_SCHANNELS:
      return set_channels(dev, ops, data);
    case ETHTOOL_GET_TS_INFO:
      return get_ts_info(dev, ops, data);
    case ETHTOOL_GMODULEINFO:
      return ask(dev, ops.get_module_info, data);
    case ETHTOOL_GMODULEEEPROM:
      return get_module_eeprom(dev, ops, data, size);
    case ETHTOOL_GRSSH:
      return get_rxfh(dev, ops, data, size);
    default:
      return -EOPNOTSUPP;
  }
}

/** Wakes the device, which may be detached in its sleep, and calls the driver's begin. 0, and finish() is due, or an
 *  errno. The caller holds RTNL. */
function start(dev: net_device): i32 {
  const parent = dev.dev.parent;
  if (parent) pm_runtime_get_sync(parent);
  let err: i32 = -ENODEV;
  if (netif_device_present(dev)) {
    const begin = <u32>changetype<ethtool_ops>(dev.ethtool_ops).begin;
    err = begin ? min(call_indirect<i32>(begin, changetype<usize>(dev)), 0) : 0;
  }
  if (err && parent) pm_runtime_put(parent);
  return err;
}

/** Undoes start(). */
function finish(dev: net_device): void {
  const complete = <u32>changetype<ethtool_ops>(dev.ethtool_ops).complete;
  if (complete) call_indirect<void>(complete, changetype<usize>(dev));
  if (dev.dev.parent) pm_runtime_put(dev.dev.parent);
}

/** One command. The caller holds RTNL. */
function run(dev: net_device, data: usize, size: u32): i32 {
  let err = start(dev);
  if (err) return err;
  const features = dev.features;
  err = perform(dev, data, size);
  finish(dev);
  if (features != dev.features) netdev_features_change(dev);
  return err;
}

/** Host call, task context. SIOCETHTOOL on interface `ifindex`: `data` is the struct of linux/ethtool.h that the command
 *  in its first word takes, read and written, `size` bytes with what follows it (strings, counters, registers); that of
 *  ETHTOOL_GLINKSETTINGS and _SLINKSETTINGS is the kernel's own struct ethtool_link_ksettings. Returns what the ioctl
 *  would: 0 or above, -EOPNOTSUPP if the driver has no such operation, -ENODEV, -EINVAL or the driver's errno;
 *  -ENOSPC: `size` is too small. */
export function kpi_ethtool(ifindex: i32, data: usize, size: u32): i32 {
  rtnl_lock();
  const dev = __dev_get_by_index(init_net, ifindex);
  const err = changetype<usize>(dev) != 0 ? run(dev, data, size) : -ENODEV;
  rtnl_unlock();
  return err;
}
