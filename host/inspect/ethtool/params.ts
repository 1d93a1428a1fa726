// The settings of ethtool that are structs of words: coalescing (-c), rings (-g), pause frames (-a), channels (-l).

import * as abi from "../../../assembly/abi/const/ethtool.ts";
import type { System } from "../../system.ts";
import { getWords, setWords, type Words } from "./ioctl.ts";

interface Kind<K extends string> {
  readonly words: Words<K>;
  readonly get: number;
  readonly set: number;
  readonly size: number;
  /** How the messages of failures begin. */
  readonly cannotGet: string;
  readonly cannotSet: string;
}

/** ethtool's names for the words of struct ethtool_coalesce. */
export const COALESCE = {
  words: {
    "rx-usecs": abi.offsetof_ethtool_coalesce_rx_coalesce_usecs,
    "rx-frames": abi.offsetof_ethtool_coalesce_rx_max_coalesced_frames,
    "rx-usecs-irq": abi.offsetof_ethtool_coalesce_rx_coalesce_usecs_irq,
    "rx-frames-irq": abi.offsetof_ethtool_coalesce_rx_max_coalesced_frames_irq,
    "tx-usecs": abi.offsetof_ethtool_coalesce_tx_coalesce_usecs,
    "tx-frames": abi.offsetof_ethtool_coalesce_tx_max_coalesced_frames,
    "tx-usecs-irq": abi.offsetof_ethtool_coalesce_tx_coalesce_usecs_irq,
    "tx-frames-irq": abi.offsetof_ethtool_coalesce_tx_max_coalesced_frames_irq,
    "stats-block-usecs": abi.offsetof_ethtool_coalesce_stats_block_coalesce_usecs,
    "adaptive-rx": abi.offsetof_ethtool_coalesce_use_adaptive_rx_coalesce,
    "adaptive-tx": abi.offsetof_ethtool_coalesce_use_adaptive_tx_coalesce,
    "pkt-rate-low": abi.offsetof_ethtool_coalesce_pkt_rate_low,
    "rx-usecs-low": abi.offsetof_ethtool_coalesce_rx_coalesce_usecs_low,
    "rx-frame-low": abi.offsetof_ethtool_coalesce_rx_max_coalesced_frames_low,
    "tx-usecs-low": abi.offsetof_ethtool_coalesce_tx_coalesce_usecs_low,
    "tx-frame-low": abi.offsetof_ethtool_coalesce_tx_max_coalesced_frames_low,
    "pkt-rate-high": abi.offsetof_ethtool_coalesce_pkt_rate_high,
    "rx-usecs-high": abi.offsetof_ethtool_coalesce_rx_coalesce_usecs_high,
    "rx-frame-high": abi.offsetof_ethtool_coalesce_rx_max_coalesced_frames_high,
    "tx-usecs-high": abi.offsetof_ethtool_coalesce_tx_coalesce_usecs_high,
    "tx-frame-high": abi.offsetof_ethtool_coalesce_tx_max_coalesced_frames_high,
    "sample-interval": abi.offsetof_ethtool_coalesce_rate_sample_interval,
  },
  get: abi.ETHTOOL_GCOALESCE,
  set: abi.ETHTOOL_SCOALESCE,
  size: abi.sizeof_ethtool_coalesce,
  cannotGet: "Cannot get device coalesce settings",
  cannotSet: "Cannot set device coalesce parameters",
} as const;

export const RING = {
  words: {
    "rx-max": abi.offsetof_ethtool_ringparam_rx_max_pending,
    "rx-mini-max": abi.offsetof_ethtool_ringparam_rx_mini_max_pending,
    "rx-jumbo-max": abi.offsetof_ethtool_ringparam_rx_jumbo_max_pending,
    "tx-max": abi.offsetof_ethtool_ringparam_tx_max_pending,
    rx: abi.offsetof_ethtool_ringparam_rx_pending,
    "rx-mini": abi.offsetof_ethtool_ringparam_rx_mini_pending,
    "rx-jumbo": abi.offsetof_ethtool_ringparam_rx_jumbo_pending,
    tx: abi.offsetof_ethtool_ringparam_tx_pending,
  },
  get: abi.ETHTOOL_GRINGPARAM,
  set: abi.ETHTOOL_SRINGPARAM,
  size: abi.sizeof_ethtool_ringparam,
  cannotGet: "Cannot get device ring settings",
  cannotSet: "Cannot set device ring parameters",
} as const;

export const PAUSE = {
  words: {
    autoneg: abi.offsetof_ethtool_pauseparam_autoneg,
    rx: abi.offsetof_ethtool_pauseparam_rx_pause,
    tx: abi.offsetof_ethtool_pauseparam_tx_pause,
  },
  get: abi.ETHTOOL_GPAUSEPARAM,
  set: abi.ETHTOOL_SPAUSEPARAM,
  size: abi.sizeof_ethtool_pauseparam,
  cannotGet: "Cannot get device pause settings",
  cannotSet: "Cannot set device pause parameters",
} as const;

export const CHANNELS = {
  words: {
    "rx-max": abi.offsetof_ethtool_channels_max_rx,
    "tx-max": abi.offsetof_ethtool_channels_max_tx,
    "other-max": abi.offsetof_ethtool_channels_max_other,
    "combined-max": abi.offsetof_ethtool_channels_max_combined,
    rx: abi.offsetof_ethtool_channels_rx_count,
    tx: abi.offsetof_ethtool_channels_tx_count,
    other: abi.offsetof_ethtool_channels_other_count,
    combined: abi.offsetof_ethtool_channels_combined_count,
  },
  get: abi.ETHTOOL_GCHANNELS,
  set: abi.ETHTOOL_SCHANNELS,
  size: abi.sizeof_ethtool_channels,
  cannotGet: "Cannot get device channel parameters",
  cannotSet: "Cannot set device channel parameters",
} as const;

export function parameters<K extends string>(system: System, name: string, kind: Kind<K>): Promise<Record<K, number>> {
  const { words, get: cmd, size, cannotGet: failure } = kind;
  return getWords(system, name, words, { cmd, size, failure });
}

export function setParameters<K extends string>(
  system: System,
  name: string,
  kind: Kind<K>,
  values: Readonly<Partial<Record<K, number>>>,
): Promise<void> {
  const { words, get, set, size, cannotSet: failure } = kind;
  return setWords(system, name, words, values, { get, set, size, failure });
}
