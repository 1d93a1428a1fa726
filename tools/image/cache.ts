// Images and firmware as files below build/, made anew when something that they are made of has changed.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as map from "../../assembly/arch/wasm/memory.ts";
import { buildFolder } from "../setup/paths.mjs";
import { writeWhole } from "../kbuild/cache.ts";
import { buildFirmware } from "./firmware.ts";
import { buildImage, type ImageOptions } from "./image.ts";
import { boardFolder, firmwareBoard, sharedFolder, type FirmwareBoard } from "./boards.ts";
import type { Step } from "./step.ts";
import { crossToolSync } from "./toolchain.ts";

const folder = join(buildFolder, "images");

type Input = readonly (string | Uint8Array)[];

const sourcesIn = (path: string): string[] =>
  readdirSync(path)
    .filter((name) => /\.(ts|js|c|h|S|ld)$/.test(name))
    .sort()
    .map((name) => join(path, name));

/** A hash of what something is made of, and by which sources. */
function key(what: readonly unknown[], sources: readonly string[], input: Input): string {
  const hash = createHash("sha256").update(JSON.stringify([...what, map]));
  for (const file of sources) hash.update(readFileSync(file));
  for (const part of input) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex").slice(0, 32);
}

/** The same, of what a board's compiler makes. */
function boardKey(board: FirmwareBoard, what: readonly unknown[], input: Input): string {
  const version = crossToolSync(board, "gcc", ["--version"], { cwd: ".", what: "firmware" });
  const folders = [sharedFolder, boardFolder(board), import.meta.dirname];
  return key([version, board.name, ...what], folders.flatMap(sourcesIn), input);
}

async function kept(file: string, make: () => Uint8Array | Promise<Uint8Array>): Promise<Buffer> {
  if (existsSync(file)) return readFileSync(file);
  const bytes = await make();
  mkdirSync(folder, { recursive: true });
  writeWhole(file, bytes);
  return Buffer.from(bytes);
}

/** Code is the same whatever its drivers' parameters are, and for all boards while it is wasm. */
const stepFor =
  (board: FirmwareBoard): Step =>
  (name, input, make) => {
    const hash = name === "wasm" ? key([name], sourcesIn(import.meta.dirname), input) : boardKey(board, [name], input);
    return kept(join(folder, `${hash}.${name}`), make);
  };

export function cachedImage(options: ImageOptions, building: () => void = () => {}): Promise<Buffer> {
  const { core, drivers, ...rest } = options;
  const board = firmwareBoard(options.board);
  const settings = [rest, drivers.map(({ name, args }) => [name, args])];
  const files = [core, ...drivers.map(({ file }) => file)].map((file) => readFileSync(file));
  return kept(join(folder, `${boardKey(board, settings, files)}.img`), () => {
    building();
    return buildImage(options, stepFor(board));
  });
}

export interface CachedFirmware {
  bytes: Buffer;
  /** A file, for its names. */
  elf: string;
}

/** The firmware of a board with so much RAM. */
export function cachedFirmware(board: FirmwareBoard, ramBytes: number): CachedFirmware {
  const file = join(folder, `${boardKey(board, ["firmware", ramBytes], [])}.bin`);
  const elf = file.replace(/bin$/, "elf");
  if (existsSync(file)) return { bytes: readFileSync(file), elf };
  mkdirSync(folder, { recursive: true });
  const built = buildFirmware(board, ramBytes);
  writeFileSync(elf, built.elf);
  writeWhole(file, built.flash);
  return { bytes: built.flash, elf };
}
