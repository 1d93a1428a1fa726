// How ethtool prints what it finds out, to the tab.

import type { DriverInfo, ReceiveHashing, TimeStamping } from "../../inspect/ethtool/driver.ts";
import { type Feature, GROUPS } from "../../inspect/ethtool/features.ts";
import { type LinkSettings, MESSAGE_CLASSES, type Settings } from "../../inspect/ethtool/settings.ts";

const yes = (value: boolean): string => (value ? "Yes" : "No");
const on = (value: boolean | number): string => (value ? "on" : "off");

/** Modes that are speeds: 100baseT/Full; the others say what kind of port, of pause frames, of correction. */
const isReal = (mode: string): boolean => /\/(Half|Full)$/.test(mode);
const PORT_MODES = ["TP", "AUI", "MII", "FIBRE", "BNC", "Backplane"];
const FEC_MODES: Readonly<Record<string, string>> = {
  FEC_NONE: "None",
  FEC_BASER: "BaseR",
  FEC_RS: "RS",
  FEC_LLRS: "LLRS",
};

/** Half and full duplex of a speed stand on one line. */
function modeLines(head: string, modes: readonly string[]): string[] {
  const rows: string[] = [];
  for (const mode of modes.filter(isReal)) {
    const half = mode.replace(/Full$/, "Half");
    if (mode !== half && rows.at(-1) === half) rows[rows.length - 1] = `${half} ${mode}`;
    else rows.push(mode);
  }
  if (rows.length === 0) return [`\t${head}Not reported`];
  return rows.map((row, i) => `\t${i === 0 ? head : " ".repeat(head.length)}${row}`);
}

function pauseText(modes: readonly string[]): string {
  const symmetric = modes.includes("Pause");
  if (modes.includes("Asym_Pause")) return symmetric ? "Symmetric Receive-only" : "Transmit-only";
  return symmetric ? "Symmetric" : "No";
}

function fecText(modes: readonly string[]): string {
  return modes.flatMap((mode) => FEC_MODES[mode] ?? []).join(" ") || "Not reported";
}

/** The four lines about a set of modes. */
function modeBlock(link: string, verb: string, supports: string, modes: readonly string[]): string[] {
  return [
    ...modeLines(`${link} link modes:`.padEnd(24), modes),
    `\t${link} pause frame use: ${pauseText(modes)}`,
    `\t${supports} auto-negotiation: ${yes(modes.includes("Autoneg"))}`,
    `\t${verb} FEC modes: ${fecText(modes)}`,
  ];
}

function linkLines(link: LinkSettings): string[] {
  const ports = link.supported.filter((mode) => PORT_MODES.includes(mode));
  const peer = "Link partner advertised";
  return [
    `\tSupported ports: [ ${ports.join("\t ")} ]`,
    ...modeBlock("Supported", "Supported", "Supports", link.supported),
    ...modeBlock("Advertised", "Advertised", "Advertised", link.advertising),
    ...(link.partner.length > 0
      ? [
          ...modeLines(`${peer} link modes:  `, link.partner),
          `\t${peer} pause frame use: ${pauseText(link.partner)}`,
          `\t${peer} auto-negotiation: ${yes(link.partner.includes("Autoneg"))}`,
          `\t${peer} FEC modes: ${fecText(link.partner)}`,
        ]
      : []),
    `\tSpeed: ${link.speed === undefined ? "Unknown!" : `${link.speed}Mb/s`}`,
    `\tDuplex: ${link.duplex ?? "Unknown! (255)"}`,
    `\tAuto-negotiation: ${on(link.autoneg)}`,
    `\tPort: ${link.port}`,
    `\tPHYAD: ${link.phyAddress}`,
    `\tTransceiver: ${link.transceiver}`,
    ...(link.mdix === undefined ? [] : [`\tMDI-X: ${link.mdix}`]),
  ];
}

export function settingsLines({ ifname, link, wake, messageLevel, linkDetected }: Settings): string[] {
  const classes = MESSAGE_CLASSES.filter((_, bit) => (messageLevel ?? 0) & (1 << bit));
  return [
    `Settings for ${ifname}:`,
    ...(link ? linkLines(link) : []),
    ...(wake ? [`\tSupports Wake-on: ${wake.supported}`, `\tWake-on: ${wake.options}`] : []),
    ...(messageLevel === undefined
      ? []
      : [
          `        Current message level: 0x${messageLevel.toString(16).padStart(8, "0")} (${messageLevel | 0})`,
          `                               ${classes.join(" ")}`,
        ]),
    ...(linkDetected === undefined ? [] : [`\tLink detected: ${linkDetected ? "yes" : "no"}`]),
  ];
}

export function driverLines(info: DriverInfo): string[] {
  const can = (count: number): string => (count ? "yes" : "no");
  return [
    `driver: ${info.driver}`,
    `version: ${info.version}`,
    `firmware-version: ${info.firmware_version}`,
    `expansion-rom-version: ${info.expansion_rom_version}`,
    `bus-info: ${info.bus_info}`,
    `supports-statistics: ${can(info.n_stats)}`,
    `supports-test: ${can(info.testinfo_len)}`,
    `supports-eeprom-access: ${can(info.eedump_len)}`,
    `supports-register-dump: ${can(info.regdump_len)}`,
    `supports-priv-flags: ${can(info.n_priv_flags)}`,
  ];
}

function featureText({ name, active, requested, fixed }: Feature): string {
  if (fixed) return `${name}: ${on(active)} [fixed]`;
  return `${name}: ${on(active)}${active === requested ? "" : ` [requested ${on(requested)}]`}`;
}

/** Groups first, those of more than one feature with what they consist of; then the features in no group. */
export function featureLines(ifname: string, features: readonly Feature[]): string[] {
  const grouped = GROUPS.flatMap(({ name, members }) => {
    const inside = features.filter((feature) => members.test(feature.name));
    const active = inside.some((feature) => feature.active);
    const [only] = inside;
    if (inside.length === 1) return [featureText({ ...only!, name })];
    return [`${name}: ${on(active)}`, ...inside.map((feature) => `\t${featureText(feature)}`)];
  });
  const others = features.filter(({ name }) => !GROUPS.some(({ members }) => members.test(name)));
  return [`Features for ${ifname}:`, ...grouped, ...others.map(featureText)];
}

/** A table of values, those behind `max` first where there are such. */
function table(
  rows: readonly (readonly [title: string, key: string])[],
  values: Readonly<Record<string, number>>,
): string[] {
  // The kernel does not tell what the card cannot have at all.
  const cell = (key: string, suffix: string): string => (values[`${key}-max`] ? `${values[key + suffix]}` : "n/a");
  const lines = (suffix: string): string[] =>
    rows.map(([title, key]) => `${title}:${title.length < 7 ? "\t\t" : "\t"}${cell(key, suffix)}`);
  return ["Pre-set maximums:", ...lines("-max"), "Current hardware settings:", ...lines("")];
}

export function ringLines(ifname: string, ring: Readonly<Record<string, number>>): string[] {
  const rows = [
    ["RX", "rx"],
    ["RX Mini", "rx-mini"],
    ["RX Jumbo", "rx-jumbo"],
    ["TX", "tx"],
  ] as const;
  return [`Ring parameters for ${ifname}:`, ...table(rows, ring)];
}

export function channelLines(ifname: string, channels: Readonly<Record<string, number>>): string[] {
  const rows = [
    ["RX", "rx"],
    ["TX", "tx"],
    ["Other", "other"],
    ["Combined", "combined"],
  ] as const;
  return [`Channel parameters for ${ifname}:`, ...table(rows, channels)];
}

export function pauseLines(ifname: string, pause: Readonly<Record<"autoneg" | "rx" | "tx", number>>): string[] {
  const head = `Pause parameters for ${ifname}:`;
  return [head, `Autonegotiate:\t${on(pause.autoneg)}`, `RX:\t\t${on(pause.rx)}`, `TX:\t\t${on(pause.tx)}`];
}

/** The words of struct ethtool_coalesce in blocks, as they are printed. */
const COALESCE_BLOCKS = [
  ["stats-block-usecs", "sample-interval", "pkt-rate-low", "pkt-rate-high"],
  ["rx-usecs", "rx-frames", "rx-usecs-irq", "rx-frames-irq"],
  ["tx-usecs", "tx-frames", "tx-usecs-irq", "tx-frames-irq"],
  ["rx-usecs-low", "rx-frame-low", "tx-usecs-low", "tx-frame-low"],
  ["rx-usecs-high", "rx-frame-high", "tx-usecs-high", "tx-frame-high"],
];

export function coalesceLines(ifname: string, values: Readonly<Record<string, number>>): string[] {
  return [
    `Coalesce parameters for ${ifname}:`,
    `Adaptive RX: ${on(values["adaptive-rx"] ?? 0)}  TX: ${on(values["adaptive-tx"] ?? 0)}`,
    ...COALESCE_BLOCKS.flatMap((block) => [...block.map((name) => `${name}: ${values[name]}`), ""]),
  ];
}

/** Of registers and EEPROMs. */
export function dumpLines(data: readonly number[], from = 0): string[] {
  const rows = Array.from({ length: Math.ceil(data.length / 16) }, (_, row) => {
    const cells = data.slice(row * 16, row * 16 + 16).map((byte) => byte.toString(16).padStart(2, "0"));
    return `0x${(from + row * 16).toString(16).padStart(4, "0")}:\t\t${cells.join(" ")} `;
  });
  return ["Offset\t\tValues", "------\t\t------", ...rows];
}

const bitNames = (mask: number, names: readonly string[]): string[] => names.filter((_, bit) => mask & (1 << bit));

export function timeStampingLines(
  ifname: string,
  { capabilities, phc_index, tx_types, rx_filters }: TimeStamping,
): string[] {
  const list = (head: string, names: readonly string[]): string[] =>
    names.length === 0 ? [`${head}: none`] : [`${head}:`, ...names.map((name) => `\t${name}`)];
  return [
    `Time stamping parameters for ${ifname}:`,
    "Capabilities:",
    ...capabilities.map((name) => `\t${name}`),
    `PTP Hardware Clock: ${phc_index < 0 ? "none" : phc_index}`,
    ...list("Hardware Transmit Timestamp Modes", bitNames(tx_types, ["off", "on", "one-step-sync", "one-step-p2p"])),
    ...list(
      "Hardware Receive Filter Modes",
      bitNames(rx_filters, [
        "none",
        "all",
        "some",
        "ptpv1-l4-event",
        "ptpv1-l4-sync",
        "ptpv1-l4-delay-req",
        "ptpv2-l4-event",
        "ptpv2-l4-sync",
        "ptpv2-l4-delay-req",
        "ptpv2-l2-event",
        "ptpv2-l2-sync",
        "ptpv2-l2-delay-req",
        "ptpv2-event",
        "ptpv2-sync",
        "ptpv2-delay-req",
        "ntp-all",
      ]),
    ),
  ];
}

export function receiveHashingLines(ifname: string, { rings, table: entries, key }: ReceiveHashing): string[] {
  const rows = Array.from({ length: Math.ceil(entries.length / 8) }, (_, row) => {
    const cells = entries.slice(row * 8, row * 8 + 8).map((entry) => ` ${`${entry}`.padStart(5)}`);
    return `${`${row * 8}`.padStart(5)}: ${cells.join("")}`;
  });
  return [
    `RX flow hash indirection table for ${ifname} with ${rings} RX ring(s):`,
    ...(rows.length > 0 ? rows : ["Operation not supported"]),
    "RSS hash key:",
    key || "Operation not supported",
  ];
}
