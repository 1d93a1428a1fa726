// lspci [-k] [-n]: the PCI functions that the core found, from /proc/bus/pci/devices and configuration space.

import { KpiError } from "../../error.ts";
import { ModInfo, moduleName } from "../../loader/modinfo.ts";
import { readModuleFile } from "../../loader/module-file.ts";
import { readObject } from "../../loader/object.ts";
import { ObjectError } from "../../loader/reader.ts";
import type { System } from "../../system.ts";
import { type ConsoleCommand, usageError } from "../command.ts";

/** Class and subclass in words, as the PCI Code and ID Assignment Specification has them. */
const CLASSES: Record<number, string> = {
  0x0000: "Non-VGA unclassified device",
  0x0100: "SCSI storage controller",
  0x0106: "SATA controller",
  0x0108: "Non-Volatile memory controller",
  0x0200: "Ethernet controller",
  0x0280: "Network controller",
  0x0300: "VGA compatible controller",
  0x0401: "Multimedia audio controller",
  0x0600: "Host bridge",
  0x0601: "ISA bridge",
  0x0604: "PCI bridge",
  0x0880: "System peripheral",
  0x0c03: "USB controller",
  0x0c05: "SMBus",
};

interface PciFunction {
  bdf: number;
  vendor: number;
  device: number;
  class: number;
  revision: number;
  subvendor: number;
  subdevice: number;
  driver: string;
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

function functions(system: System): PciFunction[] {
  const { board } = system.machine;
  return system
    .procRead("bus/pci/devices")
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const fields = line.split("\t").map((field) => field.trim());
      const bdf = parseInt(fields[0], 16);
      const read = (where: number, width: number): number => board.pciRead(bdf, where, width) >>> 0;
      return {
        bdf,
        vendor: read(0x00, 2),
        device: read(0x02, 2),
        class: read(0x08, 4) >>> 8,
        revision: read(0x08, 1),
        subvendor: read(0x2c, 2),
        subdevice: read(0x2e, 2),
        driver: fields[17] ?? "",
      };
    });
}

/** "00:03.0" */
function slotName(bdf: number): string {
  return `${hex(bdf >> 8, 2)}:${hex((bdf >> 3) & 31, 2)}.${bdf & 7}`;
}

/** Does a module's alias pattern (pci:v…d…sv…sd…bc…sc…i…, with `*`) match the function? */
function matches(alias: string, f: PciFunction): boolean {
  const up = (value: number, digits: number): string => hex(value, digits).toUpperCase();
  const id =
    `pci:v${up(f.vendor, 8)}d${up(f.device, 8)}sv${up(f.subvendor, 8)}sd${up(f.subdevice, 8)}` +
    `bc${up(f.class >> 16, 2)}sc${up((f.class >> 8) & 255, 2)}i${up(f.class & 255, 2)}`;
  return new RegExp(`^${alias.replaceAll("*", ".*")}$`).test(id);
}

/** The built modules that claim the function. */
function modulesFor(system: System, f: PciFunction): string[] {
  return system.loader.store
    .files()
    .filter((file) => {
      try {
        const info = ModInfo.of(readObject(readModuleFile(file)));
        return info.all("alias").some((alias) => alias.startsWith("pci:") && matches(alias, f));
      } catch (error) {
        if (error instanceof ObjectError || error instanceof KpiError) return false;
        throw error;
      }
    })
    .map(moduleName);
}

/** How lspci shows numbers: not (0), instead of names (-n), beside them (-nn). */
type Numeric = 0 | 1 | 2;

function shown(numeric: Numeric, name: string | undefined, unknown: string, numbers: string): string {
  if (numeric === 1) return numbers;
  if (numeric === 2) return `${name ?? unknown} [${numbers}]`;
  return name ?? `${unknown} ${numbers}`;
}

function describe(system: System, f: PciFunction, numeric: Numeric): string {
  const kind = shown(numeric, CLASSES[f.class >> 8], "Class", hex(f.class >> 8, 4));
  const numbers = `${hex(f.vendor, 4)}:${hex(f.device, 4)}`;
  const name = shown(numeric, system.machine.board.describe(f.bdf), "Device", numbers);
  return `${slotName(f.bdf)} ${kind}: ${name}${f.revision ? ` (rev ${hex(f.revision, 2)})` : ""}`;
}

/** The lines of -k. */
function kernel(system: System, f: PciFunction, numeric: Numeric): string[] {
  const lines: string[] = [];
  if (f.subvendor && f.subvendor !== 0xffff) {
    // A maker that gives its card the chip's own numbers has it called by the chip's name.
    const own = f.subvendor === f.vendor && f.subdevice === f.device;
    const name = own ? system.machine.board.describe(f.bdf) : undefined;
    lines.push(`Subsystem: ${shown(numeric, name, "Device", `${hex(f.subvendor, 4)}:${hex(f.subdevice, 4)}`)}`);
  }
  if (f.driver) lines.push(`Kernel driver in use: ${f.driver}`);
  const modules = modulesFor(system, f);
  if (modules.length > 0) lines.push(`Kernel modules: ${modules.join(", ")}`);
  return lines;
}

export const lspci: ConsoleCommand = {
  name: "lspci",
  usage: "[-k] [-n|-nn]",
  summary: "the PCI devices; -k: their drivers, -n: numbers instead of names, -nn: both",
  run({ system, out }, args) {
    if (args.some((arg) => !/^-[kn]+$/.test(arg))) throw usageError(lspci);
    const flags = args.join("");
    const numeric = Math.min(flags.split("n").length - 1, 2) as Numeric;
    const found = functions(system);
    if (found.length === 0) throw new KpiError("lspci: the board has no PCI devices");
    for (const f of found) {
      out(describe(system, f, numeric));
      if (flags.includes("k")) for (const line of kernel(system, f, numeric)) out(`\t${line}`);
    }
  },
};
