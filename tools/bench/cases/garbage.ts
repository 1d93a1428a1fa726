// No garbage on packet and interrupt paths: bytes of JavaScript heap that a packet leaves behind, over a million. A boxed
// number is the smallest object and has 16. What an awaiting host costs besides is about 500 bytes for each pause of an
// idle CPU, in which promises run.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { FactCase, Missing, Row, Unit } from "../bench.ts";
import { node26, repoRoot } from "../../setup/paths.mjs";

/** MiB: more than a million packets of the control leave behind. */
const YOUNG_GENERATION = 512;

async function child(what: string, unit: Unit, options: readonly string[]): Promise<(Omit<Row, "case"> | Missing)[]> {
  const program = join(import.meta.dirname, "../garbage-child.ts");
  const args = [...options, "--import", "tsx", program, what];
  const { stdout } = await promisify(execFile)(node26, args, { cwd: repoRoot });
  const found = JSON.parse(stdout) as { name: string; value: number; exact: boolean }[];
  return found.map(({ name, value, exact }) => {
    return exact ? { name, unit, value } : { name, missing: "something was collected while it was counted" };
  });
}

export const garbage: FactCase = {
  name: "garbage",
  facts: () => {
    return child(
      "bytes",
      "B",
      ["min", "max"].map((end) => `--${end}-semi-space-size=${YOUNG_GENERATION}`),
    );
  },
};

export const collections: FactCase = {
  name: "collections per million",
  facts: () => child("collections", "", []),
};
