// The host ABI stands in AssemblyScript, in C and in lists of the image's makers: they say the same.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { HOST_FUNCTIONS } from "../../tools/image/host-functions.ts";
import { KERNEL_ENTRIES } from "../../tools/image/kernel-entries.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";

const text = (file: string): string => readFileSync(join(repoRoot, file), "utf8");
const all = (pattern: RegExp, where: string): string[] => [...where.matchAll(pattern)].map(([, name]) => name!);
const header = text("boards/firmware/abi.h");
const struct = (name: string): string => new RegExp(`^struct ${name} \\{\\n([^]*?)^\\};`, "m").exec(header)![1]!;

test("the firmware has what the core asks of its host", () => {
  const names = all(/@external\("host", "(\w+)"\)/g, text("assembly/arch/wasm/host.ts"));
  assert.deepEqual(all(/\(\*(\w+)\)/g, struct("host")), names);
  assert.deepEqual(HOST_FUNCTIONS, names);
  const macros = all(/^#define w2c_host_\w+ wasm->host\.(\w+)$/gm, text("boards/firmware/wasm.h"));
  assert.deepEqual(macros, names);
});

test("the core has what the firmware calls", () => {
  assert.deepEqual(all(/\(\*(\w+)\)/g, struct("kernel")), KERNEL_ENTRIES);
  const exported = text("assembly/kpi.ts");
  for (const name of KERNEL_ENTRIES) assert.match(exported, new RegExp(`\\b${name}\\b`), name);
});
