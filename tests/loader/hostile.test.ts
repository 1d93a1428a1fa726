// Files that are not what they claim: cut off anywhere, random, too much of everything. Each ends in one line of words,
// quickly, and the loader goes on. Mutations are tests/fuzz's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ModuleLoader } from "../../host/loader/loader.ts";
import { ModuleStore } from "../../host/loader/store.ts";
import { checkError } from "../fuzz/invariants.ts";
import { Random } from "../random.ts";
import { moduleBytes } from "./drivers.ts";
import { fakeMachine, STAMP } from "./fake-machine.ts";
import { ObjectBuilder } from "./object-builder.ts";
import { readAndLink } from "./read-and-link.ts";

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
  const random = new Random(2);
  for (let i = 0; i < 2000; i++) {
    const bytes = random.bytes(random.below(2048));
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
  checkError(error);
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
