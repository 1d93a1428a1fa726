// Network interfaces, as `ip -j` describes them: its names for everything, from what the core and the host's stack know.

import type { Interface, LinkDetails } from "../interfaces.ts";
import { formatIp, formatMac, netmask } from "../net/address.ts";
import type { NetStack } from "../net/stack.ts";
import type { System } from "../system.ts";

/** The flags that `ip` names, in its order; LOWER_UP and NO-CARRIER it makes itself. */
const FLAGS: [bit: number, name: string][] = [
  [0x8, "LOOPBACK"],
  [0x2, "BROADCAST"],
  [0x10, "POINTOPOINT"],
  [0x1000, "MULTICAST"],
  [0x80, "NOARP"],
  [0x200, "ALLMULTI"],
  [0x100, "PROMISC"],
  [0x1, "UP"],
  [0x10000, "LOWER_UP"],
];

/** IF_OPER_*, linux/if.h. */
const STATES = ["UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"];

const IFF_UP = 0x1;
export const IFF_RUNNING = 0x40;

/** Counters of one direction; the errors' kinds come with `-s -s`. */
export type Counters = Readonly<Record<string, number>>;

export interface AddressInfo {
  readonly family: "inet";
  readonly local: string;
  readonly prefixlen: number;
  /** A network of two hosts or one has none. */
  readonly broadcast?: string;
  readonly scope: "global";
  readonly label: string;
  readonly valid_life_time: number;
  readonly preferred_life_time: number;
}

/** The data of a VLAN interface. */
export interface VlanInfo {
  readonly protocol: string;
  readonly id: number;
  readonly flags: readonly string[];
}

export interface LinkInfo {
  readonly ifindex: number;
  /** The interface below this one, or at the other end; null if it is gone. */
  readonly link?: string | null;
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly qdisc: string;
  readonly operstate: string;
  readonly linkmode?: "DEFAULT";
  readonly group: "default";
  readonly txqlen: number;
  readonly link_type: "ether";
  readonly address: string;
  readonly broadcast: string;
  /** With -d. */
  readonly promiscuity?: number;
  readonly allmulti?: number;
  readonly min_mtu?: number;
  readonly max_mtu?: number;
  readonly linkinfo?: { readonly info_kind: string; readonly info_data?: VlanInfo };
  readonly parentbus?: string;
  readonly parentdev?: string;
  readonly addr_info?: readonly AddressInfo[];
  readonly stats64?: { readonly rx: Counters; readonly tx: Counters };
}

export interface NeighbourInfo {
  readonly dst: string;
  readonly dev: string;
  readonly lladdr?: string;
  readonly state: readonly string[];
}

export interface RouteInfo {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev: string;
  readonly protocol?: "kernel";
  readonly scope?: "link";
  readonly prefsrc?: string;
}

/** How much is wanted: 1 for `-s`, 2 for `-s -s`. */
export interface LinkOptions {
  readonly statistics?: number;
  readonly details?: boolean;
  readonly addresses?: boolean;
}

/** ip's names for members of struct rtnl_link_stats64. */
const RX = {
  bytes: "rx_bytes",
  packets: "rx_packets",
  errors: "rx_errors",
  dropped: "rx_dropped",
  over_errors: "rx_over_errors",
  missed_errors: "rx_missed_errors",
  multicast: "multicast",
};
const RX_ERRORS = {
  length_errors: "rx_length_errors",
  crc_errors: "rx_crc_errors",
  frame_errors: "rx_frame_errors",
  fifo_errors: "rx_fifo_errors",
};
const TX = {
  bytes: "tx_bytes",
  packets: "tx_packets",
  errors: "tx_errors",
  dropped: "tx_dropped",
  carrier_errors: "tx_carrier_errors",
  collisions: "collisions",
};
const TX_ERRORS = {
  aborted_errors: "tx_aborted_errors",
  fifo_errors: "tx_fifo_errors",
  window_errors: "tx_window_errors",
  heartbeat_errors: "tx_heartbeat_errors",
  carrier_changes: "carrier_changes",
};

const FOREVER = 0xffffffff;

/** enum vlan_flags, linux/if_vlan.h. */
const VLAN_FLAGS = ["REORDER_HDR", "GVRP", "LOOSE_BINDING", "MVRP", "BRIDGE_BINDING"];
const VLAN_PROTOCOLS: Readonly<Record<string, string>> = { "8100": "802.1Q", "88a8": "802.1ad" };

/** What is known of a VLAN interface, and of no other. */
function vlanOf(details: LinkDetails): { info_data?: VlanInfo } {
  const protocol = details.optional("vlan_protocol");
  if (protocol === undefined) return {};
  const flags = Number.parseInt(details.text("vlan_flags"), 16);
  return {
    info_data: {
      protocol: VLAN_PROTOCOLS[protocol] ?? protocol,
      id: details.number("vlan_id"),
      flags: VLAN_FLAGS.filter((_, bit) => flags & (1 << bit)),
    },
  };
}

function flagNames(flags: number): string[] {
  const names = FLAGS.filter(([bit]) => flags & bit).map(([, name]) => name);
  return flags & IFF_UP && !(flags & IFF_RUNNING) ? ["NO-CARRIER", ...names] : names;
}

export function addressesOf(stack: NetStack): AddressInfo[] {
  return stack.addresses.map(({ address, length }) => ({
    family: "inet",
    local: formatIp(address),
    prefixlen: length,
    ...(length < 31 && { broadcast: formatIp((address | ~netmask(length)) >>> 0) }),
    scope: "global",
    label: stack.name,
    valid_life_time: FOREVER,
    preferred_life_time: FOREVER,
  }));
}

function linkInfo(entry: Interface, all: readonly Interface[], options: LinkOptions): LinkInfo {
  const { statistics = 0, details = false, addresses = false } = options;
  const { details: link } = entry;
  const below = link.optional("link");
  const kind = link.optional("kind");
  const counters = (names: Record<string, string>): Counters =>
    Object.fromEntries(Object.entries(names).map(([name, field]) => [name, link.number(field)]));
  const errors = statistics > 1;
  return {
    ifindex: entry.ifindex,
    ...(below !== undefined && {
      link: all.find(({ ifindex }) => ifindex === Number(below))?.details.text("name") ?? null,
    }),
    ifname: link.text("name"),
    flags: flagNames(link.flags),
    mtu: link.number("mtu"),
    qdisc: link.text("qdisc"),
    operstate: STATES[link.number("operstate")] ?? "UNKNOWN",
    ...(!addresses && { linkmode: "DEFAULT" }),
    group: "default",
    txqlen: link.number("qlen"),
    link_type: "ether",
    address: link.text("address"),
    broadcast: link.text("broadcast"),
    ...(details && {
      promiscuity: link.number("promiscuity"),
      allmulti: link.number("allmulti"),
      min_mtu: link.number("min_mtu"),
      max_mtu: link.number("max_mtu"),
      ...(kind !== undefined && { linkinfo: { info_kind: kind, ...vlanOf(link) } }),
      ...(link.optional("bus") !== undefined && { parentbus: "pci", parentdev: link.text("bus") }),
    }),
    ...(addresses && { addr_info: addressesOf(entry.stack) }),
    ...(statistics > 0 && {
      stats64: {
        rx: counters({ ...RX, ...(errors ? RX_ERRORS : {}) }),
        tx: counters({ ...TX, ...(errors ? TX_ERRORS : {}) }),
      },
    }),
  };
}

/** The interfaces, or the one called `name`, as they are now. */
async function chosen({ interfaces }: System, name?: string): Promise<Interface[]> {
  await interfaces.refresh(true);
  return name === undefined ? interfaces.all() : [interfaces.named(name)];
}

export async function links(system: System, options: LinkOptions = {}, name?: string): Promise<LinkInfo[]> {
  return (await chosen(system, name)).map((entry) => linkInfo(entry, system.interfaces.all(), options));
}

export function neighboursOf(stack: NetStack): NeighbourInfo[] {
  return [...stack.arp.entries()].map(({ ip, mac, state }) => ({
    dst: formatIp(ip),
    dev: stack.name,
    ...(state !== "INCOMPLETE" && state !== "FAILED" && { lladdr: formatMac(mac) }),
    state: [state],
  }));
}

export async function neighbours(system: System, name?: string): Promise<NeighbourInfo[]> {
  return (await chosen(system, name)).flatMap(({ stack }) => neighboursOf(stack));
}

/** What the stacks' addresses lead to. An interface that is down has no routes. */
export async function routes(system: System): Promise<RouteInfo[]> {
  return (await chosen(system)).flatMap(({ stack }) => {
    if (!stack.up) return [];
    const { gateway, name: dev } = stack;
    const own = stack.addresses
      .filter(({ length }) => length < 32)
      .map(({ address, length }): RouteInfo => {
        const dst = `${formatIp((address & netmask(length)) >>> 0)}/${length}`;
        return { dst, dev, protocol: "kernel", scope: "link", prefsrc: formatIp(address) };
      });
    return gateway === undefined ? own : [{ dst: "default", gateway: formatIp(gateway), dev }, ...own];
  });
}

export interface MulticastInfo {
  readonly ifindex: number;
  readonly ifname: string;
  readonly maddr: readonly { readonly link: string; readonly users?: number; readonly static?: true }[];
}

/** From /proc/net/dev_mcast: ifindex, name, users, whether it was added by hand, address. */
export async function multicastAddresses(system: System, name?: string): Promise<MulticastInfo[]> {
  const rows = system
    .procRead("net/dev_mcast")
    .split("\n")
    .map((line) => line.trim().split(/ +/));
  return (await chosen(system, name)).map(({ ifindex, details }) => ({
    ifindex,
    ifname: details.text("name"),
    maddr: rows
      .filter(([index]) => index === `${ifindex}`)
      .map(([, , users, byHand, address = ""]) => ({
        link: address.match(/../g)!.join(":"),
        ...(users !== "1" && { users: Number(users) }),
        ...(byHand !== "0" && { static: true as const }),
      })),
  }));
}
