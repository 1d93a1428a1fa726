// e1000 on a card that fails or lies: a transmitter that stands still, interrupts that get lost, rings and buffers that
// point nowhere, a card that is pulled out. The driver notices what it can, and works again.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { E1000 } from "../../boards/desktop/devices/e1000/chip.ts";
import { boot, untimed, type Run } from "./harness.ts";
import { OWN_MAC, PEER_MAC, atWire, fromHost, makeFrame, pass } from "./traffic.ts";
import { Random } from "../random.ts";

/** Offsets of registers, and of the command register in configuration space. */
const [RDBAL, TDBAL, TDH] = [0x2800, 0x3800, 0x3810];
const [COMMAND, MASTER] = [4, 4];
const BDF = 3 << 3;
const DESCRIPTORS = 256;
const HANG = /^e1000 0000:00:03\.0 eth0: Detected Tx Unit Hang$/;

async function up(): Promise<Run> {
  const own = await boot(["e1000"]);
  await own.run("modprobe e1000; ip link set eth0 up; ip link");
  await pass(own, 3e9);
  await own.run("ping -c 1 peer");
  return own;
}

async function works(own: Run): Promise<void> {
  await pass(own, 5e9);
  await own.run("ping -c 3 -i 0.01 peer");
  await own.system.shutdown();
  assert.equal(own.system.machine.oopses, 0);
  assert.doesNotMatch(own.lines.join("\n"), /BUG|Oops/);
}

const count = ({ lines }: Run, what: RegExp): number => lines.filter((line) => what.test(untimed(line))).length;

/** A register of the card, under the driver's nose. */
const registers = (own: Run): Uint32Array => (own.board.cables[0].nic as unknown as E1000).regs.value;

/** The driver's way out of a hang: 6.1's netif_stop_queue puts the kernel's own watchdog off each time that e1000 sees
 *  one, but a link that goes with frames in the ring makes it reset the card. */
async function pullCable(own: Run): Promise<void> {
  const { wire } = own.board.cables[0];
  wire.plug(false);
  await pass(own, 5e9);
  wire.plug(true);
  await pass(own, 5e9);
  assert.equal(count(own, /^e1000 0000:00:03\.0 eth0: Reset adapter$/), 1);
}

test("a transmitter that stands still: the driver says what hangs; with the bus it goes on", async () => {
  const own = await up();
  const { board } = own;
  const got = atWire(own);
  const before = board.pciRead(BDF, COMMAND, 2);
  board.pciWrite(BDF, COMMAND, 2, before & ~MASTER);
  const random = new Random(1);
  const frames = Array.from({ length: 50 }, () => makeFrame(random, 100, PEER_MAC, OWN_MAC));
  await fromHost(own, frames);
  assert.equal(got.length, 0);
  await pass(own, 10e9);
  assert.ok(count(own, HANG) > 1);
  assert.equal(count(own, /^ +TDT +<4>$/), count(own, HANG), "of the 50 byte queue limits gave it a few");
  board.pciWrite(BDF, COMMAND, 2, before);
  await pass(own, 1e9);
  assert.deepEqual(got, frames);
  const { peer, wire } = board.cables[0];
  wire.b.onReceive = (frame) => peer.stack.receive(frame);
  await works(own);
});

test("a transmit ring that points nowhere is reported once, and gone when the driver resets the card", async () => {
  const own = await up();
  own.bugsExpected = true;
  registers(own)[TDBAL >> 2] = 0xf0000000;
  await own.run("ping -c 3 peer").catch(() => {});
  assert.equal(count(own, /^iommu: .* \[8086:100e\] read from 0xf00000[0-9a-f]{2} refused: no memory there$/), 1);
  await pass(own, 5e9);
  assert.ok(count(own, HANG) > 0);
  await pullCable(own);
  await works(own);
});

test("receive buffers that are not mapped: each frame is lost, the next good one arrives", async () => {
  const own = await up();
  own.bugsExpected = true;
  const { words } = own.system.machine;
  const ring = registers(own)[RDBAL >> 2];
  const addresses = Array.from({ length: DESCRIPTORS }, (_, i) => ring + 16 * i);
  const before = addresses.map((at) => words.u32(at));
  // In the middle of RAM, far from what a board of this size ever uses.
  for (const at of addresses) words.setU32(at, 0x2000000);
  await assert.rejects(own.run("ping -c 3 peer"), /0 of 3 answers/);
  assert.equal(count(own, /^iommu: .* write to 0x2000000 refused: not mapped for the device$/), 1);
  addresses.forEach((at, i) => words.setU32(at, before[i]));
  await works(own);
});

test("a head that the driver did not put there, and descriptors with nonsense in them", async () => {
  const own = await up();
  const random = new Random(2);
  registers(own)[TDH >> 2] = 0xffff;
  await own.run("ping -c 1 peer").catch(() => {});
  await pass(own, 12e9);
  const { words } = own.system.machine;
  const ring = registers(own)[TDBAL >> 2];
  for (let i = 0; i < DESCRIPTORS * 4; i++) words.setU32(ring + 4 * i, random.below(2 ** 31));
  await own.run("ping -c 1 peer").catch(() => {});
  await pass(own, 12e9);
  await own.run("ip link set eth0 down; ip link set eth0 up");
  await works(own);
});

test("a bus that is another's for a while, and accesses that fail", async () => {
  const own = await up();
  const { faults } = own.board;
  const ping = own.board.cables[0].peer.ping("10.0.2.15", { count: 300, interval: 1 });
  for (let i = 0; i < 20; i++) {
    faults.inject(BDF, "slow-dma", 0.002);
    await pass(own, 10e6);
  }
  const result = await own.system.machine.whileRunning(ping.done);
  assert.deepEqual([result.received, result.corrupted], [300, 0], "what waits is not lost");
  for (const accesses of [1, 2, 3, 7]) {
    faults.inject(BDF, "dma-error", accesses);
    await own.run("ping -c 2 -i 0.01 peer").catch(() => {});
    await pass(own, 5e9);
  }
  faults.inject(BDF, "dma-error", 0);
  await pullCable(own);
  await works(own);
});

test("interrupts that get lost", async () => {
  const own = await up();
  for (let i = 0; i < 5; i++) {
    own.board.faults.inject(BDF, "lost-interrupt", 1);
    await own.run("ping -c 2 -i 0.01 peer").catch(() => {});
    // The watchdog of the driver raises one every two seconds: what waits is found then.
    await pass(own, 3e9);
    await own.run("ping -c 2 -i 0.01 peer");
  }
  await works(own);
});

test("a card that is pulled out answers all ones; another one in its place works", async () => {
  const own = await up();
  const { run, board } = own;
  board.device(3).remove();
  board.cables[0].wire.plug(false);
  await assert.rejects(run("ping -c 2 peer"));
  await pass(own, 10e9);
  await run("ip -s link; lspci; ip link set eth0 down; rmmod e1000");
  await run("modprobe e1000");
  assert.match(own.lines.map(untimed).join("\n"), /^e1000: probe of 0000:00:03\.0 failed with error -\d+$/m);
  await run("rmmod e1000");
  board.device(3).insert();
  board.cables[0].wire.plug(true);
  await run("modprobe e1000; ip link set eth0 up");
  await works(own);
});

test("a card's state is saved and taken up again in the middle of traffic", async () => {
  const own = await up();
  const { system, board } = own;
  const ping = board.cables[0].peer.ping("10.0.2.15", { count: 300, interval: 1 });
  for (let i = 0; i < 60; i++) {
    board.restore(structuredClone(board.save()));
    await system.wait(0.004);
  }
  const result = await system.machine.whileRunning(ping.done);
  assert.deepEqual([result.received, result.corrupted], [300, 0]);
  await works(own);
});
