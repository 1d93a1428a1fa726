// net/ethtool/ioctl.c: what ethtool asks. `data` is the struct of the command, `size` its bytes with all that follows.
// Each function answers 0 or an errno; the caller holds RTNL and has called the driver's begin().

import {
  EINVAL,
  ENOSPC,
  EOPNOTSUPP,
  ETHTOOL_BUSINFO_LEN,
  ETHTOOL_FWVERS_LEN,
  ETH_GSTRING_LEN,
  ETH_SS_PRIV_FLAGS,
  ETH_SS_STATS,
  ETH_SS_TEST,
  LINUX_VERSION_CODE,
  NETIF_F_NEVER_CHANGE,
  SOF_TIMESTAMPING_RX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE,
  ethtool_drvinfo,
  ethtool_eeprom,
  ethtool_get_features_block,
  ethtool_gfeatures,
  ethtool_gstrings,
  ethtool_ops,
  ethtool_perm_addr,
  ethtool_regs,
  ethtool_rxfh,
  ethtool_stats,
  ethtool_test,
  ethtool_ts_info,
  net_device,
  sizeof_ethtool_eeprom,
  sizeof_ethtool_get_features_block,
  sizeof_ethtool_gfeatures,
  sizeof_ethtool_gstrings,
  sizeof_ethtool_perm_addr,
  sizeof_ethtool_regs,
  sizeof_ethtool_rxfh,
  sizeof_ethtool_stats,
  sizeof_ethtool_test,
  sizeof_kernel_ethtool_coalesce,
  sizeof_kernel_ethtool_ringparam,
  ETHTOOL_GDRVINFO,
  offsetof_ethtool_rxfh_hfunc,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { dev_driver_string, dev_name } from "../../drivers/base/name";
import { strscpy } from "../../lib/string";
import { snprintf_ } from "../../lib/vsprintf";
import { ask, tell } from "./ioctl";

/** How many strings set `set` has, or an errno. */
function sset_count(dev: net_device, ops: ethtool_ops, set: u32): i32 {
  return ops.get_sset_count ? call_indirect<i32>(<u32>ops.get_sset_count, changetype<usize>(dev), set) : -EOPNOTSUPP;
}

function length_of(dev: net_device, op: usize): i32 {
  return op ? call_indirect<i32>(<u32>op, changetype<usize>(dev)) : 0;
}

export function get_drvinfo(dev: net_device, ops: ethtool_ops, data: usize): i32 {
  const info = changetype<ethtool_drvinfo>(data);
  const parent = dev.dev.parent;
  snprintf_(
    info.version,
    ETHTOOL_BUSINFO_LEN,
    cstr("%u.%u.%u-linuxkpi"),
    LINUX_VERSION_CODE >> 16,
    (LINUX_VERSION_CODE >> 8) & 255,
    LINUX_VERSION_CODE & 255,
  );
  if (parent) strscpy(info.bus_info, dev_name(parent), ETHTOOL_BUSINFO_LEN);
  if (!ops.get_drvinfo && parent) strscpy(info.driver, dev_driver_string(parent), ETHTOOL_FWVERS_LEN);
  else tell(dev, ops.get_drvinfo, data);
  info.cmd = ETHTOOL_GDRVINFO;
  info.n_stats = max(sset_count(dev, ops, ETH_SS_STATS), 0);
  info.testinfo_len = max(sset_count(dev, ops, ETH_SS_TEST), 0);
  info.n_priv_flags = max(sset_count(dev, ops, ETH_SS_PRIV_FLAGS), 0);
  info.regdump_len = max(length_of(dev, ops.get_regs_len), 0);
  info.eedump_len = max(length_of(dev, ops.get_eeprom_len), 0);
  return 0;
}

export function get_strings(dev: net_device, ops: ethtool_ops, data: usize, size: u32): i32 {
  const strings = changetype<ethtool_gstrings>(data);
  if (!ops.get_strings) return -EOPNOTSUPP;
  const count = sset_count(dev, ops, strings.string_set);
  if (count < 0) return count;
  if (size < sizeof_ethtool_gstrings + count * ETH_GSTRING_LEN) return -ENOSPC;
  strings.len = count;
  const names = data + sizeof_ethtool_gstrings;
  call_indirect<void>(<u32>ops.get_strings, changetype<usize>(dev), strings.string_set, names);
  return 0;
}

export function get_stats(dev: net_device, ops: ethtool_ops, data: usize, size: u32): i32 {
  if (!ops.get_ethtool_stats) return -EOPNOTSUPP;
  const count = sset_count(dev, ops, ETH_SS_STATS);
  if (count < 0) return count;
  if (size < sizeof_ethtool_stats + count * 8) return -ENOSPC;
  changetype<ethtool_stats>(data).n_stats = count;
  call_indirect<void>(<u32>ops.get_ethtool_stats, changetype<usize>(dev), data, data + sizeof_ethtool_stats);
  return 0;
}

export function self_test(dev: net_device, ops: ethtool_ops, data: usize, size: u32): i32 {
  if (!ops.self_test) return -EOPNOTSUPP;
  const count = sset_count(dev, ops, ETH_SS_TEST);
  if (count < 0) return count;
  if (size < sizeof_ethtool_test + count * 8) return -ENOSPC;
  changetype<ethtool_test>(data).len = count;
  call_indirect<void>(<u32>ops.self_test, changetype<usize>(dev), data, data + sizeof_ethtool_test);
  return 0;
}

export function get_regs(dev: net_device, ops: ethtool_ops, data: usize, size: u32): i32 {
  if (!ops.get_regs || !ops.get_regs_len) return -EOPNOTSUPP;
  const length = length_of(dev, ops.get_regs_len);
  if (length < 0) return length;
  if (size < sizeof_ethtool_regs + length) return -ENOSPC;
  changetype<ethtool_regs>(data).len = length;
  call_indirect<void>(<u32>ops.get_regs, changetype<usize>(dev), data, data + sizeof_ethtool_regs);
  return 0;
}

/** Whether the bytes that an EEPROM command names lie in the EEPROM, of `length` bytes, and in the caller's room. */
export function eeprom_check(data: usize, size: u32, length: u32): i32 {
  const eeprom = changetype<ethtool_eeprom>(data);
  if (eeprom.offset + eeprom.len < eeprom.offset || eeprom.offset + eeprom.len > length) return -EINVAL;
  return size - sizeof_ethtool_eeprom < eeprom.len ? -ENOSPC : 0;
}

function eeprom(dev: net_device, op: usize, data: usize, size: u32, length: u32): i32 {
  const err = eeprom_check(data, size, length);
  if (err) return err;
  return call_indirect<i32>(<u32>op, changetype<usize>(dev), data, data + sizeof_ethtool_eeprom);
}

export function get_eeprom(dev: net_device, ops: ethtool_ops, data: usize, size: u32): i32 {
  const length = length_of(dev, ops.get_eeprom_len);
  return ops.get_eeprom && length ? eeprom(dev, ops.get_eeprom, data, size, length) : -EOPNOTSUPP;
}

/** The length is what get_module_info said; the driver knows better than to read behind it. */
export function get_module_eeprom(dev: net_device, ops: ethtool_ops, data: usize, size: u32): i32 {
  return ops.get_module_eeprom ? eeprom(dev, ops.get_module_eeprom, data, size, u32.MAX_VALUE) : -EOPNOTSUPP;
}

export function get_ringparam(dev: net_device, ops: ethtool_ops, data: usize): i32 {
  if (!ops.get_ringparam) return -EOPNOTSUPP;
  const more = stack_alloc(RING_BYTES);
  memory.fill(more, 0, RING_BYTES);
  call_indirect<void>(<u32>ops.get_ringparam, changetype<usize>(dev), data, more, <usize>0);
  stack_free(RING_BYTES);
  return 0;
}

export const RING_BYTES: usize = (sizeof_kernel_ethtool_ringparam + 15) & ~15;

export function get_coalesce(dev: net_device, ops: ethtool_ops, data: usize): i32 {
  if (!ops.get_coalesce) return -EOPNOTSUPP;
  const more = stack_alloc(COALESCE_BYTES);
  memory.fill(more, 0, COALESCE_BYTES);
  const err = call_indirect<i32>(<u32>ops.get_coalesce, changetype<usize>(dev), data, more, <usize>0);
  stack_free(COALESCE_BYTES);
  return err;
}

export const COALESCE_BYTES: usize = (sizeof_kernel_ethtool_coalesce + 15) & ~15;

/** ETHTOOL_DEV_FEATURE_WORDS. */
export const FEATURE_WORDS: u32 = 2;

export function get_features(dev: net_device, data: usize): i32 {
  const features = changetype<ethtool_gfeatures>(data);
  if (features.size != FEATURE_WORDS) return -EINVAL;
  for (let i: u32 = 0; i < FEATURE_WORDS; i++) {
    const shift = <u64>i * 32;
    const block = data + sizeof_ethtool_gfeatures + i * sizeof_ethtool_get_features_block;
    const words = changetype<ethtool_get_features_block>(block);
    words.available = <u32>(dev.hw_features >> shift);
    words.requested = <u32>(dev.wanted_features >> shift);
    words.active = <u32>(dev.features >> shift);
    words.never_changed = <u32>(NETIF_F_NEVER_CHANGE >> shift);
  }
  return 0;
}

export function get_perm_addr(dev: net_device, data: usize, size: u32): i32 {
  const address = changetype<ethtool_perm_addr>(data);
  if (address.size < dev.addr_len || size < sizeof_ethtool_perm_addr + dev.addr_len) return -EINVAL;
  address.size = dev.addr_len;
  memory.copy(data + sizeof_ethtool_perm_addr, dev.perm_addr, dev.addr_len);
  return 0;
}

export function get_ts_info(dev: net_device, ops: ethtool_ops, data: usize): i32 {
  const info = changetype<ethtool_ts_info>(data);
  info.phc_index = -1;
  info.so_timestamping = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  return ops.get_ts_info ? ask(dev, ops.get_ts_info, data) : 0;
}

/** The indirection table and the key follow the struct; with room for neither only their sizes are told. */
export function get_rxfh(dev: net_device, ops: ethtool_ops, data: usize, size: u32): i32 {
  const rxfh = changetype<ethtool_rxfh>(data);
  if (!ops.get_rxfh) return -EOPNOTSUPP;
  const entries = <u32>length_of(dev, ops.get_rxfh_indir_size);
  const key = <u32>length_of(dev, ops.get_rxfh_key_size);
  if (!entries && !key) return -EOPNOTSUPP;
  rxfh.indir_size = entries;
  rxfh.key_size = key;
  if (size < sizeof_ethtool_rxfh + entries * 4 + key) return 0;
  const table = data + sizeof_ethtool_rxfh;
  return call_indirect<i32>(
    <u32>ops.get_rxfh,
    changetype<usize>(dev),
    entries ? table : 0,
    key ? table + entries * 4 : 0,
    data + offsetof_ethtool_rxfh_hfunc,
  );
}
