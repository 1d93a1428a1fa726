// Images and firmware as files below build/, made anew when something that they are made of has changed.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as map from "../../assembly/arch/wasm/memory.ts";
import { KpiError } from "../../host/error.ts";
import { buildFolder } from "../setup/paths.mjs";
import { writeWhole } from "../kbuild/cache.ts";
import { buildFirmware } from "./firmware.ts";
import { buildImage, type ImageOptions } from "./image.ts";
import { boardFolder, CROSS, crossTool } from "./toolchain.ts";

const folder = join(buildFolder, "images");

function compilerVersion(): string {
  try {
    return execFileSync(crossTool("gcc"), ["--version"], { encoding: "utf8" });
  } catch {
    const packages = "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf";
    throw new KpiError(`${CROSS}gcc is not installed; as root: apt-get install ${packages}`);
  }
}

/** A hash of the tools, and of whatever else is named. */
function key(files: readonly string[], words: readonly unknown[]): string {
  const hash = createHash("sha256")
    .update(compilerVersion())
    .update(JSON.stringify([words, map]));
  const own = [boardFolder, import.meta.dirname].flatMap((path) =>
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
  const file = join(folder, `${key(files, settings)}.img`);
  if (existsSync(file)) return readFileSync(file);
  building();
  const image = await buildImage(options);
  mkdirSync(folder, { recursive: true });
  writeWhole(file, image);
  return image;
}

/** The file of the firmware, for a board with so much RAM. */
export function cachedFirmware(ramBytes: number): { file: string; bytes: Buffer } {
  const file = join(folder, `${key([], ["firmware", ramBytes])}.bin`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const { flash, elf } = buildFirmware(ramBytes);
    writeFileSync(file.replace(/bin$/, "elf"), elf);
    writeWhole(file, flash);
  }
  return { file, bytes: readFileSync(file) };
}
