// net/ethtool/ioctl.c: ethtool for the host. Commands have their numbers from linux/ethtool.h.

import {
  ENODEV, ENOMEM, EOPNOTSUPP, ETHTOOL_GDRVINFO, ETHTOOL_GEEPROM, ETHTOOL_GFEATURES, ETHTOOL_GLINK,
  ETHTOOL_GLINKSETTINGS, ETHTOOL_GMSGLVL, ETHTOOL_GREGS, ETHTOOL_GRINGPARAM, ETHTOOL_GSTATS, ETHTOOL_GWOL,
  ETHTOOL_NWAY_RST, ETHTOOL_SMSGLVL, ethtool_link_ksettings, ethtool_ops, net_device, sizeof_ethtool_link_ksettings,
} from "../../abi";
import { pm_runtime_put } from "../../drivers/base/power/runtime";
import { pm_runtime_get_sync } from "../../drivers/base/power/runtime_api";
import { seq_init } from "../../lib/seq_buf";
import { vfree, vzalloc } from "../../mm/vmalloc";
import { netdev_features_change } from "../core/dev_features";
import { __dev_get_by_index } from "../core/dev_lookup";
import { init_net } from "../core/net_namespace";
import { netif_device_present } from "../core/netdev";
import { text_done } from "../core/proc";
import { rtnl_lock, rtnl_unlock } from "../core/rtnl";
import { __ethtool_get_link_ksettings } from "./common";
import {
  show_carrier, show_drvinfo, show_eeprom, show_features, show_link, show_msglvl, show_regs, show_ring, show_stats,
  show_wol,
} from "./show";

function show(dev: net_device, cmd: u32, s: usize): i32 {
  switch (cmd) {
    case ETHTOOL_GDRVINFO: return show_drvinfo(dev, s);
    case ETHTOOL_GLINKSETTINGS: return show_link(dev, s);
    case ETHTOOL_GSTATS: return show_stats(dev, s);
    case ETHTOOL_GMSGLVL: return show_msglvl(dev, s);
    case ETHTOOL_GLINK: return show_carrier(dev, s);
    case ETHTOOL_GRINGPARAM: return show_ring(dev, s);
    case ETHTOOL_GWOL: return show_wol(dev, s);
    case ETHTOOL_GREGS: return show_regs(dev, s);
    case ETHTOOL_GEEPROM: return show_eeprom(dev, s);
    case ETHTOOL_GFEATURES: return show_features(dev, s);
    default: return -EOPNOTSUPP;
  }
}

function change(dev: net_device, cmd: u32, value: u32): i32 {
  const ops = changetype<ethtool_ops>(dev.ethtool_ops);
  switch (cmd) {
    case ETHTOOL_SMSGLVL:
      if (!ops.set_msglevel) return -EOPNOTSUPP;
      call_indirect<void>(<u32>ops.set_msglevel, changetype<usize>(dev), value);
      return 0;
    case ETHTOOL_NWAY_RST:
      return ops.nway_reset ? call_indirect<i32>(<u32>ops.nway_reset, changetype<usize>(dev)) : -EOPNOTSUPP;
    default: return -EOPNOTSUPP;
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
function run(dev: net_device, cmd: u32, s: usize, value: u32): i32 {
  let err = start(dev);
  if (err) return err;
  const features = dev.features;
  err = s ? show(dev, cmd, s) : change(dev, cmd, value);
  finish(dev);
  if (features != dev.features) netdev_features_change(dev);
  return err;
}

/** Host call, task context. Writes what `ethtool` command `cmd` (ETHTOOL_GDRVINFO, _GLINKSETTINGS, _GSTATS,
 *  _GMSGLVL, _GLINK, _GRINGPARAM, _GWOL, _GREGS, _GEEPROM, _GFEATURES) says of interface `ifindex` into [buf, buf +
 *  size) as "name=value" lines (ethtool/show). Returns the text's length, or an errno; -ENOSPC: `size` is too small. */
export function kpi_ethtool(ifindex: i32, cmd: u32, buf: usize, size: u32): i32 {
  rtnl_lock();
  const dev = __dev_get_by_index(init_net, ifindex);
  const s = seq_init(buf, size);
  const err = changetype<usize>(dev) != 0 ? run(dev, cmd, s, 0) : -ENODEV;
  rtnl_unlock();
  return err < 0 ? err : text_done(s);
}

/** Host call, task context. Changes interface `ifindex`: ETHTOOL_SMSGLVL sets the message level to `value`,
 *  ETHTOOL_NWAY_RST negotiates the link again. 0 or an errno. */
export function kpi_ethtool_set(ifindex: i32, cmd: u32, value: u32): i32 {
  rtnl_lock();
  const dev = __dev_get_by_index(init_net, ifindex);
  const err = changetype<usize>(dev) != 0 ? run(dev, cmd, 0, value) : -ENODEV;
  rtnl_unlock();
  return err;
}

/** Host call, task context. Sets the link as `ethtool -s`: autoneg 1, or 0 with speed in Mb/s and duplex (0 half, 1
 *  full). 0 or an errno. */
export function kpi_ethtool_link(ifindex: i32, autoneg: u32, speed: u32, duplex: u32): i32 {
  rtnl_lock();
  const dev = __dev_get_by_index(init_net, ifindex);
  const err = changetype<usize>(dev) != 0 ? set_link(dev, autoneg, speed, duplex) : -ENODEV;
  rtnl_unlock();
  return err;
}

function set_link(dev: net_device, autoneg: u32, speed: u32, duplex: u32): i32 {
  const set = <u32>changetype<ethtool_ops>(dev.ethtool_ops).set_link_ksettings;
  if (!set) return -EOPNOTSUPP;
  const k = changetype<ethtool_link_ksettings>(vzalloc(sizeof_ethtool_link_ksettings));
  if (changetype<usize>(k) == 0) return -ENOMEM;
  let err = start(dev);
  if (err == 0) {
    err = change_link(dev, k, set, autoneg, speed, duplex);
    finish(dev);
  }
  vfree(changetype<usize>(k));
  return err;
}

function change_link(
  dev: net_device, k: ethtool_link_ksettings, set: u32, autoneg: u32, speed: u32, duplex: u32,
): i32 {
  const err = __ethtool_get_link_ksettings(dev, k);
  if (err) return err;
  k.base.autoneg = <u8>autoneg;
  if (!autoneg) {
    k.base.speed = speed;
    k.base.duplex = <u8>duplex;
  }
  return call_indirect<i32>(set, changetype<usize>(dev), changetype<usize>(k));
}
