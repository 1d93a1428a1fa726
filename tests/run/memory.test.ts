// A board whose memory runs out under traffic: frames are lost, commands say so, and all is well once there is memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, untimed, type Run } from "./harness.ts";

const GFP_KERNEL_NOWARN = 0xcc0 | 0x2000;

/** Takes all memory but `pages` single pages; returns how to give it back. */
function eat({ system: { machine } }: Run, pages: number): () => void {
  const eaten: number[] = [];
  for (;;) {
    const address = machine.hostCall((core) => core.__kmalloc(4096, GFP_KERNEL_NOWARN)) >>> 0;
    if (address === 0) break;
    eaten.push(address);
  }
  const free = (address: number): void => machine.hostCall((core) => core.kfree(address));
  eaten.splice(0, pages).forEach(free);
  return () => eaten.forEach(free);
}

for (const pages of [0, 4, 12]) {
  test(`${pages} pages left`, async () => {
    const own = await boot();
    const { system, run, board, lines } = own;
    await run("modprobe 8139cp; ip link set eth0 up; ping -c 1 peer");
    const giveBack = eat(own, pages);
    const flood = board.cables[0].peer.ping("10.0.2.15", { count: 1000, interval: 0.1, size: 1400 });
    await system.machine.whileRunning(flood.done);
    for (const command of ["ping -c 1 peer", "ip link set eth0 down", "ip link set eth0 up", "modprobe params"]) {
      await run(command).catch((error: Error) => assert.match(error.message, /no memory|allocate memory|answers|sent/));
    }
    giveBack();
    await run("ip link set eth0 up; ping -c 3 -s 1400 peer");
    assert.doesNotMatch(lines.map(untimed).join("\n"), /BUG|Oops|WARNING/);
    assert.equal(system.machine.oopses, 0);
    await system.shutdown();
  });
}
