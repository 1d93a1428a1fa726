// How pciutils' lspci prints a function: show_terse, show_verbose and the capabilities of lspci.c and ls-caps.c.

import {
  PCI_COMMAND,
  PCI_STATUS,
  type PciCapability,
  type PciDevice,
  type PciRegion,
  long,
  word,
} from "../../inspect/pci.ts";

/** Class and subclass in words, as the PCI Code and ID Assignment Specification has them. */
const CLASSES: Record<number, string> = {
  0x0000: "Non-VGA unclassified device",
  0x00ff: "Unclassified device",
  0x0100: "SCSI storage controller",
  0x0106: "SATA controller",
  0x0108: "Non-Volatile memory controller",
  0x0180: "Mass storage controller",
  0x0200: "Ethernet controller",
  0x0280: "Network controller",
  0x0300: "VGA compatible controller",
  0x0380: "Display controller",
  0x0401: "Multimedia audio controller",
  0x0500: "RAM memory",
  0x0600: "Host bridge",
  0x0601: "ISA bridge",
  0x0604: "PCI bridge",
  0x0680: "Bridge",
  0x0880: "System peripheral",
  0x0c03: "USB controller",
  0x0c05: "SMBus",
};

/** How lspci shows numbers: not (0), instead of names (-n), beside them (-nn). */
export type Numeric = 0 | 1 | 2;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
/** A bit as lspci has it: + or -. */
const flag = (set: number): string => (set ? "+" : "-");

function shown(numeric: Numeric, name: string | undefined, unknown: string, numbers: string): string {
  if (numeric === 1) return numbers;
  if (numeric === 2) return `${name ?? unknown} [${numbers}]`;
  return name ?? `${unknown} ${numbers}`;
}

/** "00:03.0 Ethernet controller: …" */
export function terseLine(f: PciDevice, numeric: Numeric, options: { domain: boolean; progif: boolean }): string {
  const slot = options.domain ? f.slot : f.slot.slice(5);
  const kind = shown(numeric, CLASSES[f.class], "Class", hex(f.class, 4));
  const name = shown(numeric, f.name, "Device", `${hex(f.vendor, 4)}:${hex(f.device, 4)}`);
  const revision = f.revision ? ` (rev ${hex(f.revision, 2)})` : "";
  const decode = f.class === 0x0604 && f.progif === 0 ? " (prog-if 00 [Normal decode])" : "";
  const progif = f.progif ? ` (prog-if ${hex(f.progif, 2)})` : decode;
  return `${slot} ${kind}: ${name}${revision}${options.progif ? progif : ""}`;
}

export function subsystemLines(f: PciDevice, numeric: Numeric): string[] {
  if (!f.subvendor || f.subvendor === 0xffff) return [];
  // A maker that gives its card the chip's own numbers has it called by the chip's name.
  const name = f.subvendor === f.vendor && f.subdevice === f.device ? f.name : undefined;
  return [`Subsystem: ${shown(numeric, name, "Device", `${hex(f.subvendor, 4)}:${hex(f.subdevice, 4)}`)}`];
}

export function kernelLines(f: PciDevice): string[] {
  const driver = f.driver ? [`Kernel driver in use: ${f.driver}`] : [];
  return f.modules.length > 0 ? [...driver, `Kernel modules: ${f.modules.join(", ")}`] : driver;
}

const CONTROL: readonly [bit: number, name: string][] = [
  [0x1, "I/O"],
  [0x2, "Mem"],
  [0x4, "BusMaster"],
  [0x8, "SpecCycle"],
  [0x10, "MemWINV"],
  [0x20, "VGASnoop"],
  [0x40, "ParErr"],
  [0x80, "Stepping"],
  [0x100, "SERR"],
  [0x200, "FastB2B"],
  [0x400, "DisINTx"],
];
const DEVSEL = ["fast", "medium", "slow", "??"];

function statusLine(status: number): string {
  const bits = (pairs: readonly [number, string][]): string =>
    pairs.map(([bit, name]) => name + flag(status & bit)).join(" ");
  const first = bits([
    [0x10, "Cap"],
    [0x20, "66MHz"],
    [0x40, "UDF"],
    [0x80, "FastB2B"],
    [0x100, "ParErr"],
  ]);
  const last = bits([
    [0x800, ">TAbort"],
    [0x1000, "<TAbort"],
    [0x2000, "<MAbort"],
    [0x4000, ">SERR"],
    [0x8000, "<PERR"],
    [0x8, "INTx"],
  ]);
  return `Status: ${first} DEVSEL=${DEVSEL[(status >> 9) & 3]} ${last}`;
}

/** What -v says in one line. */
function flagsLine(f: PciDevice): string {
  const command = word(f.config, PCI_COMMAND);
  const status = word(f.config, PCI_STATUS);
  const words = [
    command & 0x4 && "bus master",
    command & 0x20 && "VGA palette snoop",
    command & 0x80 && "stepping",
    command & 0x200 && "fast Back2Back",
    status & 0x20 && "66MHz",
    status & 0x40 && "user-definable features",
    `${DEVSEL[(status >> 9) & 3]} devsel`,
    command & 0x4 && `latency ${f.config[0x0d]}`,
    f.irq && `IRQ ${f.irq}`,
  ];
  return `Flags: ${words.filter(Boolean).join(", ")}`;
}

/** And -vv in several. */
function registerLines(f: PciDevice): string[] {
  const command = word(f.config, PCI_COMMAND);
  const [cacheLine, latency, pin, least, most] = [0x0c, 0x0d, 0x3d, 0x3e, 0x3f].map((at) => f.config[at]!) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const times = [least && `${least * 250}ns min`, most && `${most * 250}ns max`].filter(Boolean).join(", ");
  const cache = cacheLine ? `, Cache Line Size: ${cacheLine * 4} bytes` : "";
  const lines = [
    `Control: ${CONTROL.map(([bit, name]) => name + flag(command & bit)).join(" ")}`,
    statusLine(word(f.config, PCI_STATUS)),
  ];
  if (command & 0x4) lines.push(`Latency: ${latency}${times ? ` (${times})` : ""}${cache}`);
  if (pin || f.irq) lines.push(`Interrupt: pin ${pin ? String.fromCharCode(0x40 + pin) : "?"} routed to IRQ ${f.irq}`);
  return lines;
}

function sizeText(size: number): string {
  let at = 0;
  for (; at < 4 && size % 1024 === 0; at++) size /= 1024;
  return ` [size=${size}${["", "K", "M", "G", "T"][at]}]`;
}

function regionLine({ index, kind, start, size, prefetchable, width, enabled }: PciRegion, verbose: number): string {
  const head = verbose > 1 && kind !== "rom" ? `Region ${index}: ` : "";
  const disabled = enabled ? "" : " [disabled]";
  if (kind === "rom") return `Expansion ROM at ${hex(start, 8)}${disabled}${sizeText(size)}`;
  if (kind === "io") return `${head}I/O ports at ${hex(start, 4)}${disabled}${sizeText(size)}`;
  const type = `(${width}-bit, ${prefetchable ? "" : "non-"}prefetchable)`;
  return `${head}Memory at ${hex(start, 8)} ${type}${disabled}${sizeText(size)}`;
}

/** Auxiliary current of a power management capability, mA, by its field. */
const AUX_MA = [0, 55, 100, 160, 220, 270, 320, 375];

/** What a PCI Express function is, by its type. */
const EXPRESS_TYPES: Readonly<Record<number, string>> = {
  0: "Endpoint",
  1: "Legacy Endpoint",
  4: "Root Port",
  5: "Upstream Port",
  6: "Downstream Port",
  7: "PCI-Express to PCI/PCI-X Bridge",
  8: "PCI/PCI-X to PCI-Express Bridge",
  9: "Root Complex Integrated Endpoint",
  10: "Root Complex Event Collector",
};

/** A capability: its line, and with -vv those below it. */
const CAPABILITIES: Readonly<Record<number, (c: readonly number[], at: number) => [string, ...string[]]>> = {
  0x01: (c, at) => {
    const cap = word(c, at + 2);
    const status = word(c, at + 4);
    const pme = ["D0", "D1", "D2", "D3hot", "D3cold"].map((name, i) => name + flag(cap & (0x800 << i))).join(",");
    return [
      `Power Management version ${cap & 7}`,
      `Flags: PMEClk${flag(cap & 0x8)} DSI${flag(cap & 0x20)} D1${flag(cap & 0x200)} D2${flag(cap & 0x400)} ` +
        `AuxCurrent=${AUX_MA[(cap >> 6) & 7]}mA PME(${pme})`,
      `Status: D${status & 3} NoSoftRst${flag(status & 0x8)} PME-Enable${flag(status & 0x100)} ` +
        `DSel=${(status >> 9) & 15} DScale=${(status >> 13) & 3} PME${flag(status & 0x8000)}`,
    ];
  },
  0x03: () => ["Vital Product Data"],
  0x05: (c, at) => {
    const control = word(c, at + 2);
    const wide = control & 0x80;
    const address = `${wide ? hex(long(c, at + 8), 8) : ""}${hex(long(c, at + 4), 8)}`;
    const count = `${1 << ((control >> 4) & 7)}/${1 << ((control >> 1) & 7)}`;
    return [
      `MSI: Enable${flag(control & 1)} Count=${count} Maskable${flag(control & 0x100)} 64bit${flag(wide)}`,
      `Address: ${address}  Data: ${hex(word(c, at + (wide ? 12 : 8)), 4)}`,
    ];
  },
  0x07: (c, at) => {
    const command = word(c, at + 2);
    const status = long(c, at + 4);
    const sizes = [512, 1024, 2048, 4096];
    const outstanding = [1, 2, 3, 4, 8, 12, 16, 32];
    return [
      "PCI-X non-bridge device",
      `Command: DPERE${flag(command & 1)} ERO${flag(command & 2)} RBC=${sizes[(command >> 2) & 3]} OST=${outstanding[(command >> 4) & 7]}`,
      `Status: Dev=${hex((status >> 8) & 0xff, 2)}:${hex((status >> 3) & 31, 2)}.${status & 7} ` +
        `64bit${flag(status & 0x10000)} 133MHz${flag(status & 0x20000)} SCD${flag(status & 0x40000)} ` +
        `USC${flag(status & 0x80000)} DC=${status & 0x100000 ? "bridge" : "simple"} DMMRBC=${sizes[(status >> 21) & 3]} ` +
        `DMOST=${outstanding[(status >> 23) & 7]} DMCRS=${8 << ((status >> 26) & 7)} ` +
        `RSCEM${flag(status & 0x20000000)} 266MHz${flag(status & 0x40000000)} 533MHz${flag(status & 0x80000000)}`,
    ];
  },
  0x09: (c, at) => [`Vendor Specific Information: Len=${hex(c[at + 2]!, 2)} <?>`],
  0x10: (c, at) => {
    const flags = word(c, at + 2);
    const type = EXPRESS_TYPES[(flags >> 4) & 15] ?? `Unknown type ${(flags >> 4) & 15}`;
    const slot = flags & 0x100 ? " (Slot+)" : /Port|PCI-Express to PCI/.test(type) ? " (Slot-)" : "";
    return [`Express (v${flags & 15}) ${type}${slot}, MSI ${hex((flags >> 9) & 31, 2)}`];
  },
  0x11: (c, at) => {
    const control = word(c, at + 2);
    const [table, pending] = [long(c, at + 4), long(c, at + 8)];
    return [
      `MSI-X: Enable${flag(control & 0x8000)} Count=${(control & 0x7ff) + 1} Masked${flag(control & 0x4000)}`,
      `Vector table: BAR=${table & 7} offset=${hex((table & ~7) >>> 0, 8)}`,
      `PBA: BAR=${pending & 7} offset=${hex((pending & ~7) >>> 0, 8)}`,
    ];
  },
};

function capabilityLines({ id, offset }: PciCapability, config: readonly number[], verbose: number): string[] {
  const known = CAPABILITIES[id];
  const [first, ...more] = known?.(config, offset) ?? [`#${hex(id, 2)} [${hex(word(config, offset + 2), 4)}]`];
  return [`Capabilities: [${hex(offset, 2)}] ${first}`, ...(verbose > 1 ? more.map((line) => `\t${line}`) : [])];
}

/** The lines of -v (1) and -vv (2), without indentation. */
export function verboseLines(f: PciDevice, verbose: number, numeric: Numeric): string[] {
  return [
    ...subsystemLines(f, numeric),
    ...(verbose > 1 ? registerLines(f) : [flagsLine(f)]),
    ...f.regions.map((region) => regionLine(region, verbose)),
    ...f.capabilities.flatMap((capability) => capabilityLines(capability, f.config, verbose)),
    ...kernelLines(f),
  ];
}

export function hexLines(config: readonly number[], bytes: number): string[] {
  return Array.from({ length: bytes / 16 }, (_, row) => {
    const cells = config.slice(row * 16, row * 16 + 16).map((byte) => hex(byte, 2));
    return `${hex(row * 16, 2)}: ${cells.join(" ")}`;
  });
}
