// net/ethtool/ioctl.c: what ethtool changes. `data` is the struct of the command. Each function answers 0 (or, of the
// features, bits that say what was not done) or an errno; the caller holds RTNL and has called the driver's begin().

import {
  EBUSY,
  EINVAL,
  EOPNOTSUPP,
  ETHTOOL_F_UNSUPPORTED,
  ETHTOOL_F_WISH,
  ETHTOOL_GCHANNELS,
  ETHTOOL_GRINGPARAM,
  ETHTOOL_GWOL,
  ETHTOOL_ID_ACTIVE,
  ETHTOOL_ID_INACTIVE,
  ETHTOOL_ID_OFF,
  ETHTOOL_ID_ON,
  NETIF_F_ETHTOOL_BITS,
  ethtool_channels,
  ethtool_ops,
  ethtool_ringparam,
  ethtool_set_features_block,
  ethtool_sfeatures,
  ethtool_wolinfo,
  net_device,
  offsetof_ethtool_coalesce_rx_coalesce_usecs,
  sizeof_ethtool_coalesce,
  sizeof_ethtool_eeprom,
  sizeof_ethtool_set_features_block,
  sizeof_ethtool_sfeatures,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { msleep } from "../../kernel/time/sleep";
import { __netdev_update_features } from "../core/dev_features";
import { dev_hold, dev_put } from "../core/netdev";
import { rtnl_lock, rtnl_unlock } from "../core/rtnl";
import { COALESCE_BYTES, FEATURE_WORDS, RING_BYTES, eeprom_check, get_ringparam } from "./get";
import { ask, tell } from "./ioctl";

/** Room for what is set now, beside what is wanted. */
const NOW_BYTES: usize = 64;

/** The cleared block of a get command; give it back with stack_free(NOW_BYTES). */
function now_block(cmd: u32): usize {
  const now = stack_alloc(NOW_BYTES);
  memory.fill(now, 0, NOW_BYTES);
  store<u32>(now, cmd);
  return now;
}

export function set_wol(dev: net_device, ops: ethtool_ops, data: usize): i32 {
  if (!ops.get_wol || !ops.set_wol) return -EOPNOTSUPP;
  const wol = changetype<ethtool_wolinfo>(data);
  const now = now_block(ETHTOOL_GWOL);
  tell(dev, ops.get_wol, now);
  const supported = changetype<ethtool_wolinfo>(now).supported;
  stack_free(NOW_BYTES);
  if (wol.wolopts & ~supported) return -EINVAL;
  const err = ask(dev, ops.set_wol, data);
  if (!err) dev.wol_enabled = wol.wolopts ? 1 : 0;
  return err;
}

export function set_ringparam(dev: net_device, ops: ethtool_ops, data: usize): i32 {
  if (!ops.get_ringparam || !ops.set_ringparam) return -EOPNOTSUPP;
  const now = now_block(ETHTOOL_GRINGPARAM);
  get_ringparam(dev, ops, now);
  const wanted = changetype<ethtool_ringparam>(data);
  const most = changetype<ethtool_ringparam>(now);
  const fits =
    wanted.rx_pending <= most.rx_max_pending &&
    wanted.rx_mini_pending <= most.rx_mini_max_pending &&
    wanted.rx_jumbo_pending <= most.rx_jumbo_max_pending &&
    wanted.tx_pending <= most.tx_max_pending;
  stack_free(NOW_BYTES);
  if (!fits) return -EINVAL;
  const more = stack_alloc(RING_BYTES);
  memory.fill(more, 0, RING_BYTES);
  const err = call_indirect<i32>(<u32>ops.set_ringparam, changetype<usize>(dev), data, more, <usize>0);
  stack_free(RING_BYTES);
  return err;
}

export function set_channels(dev: net_device, ops: ethtool_ops, data: usize): i32 {
  if (!ops.get_channels || !ops.set_channels) return -EOPNOTSUPP;
  const wanted = changetype<ethtool_channels>(data);
  const now = now_block(ETHTOOL_GCHANNELS);
  tell(dev, ops.get_channels, now);
  const most = changetype<ethtool_channels>(now);
  const fits =
    wanted.rx_count <= most.max_rx &&
    wanted.tx_count <= most.max_tx &&
    wanted.other_count <= most.max_other &&
    wanted.combined_count <= most.max_combined;
  stack_free(NOW_BYTES);
  if (!fits || (!wanted.combined_count && !(wanted.rx_count && wanted.tx_count))) return -EINVAL;
  return ask(dev, ops.set_channels, data);
}

/** Bit i of supported_coalesce_params stands for the word i of the struct, behind its command. */
export function set_coalesce(dev: net_device, ops: ethtool_ops, data: usize): i32 {
  if (!ops.get_coalesce || !ops.set_coalesce) return -EOPNOTSUPP;
  const first = offsetof_ethtool_coalesce_rx_coalesce_usecs;
  for (let i: usize = 0; i < (sizeof_ethtool_coalesce - first) / 4; i++) {
    if (load<u32>(data + first + i * 4) && !((ops.supported_coalesce_params >> <u32>i) & 1)) return -EOPNOTSUPP;
  }
  const more = stack_alloc(COALESCE_BYTES);
  memory.fill(more, 0, COALESCE_BYTES);
  const err = call_indirect<i32>(<u32>ops.set_coalesce, changetype<usize>(dev), data, more, <usize>0);
  stack_free(COALESCE_BYTES);
  return err;
}

export function set_eeprom(dev: net_device, ops: ethtool_ops, data: usize, size: u32): i32 {
  if (!ops.set_eeprom || !ops.get_eeprom_len) return -EOPNOTSUPP;
  const length = call_indirect<i32>(<u32>ops.get_eeprom_len, changetype<usize>(dev));
  const err = eeprom_check(data, size, length);
  return err
    ? err
    : call_indirect<i32>(<u32>ops.set_eeprom, changetype<usize>(dev), data, data + sizeof_ethtool_eeprom);
}

export function set_features(dev: net_device, data: usize): i32 {
  if (changetype<ethtool_sfeatures>(data).size != FEATURE_WORDS) return -EINVAL;
  let valid: u64 = 0;
  let wanted: u64 = 0;
  for (let i: u32 = 0; i < FEATURE_WORDS; i++) {
    const at = data + sizeof_ethtool_sfeatures + i * sizeof_ethtool_set_features_block;
    const block = changetype<ethtool_set_features_block>(at);
    valid |= (<u64>block.valid) << (32 * i);
    wanted |= (<u64>block.requested) << (32 * i);
  }
  if (valid & ~NETIF_F_ETHTOOL_BITS) return -EINVAL;
  let left: u32 = 0;
  if (valid & ~dev.hw_features) {
    valid &= dev.hw_features;
    left = ETHTOOL_F_UNSUPPORTED;
  }
  dev.wanted_features = (dev.wanted_features & ~valid) | (wanted & valid);
  __netdev_update_features(dev);
  if ((dev.wanted_features ^ dev.features) & valid) left |= ETHTOOL_F_WISH;
  return left;
}

/** Whether a card blinks already. */
const blinking = memory.data(4, 4);

/** Makes the card blink for so many seconds; others may use RTNL meanwhile. */
export function phys_id(dev: net_device, ops: ethtool_ops, seconds: u32): i32 {
  const set = <u32>ops.set_phys_id;
  if (!set) return -EOPNOTSUPP;
  if (load<u32>(blinking)) return -EBUSY;
  const rate = call_indirect<i32>(set, changetype<usize>(dev), ETHTOOL_ID_ACTIVE);
  if (rate < 0) return rate;
  store<u32>(blinking, 1);
  dev_hold(dev);
  rtnl_unlock();
  // The driver blinks on its own, or wants to be told `rate` times a second on and off.
  let err: i32 = 0;
  if (!rate) msleep(seconds * 1000);
  for (let i: u32 = 0; rate && !err && i < seconds * <u32>rate * 2; i++) {
    rtnl_lock();
    err = call_indirect<i32>(set, changetype<usize>(dev), i & 1 ? ETHTOOL_ID_OFF : ETHTOOL_ID_ON);
    rtnl_unlock();
    if (!err) msleep(1000 / (<u32>rate * 2));
  }
  rtnl_lock();
  dev_put(dev);
  store<u32>(blinking, 0);
  call_indirect<i32>(set, changetype<usize>(dev), ETHTOOL_ID_INACTIVE);
  return err;
}
