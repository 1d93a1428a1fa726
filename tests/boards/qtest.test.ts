// What QEMU's own tests (tests/qtest: e1000, e1000e and rtl8139) ask of its models, asked of ours and of QEMU's.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DesktopBoard } from "../../boards/index.ts";
import { unless } from "../../tools/lab/requirements.ts";
import { Bench, DesktopBench, QemuBench } from "./bench.ts";

/** On our model and on QEMU's; `ours`: on ours only, whose time is free and whose slot can be empty. */
function both(name: string, device: string, work: (bench: Bench) => Promise<void>, ours = false): void {
  const on = async (bench: Bench): Promise<void> => {
    try {
      await work(bench);
    } finally {
      await bench.close();
    }
  };
  test(`${name}: ours`, () => on(new DesktopBench(device)));
  if (!ours) test(`${name}: QEMU's`, { skip: unless("qemu-system-x86_64") }, () => on(new QemuBench(device)));
}

/** Sizes of base addresses, as a driver finds them: all ones written, the bits that stay 0. */
function barSize(bench: Bench, bar: number): number {
  const where = 0x10 + 4 * bar;
  bench.board.pciWrite(3 << 3, where, 4, 0xffffffff);
  const value = bench.config(where, 4);
  return value === 0 ? 0 : (~(value & ((value & 1) !== 0 ? ~3 : ~15)) >>> 0) + 1;
}

// ── rtl8139-test. ──

const [IMR, ISR, TCTR, TIMERINT] = [0x3c, 0x3e, 0x48, 0x54];
const TIMEOUT = 0x4000;
/** Of the PCI clock, a second. */
const CLOCK = 33_333_333;

both("rtl8139: it is there", "rtl8139", async (bench) => {
  assert.deepEqual([bench.config(0, 4), barSize(bench, 0), barSize(bench, 1)], [0x813910ec, 256, 256]);
  bench.enable(1, 0);
  assert.equal(bench.read(0), 0x12005452);
  assert.equal(bench.board.portRead(0xc000, 4), 0x12005452, "through ports too");
});

/** A second here; there, where it is a real one, a part of it, but more than a test is ever kept waiting between two
 *  accesses: a match that has passed by then comes a lap later. */
const unit = (bench: Bench): number => (bench.virtual ? 1e9 : 500e6);
const ticks = (bench: Bench): number => (CLOCK * unit(bench)) / 1e9;

function timer(name: string, work: (bench: Bench) => Promise<void>, ours = false): void {
  const start = async (bench: Bench): Promise<void> => {
    bench.enable(1, 0);
    bench.write(IMR, 0, 2);
    bench.write(TIMERINT, 0);
    bench.write(ISR, TIMEOUT, 2);
    bench.write(TCTR, 12345);
    await work(bench);
  };
  both(`rtl8139: ${name}`, "rtl8139", start, ours);
}

const timedOut = (bench: Bench): boolean => (bench.read(ISR, 2) & TIMEOUT) !== 0;

/** A unit passes; the counter has gone on as far. */
async function step(bench: Bench, before: number): Promise<number> {
  await bench.pass(unit(bench));
  const now = bench.read(TCTR);
  const passed = (now - before) >>> 0;
  assert.ok(passed > 0.95 * ticks(bench), `${passed}`);
  // On a real clock a test may have been kept waiting.
  if (bench.virtual) assert.ok(passed < 1.05 * ticks(bench), `${passed}`);
  return now;
}

timer(
  "any write starts the counter at 0; it goes on without an end, and without TimerInt in silence",
  async (bench) => {
    let now = bench.read(TCTR);
    if (bench.virtual) assert.ok(now < 0.1 * CLOCK);
    // Round three times: 129 seconds each.
    for (let laps = 0, steps = 0; bench.virtual ? laps < 3 : steps < 2; steps++) {
      const before = now;
      now = await step(bench, before);
      if (now < before) laps++;
    }
    assert.equal(timedOut(bench), false);
  },
);

timer("a match interrupts; the acknowledged interrupt is gone", async (bench) => {
  // A real clock is past the first tick before anybody has looked.
  bench.write(TIMERINT, bench.virtual ? 1 : Math.round(ticks(bench)));
  bench.write(TCTR, 0);
  await bench.pass(40);
  assert.equal(await bench.until(() => timedOut(bench)), true);
  bench.write(ISR, TIMEOUT, 2);
  assert.equal(timedOut(bench), false);
});

for (const [what, register] of [
  ["the counter", TCTR],
  ["TimerInt", TIMERINT],
] as const) {
  timer(`an interrupt stays when ${what} begins anew`, async (bench) => {
    bench.write(TCTR, 0);
    bench.write(TIMERINT, bench.read(TCTR) + Math.round(0.5 * ticks(bench)));
    await bench.pass(unit(bench));
    bench.write(register, 0);
    assert.equal(timedOut(bench), true);
  });
}

timer("TimerInt ahead of the counter interrupts each time; behind it, after a lap", async (bench) => {
  for (let round = 0; round < 3; round++) {
    bench.write(TIMERINT, bench.read(TCTR) + Math.round((bench.virtual ? 5 : 0.5) * ticks(bench)));
    if (bench.virtual) {
      await bench.pass(4.9 * unit(bench));
      assert.equal(timedOut(bench), false);
    }
    assert.equal(await bench.until(() => timedOut(bench)), true);
    bench.write(ISR, TIMEOUT, 2);
  }
  bench.write(TIMERINT, 1);
  for (let laps = 0, now = bench.read(TCTR); bench.virtual && laps < 2;) {
    const before = now;
    now = await step(bench, before);
    assert.equal(timedOut(bench), now < before);
    if (now < before) laps++;
    bench.write(ISR, TIMEOUT, 2);
  }
});

// ── e1000-test; e1000e-test, with the descriptors of the 82540EM. ──

const [CTRL, ICR, RCTL, TCTL] = [0x0, 0xc0, 0x100, 0x400];
const [RDBAL, RDLEN, RDH, RDT] = [0x2800, 0x2808, 0x2810, 0x2818];
const [TDBAL, TDLEN, TDH, TDT] = [0x3800, 0x3808, 0x3810, 0x3818];
const TXDW = 1;
const RXT0 = 0x80;
const [RX_RING, TX_RING, RX_BUFFER, TX_BUFFER] = [0x200000, 0x201000, 0x210000, 0x220000];
const RING = 16;
/** EOP, IFCS, RS, DEXT, data. QEMU's own test leaves IFCS out, and its model then sends the frame without an FCS. */
const COMMAND = 0x2b100000;
const LENGTH = 64;

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1").replace(/\0.*$/s, "");
}

/** Rings in memory, both units on, every frame wanted. */
function start(bench: Bench): void {
  bench.enable(0, 2);
  bench.map(RX_RING, 0x2000);
  bench.map(RX_BUFFER, 0x10000);
  bench.map(TX_BUFFER, 0x10000);
  bench.write(CTRL, bench.read(CTRL) | 0x40);
  for (const [base, length, head, tail, ring] of [
    [RDBAL, RDLEN, RDH, RDT, RX_RING],
    [TDBAL, TDLEN, TDH, TDT, TX_RING],
  ] as const) {
    bench.write(base, ring);
    bench.write(length, RING * 16);
    bench.write(head, 0);
    bench.write(tail, 0);
  }
  bench.write(TCTL, 0xa);
  bench.write(RCTL, 0x801a);
}

async function sendVerify(bench: Bench, sent: string[], round: number): Promise<void> {
  const [at, said] = [TX_RING + 16 * (round % RING), `TEST ${round}`];
  send(bench, round, said);
  assert.equal(await bench.until(() => (bench.read(ICR) & TXDW) !== 0), true, `TXDW of ${round}`);
  assert.equal(bench.view.getUint32(at + 12, true) & 1, 1, "DD");
  assert.equal(await bench.until(() => sent.length > 0), true, `frame ${round} on the wire`);
  assert.equal(sent.shift(), said);
}

async function receiveVerify(bench: Bench, round: number): Promise<void> {
  const [at, said] = [RX_RING + 16 * (round % RING), `TEST ${round}`];
  const frame = new Uint8Array(60);
  frame.set(Buffer.from(said));
  bench.far.send(frame);
  for (const [i, word] of [RX_BUFFER, 0, 0, 0].entries()) bench.view.setUint32(at + 4 * i, word, true);
  bench.write(RDT, (round + 1) % RING);
  assert.equal(await bench.until(() => (bench.read(ICR) & RXT0) !== 0), true, `RXT0 of ${round}`);
  assert.equal(bench.view.getUint32(at + 12, true) & 1, 1, "DD");
  assert.equal(text(bench.bytes.slice(RX_BUFFER, RX_BUFFER + 60)), said);
}

function send(bench: Bench, round: number, said: string): void {
  bench.bytes.fill(0, TX_BUFFER, TX_BUFFER + LENGTH);
  bench.bytes.set(Buffer.from(said), TX_BUFFER);
  const at = TX_RING + 16 * (round % RING);
  for (const [i, word] of [TX_BUFFER, 0, COMMAND | LENGTH, 0].entries()) bench.view.setUint32(at + 4 * i, word, true);
  bench.write(TDT, (round + 1) % RING);
}

/** What arrives at the far end. QEMU connects its end of the cable some time after its start, and loses what its card
 *  sends before: the first frames are there to find out. */
async function listen(bench: Bench): Promise<string[]> {
  const sent: string[] = [];
  bench.far.onReceive = (frame) => void sent.push(text(frame));
  if (bench.virtual) return sent;
  for (let round = 0; round < 600 && sent.length === 0; round++) {
    send(bench, round, "first");
    await bench.pass(100e6);
  }
  // What was under way arrives; then the ring begins anew.
  await bench.pass(100e6);
  sent.length = 0;
  bench.write(TCTL, 0);
  bench.write(TDH, 0);
  bench.write(TDT, 0);
  bench.read(ICR);
  bench.write(TCTL, 0xa);
  return sent;
}

both("e1000: it is there", "e1000", async (bench) => {
  assert.deepEqual([bench.config(0, 4), barSize(bench, 0)], [0x100e8086, 0x20000]);
  bench.enable(0, 2);
  assert.equal(bench.read(0x5400), 0x12005452);
});

both("e1000: a frame goes out, and its descriptor is written back", "e1000", async (bench) => {
  start(bench);
  await sendVerify(bench, await listen(bench), 0);
});

both("e1000: a frame comes in, also one that was there before its buffer", "e1000", async (bench) => {
  start(bench);
  await receiveVerify(bench, 0);
});

both("e1000: many, by turns", "e1000", async (bench) => {
  start(bench);
  const sent = await listen(bench);
  for (let round = 0; round < (bench.virtual ? 4096 : 64); round++) {
    await sendVerify(bench, sent, round);
    await receiveVerify(bench, round);
  }
});

const hotplug = async (bench: Bench): Promise<void> => {
  start(bench);
  (bench.board as DesktopBoard).faults.inject(3 << 3, "removal", 1);
  assert.deepEqual([bench.config(0, 4), bench.read(8)], [0xffffffff, 0xffffffff]);
  await bench.pass(1.1e9);
  assert.equal(bench.config(0, 4), 0x100e8086);
  start(bench);
  await sendVerify(bench, await listen(bench), 0);
};
both("e1000: pulled out, and put in", "e1000", hotplug, true);
