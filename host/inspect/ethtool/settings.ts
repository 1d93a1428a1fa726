// What plain `ethtool NAME` shows, and -s changes: link settings, Wake-on-LAN, the message level.

import * as abi from "../../../assembly/abi/const/ethtool.ts";
import * as net from "../../../assembly/abi/const/net.ts";
import { KpiError } from "../../error.ts";
import type { System } from "../../system.ts";
import { ethtoolIoctl, ifSupported, type Struct } from "./ioctl.ts";

const LINK_SIZE = abi.sizeof_ethtool_link_ksettings;
const MASK_BITS = abi.__ETHTOOL_LINK_MODE_MASK_NBITS;

/** The names of link modes by their bit: ETHTOOL_LINK_MODE_100baseT_Full_BIT is "100baseT/Full". */
const LINK_MODES: ReadonlyMap<number, string> = new Map(
  Object.entries(abi).flatMap(([constant, bit]): [number, string][] => {
    const match = /^ETHTOOL_LINK_MODE_(\w+)_BIT$/.exec(constant);
    return match ? [[bit as number, match[1]!.replace(/_(Half|Full)$/, "/$1")]] : [];
  }),
);

/** The bits of NETIF_MSG_*, in their order. */
export const MESSAGE_CLASSES = [
  "drv",
  "probe",
  "link",
  "timer",
  "ifdown",
  "ifup",
  "rx_err",
  "tx_err",
  "tx_queued",
  "intr",
  "tx_done",
  "rx_status",
  "pktdata",
  "hw",
  "wol",
];

/** The letters of WAKE_*, in the order of the bits. */
const WAKE_LETTERS = "pumbagsf";

const UNKNOWN_SPEED = 0xffffffff;
const PORTS = ["Twisted Pair", "AUI", "MII", "FIBRE", "BNC", "Direct Attach Copper"];
const PORT_NONE = 0xef;

export interface LinkSettings {
  readonly supported: readonly string[];
  readonly advertising: readonly string[];
  readonly partner: readonly string[];
  /** Mb/s. */
  readonly speed?: number;
  readonly duplex?: "Half" | "Full";
  readonly autoneg: boolean;
  readonly port: string;
  readonly phyAddress: number;
  readonly transceiver: "internal" | "external" | "Unknown!";
  /** Of twisted pair: whether the pairs are crossed. */
  readonly mdix?: string;
}

export interface WakeOnLan {
  /** Letters as ethtool has them; d: none. */
  readonly supported: string;
  readonly options: string;
}

export interface Settings {
  readonly ifname: string;
  readonly link?: LinkSettings;
  readonly wake?: WakeOnLan;
  readonly messageLevel?: number;
  readonly linkDetected?: boolean;
}

function modes(struct: Struct, at: number): string[] {
  const found: string[] = [];
  for (let bit = 0; bit < MASK_BITS; bit++) {
    if (struct.u8(at + (bit >> 3)) & (1 << (bit & 7))) found.push(LINK_MODES.get(bit) ?? `bit ${bit}`);
  }
  return found;
}

/** MDI-X status: on or off, and whether it was chosen by hand. */
function mdixText(status: number, control: number): string | undefined {
  if (control === net.ETH_TP_MDI) return "off (forced)";
  if (control === net.ETH_TP_MDI_X) return "on (forced)";
  const text = { [net.ETH_TP_MDI]: "off", [net.ETH_TP_MDI_X]: "on" }[status] ?? "Unknown";
  return control === net.ETH_TP_MDI_AUTO ? `${text} (auto)` : text;
}

function linkOf(struct: Struct): LinkSettings {
  const speed = struct.u32(abi.offsetof_ethtool_link_settings_speed);
  const duplex = struct.u8(abi.offsetof_ethtool_link_settings_duplex);
  const port = struct.u8(abi.offsetof_ethtool_link_settings_port);
  const transceiver = struct.u8(abi.offsetof_ethtool_link_settings_transceiver);
  const control = struct.u8(abi.offsetof_ethtool_link_settings_eth_tp_mdix_ctrl);
  return {
    supported: modes(struct, abi.offsetof_ethtool_link_ksettings_link_modes_supported),
    advertising: modes(struct, abi.offsetof_ethtool_link_ksettings_link_modes_advertising),
    partner: modes(struct, abi.offsetof_ethtool_link_ksettings_link_modes_lp_advertising),
    ...(speed !== 0 && speed !== UNKNOWN_SPEED && speed !== 0xffff && { speed }),
    ...(duplex <= 1 && { duplex: duplex === 1 ? "Full" : "Half" }),
    autoneg: struct.u8(abi.offsetof_ethtool_link_settings_autoneg) === 1,
    port: PORTS[port] ?? (port === PORT_NONE ? "None" : "Other"),
    phyAddress: struct.u8(abi.offsetof_ethtool_link_settings_phy_address),
    transceiver: transceiver === 0 ? "internal" : transceiver === 1 ? "external" : "Unknown!",
    ...(port === 0 && { mdix: mdixText(struct.u8(abi.offsetof_ethtool_link_settings_eth_tp_mdix), control) }),
  };
}

const letters = (mask: number): string => [...WAKE_LETTERS].filter((_, bit) => mask & (1 << bit)).join("") || "d";

const VALUE = { size: abi.sizeof_ethtool_value, read: (struct: Struct) => struct.u32(abi.offsetof_ethtool_value_data) };

function linkSettings(system: System, name: string): Promise<LinkSettings> {
  const failure = "Cannot get device settings";
  return ethtoolIoctl(system, name, { cmd: abi.ETHTOOL_GLINKSETTINGS, size: LINK_SIZE, failure, read: linkOf });
}

export async function settings(system: System, name: string): Promise<Settings> {
  const value = (cmd: number, failure: string): Promise<number | undefined> =>
    ifSupported(ethtoolIoctl(system, name, { ...VALUE, cmd, failure }));
  const link = await ifSupported(linkSettings(system, name));
  const wake = await ifSupported(
    ethtoolIoctl(system, name, {
      cmd: abi.ETHTOOL_GWOL,
      size: abi.sizeof_ethtool_wolinfo,
      failure: "Cannot get wake-on-lan settings",
      read: (struct) => ({
        supported: letters(struct.u32(abi.offsetof_ethtool_wolinfo_supported)),
        options: letters(struct.u32(abi.offsetof_ethtool_wolinfo_wolopts)),
      }),
    }),
  );
  const messageLevel = await value(abi.ETHTOOL_GMSGLVL, "Cannot get message level");
  const detected = await value(abi.ETHTOOL_GLINK, "Cannot get link status");
  return {
    ifname: name,
    ...(link && { link }),
    ...(wake && { wake }),
    ...(messageLevel !== undefined && { messageLevel }),
    ...(detected !== undefined && { linkDetected: detected !== 0 }),
  };
}

export interface LinkChange {
  speed?: number;
  duplex?: "half" | "full";
  autoneg?: boolean;
  /** A mask of link modes. */
  advertise?: bigint;
  phyAddress?: number;
  port?: number;
}

export async function changeLink(system: System, name: string, change: LinkChange): Promise<void> {
  const failure = "Cannot set new settings";
  const size = LINK_SIZE;
  const now = await ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_GLINKSETTINGS,
    size,
    failure,
    read: (struct) => struct.bytes(0, size),
  });
  await ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_SLINKSETTINGS,
    size,
    failure,
    fill(struct) {
      struct.setBytes(0, now);
      struct.setU32(0, abi.ETHTOOL_SLINKSETTINGS);
      const { speed, duplex, autoneg, advertise, phyAddress, port } = change;
      if (speed !== undefined) struct.setU32(abi.offsetof_ethtool_link_settings_speed, speed);
      if (duplex !== undefined) struct.setU8(abi.offsetof_ethtool_link_settings_duplex, duplex === "full" ? 1 : 0);
      if (autoneg !== undefined) struct.setU8(abi.offsetof_ethtool_link_settings_autoneg, autoneg ? 1 : 0);
      if (phyAddress !== undefined) struct.setU8(abi.offsetof_ethtool_link_settings_phy_address, phyAddress);
      if (port !== undefined) struct.setU8(abi.offsetof_ethtool_link_settings_port, port);
      const mask = abi.offsetof_ethtool_link_ksettings_link_modes_advertising;
      const supported = abi.offsetof_ethtool_link_ksettings_link_modes_supported;
      // Whoever turns negotiation on and says no more has everything offered.
      if (advertise === undefined && autoneg && speed === undefined && duplex === undefined) {
        struct.setBytes(mask, struct.bytes(supported, MASK_BITS / 8));
      }
      if (advertise === undefined) return;
      struct.setU32(mask, Number(advertise & 0xffffffffn));
      struct.setU32(mask + 4, Number(advertise >> 32n));
    },
    read: () => undefined,
  });
}

export async function setWake(system: System, name: string, wanted: string): Promise<void> {
  let mask = 0;
  for (const letter of wanted === "d" ? "" : wanted) {
    const bit = WAKE_LETTERS.indexOf(letter);
    if (bit < 0) throw new KpiError(`ethtool: unknown Wake-on-LAN option ${letter}; known: ${WAKE_LETTERS}d`, 2);
    mask |= 1 << bit;
  }
  await ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_SWOL,
    size: abi.sizeof_ethtool_wolinfo,
    failure: "Cannot set new wake-on-lan settings",
    fill: (struct) => struct.setU32(abi.offsetof_ethtool_wolinfo_wolopts, mask),
    read: () => undefined,
  });
}

export async function setMessageLevel(system: System, name: string, level: number): Promise<void> {
  await ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_SMSGLVL,
    size: abi.sizeof_ethtool_value,
    failure: "Cannot set new msglvl",
    fill: (struct) => struct.setU32(abi.offsetof_ethtool_value_data, level),
    read: () => undefined,
  });
}
