// Files that are not what they claim: cut off anywhere, random, mutated. Each ends in one line of words, quickly, and
// the loader goes on. The cases are random but always the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { KpiError } from "../../host/error.ts";
import { link } from "../../host/loader/link.ts";
import { ModuleLoader } from "../../host/loader/loader.ts";
import { ModInfo } from "../../host/loader/modinfo.ts";
import { readObject } from "../../host/loader/object.ts";
import { ObjectError } from "../../host/loader/reader.ts";
import { ModuleStore } from "../../host/loader/store.ts";
import { writeImage } from "../../host/loader/writer.ts";
import { moduleBytes } from "./drivers.ts";
import { fakeMachine, STAMP } from "./fake-machine.ts";
import { I32, ObjectBuilder, R } from "./object-builder.ts";

/** mulberry32: a sequence of numbers below `limit` that a seed determines. */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

function checkRefusal(error: unknown): void {
  assert.ok(error instanceof ObjectError || error instanceof KpiError, String((error as Error).stack));
  assert.match(error.message, /^[^\n\r\u2028\u2029]{1,1000}$/);
}

/** Reads, relocates and writes a module as if all it wants were there. True: it could be loaded. */
function readAndLink(bytes: Uint8Array): boolean {
  try {
    const object = readObject(bytes);
    ModInfo.of(object);
    const linked = link(object, {
      segments: object.segments.map((_, i) => 0x10000 + i * 4096),
      dataAddress: () => 8,
      tableSlot: () => 4096,
    });
    writeImage(object, { name: "m", code: linked.code, exports: new Map(), tableBase: 4096, elements: [] });
    return true;
  } catch (error) {
    checkRefusal(error);
    return false;
  }
}

/** A copy with one to eight bytes changed: a bit, another byte, or an extreme one. */
function mutate(bytes: Uint8Array, next: (limit: number) => number): Uint8Array {
  const copy = bytes.slice();
  for (let n = 1 + next(8); n > 0; n--) {
    const at = next(copy.length);
    const kinds = [copy[at] ^ (1 << next(8)), next(256), 0xff, 0x00, 0x80, 0x7f];
    copy[at] = kinds[next(kinds.length)];
  }
  return copy;
}

for (const name of ["mii", "8139cp"]) {
  test(`${name}.ko cut off at every byte`, { timeout: 120_000 }, () => {
    const bytes = moduleBytes(name);
    assert.equal(readAndLink(bytes), true);
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(readAndLink(bytes.subarray(0, length)), false, `cut off at byte ${length} of ${bytes.length}`);
    }
  });
}

test("2000 random files, half of them with the first bytes of a wasm file", { timeout: 60_000 }, () => {
  const next = random(2);
  for (let i = 0; i < 2000; i++) {
    const bytes = Uint8Array.from({ length: next(2048) }, () => next(256));
    if (i % 2) bytes.set([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0].slice(0, bytes.length));
    assert.equal(readAndLink(bytes), false);
  }
});

test("5000 mutations of 8139cp.ko are read and relocated, or refused", { timeout: 120_000 }, () => {
  const next = random(3);
  const bytes = moduleBytes("8139cp");
  let fit = 0;
  for (let i = 0; i < 5000; i++) if (readAndLink(mutate(bytes, next))) fit++;
  assert.ok(fit > 500 && fit < 4500, `${fit} of 5000 passed`);
});

/** A small module with a little of everything. */
function module(): Uint8Array {
  const builder = new ObjectBuilder();
  builder.importGlobal("__stack_pointer");
  const a = builder.importFunction("a", [I32], [I32]);
  const weak = builder.importFunction("weak", [], [], { weak: true });
  builder.importTable();
  const jiffies = builder.undefinedData("jiffies");
  const text = builder.data("text", "text\0", { segment: ".rodata.str", align: 1 });
  const run = builder.func(
    "run",
    [I32],
    [I32],
    [
      0x20,
      0,
      ...builder.call(a),
      0x41,
      { type: R.MEMORY_ADDR_SLEB, symbol: text, addend: 2 },
      0x6a,
      0x41,
      { type: R.TABLE_INDEX_SLEB, symbol: weak },
      0x6a,
      0x41,
      { type: R.MEMORY_ADDR_LEB, symbol: jiffies },
      0x6a,
    ],
  );
  builder.data("hooks", new Uint8Array(12), {
    fields: [run, builder.alias("init_module", run), a].map((symbol, i) => ({
      at: 4 * i,
      type: R.TABLE_INDEX_I32,
      symbol,
    })),
  });
  const counter = builder.data("counter", new Uint8Array(16), { segment: ".data..percpu", align: 16 });
  builder.data("pointer", new Uint8Array(4), {
    fields: [{ at: 0, type: R.MEMORY_ADDR_I32, symbol: counter, addend: 4 }],
  });
  builder.export("run", run).export("hooks", builder.data("shared", new Uint8Array(8)));
  builder.module("m", { kpi_abi: STAMP });
  return builder.build();
}

test("5000 mutations of a small module are loaded and unloaded, or refused", { timeout: 120_000 }, async () => {
  const next = random(4);
  const machine = fakeMachine();
  const loader = new ModuleLoader(machine, new ModuleStore("/nonexistent"));
  const bytes = module();
  await loader.load("m.ko", bytes);
  await loader.rmmod("m");
  let fit = 0;
  for (let i = 0; i < 5000; i++) {
    try {
      const loaded = await loader.load("m.ko", mutate(bytes, next));
      fit++;
      await loader.rmmod(loaded.name);
    } catch (error) {
      checkRefusal(error);
      assert.ok(error instanceof KpiError, String((error as Error).stack));
    }
    assert.ok(machine.held.size <= 8 && loader.modules.size === 0);
  }
  assert.ok(fit > 500 && fit < 4500, `${fit} of 5000 were loaded`);
});
