// How iproute2's `ip` prints what `ip -j` says (host/inspect/links.ts), to the column.

import type {
  AddressInfo,
  Counters,
  LinkInfo,
  MulticastInfo,
  NeighbourInfo,
  RouteInfo,
  VlanInfo,
} from "../../inspect/links.ts";

/** A block of counters: each column's title, the counter, and iproute2's least width. */
type Columns = readonly (readonly [title: string, counter: string, width: number])[];

const RX: Columns = [
  ["bytes", "bytes", 10],
  ["packets", "packets", 7],
  ["errors", "errors", 6],
  ["dropped", "dropped", 7],
  ["missed", "missed_errors", 7],
  ["mcast", "multicast", 7],
];
const TX: Columns = [
  ["bytes", "bytes", 10],
  ["packets", "packets", 7],
  ["errors", "errors", 6],
  ["dropped", "dropped", 7],
  ["carrier", "carrier_errors", 7],
  ["collsns", "collisions", 7],
];
/** Kinds of errors stand below the counters from the second column on. */
const RX_ERRORS: Columns = [
  ["length", "length_errors", 7],
  ["crc", "crc_errors", 6],
  ["frame", "frame_errors", 7],
  ["fifo", "fifo_errors", 7],
  ["overrun", "over_errors", 7],
];
const TX_ERRORS: Columns = [
  ["aborted", "aborted_errors", 7],
  ["fifo", "fifo_errors", 6],
  ["window", "window_errors", 7],
  ["heartbt", "heartbeat_errors", 7],
  ["transns", "carrier_changes", 7],
];

/** The column of compressed packets stays empty, but is there. */
const COMPRESSED = " ".repeat(11);

/** All blocks of a link have the same columns, as wide as the widest value in any. */
function widthsOf({ rx, tx }: { rx: Counters; tx: Counters }): number[] {
  const width = (counters: Counters, name: string | undefined): number => `${counters[name ?? ""] ?? ""}`.length;
  return RX.map(([, name, least], i) =>
    Math.max(
      least,
      width(rx, name),
      width(tx, TX[i]![1]),
      width(rx, RX_ERRORS[i - 1]?.[1]),
      width(tx, TX_ERRORS[i - 1]?.[1]),
    ),
  );
}

/** Two lines, with what `skip` columns take left free; the first title begins behind the heading. */
function block(head: string, columns: Columns, counters: Counters, widths: readonly number[], tail: string): string[] {
  const skip = widths.length - columns.length;
  const before = widths.slice(0, skip).reduce((sum, width) => sum + width + 1, 0);
  const own = widths.slice(skip);
  const titles = columns.map(([title], i) => title.padStart(own[i]! + (i === 0 ? before - head.length - 1 : 0)));
  const cells = columns.map(([, counter], i) => `${counters[counter]}`.padStart(own[i]!));
  return [`    ${head} ${titles.join(" ")}${tail}`, `    ${" ".repeat(before)}${cells.join(" ")} `];
}

function statisticsLines({ rx, tx }: NonNullable<LinkInfo["stats64"]>): string[] {
  const errors = "aborted_errors" in tx;
  const widths = widthsOf({ rx, tx });
  return [
    ...block("RX:", RX, rx, widths, COMPRESSED),
    ...(errors ? block("RX errors:", RX_ERRORS, rx, widths, "") : []),
    ...block("TX:", TX, tx, widths, COMPRESSED),
    ...(errors ? block("TX errors:", TX_ERRORS, tx, widths, "") : []),
  ];
}

export function addressLines({ family, local, prefixlen, broadcast, scope, label }: AddressInfo): string[] {
  const brd = broadcast ? ` brd ${broadcast}` : "";
  return [
    `    ${family} ${local}/${prefixlen}${brd} scope ${scope} ${label}`,
    "       valid_lft forever preferred_lft forever",
  ];
}

/** eth0.5@eth0: an interface, and what is below it. */
const linkName = ({ ifname, link }: LinkInfo): string => (link === undefined ? ifname : `${ifname}@${link ?? "NONE"}`);

const vlanText = (vlan: VlanInfo | undefined): string =>
  vlan ? `protocol ${vlan.protocol} id ${vlan.id} <${vlan.flags.join(",")}> ` : "";

export function linkLines(link: LinkInfo): string[] {
  const mode = link.linkmode ? ` mode ${link.linkmode}` : "";
  const details =
    link.promiscuity === undefined
      ? ""
      : ` promiscuity ${link.promiscuity}  allmulti ${link.allmulti} minmtu ${link.min_mtu} maxmtu ${link.max_mtu}` +
        (link.parentdev ? ` parentbus ${link.parentbus} parentdev ${link.parentdev} ` : " ");
  return [
    `${link.ifindex}: ${linkName(link)}: <${link.flags.join(",")}> mtu ${link.mtu} qdisc ${link.qdisc} ` +
      `state ${link.operstate}${mode} group ${link.group} qlen ${link.txqlen}`,
    `    link/${link.link_type} ${link.address} brd ${link.broadcast}${details}`,
    ...(link.linkinfo ? [`    ${link.linkinfo.info_kind} ${vlanText(link.linkinfo.info_data)}`] : []),
    ...(link.addr_info ?? []).flatMap(addressLines),
    ...(link.stats64 ? statisticsLines(link.stats64) : []),
  ];
}

/** -br: one line each. */
export function briefLine(link: LinkInfo): string {
  const { operstate, address, flags, addr_info } = link;
  const head = `${linkName(link).padEnd(16)} ${operstate.padEnd(14)} `;
  if (!addr_info) return `${head}${address} <${flags.join(",")}> `;
  return head + addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen} `).join("");
}

export function neighbourLine({ dst, dev, lladdr, state }: NeighbourInfo): string {
  return `${dst} dev ${dev}${lladdr ? ` lladdr ${lladdr}` : ""} ${state.join(",")} `;
}

export function routeLine({ dst, gateway, dev, protocol, scope, prefsrc }: RouteInfo): string {
  const via = gateway ? ` via ${gateway}` : "";
  const kernel = protocol ? ` proto ${protocol} scope ${scope} src ${prefsrc}` : "";
  return `${dst}${via} dev ${dev}${kernel} `;
}

export function multicastLines({ ifindex, ifname, maddr }: MulticastInfo): string[] {
  const rows = maddr.map(
    (entry) => `\tlink  ${entry.link}${entry.users ? ` users ${entry.users}` : ""}${entry.static ? " static" : ""}`,
  );
  return [`${ifindex}:\t${ifname}`, ...rows];
}
