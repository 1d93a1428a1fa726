// net/ethtool/common.c, net/ethtool/ioctl.c: what drivers call to answer ethtool.

import {
  DUPLEX_FULL,
  DUPLEX_HALF,
  DUPLEX_UNKNOWN,
  EINVAL,
  ENODEV,
  EOPNOTSUPP,
  ETH_GSTRING_LEN,
  INT_MAX,
  NETDEV_RSS_KEY_LEN,
  PORT_OTHER,
  SOF_TIMESTAMPING_RX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE,
  SOF_TIMESTAMPING_TX_SOFTWARE,
  SPEED_UNKNOWN,
  __ETHTOOL_LINK_MODE_MASK_NBITS,
  ethtool_link_ksettings,
  ethtool_link_settings,
  ethtool_ops,
  ethtool_ts_info,
  net_device,
  sizeof_ethtool_link_ksettings,
  sizeof_ethtool_link_settings,
} from "../../abi";
import { host_random } from "../../arch/wasm/host";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { BUG, WARN } from "../../kernel/panic";
import { memcmp } from "../../lib/memory";
import { vsnprintf } from "../../lib/vsprintf";
import { netif_carrier_ok, netif_device_present } from "../core/netdev";
import { ASSERT_RTNL, rtnl_lock, rtnl_unlock } from "../core/rtnl";

/** Words of a link mode mask. */
const MODE_WORDS: u32 = (__ETHTOOL_LINK_MODE_MASK_NBITS + 31) / 32;

/** Key of receive hashing: the same for all devices, made when first asked for. */
const rss_key = memory.data(NETDEV_RSS_KEY_LEN, 8);
const rss_key_made = memory.data(4, 4);

/** Whether a driver's operations go together: 0 or -EINVAL. */
export function ethtool_check_ops(ops: ethtool_ops): i32 {
  if (!ops.set_coalesce || ops.supported_coalesce_params) return 0;
  WARN(cstr("ethtool_ops: set_coalesce without supported_coalesce_params"));
  return -EINVAL;
}

/** linux/ethtool.h. A get_link for drivers that keep the carrier up to date: 1 or 0. Context: process. */
export function ethtool_op_get_link(dev: net_device): u32 {
  return netif_carrier_ok(dev) ? 1 : 0;
}

/** linux/ethtool.h. A get_ts_info for drivers with software time stamps only. 0. Context: process. */
export function ethtool_op_get_ts_info(dev: net_device, info: ethtool_ts_info): i32 {
  info.so_timestamping = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  info.phc_index = -1;
  return 0;
}

/** linux/ethtool.h. Makes a link mode mask of the 32 old SUPPORTED_ bits. Context: any. */
export function ethtool_convert_legacy_u32_to_link_mode(dst: usize, legacy_u32: u32): void {
  memory.fill(dst, 0, MODE_WORDS * 4);
  store<u32>(dst, legacy_u32);
}

/** linux/ethtool.h. Stores the 32 old bits of a link mode mask. False if it has others. Context: any. */
export function ethtool_convert_link_mode_to_legacy_u32(legacy_u32: usize, src: usize): bool {
  store<u32>(legacy_u32, load<u32>(src));
  for (let i: u32 = 1; i < MODE_WORDS; i++) if (load<u32>(src + i * 4)) return false;
  return true;
}

/** linux/ethtool.h. Cuts the supported and advertised modes of `dst` to those of `src`. Context: any. */
export function ethtool_intersect_link_masks(dst: ethtool_link_ksettings, src: ethtool_link_ksettings): void {
  for (let i: u32 = 0; i < MODE_WORDS * 4; i += 4) {
    const supported = dst.link_modes_supported + i;
    const advertising = dst.link_modes_advertising + i;
    store<u32>(supported, load<u32>(supported) & load<u32>(src.link_modes_supported + i));
    store<u32>(advertising, load<u32>(advertising) & load<u32>(src.link_modes_advertising + i));
  }
}

/** linux/ethtool.h. Prints one name of a string set at the pointer at `data`, and moves it on by ETH_GSTRING_LEN.
 *  Context: process. */
export function ethtool_sprintf(data: usize, fmt: usize, args: usize): void {
  vsnprintf(load<usize>(data), ETH_GSTRING_LEN, fmt, args);
  store<usize>(data, load<usize>(data) + ETH_GSTRING_LEN);
}

/** linux/ethtool.h. Asks the driver for its link settings. 0, -EOPNOTSUPP, -ENODEV or the driver's errno. Context:
 *  process, under RTNL. */
export function __ethtool_get_link_ksettings(dev: net_device, settings: ethtool_link_ksettings): i32 {
  ASSERT_RTNL();
  const get = <u32>changetype<ethtool_ops>(dev.ethtool_ops).get_link_ksettings;
  if (!get) return -EOPNOTSUPP;
  if (!netif_device_present(dev)) return -ENODEV;
  memory.fill(changetype<usize>(settings), 0, sizeof_ethtool_link_ksettings);
  return call_indirect<i32>(get, changetype<usize>(dev), changetype<usize>(settings));
}

/** linux/netdevice.h. Copies `len` bytes (at most NETDEV_RSS_KEY_LEN) of the receive hash key. Context: process. */
export function netdev_rss_key_fill(buffer: usize, len: usize): void {
  if (len > NETDEV_RSS_KEY_LEN) BUG(cstr("netdev_rss_key_fill: the key is not that long"));
  if (!load<u32>(rss_key_made)) {
    host_random(rss_key, NETDEV_RSS_KEY_LEN);
    store<u32>(rss_key_made, 1);
  }
  memory.copy(buffer, rss_key, len);
}

/** linux/ethtool.h. A set_link_ksettings for devices without a link: stores speed and duplex, which only are numbers, at
 *  `dev_speed` and `dev_duplex`. 0, or -EINVAL if the command sets anything else. Context: process. */
export function ethtool_virtdev_set_link_ksettings(
  dev: net_device,
  cmd: ethtool_link_ksettings,
  dev_speed: usize,
  dev_duplex: usize,
): i32 {
  const base = cmd.base;
  const speed = base.speed;
  const duplex = <u32>base.duplex;
  if (speed > <u32>INT_MAX && speed != <u32>SPEED_UNKNOWN) return -EINVAL;
  if (duplex != DUPLEX_HALF && duplex != DUPLEX_FULL && duplex != DUPLEX_UNKNOWN) return -EINVAL;
  const plain = changetype<ethtool_link_settings>(stack_alloc(sizeof_ethtool_link_settings));
  memory.fill(changetype<usize>(plain), 0, sizeof_ethtool_link_settings);
  plain.cmd = base.cmd;
  plain.speed = speed;
  plain.duplex = <u8>duplex;
  plain.port = <u8>PORT_OTHER;
  plain.link_mode_masks_nwords = base.link_mode_masks_nwords;
  let other = memcmp(changetype<usize>(plain), changetype<usize>(base), sizeof_ethtool_link_settings) != 0;
  stack_free(sizeof_ethtool_link_settings);
  for (let i: u32 = 0; i < MODE_WORDS * 4; i += 4) {
    if (load<u32>(cmd.link_modes_supported + i) | load<u32>(cmd.link_modes_lp_advertising + i)) other = true;
  }
  if (other) return -EINVAL;
  store<u32>(dev_speed, speed);
  store<u8>(dev_duplex, <u8>duplex);
  return 0;
}

/** The struct ethtool_phy_ops of phylib, or 0. */
const ethtool_phy_ops = memory.data(4, 4);

/** linux/ethtool.h. phylib says how to ask a PHY on behalf of ethtool; NULL: no more. Context: process. (Differs: what
 *  they answer, statistics and cable tests, is not asked for.) */
export function ethtool_set_ethtool_phy_ops(ops: usize): void {
  rtnl_lock();
  store<usize>(ethtool_phy_ops, ops);
  rtnl_unlock();
}
