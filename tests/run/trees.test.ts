// Radix trees and IDRs as modules see them: with the headers' inline parts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, untimed } from "./harness.ts";

test("radix trees: entries, tags, iteration; IDRs with memory kept ready", async () => {
  const { system, run } = await boot();
  const said = (await run("modprobe trees")).map(untimed).filter((line) => /^trees: (?!loading)/.test(line));
  assert.deepEqual(
    said.map((line) => line.slice("trees: ".length)),
    [
      "insert 0 -17",
      "lookup 1, gang 3",
      "tag 1, tagged 1 0, gang 1",
      "at 5: 1",
      "at 5000: 0",
      "at 4294967295: 0",
      "tagged at 5000",
      "deleted 1 1 1",
      "empty 1, tagged 0",
      "id 1, found 1, empty 0",
      "empty 1",
    ],
  );
  await run("rmmod trees");
  await system.shutdown();
});
