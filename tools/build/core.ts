// Builds build/kpi.wasm from assembly/: with asc, through the gate, and only when a source has changed.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { KpiError } from "../../host/error.ts";
import { repoRoot } from "../setup/paths.mjs";
import { gate } from "./gate.ts";
import { readImage } from "./image.ts";

export const coreFile = join(repoRoot, "build", "kpi.wasm");
const stampFile = join(repoRoot, "build", "kpi.wasm.stamp");

/** Everything that the image is made of. */
function sources(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(repoRoot, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  const files = [...below("assembly"), ...below("tools/asc")].filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes("__tests__"));
  return [...files, "asconfig.json", "node_modules/assemblyscript/package.json"].sort();
}

function stamp(): string {
  const hash = createHash("sha256");
  for (const file of sources()) hash.update(`${file}\0`).update(readFileSync(join(repoRoot, file))).update("\0");
  return hash.digest("hex");
}

async function compile(): Promise<void> {
  const { default: asc } = await import("assemblyscript/asc");
  let messages = "";
  const collect = { write: (chunk: string | Uint8Array): boolean => ((messages += chunk.toString()), true) };
  // asc takes file names from the folder it runs in.
  const { error } = await asc.main(["--target", "release", "--baseDir", repoRoot], { stdout: collect, stderr: collect } as never);
  if (error) throw new KpiError(`${messages}\nthe core does not compile: ${error.message}`);
}

/** Builds the core if it is stale. Returns whether it did. */
export async function buildCore(report: (line: string) => void = () => {}): Promise<boolean> {
  const wanted = stamp();
  if (existsSync(coreFile) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted) return false;
  report("building the KPI core with asc");
  mkdirSync(join(repoRoot, "build"), { recursive: true });
  await compile();
  const bytes = readFileSync(coreFile);
  const faults = gate(readImage(bytes));
  if (faults.length > 0) throw new KpiError(`build/kpi.wasm is not fit to run:\n  ${faults.join("\n  ")}`);
  writeFileSync(stampFile, wanted);
  const kib = (size: number): string => (size / 1024).toFixed(1);
  report(`${relative(repoRoot, coreFile)}: ${kib(bytes.length)} KiB, ${kib(gzipSync(bytes, { level: 9 }).length)} KiB gzipped`);
  return true;
}

if (process.argv[1] === import.meta.filename) {
  try {
    await buildCore((line) => console.error(line));
  } catch (error) {
    if (!(error instanceof KpiError)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}
