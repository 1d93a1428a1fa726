// Drivers that come and go, with traffic while they are there: after hundreds of times memory and table are what they
// were.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveBoard } from "../fuzz/live-board.ts";
import { figure, progress } from "./soak.ts";

const ROUNDS = 500;
/** Until caches are full, and the loader has as many unloaded modules out of use as it keeps. */
const FIRST_ROUNDS = 20;
const KEPT_OBJECTS = 16;

for (const [driver, device] of [
  ["8139cp", "rtl8139"],
  ["8139too", "rtl8139,revision=0x10"],
  ["e1000", "e1000"],
] as const) {
  test(`${driver}: ${ROUNDS} times modprobe, ping, rmmod`, async (context) => {
    const own = await LiveBoard.boot([device]);
    const { machine } = own.system;
    const round = async (): Promise<void> => {
      await own.run(`modprobe ${driver}; ip link set eth0 up`);
      await own.pass(3e9);
      await own.run(`ping -c 2 -i 0.01 peer; ip link set eth0 down; rmmod ${driver}`);
      own.checkLog();
    };
    for (let i = 0; i < FIRST_ROUNDS; i++) await round();
    await own.pass(1e9);
    const before = { ...own.memory(), slots: machine.core.table.length };
    const start = performance.now();
    for (let i = 0; i < ROUNDS; i++) {
      await round();
      if (i % 50 === 0) progress(`${i} of ${ROUNDS}`);
    }
    const each = (performance.now() - start) / ROUNDS;
    await own.pass(1e9);
    const { objects, freePages } = own.memory();
    // Page fragments of what was received last come and go.
    assert.ok(Math.abs(objects - before.objects) <= KEPT_OBJECTS, `${objects} objects, ${before.objects} before`);
    assert.deepEqual([freePages, machine.core.table.length], [before.freePages, before.slots]);
    figure(context, "reloads", ROUNDS);
    figure(context, "ms each", each);
    figure(context, "objects more", objects - before.objects);
    await own.system.shutdown();
  });
}
