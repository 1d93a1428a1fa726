// No garbage on packet and interrupt paths: bytes of JavaScript heap that a packet leaves behind, over a million.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { FactCase } from "../bench.ts";
import { node26, repoRoot } from "../../setup/paths.mjs";

/** MiB: more than a million packets of the control leave behind. */
const YOUNG_GENERATION = 512;

export const garbage: FactCase = {
  name: "garbage",
  async facts() {
    const young = [`--min-semi-space-size=${YOUNG_GENERATION}`, `--max-semi-space-size=${YOUNG_GENERATION}`];
    const child = join(import.meta.dirname, "../garbage-child.ts");
    const { stdout } = await promisify(execFile)(node26, [...young, "--import", "tsx", child], { cwd: repoRoot });
    const found = JSON.parse(stdout) as { name: string; bytes: number; exact: boolean }[];
    return found.map(({ name, bytes, exact }) => {
      if (!exact) return { name, missing: "something was collected while it was counted" };
      return { name, unit: "B", value: bytes, valueNoise: 0 };
    });
  },
};
