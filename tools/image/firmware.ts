// Builds the resident firmware of a board (boards/firmware and the board's own folder): one call of gcc, the same bytes
// each time.

import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as map from "../../assembly/arch/wasm/memory.ts";
import { MODULE_SLOTS } from "../../host/machine/boot-block.ts";
import { boardFolder, KINDS, sharedFolder, SLOT_BYTES, SLOT_COUNT, type FirmwareBoard, type Kind } from "./boards.ts";
import { crossToolSync } from "./toolchain.ts";

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
const defines = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `#define ${name} ${typeof value === "number" ? `${hex(value)}u` : JSON.stringify(value)}\n`)
    .join("");

/** The memory map of the core, for C. */
const memoryMap = (): string => defines({ ...map, FIRST_MODULE_SLOT: MODULE_SLOTS });

const kindNumber = (kind: Kind): number => KINDS.indexOf(kind) + 1;

/** What is known of a board (boards.ts), for C. */
function description({ name, id, native, slots, ram }: FirmwareBoard, ramBytes: number): string {
  const kinds = { KIND_NATIVE: kindNumber(native), KIND_WASM: kindNumber("WASM") };
  const places = { SLOTS_BASE: slots, SLOT_BYTES, SLOT_COUNT, RAM_BASE: ram.base, RAM_BYTES: ramBytes };
  return defines({ BOARD_NAME: name, BOARD_ID: id, ...kinds, ...places });
}

/** What of RAM is the firmware's: variables and stacks. */
export const FIRMWARE_RAM = 40 << 10;

/** And for the linker. */
function memory({ firmware, ram }: FirmwareBoard): string {
  const place = (name: string, base: number, bytes: number): string =>
    `  ${name} : ORIGIN = ${hex(base)}, LENGTH = ${hex(bytes)}\n`;
  const all = [place("FLASH (rx)", firmware.base, firmware.bytes), place("RAM (rw)", ram.base, FIRMWARE_RAM)];
  return `MEMORY {\n${all.join("")}}\n`;
}

export interface Firmware {
  flash: Buffer;
  elf: Buffer;
}

/** What an interpreted image needs of RAM besides: values for each native stack (boards/firmware/interpreter.h). */
export const VALUES_RAM = 64 << 10;

/** Linear memory of an image on a board with so much RAM. */
export const memoryOf = (ramBytes: number, kind: Kind): number =>
  ramBytes - FIRMWARE_RAM - (kind === "WASM" ? VALUES_RAM : 0);

/** And RAM of a board for so much linear memory. */
export const ramOf = (memoryBytes: number, kind: Kind): number =>
  memoryBytes + (memoryBytes - memoryOf(memoryBytes, kind));

const sources = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /\.[cS]$/.test(name) && name !== "image.c")
    .sort()
    .map((name) => join(folder, name));

/** The firmware of a board with so much RAM. */
export function buildFirmware(board: FirmwareBoard, ramBytes: number): Firmware {
  const folder = mkdtempSync(join(tmpdir(), "kpi-firmware-"));
  try {
    writeFileSync(join(folder, "memory-map.h"), memoryMap());
    writeFileSync(join(folder, "description.h"), description(board, ramBytes));
    writeFileSync(join(folder, "memory.ld"), memory(board));
    const [own, shared] = [boardFolder(board), sharedFolder];
    const prefixes = [own, shared].map((path) => `-ffile-prefix-map=${path}=.`);
    const flags = ["-ffunction-sections", "-fdata-sections", ...prefixes, `-I${folder}`];
    const script = ["-T", join(shared, "firmware.ld"), `-L${folder}`, "-Wl,--gc-sections"];
    const link = ["-nostartfiles", "-nostdlib", ...script, "-lc", "-lgcc"];
    const at = { cwd: folder, what: "firmware" };
    crossToolSync(board, "gcc", [...flags, ...sources(shared), ...sources(own), ...link, "-o", "firmware.elf"], at);
    crossToolSync(board, "objcopy", ["-O", "binary", "firmware.elf", "firmware.bin"], at);
    return { flash: readFileSync(join(folder, "firmware.bin")), elf: readFileSync(join(folder, "firmware.elf")) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
