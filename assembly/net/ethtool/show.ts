// net/ethtool/ioctl.c: what `ethtool` shows, as text: one "name=value" a line, under the names of the ethtool structs.
// Each function answers 0 or an errno; the caller holds RTNL and has called the driver's begin().

import {
  ENOMEM, EOPNOTSUPP, ETHTOOL_BUSINFO_LEN, ETH_GSTRING_LEN, ETH_SS_STATS, __ETHTOOL_LINK_MODE_MASK_NBITS,
  ethtool_drvinfo, ethtool_eeprom, ethtool_link_ksettings, ethtool_ops, ethtool_regs, ethtool_ringparam, ethtool_stats,
  ethtool_wolinfo, net_device, sizeof_ethtool_drvinfo, sizeof_ethtool_eeprom, sizeof_ethtool_link_ksettings,
  sizeof_ethtool_regs, sizeof_ethtool_ringparam, sizeof_ethtool_stats, sizeof_ethtool_wolinfo,
  sizeof_kernel_ethtool_ringparam,
} from "../../abi";
import { dev_driver_string, dev_name } from "../../drivers/base/name";
import { seq_printf, seq_puts } from "../../lib/seq_buf";
import { strscpy } from "../../lib/string";
import { vfree, vzalloc } from "../../mm/vmalloc";
import { netif_running } from "../core/netdev";
import { __ethtool_get_link_ksettings } from "./common";

@inline
function ops_of_ethtool(dev: net_device): ethtool_ops {
  return changetype<ethtool_ops>(dev.ethtool_ops);
}

/** A cleared block of `size` bytes, or 0. */
@inline
function zeroed(size: usize): usize {
  return vzalloc(size);
}

/** "name=" and `len` bytes in hex. */
function put_hex(s: usize, name: usize, data: usize, len: u32): void {
  seq_printf(s, cstr("%s="), name);
  for (let i: u32 = 0; i < len; i++) seq_printf(s, cstr("%02x"), load<u8>(data + i));
  seq_puts(s, cstr("\n"));
}

function string_count(dev: net_device, set: u32): i32 {
  const count = <u32>ops_of_ethtool(dev).get_sset_count;
  return count ? call_indirect<i32>(count, changetype<usize>(dev), set) : -EOPNOTSUPP;
}

/** ETHTOOL_GDRVINFO: driver, version, bus_info, fw_version, n_stats, regdump_len, eedump_len. */
export function show_drvinfo(dev: net_device, s: usize): i32 {
  const ops = ops_of_ethtool(dev);
  const info = changetype<ethtool_drvinfo>(zeroed(sizeof_ethtool_drvinfo));
  if (changetype<usize>(info) == 0) return -ENOMEM;
  const parent = dev.dev.parent;
  strscpy(info.version, cstr("6.1.176-linuxkpi"), ETHTOOL_BUSINFO_LEN);
  if (parent) strscpy(info.bus_info, dev_name(parent), ETHTOOL_BUSINFO_LEN);
  if (ops.get_drvinfo) call_indirect<void>(<u32>ops.get_drvinfo, changetype<usize>(dev), changetype<usize>(info));
  else if (parent) strscpy(info.driver, dev_driver_string(parent), ETHTOOL_BUSINFO_LEN);
  seq_printf(s, cstr("driver=%s\nversion=%s\nfirmware-version=%s\n"), info.driver, info.version, info.fw_version);
  seq_printf(s, cstr("expansion-rom-version=%s\nbus-info=%s\n"), info.erom_version, info.bus_info);
  const regs = ops.get_regs_len ? call_indirect<i32>(<u32>ops.get_regs_len, changetype<usize>(dev)) : 0;
  const eeprom = ops.get_eeprom_len ? call_indirect<i32>(<u32>ops.get_eeprom_len, changetype<usize>(dev)) : 0;
  const stats = max(string_count(dev, ETH_SS_STATS), 0);
  seq_printf(s, cstr("n_stats=%d\nregdump_len=%d\needump_len=%d\n"), stats, regs, eeprom);
  vfree(changetype<usize>(info));
  return 0;
}

/** ETHTOOL_GLINKSETTINGS: speed (Mb/s, 4294967295 unknown), duplex, autoneg, …; link modes as hex words. */
export function show_link(dev: net_device, s: usize): i32 {
  const k = changetype<ethtool_link_ksettings>(zeroed(sizeof_ethtool_link_ksettings));
  if (changetype<usize>(k) == 0) return -ENOMEM;
  const err = __ethtool_get_link_ksettings(dev, k);
  if (err == 0) {
    const base = k.base;
    seq_printf(
      s, cstr("speed=%u\nduplex=%u\nport=%u\nphy_address=%u\nautoneg=%u\n"),
      base.speed, base.duplex, base.port, base.phy_address, base.autoneg,
    );
    seq_printf(
      s, cstr("transceiver=%u\neth_tp_mdix=%u\neth_tp_mdix_ctrl=%u\n"),
      base.transceiver, base.eth_tp_mdix, base.eth_tp_mdix_ctrl,
    );
    put_modes(s, cstr("supported"), k.link_modes_supported);
    put_modes(s, cstr("advertising"), k.link_modes_advertising);
    put_modes(s, cstr("lp_advertising"), k.link_modes_lp_advertising);
  }
  vfree(changetype<usize>(k));
  return err;
}

function put_modes(s: usize, name: usize, mask: usize): void {
  seq_printf(s, cstr("%s="), name);
  for (let i: u32 = 0; i < __ETHTOOL_LINK_MODE_MASK_NBITS; i += 32) {
    seq_printf(s, i ? cstr(",%08x") : cstr("%08x"), load<u32>(mask + i / 8));
  }
  seq_puts(s, cstr("\n"));
}

/** ETHTOOL_GSTATS: one line for each of the driver's counters. */
export function show_stats(dev: net_device, s: usize): i32 {
  const ops = ops_of_ethtool(dev);
  if (!ops.get_ethtool_stats || !ops.get_strings) return -EOPNOTSUPP;
  const count = string_count(dev, ETH_SS_STATS);
  if (count < 0) return count;
  const block = zeroed(sizeof_ethtool_stats + count * (8 + ETH_GSTRING_LEN) + 8);
  if (block == 0) return -ENOMEM;
  const values = block + ((sizeof_ethtool_stats + 7) & ~7);
  const names = values + count * 8;
  changetype<ethtool_stats>(block).n_stats = count;
  call_indirect<void>(<u32>ops.get_strings, changetype<usize>(dev), ETH_SS_STATS, names);
  call_indirect<void>(<u32>ops.get_ethtool_stats, changetype<usize>(dev), block, values);
  for (let i = 0; i < count; i++) {
    const value = values + i * 8;
    seq_printf(s, cstr("%.*s"), ETH_GSTRING_LEN, names + i * ETH_GSTRING_LEN);
    seq_printf(s, cstr("=%llu\n"), load<u32>(value), load<u32>(value, 4));
  }
  vfree(block);
  return 0;
}

/** ETHTOOL_GMSGLVL: msglvl, a mask of NETIF_MSG_ bits. */
export function show_msglvl(dev: net_device, s: usize): i32 {
  const get = <u32>ops_of_ethtool(dev).get_msglevel;
  if (!get) return -EOPNOTSUPP;
  seq_printf(s, cstr("msglvl=%u\n"), call_indirect<u32>(get, changetype<usize>(dev)));
  return 0;
}

/** ETHTOOL_GLINK: link, 1 or 0. */
export function show_carrier(dev: net_device, s: usize): i32 {
  const get = <u32>ops_of_ethtool(dev).get_link;
  if (!get) return -EOPNOTSUPP;
  const up = netif_running(dev) && call_indirect<u32>(get, changetype<usize>(dev)) != 0;
  seq_printf(s, cstr("link=%u\n"), up ? 1 : 0);
  return 0;
}

/** ETHTOOL_GRINGPARAM: descriptors now and at most. */
export function show_ring(dev: net_device, s: usize): i32 {
  const get = <u32>ops_of_ethtool(dev).get_ringparam;
  if (!get) return -EOPNOTSUPP;
  const block = zeroed(sizeof_ethtool_ringparam + sizeof_kernel_ethtool_ringparam);
  if (block == 0) return -ENOMEM;
  const ring = changetype<ethtool_ringparam>(block);
  call_indirect<void>(get, changetype<usize>(dev), block, block + sizeof_ethtool_ringparam, <usize>0);
  seq_printf(
    s, cstr("rx_max_pending=%u\nrx_mini_max_pending=%u\nrx_jumbo_max_pending=%u\ntx_max_pending=%u\n"),
    ring.rx_max_pending, ring.rx_mini_max_pending, ring.rx_jumbo_max_pending, ring.tx_max_pending,
  );
  seq_printf(
    s, cstr("rx_pending=%u\nrx_mini_pending=%u\nrx_jumbo_pending=%u\ntx_pending=%u\n"),
    ring.rx_pending, ring.rx_mini_pending, ring.rx_jumbo_pending, ring.tx_pending,
  );
  vfree(block);
  return 0;
}

/** ETHTOOL_GWOL: supported and wolopts, masks of WAKE_ bits. */
export function show_wol(dev: net_device, s: usize): i32 {
  const get = <u32>ops_of_ethtool(dev).get_wol;
  if (!get) return -EOPNOTSUPP;
  const wol = changetype<ethtool_wolinfo>(zeroed(sizeof_ethtool_wolinfo));
  if (changetype<usize>(wol) == 0) return -ENOMEM;
  call_indirect<void>(get, changetype<usize>(dev), changetype<usize>(wol));
  seq_printf(s, cstr("supported=%u\nwolopts=%u\n"), wol.supported, wol.wolopts);
  vfree(changetype<usize>(wol));
  return 0;
}

/** ETHTOOL_GREGS: version, and the driver's register dump in hex. */
export function show_regs(dev: net_device, s: usize): i32 {
  const ops = ops_of_ethtool(dev);
  if (!ops.get_regs || !ops.get_regs_len) return -EOPNOTSUPP;
  const len = call_indirect<i32>(<u32>ops.get_regs_len, changetype<usize>(dev));
  if (len <= 0) return len;
  const block = zeroed(sizeof_ethtool_regs + len);
  if (block == 0) return -ENOMEM;
  const regs = changetype<ethtool_regs>(block);
  regs.len = len;
  call_indirect<void>(<u32>ops.get_regs, changetype<usize>(dev), block, block + sizeof_ethtool_regs);
  seq_printf(s, cstr("version=%u\n"), regs.version);
  put_hex(s, cstr("data"), block + sizeof_ethtool_regs, len);
  vfree(block);
  return 0;
}

/** ETHTOOL_GEEPROM: magic, and the whole EEPROM in hex. */
export function show_eeprom(dev: net_device, s: usize): i32 {
  const ops = ops_of_ethtool(dev);
  const len = ops.get_eeprom_len ? call_indirect<i32>(<u32>ops.get_eeprom_len, changetype<usize>(dev)) : 0;
  if (!ops.get_eeprom || len <= 0) return -EOPNOTSUPP;
  const block = zeroed(sizeof_ethtool_eeprom + len);
  if (block == 0) return -ENOMEM;
  const eeprom = changetype<ethtool_eeprom>(block);
  eeprom.len = len;
  const err = call_indirect<i32>(<u32>ops.get_eeprom, changetype<usize>(dev), block, block + sizeof_ethtool_eeprom);
  if (err == 0) {
    seq_printf(s, cstr("magic=%u\n"), eeprom.magic);
    put_hex(s, cstr("data"), block + sizeof_ethtool_eeprom, eeprom.len);
  }
  vfree(block);
  return err;
}

/** ETHTOOL_GFEATURES: the feature bits in hex: hw (changeable), wanted, active. */
export function show_features(dev: net_device, s: usize): i32 {
  put_features(s, cstr("hw=%llx\n"), dev.hw_features);
  put_features(s, cstr("wanted=%llx\n"), dev.wanted_features);
  put_features(s, cstr("active=%llx\n"), dev.features);
  return 0;
}

function put_features(s: usize, fmt: usize, features: u64): void {
  seq_printf(s, fmt, <u32>features, <u32>(features >> 32));
}
