// Calls of the kernel's inline functions that only the debug flavour has a use for (host/loader/debug-calls.ts).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { dropDebugCalls } from "../../host/loader/debug-calls.ts";
import { readObject } from "../../host/loader/object.ts";
import { boot, moduleFile } from "./harness.ts";

test("the release flavour's loader takes them out, and nothing else", () => {
  const object = readObject(readFileSync(moduleFile("8139cp")));
  const code = object.code.slice();
  dropDebugCalls(object, code);
  const places = object.codeRelocations.filter(({ symbol }) => /^debug_dma_/.test(object.symbols[symbol]!.name));
  assert.ok(places.length >= 4, "8139cp maps frames, and looks whether that failed");
  const expected = object.code.slice();
  for (const { offset, symbol } of places) {
    const drops = object.symbols[symbol]!.name === "debug_dma_map_single" ? 3 : 2;
    expected.fill(0x1a, offset - 1, offset - 1 + drops).fill(0x01, offset - 1 + drops, offset + 5);
  }
  assert.deepEqual(Buffer.from(code), Buffer.from(expected));
});

test("a driver without them works", async () => {
  const { system, run } = await boot(["rtl8139"], "release");
  await run("modprobe 8139cp; ip link set eth0 up");
  assert.match((await run("ping -c 3 peer")).join("\n"), /3 packets transmitted, 3 received, 0% packet loss/);
  await system.shutdown();
});
