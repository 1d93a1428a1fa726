// Files that are not what they claim: cut off anywhere, random, too much of everything. Each ends in one line of words,
// quickly, and the loader goes on. Mutations are tests/fuzz's.

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
import { ObjectBuilder } from "./object-builder.ts";

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

/** What loading a file of `bytes` says. */
async function refusal(bytes: Uint8Array): Promise<string> {
  const loader = new ModuleLoader(fakeMachine(), new ModuleStore("/nonexistent"));
  const error = await loader.load("m.ko", bytes).then(
    () => assert.fail("it was loaded"),
    (why: Error) => why,
  );
  checkRefusal(error);
  return error.message;
}

test("structures that come twice, and names without an end", async () => {
  const twice = new ObjectBuilder();
  twice.section(1, [0]);
  assert.match(await refusal(twice.build()), /section 1 comes twice$/);
  const linking = new ObjectBuilder();
  linking.linking.push({ kind: 8, bytes: [0] });
  assert.match(await refusal(linking.build()), /part 8 of the linking section comes twice$/);
  const long = new ObjectBuilder();
  long.undefinedData("x".repeat(1025));
  assert.match(await refusal(long.build()), /a name of 1025 bytes at byte \d+$/);
});

test("of very many missing symbols the message names some", async () => {
  const builder = new ObjectBuilder();
  for (let i = 0; i < 50_000; i++) builder.undefinedData(`x${i}`);
  builder.module("m", { kpi_abi: STAMP });
  const loader = new ModuleLoader(fakeMachine(), new ModuleStore("/nonexistent"));
  await assert.rejects(loader.load("m.ko", builder.build()), (error: Error) => {
    assert.match(error.message, /Unknown symbol in module: x0, x1, x10, .* and 49744 more; try: kpi missing m\.ko$/);
    assert.ok(error.message.length < 4000);
    return true;
  });
});

test("a weak function may have any name, also those that JavaScript gives a meaning", async () => {
  const builder = new ObjectBuilder();
  for (const name of ["__proto__", "constructor", "toString"]) builder.importFunction(name, [], [], { weak: true });
  builder.module("m", { kpi_abi: STAMP });
  const loader = new ModuleLoader(fakeMachine(), new ModuleStore("/nonexistent"));
  await loader.load("m.ko", builder.build());
  assert.equal(({} as Record<string, unknown>).weak, undefined);
  await loader.rmmod("m");
});
