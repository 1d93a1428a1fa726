// Memory that runs out in probe and in ndo_open: each fails with its errno, leaves nothing, and works when there is
// memory again. tests/fixtures/hungry.c leaves the driver one page more each time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, memoryOf } from "./harness.ts";

for (const [driver, id] of [
  ["8139cp", "0x20"],
  ["8139too", "0x10"],
]) {
  test(`${driver} without memory`, async () => {
    const own = await boot([`rtl8139,revision=${id}`]);
    const { system, run, lines } = own;
    const round = async (): Promise<string> => (await run("insmod hungry; rmmod hungry")).join("\n");
    await run(`modprobe ${driver}; ip link set eth0 up; ping -c 1 peer; ip link set eth0 down`);
    // The first rounds fill caches, and the loader keeps some unloaded modules out of use.
    for (let i = 0; i < 10; i++) await round();
    await system.wait(2);
    const before = memoryOf(own);
    const said = await round();
    await system.wait(2);
    assert.match(said, /hungry: probe failed [1-9]\d* times, then: 1$/m);
    assert.match(said, /hungry: open failed [1-9]\d* times, then: 0$/m);
    assert.match(said, new RegExp(`${driver}: probe of 0000:00:[0-9a-f.]+ failed with error -12$`, "m"));
    // a region that cannot be noted counts as taken, as in Linux: -EBUSY
    assert.doesNotMatch(said, /failed with error -(?!12$|16$)/m);
    const { objects, bytes } = memoryOf(own);
    assert.deepEqual({ objects, bytes }, { objects: before.objects, bytes: before.bytes });
    const pings = await run("ip link set eth0 up; ping -c 2 -i 0.01 peer");
    assert.match(pings.join("\n"), /2 packets transmitted, 2 received/);
    assert.doesNotMatch(lines.join("\n"), /WARNING|BUG|Oops|iommu|hungry: an? /);
    await system.shutdown();
  });
}
