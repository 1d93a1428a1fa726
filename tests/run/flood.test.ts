// Many frames both ways at once, also damaged and impossible ones: the driver goes on, and a run repeats to the byte.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { boot, memoryOf } from "./harness.ts";
import { OWN_MAC, PEER_MAC, atHost, atWire, fromHost, fromWire, makeFrame, pass } from "./traffic.ts";
import { Random } from "../random.ts";

const FRAMES = 10_000;
/** Lengths at which something changes, for a driver, a card or a wire. */
const EDGES = [
  0, 1, 5, 6, 7, 13, 14, 15, 17, 18, 59, 60, 61, 64, 1499, 1500, 1513, 1514, 1515, 1518, 1519, 1522, 1523, 1532, 1536,
  2047, 2048, 4092, 4096, 8187, 8188, 8192, 16384, 65534, 65535,
];

/** Any frame that a wire can carry: wrong lengths, types, addresses and checksums. */
function anyFrame(random: Random): Uint8Array {
  const length = random.below(4) ? random.below(1600) : EDGES[random.below(EDGES.length)];
  const frame = Uint8Array.from({ length }, () => random.below(256));
  if (length >= 12 && random.below(4)) frame.set(OWN_MAC);
  if (length >= 34 && random.below(2)) {
    // IPv4, of which everything but the type may be wrong.
    frame.set([8, 0, 0x45], 12);
    frame[23] = [1, 6, 17][random.below(3)];
  }
  return frame;
}

async function flood(): Promise<{ log: string; hash: string; rx: number; tx: number }> {
  const own = await boot();
  const { system, run, lines } = own;
  await run("modprobe 8139cp; ip link set eth0 up");
  const [rx, tx] = [atHost(own), atWire(own)];
  const random = new Random(3);
  const frames = (to: Uint8Array, from: Uint8Array): Uint8Array[] =>
    Array.from({ length: FRAMES }, () => makeFrame(random, 60 + random.below(1455), to, from));
  await Promise.all([fromWire(own, frames(OWN_MAC, PEER_MAC)), fromHost(own, frames(PEER_MAC, OWN_MAC))]);
  await run("ip -s link; cat /proc/interrupts; cat /proc/slabinfo; cat /proc/net/dev");
  await system.shutdown();
  const hash = createHash("sha256");
  for (const frame of [...rx, ...tx]) hash.update(frame);
  return { log: lines.join("\n"), hash: hash.digest("hex"), rx: rx.length, tx: tx.length };
}

test("10,000 frames each way, twice: no frame lost, the same log and the same bytes", async () => {
  const first = await flood();
  assert.deepEqual([first.rx, first.tx], [FRAMES, FRAMES]);
  assert.deepEqual(await flood(), first);
});

for (const [driver, device] of [
  ["8139cp", "rtl8139"],
  ["8139too", "rtl8139,revision=0x10"],
  ["e1000", "e1000"],
]) {
  test(`${driver}: frames that nobody should send, through every setting`, async () => {
    const own = await boot([device]);
    // Frames longer than the room that it leaves behind its ring go there all the same.
    own.bugsExpected = driver === "8139too";
    const { system, run, lines } = own;
    const random = new Random(4);
    await run(`modprobe ${driver}; ip link set eth0 up; ping -c 1 peer`);
    const before = memoryOf(own).objects;
    for (const setting of ["promisc on", "mtu 576", "promisc off", "mtu 1500", "down", "up"]) {
      await run(`ip link set eth0 ${setting}`);
      const junk = Array.from({ length: 600 }, () => anyFrame(random));
      await Promise.all([fromWire(own, junk), fromHost(own, junk)]);
    }
    await pass(own, 2e9);
    await run("ping -c 3 peer");
    assert.ok(memoryOf(own).objects <= before + 64, "NAPI keeps up to 64 buffers at hand, the rest is free again");
    assert.doesNotMatch(lines.join("\n"), /WARNING|BUG|Oops/);
    await system.shutdown();
  });
}

test("a queue that a card does not empty fills up, loses what does not fit, and goes on", async () => {
  const own = await boot();
  const { system, run, board, lines } = own;
  await run("modprobe 8139cp; ip link set eth0 up; ping -c 1 peer");
  const got = atWire(own);
  const [bdf, command, master] = [3 << 3, 4, 4];
  const before = board.pciRead(bdf, command, 2);
  const frames = Array.from({ length: 3000 }, () => makeFrame(new Random(5), 100, PEER_MAC, OWN_MAC));
  board.pciWrite(bdf, command, 2, before & ~master);
  await fromHost(own, frames);
  assert.equal(got.length, 0);
  await system.wait(1);
  board.pciWrite(bdf, command, 2, before);
  await system.wait(1);
  // The queue holds 1000; beside it only what byte queue limits let the driver have.
  assert.ok(got.length > 1000 && got.length < 1100, `${got.length}`);
  got.length = 0;
  await fromHost(own, frames.slice(0, 100));
  assert.equal(got.length, 100);
  // Once more, for longer than a driver may take to send.
  board.pciWrite(bdf, command, 2, before & ~master);
  await fromHost(own, frames.slice(0, 100));
  await system.wait(10);
  assert.match(lines.join("\n"), /8139cp 0000:00:03\.0 eth0: Transmit timeout/);
  board.pciWrite(bdf, command, 2, before);
  await system.wait(1);
  got.length = 0;
  await fromHost(own, frames.slice(0, 100));
  assert.equal(got.length, 100);
  await system.shutdown();
});
