// Builds an image of the core from assembly/: with asc, through the gate, and only when a source has changed. For a
// kernel tree whose layouts differ from the committed ones (KPI_LINUX), it builds another image beside it.

import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { KpiError } from "../../host/error.ts";
import type { Flavour } from "../../host/flavour.ts";
import { symbolsFile } from "../../host/symbols/index.ts";
import type { Abi } from "../abi/generate.ts";
import { writeWhole } from "../kbuild/cache.ts";
import { installed, repoRoot } from "../setup/paths.mjs";
import { progress } from "../setup/progress.mjs";
import { writeSymbolsJson } from "../symbols/generate.ts";
import { extentFaults, gate } from "./gate.ts";
import { splitNames } from "./names.ts";
import { inOrder } from "./order.ts";
import { readImage } from "./image.ts";

const buildFolder = join(repoRoot, "build");
const assembly = join(repoRoot, "assembly");
const settings = join(repoRoot, "asconfig.json");

export interface CoreImage {
  flavour: Flavour;
  /** The .wasm file. */
  file: string;
  /** Whether it had to be built. */
  built: boolean;
}

function below(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
}

/** Everything that the images and the table of their symbols are made of. */
function sourceFiles(): string[] {
  const tools = ["asc", "build", "symbols"].flatMap((name) => below(join(repoRoot, "tools", name)));
  const all = [...below(assembly), ...tools];
  const sources = all.filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes("__tests__"));
  return [...sources, settings, join(repoRoot, "node_modules/assemblyscript/package.json")].sort();
}

function hashOf(
  files: readonly string[],
  content: (file: string) => string | Uint8Array,
  abi: Abi | undefined,
): string {
  const hash = createHash("sha256").update(abi?.stamp ?? "");
  for (const file of files)
    hash
      .update(`${relative(repoRoot, file)}\0`)
      .update(content(file))
      .update("\0");
  return hash.digest("hex");
}

/** When a file was last changed, and its length: who writes into a file changes one of them. */
function changed(file: string): string {
  const { mtimeNs, ctimeNs, size } = statSync(file, { bigint: true });
  return `${mtimeNs} ${ctimeNs} ${size}`;
}

/** A hash of the sources. Hundreds of files are read only when one of them has been touched since. */
function fingerprint(abi: Abi | undefined): string {
  const files = sourceFiles();
  const now = hashOf(files, changed, abi);
  const note = join(buildFolder, "sources.txt");
  const [then, known] = existsSync(note) ? readFileSync(note, "utf8").split("\n") : [];
  if (now === then && known) return known;
  const contents = hashOf(files, readFileSync, abi);
  mkdirSync(buildFolder, { recursive: true });
  writeWhole(note, `${now}\n${contents}\n`);
  return contents;
}

/** The layouts of the tree that KPI_LINUX names, if they are not the committed ones. */
async function foreignAbi(): Promise<Abi | undefined> {
  if (!process.env.KPI_LINUX) return undefined;
  const { generateAbi } = await import("../kbuild/layout.ts");
  const abi = await generateAbi();
  const committed = readFileSync(join(assembly, "abi/stamp.ts"), "utf8");
  return committed.includes(`"${abi.stamp}"`) ? undefined : abi;
}

/** A copy of the sources with the layouts of another tree: a folder that has assembly/ in it. */
function stage(abi: Abi): string {
  const root = mkdtempSync(join(buildFolder, `abi-${abi.stamp}-`));
  cpSync(assembly, join(root, "assembly"), { recursive: true });
  cpSync(settings, join(root, "asconfig.json"));
  rmSync(join(root, "assembly/abi"), { recursive: true });
  for (const [name, text] of abi.files) {
    const file = join(root, "assembly/abi", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return root;
}

/** The image as asc makes it from the sources below `root`, function names and all, and where its bss ends. */
async function compile(root: string, flavour: Flavour): Promise<{ compiled: Uint8Array; end: number }> {
  const { default: asc } = await import("assemblyscript/asc");
  const { extentOf } = await import("linuxkpi-asc/layout");
  let program: unknown;
  class Keep {
    afterInitialize(given: unknown): void {
      program = given;
    }
  }
  let messages = "";
  let image: Uint8Array | undefined;
  const collect = { write: (chunk: string | Uint8Array): boolean => ((messages += chunk.toString()), true) };
  const writeFile = (_name: string, contents: Uint8Array): void => void (image = contents);
  // The entry is asconfig.json's; naming it again would compile another copy when the sources are staged.
  const args = ["--target", flavour, "--baseDir", root];
  const { error } = await asc.main(args, { stdout: collect, stderr: collect, writeFile, transforms: [Keep] } as never);
  if (error || !image) throw new KpiError(`${messages || error?.message}\nthe KPI core does not compile`);
  return { compiled: image, end: extentOf(program).end };
}

/** Images as they lie there, and what a build of them would have to know. */
export interface Look {
  images: CoreImage[];
  /** Those that are not up to date. */
  stale: Flavour[];
  abi: Abi | undefined;
  wanted: string;
}

/** The image that a package comes with. Its layouts are those of one tree; modules of another are refused by stamp. */
function shipped(flavour: Flavour): CoreImage {
  return { flavour, file: join(buildFolder, flavour === "debug" ? "kpi.debug.wasm" : "kpi.wasm"), built: false };
}

export async function look(flavours: readonly Flavour[]): Promise<Look> {
  if (installed) return { images: flavours.map(shipped), stale: [], abi: undefined, wanted: "" };
  const abi = await foreignAbi();
  const wanted = fingerprint(abi);
  const name = abi ? `kpi-${abi.stamp}` : "kpi";
  const images = flavours.map((flavour) => {
    const file = join(buildFolder, flavour === "debug" ? `${name}.debug.wasm` : `${name}.wasm`);
    return { flavour, file, built: false };
  });
  const current = ({ file }: CoreImage): boolean =>
    [file, symbolsFile, `${file}.stamp`].every((path) => existsSync(path)) &&
    readFileSync(`${file}.stamp`, "utf8") === wanted;
  return { images, stale: images.filter((image) => !current(image)).map(({ flavour }) => flavour), abi, wanted };
}

/** Builds a flavour of the image if it is stale; `show`: with a progress line on stderr. */
export async function buildCore(flavour: Flavour = "debug", show = false): Promise<CoreImage> {
  const {
    images: [image],
    stale,
    abi,
    wanted,
  } = await look([flavour]);
  if (stale.length === 0) return image;
  const line = show ? progress(`building the KPI core (${flavour}) with asc`) : undefined;
  try {
    const code = await build(image, abi);
    // The stamp last: another build may run beside this one.
    writeWhole(`${image.file}.stamp`, wanted);
    const kib = (size: number): string => (size / 1024).toFixed(1);
    line?.done(`${kib(code.length)} KiB, ${kib(gzipSync(code, { level: 9 }).length)} KiB gzipped`);
  } catch (error) {
    line?.failed();
    throw error;
  }
  return { ...image, built: true };
}

/** Compiles, checks and writes the image and what goes with it, each file whole or not at all; returns the image. */
async function build({ flavour, file }: CoreImage, abi: Abi | undefined): Promise<Uint8Array> {
  mkdirSync(buildFolder, { recursive: true });
  const root = abi ? stage(abi) : repoRoot;
  try {
    // Only here: most runs build nothing.
    const { optimize } = await import("./optimize.ts");
    const { compiled, end } = await compile(root, flavour);
    const whole = inOrder(optimize(compiled));
    const image = readImage(whole);
    const faults = [...gate(image), ...extentFaults(end)];
    if (faults.length > 0) throw new KpiError(`${faults.join("\n")}\n${relative(repoRoot, file)} is not fit to run`);
    writeSymbolsJson(image);
    const { code, names } = splitNames(whole);
    writeWhole(`${file}.names`, names);
    writeWhole(file, code);
    return code;
  } finally {
    if (abi) rmSync(root, { recursive: true });
  }
}
