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
import { crossToolSync } from "./toolchain.ts";

const folder = join(buildFolder, "images");

/** A hash of the tools, and of whatever else is named. */
function key(board: FirmwareBoard, files: readonly string[], words: readonly unknown[]): string {
  const version = crossToolSync(board, "gcc", ["--version"], { cwd: ".", what: "firmware" });
  const hash = createHash("sha256")
    .update(version)
    .update(JSON.stringify([board.name, words, map]));
  const own = [sharedFolder, boardFolder(board), import.meta.dirname].flatMap((path) =>
    readdirSync(path)
      .filter((name) => /\.(ts|js|c|h|S|ld)$/.test(name))
      .sort()
      .map((name) => join(path, name)),
  );
  for (const file of [...own, ...files]) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 32);
}

export async function cachedImage(options: ImageOptions, building: () => void = () => {}): Promise<Buffer> {
  const { core, drivers, ...rest } = options;
  const files = [core, ...drivers.map(({ file }) => file)];
  const settings = [rest, drivers.map(({ name, args }) => [name, args])];
  const file = join(folder, `${key(firmwareBoard(options.board), files, settings)}.img`);
  if (existsSync(file)) return readFileSync(file);
  building();
  const image = await buildImage(options);
  mkdirSync(folder, { recursive: true });
  writeWhole(file, image);
  return image;
}

export interface CachedFirmware {
  bytes: Buffer;
  /** A file, for its names. */
  elf: string;
}

/** The firmware of a board with so much RAM. */
export function cachedFirmware(board: FirmwareBoard, ramBytes: number): CachedFirmware {
  const file = join(folder, `${key(board, [], ["firmware", ramBytes])}.bin`);
  const elf = file.replace(/bin$/, "elf");
  if (existsSync(file)) return { bytes: readFileSync(file), elf };
  mkdirSync(folder, { recursive: true });
  const built = buildFirmware(board, ramBytes);
  writeFileSync(elf, built.elf);
  writeWhole(file, built.flash);
  return { bytes: built.flash, elf };
}
