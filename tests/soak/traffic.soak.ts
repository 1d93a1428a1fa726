// Minutes of traffic both ways, checked byte by byte, while the interface goes down and up, its MTU changes and the
// cable is pulled. Frames may be lost at those moments; none may be damaged, doubled or out of order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, memoryOf, type Run } from "../run/harness.ts";
import { OWN_MAC, PEER_MAC, atHost, atWire, fromHost, fromWire, makeFrame, pass } from "../run/traffic.ts";
import { Random } from "../random.ts";
import { deadline, figure, progress } from "./soak.ts";

const FRAMES = 2000;
/** NAPI and receive rings keep some buffers at hand. */
const KEPT_OBJECTS = 256;

/** Whether `got` is `sent` with gaps; how many are missing. */
function missing(sent: readonly Uint8Array[], got: readonly Uint8Array[]): number {
  let at = 0;
  for (const frame of got) {
    while (at < sent.length && Buffer.compare(sent[at]!, frame) !== 0) at++;
    assert.ok(at < sent.length, `a frame of ${frame.length} bytes is not one that was sent, or not in its place`);
    at++;
  }
  return sent.length - got.length;
}

const frames = (random: Random, to: Uint8Array, from: Uint8Array): Uint8Array[] =>
  Array.from({ length: FRAMES }, () => makeFrame(random, 60 + random.below(1455), to, from));

/** What happens to the interface in the middle. */
const DISTURBANCES: ((own: Run) => Promise<unknown>)[] = [
  async () => {},
  ({ run }) => run("ip link set eth0 down; ip link set eth0 up"),
  ({ run }) => run("ip link set eth0 promisc on; ip link set eth0 promisc off"),
  async (own) => {
    own.board.cables[0].wire.plug(false);
    await pass(own, 3e9);
    own.board.cables[0].wire.plug(true);
    await pass(own, 3e9);
  },
  ({ run }) => run("ip -s link; cat /proc/interrupts; cat /proc/slabinfo; lspci -k"),
];

for (const [driver, device] of [
  ["8139cp", "rtl8139"],
  ["8139too", "rtl8139,revision=0x10"],
  ["e1000", "e1000"],
] as const) {
  test(`${driver}: traffic both ways`, async (context) => {
    const own = await boot([device]);
    const { system, run, lines } = own;
    await run(`modprobe ${driver}; ip link set eth0 up; ip link`);
    await pass(own, 3e9);
    const [rx, tx] = [atHost(own), atWire(own)];
    const random = new Random(7);
    const { objects } = memoryOf(own);
    const [start, end] = [performance.now(), deadline()];
    let [count, lost, bytes] = [0, 0, 0];
    for (let round = 0; performance.now() < end; round++) {
      rx.length = 0;
      tx.length = 0;
      const [down, up] = [frames(random, OWN_MAC, PEER_MAC), frames(random, PEER_MAC, OWN_MAC)];
      const disturb = DISTURBANCES[round % DISTURBANCES.length];
      await Promise.all([fromWire(own, down), fromHost(own, up), disturb(own)]);
      await pass(own, 3e9);
      const gaps = missing(down, rx) + missing(up, tx);
      if (round % DISTURBANCES.length === 0) assert.equal(gaps, 0, "frames were lost while nothing happened");
      lost += gaps;
      count += 2 * FRAMES;
      bytes += [...down, ...up].reduce((sum, { length }) => sum + length, 0);
      assert.ok(memoryOf(own).objects <= objects + KEPT_OBJECTS, `${memoryOf(own).objects} objects, ${objects} before`);
      assert.doesNotMatch(lines.join("\n"), /WARNING|BUG|Oops/);
      lines.length = 0;
      progress(`${count} frames`);
    }
    const seconds = (performance.now() - start) / 1000;
    figure(context, "frames", count);
    figure(context, "frames/s", Math.round(count / seconds));
    figure(context, "MB", bytes / 1e6);
    figure(context, "lost while disturbed", lost);
    await system.shutdown();
  });
}
