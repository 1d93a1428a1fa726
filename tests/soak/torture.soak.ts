// A hundred million allocations and locks in one module (tests/fixtures/torture.c), on both flavours of the core.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, memoryOf } from "../run/harness.ts";
import { figure, progress } from "./soak.ts";

const MILLIONS = 100;

for (const flavour of ["release", "debug"] as const) {
  test(`${MILLIONS} million slab and lock operations, ${flavour}`, async (context) => {
    const own = await boot([], flavour);
    const { run, system, lines } = own;
    // The first rounds fill caches, and the loader keeps some unloaded modules out of use.
    for (let i = 0; i < 10; i++) await run("insmod torture; rmmod torture");
    await system.wait(1);
    const before = memoryOf(own);
    const start = performance.now();
    for (let done = 0; done < MILLIONS; done += 10) {
      progress(`${done} million`);
      const said = await run(`insmod torture rounds=10 seed=${done + 1}; rmmod torture`);
      assert.ok(
        said.some((line) => line.endsWith("torture: 10 million operations, 0 wrong")),
        said.slice(0, 20).join("\n"),
      );
    }
    const seconds = (performance.now() - start) / 1000;
    await system.wait(1);
    const after = memoryOf(own);
    assert.equal(after.objects, before.objects);
    // Slabs keep an empty page or two for the next time.
    assert.ok(
      before.freePages - after.freePages <= 32,
      `${after.freePages} pages are free, ${before.freePages} before`,
    );
    assert.doesNotMatch(lines.join("\n"), /WARNING|BUG|Oops/);
    figure(context, "million operations", MILLIONS);
    figure(context, "ns each", (seconds * 1e9) / (MILLIONS * 1e6));
    await system.shutdown();
  });
}
