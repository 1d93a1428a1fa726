// DMA memory of every kind, from a driver that does all of it right: nothing is reported, nothing is left.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Flavour } from "../../host/flavour.ts";
import { boot, untimed } from "./harness.ts";

for (const flavour of ["debug", "release"] satisfies Flavour[]) {
  test(`in ${flavour}`, async () => {
    const { run, system, lines } = await boot(["rtl8139"], flavour, { dmaBase: 0x20000000 });
    await run("modprobe dmakinds");
    assert.ok(lines.map(untimed).includes("dmakinds: 0 wrong"), lines.join("\n"));
    if (flavour === "debug") {
      const left = await run("cat /sys/kernel/debug/dma-api/dump");
      assert.equal(left.length, 1, "the managed pool has a page");
    }
    await run("rmmod dmakinds");
    assert.equal(system.machine.bugs, 0, lines.join("\n"));
    await system.shutdown();
  });
}
