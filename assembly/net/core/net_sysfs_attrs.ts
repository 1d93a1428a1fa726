// net/core/net-sysfs.c: the files of an interface in /sys/class/net/<name>.

import { nth_text } from "../../lib/texts";
import {
  DUPLEX_FULL,
  DUPLEX_HALF,
  EBUSY,
  EINVAL,
  EOPNOTSUPP,
  IF_OPER_DOWN,
  attribute_group,
  ethtool_link_ksettings,
  net_device,
  offsetof_net_device_dev,
  sizeof_device_attribute,
  sizeof_ethtool_link_ksettings,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { emit_line, set_attribute } from "../../drivers/base/attr";
import { sysfs_set_group } from "../../fs/sysfs/group";
import { _kstrtoul } from "../../lib/kstrtox";
import { __ethtool_get_link_ksettings } from "../ethtool/common";
import { list_empty } from "../../lib/list";
import { dev_change_carrier, dev_change_tx_queue_len, dev_set_mtu } from "./dev_config";
import { dev_change_flags } from "./dev_flags";
import { dev_get_iflink } from "./dev_lookup";
import { dev_get_stats } from "./dev_stats";
import { stat_name } from "./host_info";
import { dev_set_threaded } from "./napi_thread";
import { netif_carrier_ok, netif_device_present, netif_dormant, netif_running, netif_testing } from "./netdev";
import { STATS_BYTES } from "./proc";
import { rtnl_trylock, rtnl_unlock } from "./rtnl";

const FILES: u32 = 27;
const files = memory.data(27 * sizeof_device_attribute, 4);
const STATS: u32 = 25;
const stats = memory.data(25 * sizeof_device_attribute, 4);
/** What sysfs_set_group wants: 28 bytes and a pointer for each file, and one more. */
const files_block = memory.data(28 + 4 * 28, 4);
const stats_block = memory.data(28 + 4 * 26, 4);
const groups = memory.data(3 * 4, 4);

/** What a file is called and may be used for, by its place in `files`; show() and store_() go by the same numbers. */
function name_of(index: u32): usize {
  // prettier-ignore
  const names = cstr(
    "addr_assign_type", "addr_len", "address", "broadcast", "carrier", "carrier_changes", "carrier_down_count",
    "carrier_up_count", "dev_id", "dev_port", "dormant", "duplex", "flags", "ifindex", "iflink", "link_mode", "mtu",
    "operstate", "speed", "testing", "tx_queue_len", "type", "gro_flush_timeout", "group", "name_assign_type",
    "napi_defer_hard_irqs", "threaded"
  );
  return nth_text(names, min(index, FILES - 1));
}

/** carrier, flags, mtu, tx_queue_len, gro_flush_timeout, group, napi_defer_hard_irqs, threaded. */
const WRITABLE: u32 = (1 << 4) | (1 << 12) | (1 << 16) | (1 << 20) | (1 << 22) | (1 << 23) | (1 << 25) | (1 << 26);

@inline
function writable(index: u32): bool {
  return ((WRITABLE >> index) & 1) != 0;
}

/** The groups of every interface, a 0-terminated array. */
export function net_class_groups(): usize {
  for (let i: u32 = 0; i < FILES; i++) {
    const attr = files + i * sizeof_device_attribute;
    set_attribute(attr, name_of(i), writable(i) ? 0o644 : 0o444, show.index, writable(i) ? store_.index : 0);
  }
  for (let i: u32 = 0; i < STATS; i++) {
    set_attribute(stats + i * sizeof_device_attribute, stat_name(i), 0o444, show_stat.index, 0);
  }
  store<usize>(groups, load<usize>(sysfs_set_group(files_block, files, sizeof_device_attribute, FILES)));
  const statistics = load<usize>(sysfs_set_group(stats_block, stats, sizeof_device_attribute, STATS));
  changetype<attribute_group>(statistics).name = cstr("statistics");
  store<usize>(groups, statistics, 4);
  return groups;
}

@inline
function to_net_dev(d: usize): net_device {
  return changetype<net_device>(d - offsetof_net_device_dev);
}

function number(buf: usize, value: u32): i32 {
  return emit_line(buf, cstr("%d\n"), value);
}

function show(d: usize, attr: usize, buf: usize): i32 {
  const dev = to_net_dev(d);
  const ups = load<u32>(changetype<usize>(dev.carrier_up_count));
  const downs = load<u32>(changetype<usize>(dev.carrier_down_count));
  const index = <u32>((attr - files) / sizeof_device_attribute);
  switch (index) {
    case 0:
      return number(buf, dev.addr_assign_type);
    case 1:
      return number(buf, dev.addr_len);
    case 2:
      return emit_line(buf, cstr("%*phC\n"), dev.addr_len, dev.dev_addr);
    case 3:
      return emit_line(buf, cstr("%*phC\n"), dev.addr_len, dev.broadcast);
    case 4:
      return netif_running(dev) ? number(buf, netif_carrier_ok(dev) ? 1 : 0) : -EINVAL;
    case 5:
      return number(buf, ups + downs);
    case 6:
      return number(buf, downs);
    case 7:
      return number(buf, ups);
    case 8:
      return emit_line(buf, cstr("%#x\n"), dev.dev_id);
    case 9:
      return number(buf, dev.dev_port);
    case 10:
      return netif_running(dev) ? number(buf, netif_dormant(dev) ? 1 : 0) : -EINVAL;
    case 12:
      return emit_line(buf, cstr("%#x\n"), dev.flags);
    case 13:
      return number(buf, dev.ifindex);
    case 14:
      return number(buf, dev_get_iflink(dev));
    case 15:
      return number(buf, dev.link_mode);
    case 16:
      return number(buf, dev.mtu);
    case 17:
      return emit_line(buf, cstr("%s\n"), operstate_name(netif_running(dev) ? dev.operstate : IF_OPER_DOWN));
    case 19:
      return netif_running(dev) ? number(buf, netif_testing(dev) ? 1 : 0) : -EINVAL;
    case 20:
      return number(buf, dev.tx_queue_len);
    case 21:
      return number(buf, dev.type);
    case 22:
      return emit_line(buf, cstr("%lu\n"), dev.gro_flush_timeout);
    case 23:
      return emit_line(buf, cstr("%u\n"), dev.group);
    case 24:
      return dev.name_assign_type ? number(buf, dev.name_assign_type) : -EINVAL;
    case 25:
      return number(buf, dev.napi_defer_hard_irqs);
    case 26:
      return number(buf, dev.threaded);
    default:
      return show_link(dev, buf, index == 11);
  }
}

function operstate_name(state: u32): usize {
  switch (state) {
    case 1:
      return cstr("notpresent");
    case 2:
      return cstr("down");
    case 3:
      return cstr("lowerlayerdown");
    case 4:
      return cstr("testing");
    case 5:
      return cstr("dormant");
    case 6:
      return cstr("up");
    default:
      return cstr("unknown");
  }
}

/** Speed or duplex, as the driver of an interface that is up says. RTNL may be held by one who waits for readers of
 *  this file to be gone, so it is not waited for. (Linux asks its user to try again; here that is -EBUSY.) */
function show_link(dev: net_device, buf: usize, duplex: bool): i32 {
  if (!rtnl_trylock()) return -EBUSY;
  let result: i32 = -EINVAL;
  if (netif_running(dev) && netif_device_present(dev)) {
    const block = stack_alloc(LINK_BYTES);
    const k = changetype<ethtool_link_ksettings>(block);
    if (!__ethtool_get_link_ksettings(dev, k)) {
      result = duplex ? emit_line(buf, cstr("%s\n"), duplex_name(k.base.duplex)) : number(buf, k.base.speed);
    }
    stack_free(LINK_BYTES);
  }
  rtnl_unlock();
  return result;
}

const LINK_BYTES: usize = (sizeof_ethtool_link_ksettings + 15) & ~15;

function duplex_name(duplex: u32): usize {
  if (duplex == DUPLEX_HALF) return cstr("half");
  return duplex == DUPLEX_FULL ? cstr("full") : cstr("unknown");
}

/** Sets what the file says, as ip link or ethtool would. 0 or an errno. */
function set(dev: net_device, index: u32, wanted: u32): i32 {
  switch (index) {
    case 4:
      return dev_change_carrier(dev, wanted != 0);
    case 12:
      return dev_change_flags(dev, wanted, 0);
    case 16:
      return dev_set_mtu(dev, wanted);
    case 20:
      return dev_change_tx_queue_len(dev, wanted);
    case 22:
      dev.gro_flush_timeout = wanted;
      return 0;
    case 23:
      dev.group = wanted;
      return 0;
    case 25:
      dev.napi_defer_hard_irqs = wanted;
      return 0;
    default:
      if (list_empty(changetype<usize>(dev.napi_list))) return -EOPNOTSUPP;
      return wanted > 1 ? -EOPNOTSUPP : dev_set_threaded(dev, wanted != 0);
  }
}

function store_(d: usize, attr: usize, buf: usize, count: usize): i32 {
  const dev = to_net_dev(d);
  const value = stack_alloc(16);
  let error = _kstrtoul(buf, 0, value);
  const wanted = load<u32>(value);
  stack_free(16);
  if (error) return error;
  if (!rtnl_trylock()) return -EBUSY;
  const index = <u32>((attr - files) / sizeof_device_attribute);
  error = set(dev, index, wanted);
  rtnl_unlock();
  return error ? error : <i32>count;
}

/** A file of statistics/, in the order of struct rtnl_link_stats64. */
function show_stat(d: usize, attr: usize, buf: usize): i32 {
  const index = (attr - stats) / sizeof_device_attribute;
  const storage = stack_alloc(STATS_BYTES);
  const value = load<u64>(dev_get_stats(to_net_dev(d), storage) + index * 8);
  stack_free(STATS_BYTES);
  return emit_line(buf, cstr("%llu\n"), <u32>value, <u32>(value >> 32));
}
