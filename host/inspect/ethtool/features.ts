// The offloads of an interface (-k, -K): bits of netdev_features_t under the names that the kernel gives them.

import * as ethtool from "../../../assembly/abi/const/ethtool.ts";
import * as net from "../../../assembly/abi/const/net.ts";
import { KpiError } from "../../error.ts";
import type { System } from "../../system.ts";
import { ethtoolIoctl } from "./ioctl.ts";

/** Names by the constant of the bit. */
const NAMES: Readonly<Record<string, string>> = {
  SG: "tx-scatter-gather",
  IP_CSUM: "tx-checksum-ipv4",
  HW_CSUM: "tx-checksum-ip-generic",
  IPV6_CSUM: "tx-checksum-ipv6",
  HIGHDMA: "highdma",
  FRAGLIST: "tx-scatter-gather-fraglist",
  HW_VLAN_CTAG_TX: "tx-vlan-hw-insert",
  HW_VLAN_CTAG_RX: "rx-vlan-hw-parse",
  HW_VLAN_CTAG_FILTER: "rx-vlan-filter",
  HW_VLAN_STAG_TX: "tx-vlan-stag-hw-insert",
  HW_VLAN_STAG_RX: "rx-vlan-stag-hw-parse",
  HW_VLAN_STAG_FILTER: "rx-vlan-stag-filter",
  VLAN_CHALLENGED: "vlan-challenged",
  GSO: "tx-generic-segmentation",
  LLTX: "tx-lockless",
  NETNS_LOCAL: "netns-local",
  GRO: "rx-gro",
  GRO_HW: "rx-gro-hw",
  LRO: "rx-lro",
  TSO: "tx-tcp-segmentation",
  GSO_ROBUST: "tx-gso-robust",
  TSO_ECN: "tx-tcp-ecn-segmentation",
  TSO_MANGLEID: "tx-tcp-mangleid-segmentation",
  TSO6: "tx-tcp6-segmentation",
  FSO: "tx-fcoe-segmentation",
  GSO_GRE: "tx-gre-segmentation",
  GSO_GRE_CSUM: "tx-gre-csum-segmentation",
  GSO_IPXIP4: "tx-ipxip4-segmentation",
  GSO_IPXIP6: "tx-ipxip6-segmentation",
  GSO_UDP_TUNNEL: "tx-udp_tnl-segmentation",
  GSO_UDP_TUNNEL_CSUM: "tx-udp_tnl-csum-segmentation",
  GSO_PARTIAL: "tx-gso-partial",
  GSO_TUNNEL_REMCSUM: "tx-tunnel-remcsum-segmentation",
  GSO_SCTP: "tx-sctp-segmentation",
  GSO_ESP: "tx-esp-segmentation",
  GSO_UDP_L4: "tx-udp-segmentation",
  GSO_FRAGLIST: "tx-gso-list",
  FCOE_CRC: "tx-checksum-fcoe-crc",
  SCTP_CRC: "tx-checksum-sctp",
  FCOE_MTU: "fcoe-mtu",
  NTUPLE: "rx-ntuple-filter",
  RXHASH: "rx-hashing",
  RXCSUM: "rx-checksum",
  NOCACHE_COPY: "tx-nocache-copy",
  LOOPBACK: "loopback",
  RXFCS: "rx-fcs",
  RXALL: "rx-all",
  HW_L2FW_DOFFLOAD: "l2-fwd-offload",
  HW_TC: "hw-tc-offload",
  HW_ESP: "esp-hw-offload",
  HW_ESP_TX_CSUM: "esp-tx-csum-hw-offload",
  RX_UDP_TUNNEL_PORT: "rx-udp_tunnel-port-offload",
  HW_TLS_RECORD: "tls-hw-record",
  HW_TLS_TX: "tls-hw-tx-offload",
  HW_TLS_RX: "tls-hw-rx-offload",
  GRO_FRAGLIST: "rx-gro-list",
  HW_MACSEC: "macsec-hw-offload",
  GRO_UDP_FWD: "rx-udp-gro-forwarding",
  HW_HSR_TAG_INS: "hsr-tag-ins-offload",
  HW_HSR_TAG_RM: "hsr-tag-rm-offload",
  HW_HSR_FWD: "hsr-fwd-offload",
  HW_HSR_DUP: "hsr-dup-offload",
};

const BITS: readonly (readonly [bit: number, name: string])[] = Object.entries(NAMES)
  .map(([constant, name]) => [(net as Record<string, unknown>)[`NETIF_F_${constant}_BIT`] as number, name] as const)
  .sort(([a], [b]) => a - b);

/** What ethtool has long called groups of features, its short word for -K, and which features are in a group. */
export const GROUPS: readonly { readonly name: string; readonly short: string; readonly members: RegExp }[] = [
  { name: "rx-checksumming", short: "rx", members: /^rx-checksum$/ },
  { name: "tx-checksumming", short: "tx", members: /^tx-checksum-/ },
  { name: "scatter-gather", short: "sg", members: /^tx-scatter-gather/ },
  { name: "tcp-segmentation-offload", short: "tso", members: /^tx-tcp.*-segmentation$/ },
  { name: "generic-segmentation-offload", short: "gso", members: /^tx-generic-segmentation$/ },
  { name: "generic-receive-offload", short: "gro", members: /^rx-gro$/ },
  { name: "large-receive-offload", short: "lro", members: /^rx-lro$/ },
  { name: "rx-vlan-offload", short: "rxvlan", members: /^rx-vlan-hw-parse$/ },
  { name: "tx-vlan-offload", short: "txvlan", members: /^tx-vlan-hw-insert$/ },
  { name: "ntuple-filters", short: "ntuple", members: /^rx-ntuple-filter$/ },
  { name: "receive-hashing", short: "rxhash", members: /^rx-hashing$/ },
];

export interface Feature {
  readonly name: string;
  readonly active: boolean;
  readonly requested: boolean;
  /** Nobody can change it. */
  readonly fixed: boolean;
}

const WORDS = 2;
const GET = ethtool.sizeof_ethtool_get_features_block;
const SET = ethtool.sizeof_ethtool_set_features_block;

/** Every feature, in the order of the bits. */
export function features(system: System, name: string): Promise<Feature[]> {
  return ethtoolIoctl(system, name, {
    cmd: ethtool.ETHTOOL_GFEATURES,
    size: ethtool.sizeof_ethtool_gfeatures + WORDS * GET,
    failure: "Cannot get device features",
    fill: (struct) => struct.setU32(ethtool.offsetof_ethtool_gfeatures_size, WORDS),
    read: (struct) =>
      BITS.map(([bit, feature]) => {
        const block = ethtool.sizeof_ethtool_gfeatures + (bit >> 5) * GET;
        const has = (at: number): boolean => (struct.u32(block + at) & (1 << (bit & 31))) !== 0;
        return {
          name: feature,
          active: has(ethtool.offsetof_ethtool_get_features_block_active),
          requested: has(ethtool.offsetof_ethtool_get_features_block_requested),
          fixed:
            !has(ethtool.offsetof_ethtool_get_features_block_available) ||
            has(ethtool.offsetof_ethtool_get_features_block_never_changed),
        };
      }),
  });
}

/** The features that a word of -K means: one by its name, or a group by its name or short word. */
export function featuresOf(word: string): string[] {
  const group = GROUPS.find(({ name, short }) => name === word || short === word);
  const found = BITS.map(([, name]) => name).filter((name) => name === word || group?.members.test(name));
  if (found.length === 0) throw new KpiError(`ethtool: unknown feature "${word}"; see: ethtool -k`, 2);
  return found;
}

/** Turns features on or off; what cannot be changed stays as it is. Which of them did not become what was asked. */
export async function setFeatures(
  system: System,
  name: string,
  wanted: ReadonlyMap<string, boolean>,
): Promise<string[]> {
  await ethtoolIoctl(system, name, {
    cmd: ethtool.ETHTOOL_SFEATURES,
    size: ethtool.sizeof_ethtool_sfeatures + WORDS * SET,
    failure: "Cannot change device features",
    fill(struct) {
      struct.setU32(ethtool.offsetof_ethtool_sfeatures_size, WORDS);
      for (const [bit, feature] of BITS) {
        const on = wanted.get(feature);
        if (on === undefined) continue;
        const block = ethtool.sizeof_ethtool_sfeatures + (bit >> 5) * SET;
        const mark = (at: number): void => struct.setU32(block + at, struct.u32(block + at) | (1 << (bit & 31)));
        mark(ethtool.offsetof_ethtool_set_features_block_valid);
        if (on) mark(ethtool.offsetof_ethtool_set_features_block_requested);
      }
    },
    read: () => undefined,
  });
  const now = await features(system, name);
  return now
    .filter((feature) => (wanted.get(feature.name) ?? feature.active) !== feature.active)
    .map((feature) => feature.name);
}
