// kpi image: makes what a board's flash holds, and says what is in it.

import { readFileSync, writeFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { buildCore } from "../../tools/build/core.ts";
import { firmwareBoard, kindFor, type Kind } from "../../tools/image/boards.ts";
import { cachedFirmware, cachedImage } from "../../tools/image/cache.ts";
import { FIRMWARE_RAM, memoryOf, VALUES_RAM } from "../../tools/image/firmware.ts";
import { driversFor, isGplWork } from "../../tools/image/drivers.ts";
import { arenaOf, haltsOf } from "../../tools/image/image-header.ts";
import { layoutStamp } from "../../tools/image/link.ts";
import { parsePciFields, type PciFields } from "../../tools/image/pci-fields.ts";
import { readSlot, sha256, SLOT_HEADER_BYTES, type Slot } from "../../tools/image/slot.ts";
import { systemErrorText } from "../errno.ts";
import { KpiError } from "../error.ts";
import { fittingInfo } from "../loader/aliases.ts";
import { builtModules } from "../built-modules.ts";
import { modulesToLoad } from "./modules-to-load.ts";
import { provideNamed } from "./provide.ts";

export interface ImageCommandOptions {
  board: string;
  insmod: string[];
  out: string;
  mem: number;
  /** None: machine code of the board. */
  kind?: Kind;
  panic: "restart" | "halt";
  /** "10ec:8139,revision=0x10" */
  pci: string[];
  info?: string;
  json?: boolean;
}

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

export function readImageFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new KpiError(`cannot read ${file}: ${systemErrorText(error)}`);
  }
}

/** What the board does after one. */
const panicOf = ({ body }: Slot): "halt" | "restart" => (haltsOf(body) ? "halt" : "restart");
const crcOf = ({ body }: Slot): string => crc32(body).toString(16).padStart(8, "0");

function describe(slot: Slot, bytes: Buffer): [string, string][] {
  const code = slot.symbols || slot.body.length;
  const arena = arenaOf(slot.body);
  return [
    ["board", slot.board],
    ["kind", slot.kind],
    ["ABI version", String(slot.abi)],
    ["sequence", `${slot.sequence}; kpi flash takes the next one of the board`],
    [
      "flash",
      `${kib(SLOT_HEADER_BYTES + slot.body.length)}: code and data ${kib(code)}, names ${kib(slot.body.length - code)}`,
    ],
    [
      "memory",
      `${kib(slot.memoryBytes)}: core and drivers at most ${kib(arena)}, the arena gets the rest; beside it ` +
        `firmware ${kib(FIRMWARE_RAM)}${slot.kind === "WASM" ? `, values ${kib(VALUES_RAM)}` : ""}`,
    ],
    ["panic", panicOf(slot)],
    ...slot.sources.flatMap(({ name, sha256: hash, flashBytes, ramBytes }): [string, string][] => [
      [name, `flash ${kib(flashBytes)}, memory ${kib(ramBytes)}`],
      ["", `sha256 ${hash.toString("hex")}`],
    ]),
    ["body", `${slot.body.length} bytes, CRC-32 ${crcOf(slot)}`],
    ["", `sha256 ${sha256(slot.body).toString("hex")}`],
    ["image", `sha256 ${sha256(bytes).toString("hex")}`],
  ];
}

function show(bytes: Buffer, name: string, json: boolean): void {
  const slot = readSlot(bytes, name);
  const { board, kind, abi, sequence, memoryBytes, body, sources } = slot;
  if (json) {
    const hashes = sources.map((one) => ({ ...one, sha256: one.sha256.toString("hex") }));
    const hash = { body: sha256(body).toString("hex"), image: sha256(bytes).toString("hex") };
    console.log(
      JSON.stringify({
        board,
        kind,
        abi,
        sequence,
        panic: panicOf(slot),
        memoryBytes,
        arenaBytes: memoryBytes - arenaOf(body),
        flashBytes: bytes.length,
        bodyBytes: body.length,
        crc32: crcOf(slot),
        sources: hashes,
        ...hash,
      }),
    );
    return;
  }
  for (const [label, text] of describe(slot, bytes)) console.log(`${(label && `${label}:`).padEnd(14)}${text}`);
}

/** The image for a list of modules with their parameters. */
export async function makeImage(
  boardName: string,
  insmod: readonly string[],
  ramKiB: number,
  options: { kind?: Kind | undefined; halts?: boolean; pci?: readonly PciFields[] } = {},
): Promise<Buffer> {
  const board = firmwareBoard(boardName);
  const { halts = false, pci = [] } = options;
  const kind = kindFor(board, options.kind);
  if (ramKiB << 10 > board.ram.bytes) {
    throw new KpiError(`board ${board.name} has ${board.ram.bytes >> 10} KiB of RAM, not ${ramKiB}`, 2);
  }
  if (pci.length > 0 && !board.pci) throw new KpiError(`board ${board.name} has no PCI bus, so no --pci`, 2);
  const { file: core } = await buildCore("release", true);
  const abi = layoutStamp(core);
  const drivers = await driversFor(modulesToLoad(insmod), async (name) => {
    const built = builtModules.find(name);
    if (!built || !fittingInfo(built, abi)) await provideNamed(builtModules.folder, name);
  });
  const image = await cachedImage(
    { board: board.name, core, drivers, kind, memoryBytes: memoryOf(ramKiB << 10, kind), sequence: 0, halts, pci },
    () => console.error(`  ${kind} kpi.wasm ${drivers.map(({ name }) => `${name}.ko`).join(" ")}`),
  );
  if (isGplWork(drivers))
    console.error("The image contains modules under the GPL: whoever gets it has the GPL's rights.");
  return image;
}

export async function image(options: ImageCommandOptions): Promise<number> {
  if (options.info !== undefined) {
    show(readImageFile(options.info), options.info, options.json ?? false);
    return 0;
  }
  const bytes = await makeImage(options.board, options.insmod, options.mem, {
    kind: options.kind,
    halts: options.panic === "halt",
    pci: options.pci.map(parsePciFields),
  });
  try {
    writeFileSync(options.out, bytes);
  } catch (error) {
    throw new KpiError(`cannot write ${options.out}: ${systemErrorText(error)}`);
  }
  show(bytes, options.out, options.json ?? false);
  if (!options.json) {
    const { bytes: firmware } = cachedFirmware(firmwareBoard(options.board), options.mem << 10);
    console.log(`firmware:     ${kib(firmware.length)} of flash, beside the slots`);
  }
  return 0;
}
