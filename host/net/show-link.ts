// What `ip link` and `ip -s link` print of an interface, from what the core says of it.

/** The answer of kpi_netdev_info: fields by the kernel's names. */
export interface LinkDetails {
  text(name: string): string;
  /** A field that not every interface has. */
  optional(name: string): string | undefined;
  number(name: string): number;
  /** IFF_*, as dev_get_flags has them. */
  readonly flags: number;
}

/** The flags that `ip` names, in its order; LOWER_UP and NO-CARRIER it makes itself. */
const FLAGS: [bit: number, name: string][] = [
  [0x8, "LOOPBACK"], [0x2, "BROADCAST"], [0x10, "POINTOPOINT"], [0x1000, "MULTICAST"], [0x80, "NOARP"],
  [0x200, "ALLMULTI"], [0x100, "PROMISC"], [0x1, "UP"], [0x10000, "LOWER_UP"],
];

/** IF_OPER_*, linux/if.h. */
const STATES = ["UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"];

const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;

function flagNames(flags: number): string {
  const names = FLAGS.filter(([bit]) => flags & bit).map(([, name]) => name);
  if (flags & IFF_UP && !(flags & IFF_RUNNING)) names.unshift("NO-CARRIER");
  return names.join(",");
}

const COLUMNS: Record<"RX" | "TX", [title: string, field: string][]> = {
  RX: [
    ["bytes", "rx_bytes"], ["packets", "rx_packets"], ["errors", "rx_errors"], ["dropped", "rx_dropped"],
    ["missed", "rx_missed_errors"], ["mcast", "multicast"],
  ],
  TX: [
    ["bytes", "tx_bytes"], ["packets", "tx_packets"], ["errors", "tx_errors"], ["dropped", "tx_dropped"],
    ["carrier", "tx_carrier_errors"], ["collsns", "collisions"],
  ],
};

/** iproute2's least widths; the first column begins at the direction's name. */
const WIDTHS = [10, 7, 6, 7, 7, 7];
/** The column of compressed packets stays empty, but is there. */
const COMPRESSED = " ".repeat(11);

/** Both directions have the same columns, as wide as the widest value in either. */
function statisticsLines(details: LinkDetails): string[] {
  const values = (direction: "RX" | "TX"): string[] => COLUMNS[direction].map(([, field]) => details.text(field));
  const rows = { RX: values("RX"), TX: values("TX") };
  const widths = WIDTHS.map((least, i) => Math.max(least, rows.RX[i].length, rows.TX[i].length));
  return (["RX", "TX"] as const).flatMap((direction) => {
    const titles = COLUMNS[direction].map(([title], i) => title.padStart(widths[i] - (i === 0 ? 4 : 0)));
    const cells = rows[direction].map((value, i) => value.padStart(widths[i]));
    return [`    ${direction}: ${titles.join(" ")}${COMPRESSED}`, `    ${cells.join(" ")} `];
  });
}

/** `mode` is false in `ip addr`, which leaves the link mode out. */
export function showLink(details: LinkDetails, options: { statistics: boolean; mode: boolean }): string[] {
  const state = STATES[details.number("operstate")] ?? "UNKNOWN";
  const head =
    `${details.text("ifindex")}: ${details.text("name")}: <${flagNames(details.flags)}> mtu ${details.text("mtu")} ` +
    `qdisc ${details.text("qdisc")} state ${state}${options.mode ? " mode DEFAULT" : ""} group default qlen ${details.text("qlen")}`;
  const lines = [head, `    link/ether ${details.text("address")} brd ${details.text("broadcast")}`];
  if (options.statistics) lines.push(...statisticsLines(details));
  return lines;
}
