// Builds the image of the core from assembly/: with asc, through the gate, and only when a source has changed. For a
// kernel tree whose layouts differ from the committed ones (KPI_LINUX), it builds another image beside it.

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { KpiError } from "../../host/error.ts";
import type { Abi } from "../abi/generate.ts";
import { symbolsFile } from "../../host/symbols/index.ts";
import { writeWhole } from "../kbuild/cache.ts";
import { repoRoot } from "../setup/paths.mjs";
import { progress } from "../setup/progress.mjs";
import { writeSymbolsJson } from "../symbols/generate.ts";
import { gate } from "./gate.ts";
import { splitNames } from "./names.ts";
import { readImage } from "./image.ts";

const buildFolder = join(repoRoot, "build");

export interface CoreImage {
  /** The .wasm file. */
  file: string;
  /** Whether it had to be built. */
  built: boolean;
}

/** Where the sources of an image lie, and where it goes. */
interface Target {
  /** The folder that has assembly/ in it. */
  root: string;
  file: string;
}

function below(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(root, folder, name));
}

/** Everything that the image and the table of its symbols are made of. */
function fingerprint(root: string): string {
  const tools = ["asc", "build", "symbols"].flatMap((name) => below(repoRoot, `tools/${name}`));
  const own = [...below(root, "assembly"), ...tools];
  const files = own.filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes("__tests__"));
  const settings = ["asconfig.json", "node_modules/assemblyscript/package.json"].map((name) => join(repoRoot, name));
  const hash = createHash("sha256");
  for (const file of [...files, ...settings].sort()) hash.update(`${relative(root, file)}\0`).update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

/** The layouts of the tree that KPI_LINUX names, if they are not the committed ones. */
async function foreignAbi(): Promise<Abi | undefined> {
  if (!process.env.KPI_LINUX) return undefined;
  const { generateAbi } = await import("../kbuild/layout.ts");
  const abi = await generateAbi();
  const committed = readFileSync(join(repoRoot, "assembly/abi/stamp.ts"), "utf8");
  return committed.includes(`"${abi.stamp}"`) ? undefined : abi;
}

/** A copy of the sources with the layouts of another tree. */
function stage(abi: Abi): Target {
  const root = join(buildFolder, `abi-${abi.stamp}`);
  rmSync(root, { recursive: true, force: true });
  cpSync(join(repoRoot, "assembly"), join(root, "assembly"), { recursive: true });
  cpSync(join(repoRoot, "asconfig.json"), join(root, "asconfig.json"));
  rmSync(join(root, "assembly/abi"), { recursive: true });
  for (const [name, text] of abi.files) {
    const file = join(root, "assembly/abi", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return { root, file: join(buildFolder, `kpi-${abi.stamp}.wasm`) };
}

/** The image as asc makes it, function names and all. */
async function compile(target: Target): Promise<Uint8Array> {
  const { default: asc } = await import("assemblyscript/asc");
  let messages = "";
  let image: Uint8Array | undefined;
  const collect = { write: (chunk: string | Uint8Array): boolean => ((messages += chunk.toString()), true) };
  const writeFile = (_name: string, contents: Uint8Array): void => void (image = contents);
  // The entry is asconfig.json's; naming it again would compile another copy when the sources are staged.
  const { error } = await asc.main(["--target", "release", "--baseDir", target.root], { stdout: collect, stderr: collect, writeFile } as never);
  if (error || !image) throw new KpiError(`${messages || error?.message}\nthe KPI core does not compile`);
  return image;
}

/** Builds the image if it is stale; `show`: with a progress line on stderr. */
export async function buildCore(show = false): Promise<CoreImage> {
  const abi = await foreignAbi();
  const target = abi ? stage(abi) : { root: repoRoot, file: join(buildFolder, "kpi.wasm") };
  const stampFile = `${target.file}.stamp`;
  const wanted = fingerprint(target.root);
  const there = [target.file, symbolsFile, stampFile].every((file) => existsSync(file));
  if (there && readFileSync(stampFile, "utf8") === wanted) {
    return { file: target.file, built: false };
  }
  const line = show ? progress("building the KPI core with asc") : undefined;
  try {
    const code = await build(target);
    // The stamp last: another build may run beside this one.
    writeWhole(stampFile, wanted);
    const kib = (size: number): string => (size / 1024).toFixed(1);
    line?.done(`${kib(code.length)} KiB, ${kib(gzipSync(code, { level: 9 }).length)} KiB gzipped`);
  } catch (error) {
    line?.failed();
    throw error;
  }
  return { file: target.file, built: true };
}

/** Compiles, checks and writes the image and what goes with it, each file whole or not at all; returns the image. */
async function build(target: Target): Promise<Uint8Array> {
  mkdirSync(buildFolder, { recursive: true });
  const whole = await compile(target);
  const image = readImage(whole);
  const faults = gate(image);
  const name = relative(repoRoot, target.file);
  if (faults.length > 0) throw new KpiError(`${faults.join("\n")}\n${name} is not fit to run`);
  writeSymbolsJson(image);
  const { code, names } = splitNames(whole);
  writeWhole(`${target.file}.names`, names);
  writeWhole(target.file, code);
  return code;
}

if (process.argv[1] === import.meta.filename) {
  try {
    await buildCore(true);
  } catch (error) {
    if (!(error instanceof KpiError)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}
