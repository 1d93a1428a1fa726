// The PCI functions: what the core found (/proc/bus/pci/devices), and their configuration space.

import { modulesFor, pciModalias, storeAliases } from "../loader/aliases.ts";
import type { System } from "../system.ts";

export interface PciRegion {
  /** Number of the BAR; 6 is the expansion ROM. */
  readonly index: number;
  readonly kind: "memory" | "io" | "rom";
  readonly start: number;
  readonly size: number;
  readonly prefetchable: boolean;
  readonly width: 32 | 64;
  /** Whether the command register (or the ROM's own bit) lets it be decoded. */
  readonly enabled: boolean;
}

export interface PciCapability {
  readonly id: number;
  /** Where it begins in configuration space. */
  readonly offset: number;
}

export interface PciDevice {
  /** "0000:00:03.0" */
  readonly slot: string;
  /** bus << 8 | device << 3 | function. */
  readonly bdf: number;
  readonly vendor: number;
  readonly device: number;
  readonly subvendor: number;
  readonly subdevice: number;
  readonly class: number;
  readonly progif: number;
  readonly revision: number;
  /** As the board calls it. */
  readonly name: string | undefined;
  readonly irq: number;
  /** The driver that is bound to it. */
  readonly driver: string | undefined;
  /** The built modules that claim it. */
  readonly modules: readonly string[];
  readonly regions: readonly PciRegion[];
  readonly capabilities: readonly PciCapability[];
  /** Configuration space, 256 bytes. */
  readonly config: readonly number[];
}

const CONFIG_BYTES = 256;
const BARS = 6;
const ROM = 6;

export const PCI_COMMAND = 0x04;
export const PCI_STATUS = 0x06;
const PCI_BAR0 = 0x10;
const PCI_SUBSYSTEM_VENDOR = 0x2c;
const PCI_ROM = 0x30;
const PCI_CAPABILITIES = 0x34;
const STATUS_CAPABILITIES = 0x10;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

export function word(config: readonly number[], at: number): number {
  return config[at]! | (config[at + 1]! << 8);
}

export function long(config: readonly number[], at: number): number {
  return (word(config, at) | (word(config, at + 2) << 16)) >>> 0;
}

/** `starts` and `sizes` are the kernel's resources; the low bits of a start are the register's flags. */
function regions(config: readonly number[], starts: readonly bigint[], sizes: readonly bigint[]): PciRegion[] {
  const command = word(config, PCI_COMMAND);
  const found: PciRegion[] = [];
  for (let index = 0; index <= ROM; index++) {
    const size = Number(sizes[index] ?? 0n);
    if (size === 0) continue;
    const flags = long(config, index === ROM ? PCI_ROM : PCI_BAR0 + 4 * index) & 0xf;
    const start = starts[index]!;
    if (index === ROM) {
      const enabled = (flags & 1) !== 0 && (command & 2) !== 0;
      const place = Number(start & ~0x7ffn);
      found.push({ index, kind: "rom", start: place, size, prefetchable: false, width: 32, enabled });
    } else if (index < BARS && flags & 1) {
      const place = Number(start & ~3n);
      found.push({
        index,
        kind: "io",
        start: place,
        size,
        prefetchable: false,
        width: 32,
        enabled: (command & 1) !== 0,
      });
    } else {
      const width = (flags & 6) === 4 ? 64 : 32;
      const place = Number(start & ~0xfn);
      const prefetchable = (flags & 8) !== 0;
      found.push({ index, kind: "memory", start: place, size, prefetchable, width, enabled: (command & 2) !== 0 });
    }
  }
  return found;
}

/** The list of capabilities; a device may be broken or hostile, so that it must not run in circles. */
function capabilities(config: readonly number[]): PciCapability[] {
  if (!(word(config, PCI_STATUS) & STATUS_CAPABILITIES)) return [];
  const found: PciCapability[] = [];
  const seen = new Set<number>();
  for (let offset = config[PCI_CAPABILITIES]! & ~3; offset >= 0x40 && !seen.has(offset);) {
    seen.add(offset);
    const id = config[offset]!;
    if (id === 0xff) break;
    found.push({ id, offset });
    offset = config[offset + 1]! & ~3;
  }
  return found;
}

/** The functions, by their place. */
export function pciDevices(system: System): PciDevice[] {
  const { board } = system.machine;
  const known = storeAliases(system.loader.store, system.machine.core.abiStamp);
  return system
    .procRead("bus/pci/devices")
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const fields = line.split("\t").map((field) => field.trim());
      const bdf = parseInt(fields[0]!, 16);
      const config = Array.from({ length: CONFIG_BYTES }, (_, at) => board.pciRead(bdf, at, 1) & 0xff);
      const numbers = fields.slice(3, 17).map((field) => BigInt(`0x${field}`));
      const ids = {
        vendor: word(config, 0x00),
        device: word(config, 0x02),
        subvendor: word(config, PCI_SUBSYSTEM_VENDOR),
        subdevice: word(config, PCI_SUBSYSTEM_VENDOR + 2),
        class: word(config, 0x0a),
        progif: config[0x09]!,
      };
      return {
        slot: `0000:${hex(bdf >> 8, 2)}:${hex((bdf >> 3) & 31, 2)}.${bdf & 7}`,
        bdf,
        ...ids,
        revision: config[0x08]!,
        name: board.describe(bdf),
        irq: parseInt(fields[2]!, 16),
        driver: fields[17] || undefined,
        modules: modulesFor(pciModalias(ids), known),
        regions: regions(config, numbers.slice(0, 7), numbers.slice(7)),
        capabilities: capabilities(config),
        config,
      };
    })
    .sort((a, b) => a.bdf - b.bdf);
}
