// The host ABI stands in AssemblyScript, in C and in lists of the image's makers: they say the same.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  arenaOf,
  haltsOf,
  imageHeader,
  ABI_VERSION,
  GLOBALS,
  IMAGE_MAGIC,
  IMAGE_WORDS,
} from "../../tools/image/image-header.ts";
import { HOST_FUNCTIONS } from "../../tools/image/host-functions.ts";
import { KERNEL_ENTRIES } from "../../tools/image/kernel-entries.ts";
import { SLOT_HEADER_BYTES, SLOT_MAGIC, SLOT_SOURCES } from "../../tools/image/slot.ts";
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

test("images and slots have the form that the firmware reads", () => {
  const constant = (name: string, where = header): number =>
    Number(new RegExp(`^#define ${name} (\\w+?)u?(?: |$)`, "m").exec(where)![1]);
  assert.equal(constant("KPI_ABI_VERSION"), ABI_VERSION);
  assert.equal(constant("IMAGE_MAGIC"), IMAGE_MAGIC);
  assert.equal(constant("GLOBALS"), GLOBALS);
  const arrays = { "globals[GLOBALS]": GLOBALS, "entries[KERNEL_ENTRIES]": KERNEL_ENTRIES.length };
  const words = all(/^ {2}u32 (\S+);/gm, struct("image")).map((name) => (arrays as Record<string, number>)[name] ?? 1);
  assert.equal(
    words.reduce((sum, one) => sum + one),
    IMAGE_WORDS,
  );
  const none = { memoryBytes: 0, globals: [], entries: KERNEL_ENTRIES.map(() => 0), table: [0, 0, 0] } as const;
  const of = {
    ...none,
    data: [0, 0],
    steps: [0, 0],
    scratch: 0,
    arena: 7,
    functions: 0,
    halts: true,
    rmmod: 0,
  } as const;
  assert.deepEqual([arenaOf(imageHeader(of)), haltsOf(imageHeader(of))], [7, true]);
  assert.deepEqual(
    [arenaOf(imageHeader({ ...of, arena: 0 })), haltsOf(imageHeader({ ...of, halts: false, rmmod: 9 }))],
    [0, false],
  );
  const slot = text("boards/firmware/slot.h");
  assert.equal(constant("SLOT_HEADER_BYTES", slot), SLOT_HEADER_BYTES);
  assert.equal(constant("SLOT_SOURCES", slot), SLOT_SOURCES);
  assert.equal(constant("SLOT_MAGIC", slot), SLOT_MAGIC);
});
