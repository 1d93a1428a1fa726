// Hostile drivers and hostile frames: whatever is written where, the card neither throws nor hangs, and memory that
// is not mapped stays as it is. Seeds are printed with a failure; a case repeats.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../random.ts";
import { Card, DATA, DEXT, EOP, IFCS, RCTL, REG, RS, SLU, TSE, frame } from "./e1000-card.ts";

const SEED = Number(process.env["KPI_SEED"] ?? 20261122);
const CASES = 10_000;
/** Everything that devices may touch in these tests. */
const ARENA = 0x200000;
const ARENA_BYTES = 0x20000;
/** Registers worth hitting: rings, commands, doorbells, filters. */
const HOT = Object.values(REG);

function value(random: Random): number {
  switch (random.below(6)) {
    case 0:
      return random.u32();
    case 1:
      return ARENA + random.below(ARENA_BYTES);
    case 2:
      return random.below(64) * 128;
    case 3:
      return (1 << random.below(32)) >>> 0;
    default:
      return random.below(256);
  }
}

/** Memory that looks like descriptors: contexts, data, legacy, pointing into the arena or anywhere. */
function scribble(card: Card, random: Random): void {
  for (let i = 0; i < 64; i++) {
    const at = ARENA + (random.below(ARENA_BYTES) & ~15);
    const anywhere = random.below(8) === 0;
    const kind = [EOP | IFCS | RS, DEXT, DEXT | TSE, DATA | EOP | TSE | IFCS, DATA | RS][random.below(5)]!;
    card.view.setUint32(at, anywhere ? random.u32() : ARENA + random.below(ARENA_BYTES), true);
    card.view.setUint32(at + 4, anywhere ? random.u32() : 0, true);
    card.view.setUint32(at + 8, kind | random.below(random.below(8) === 0 ? 0x100000 : 2000), true);
    card.view.setUint32(at + 12, random.u32(), true);
  }
}

test("random register traffic over random memory", () => {
  const card = new Card();
  card.map(ARENA, ARENA_BYTES);
  const random = new Random(SEED);
  const guard = card.bytes.slice(0x100000, ARENA);
  for (let i = 0; i < CASES; i++) {
    try {
      if (i % 16 === 0) scribble(card, random);
      if (i % 64 === 0) {
        card.set(REG.CTRL, SLU | (random.u32() & ~(1 << 26)));
        card.set(REG.RCTL, RCTL.EN | random.u32());
        card.set(REG.TCTL, 2);
        card.set(REG.TDBAL, ARENA);
        card.set(REG.RDBAL, ARENA + 0x1000);
      }
      for (let n = random.below(8); n > 0; n--) {
        const width = random.below(8) === 0 ? 1 << random.below(3) : 4;
        const offset = (random.below(4) === 0 ? random.below(0x20000) : HOT[random.below(HOT.length)]!) & -width;
        if (random.below(4) === 0) card.read(offset, width);
        else card.write(offset, width, value(random));
      }
      if (random.below(4) === 0) {
        card.board.portWrite(0xc000 + 4 * random.below(16), 1 << random.below(3), value(random));
        card.board.portRead(0xc000 + 4 * random.below(16), 4);
      }
      if (random.below(2) === 0) card.inject(frame(random.below(random.below(10) === 0 ? 65536 : 2000)));
      if (random.below(50) === 0) card.setConfig(random.below(64) * 4, 4, random.u32());
      if (random.below(20) === 0) {
        card.setConfig(0xe0, 2, 0);
        card.place();
      }
      card.clock.advance(random.below(100_000));
      if (card.sent.length > 10_000) card.sent.length = 0;
    } catch (error) {
      throw new Error(`seed ${SEED}, case ${i}`, { cause: error });
    }
  }
  const untouched = Buffer.compare(guard, card.bytes.slice(0x100000, ARENA)) === 0;
  assert.ok(untouched, `memory outside of the mapping, seed ${SEED}`);
});

test("rings full of random descriptors are worked off in bounded turns", () => {
  const random = new Random(SEED + 1);
  for (let i = 0; i < 100; i++) {
    const card = new Card();
    card.map(ARENA, ARENA_BYTES);
    for (let at = ARENA; at < ARENA + ARENA_BYTES; at += 4) card.view.setUint32(at, random.u32(), true);
    for (let n = 0; n < 100; n++) scribble(card, random);
    card.set(REG.CTRL, SLU);
    card.set(REG.RCTL, RCTL.EN | RCTL.UPE | RCTL.MPE | RCTL.LPE | (random.below(2) ? RCTL.LBM : 0));
    for (const base of [REG.TDBAL, REG.RDBAL]) card.set(base, ARENA + (random.below(ARENA_BYTES) & ~15));
    for (const length of [REG.TDLEN, REG.RDLEN]) card.set(length, 0xfff80);
    card.set(REG.RDT, random.below(0x10000));
    card.set(REG.TCTL, 2);
    card.set(REG.TDT, random.below(0x10000));
    card.clock.settle(50);
    card.inject(frame(random.below(9000)));
  }
});

test("a head or a tail beyond the ring, a ring without length: nothing moves, nothing waits", () => {
  const card = new Card();
  card.map(ARENA, ARENA_BYTES);
  card.set(REG.CTRL, SLU);
  card.set(REG.TDBAL, ARENA);
  card.set(REG.TCTL, 2);
  for (const [length, head, tail] of [
    [0, 0, 5],
    [128, 8, 2],
    [128, 0, 8],
    [128, 0xffff, 0xffff],
    [0, 0xffff, 0],
  ]) {
    card.set(REG.TDLEN, length!);
    card.set(REG.TDH, head!);
    card.set(REG.TDT, tail!);
    card.clock.advance(1e9);
    assert.deepEqual([card.reg(REG.TDH), card.clock.pending, card.reports.length], [head, 0, 0]);
  }
});

test("segmentation with every kind of nonsense in its context", () => {
  const random = new Random(SEED + 2);
  const card = new Card().start();
  for (let i = 0; i < 3000; i++) {
    const upper = random.below(4) === 0 ? random.u32() : (random.below(256) << 8) | (random.below(3000) << 16);
    card.send(
      { lower: DEXT | TSE | (random.below(4) << 24) | random.below(1 << 20), upper, raw: [random.u32(), random.u32()] },
      { bytes: frame(random.below(3000)), lower: DATA | IFCS | (random.below(2) * TSE), upper: random.below(4) << 8 },
      { bytes: frame(random.below(3000)), lower: DATA | IFCS | TSE | EOP, upper: random.below(4) << 8 },
    );
    card.flush();
  }
  assert.equal(card.reg(REG.TDH), card.reg(REG.TDT));
});

test("frames of every length, with and without a tag, into every mode", () => {
  for (const rctl of [RCTL.SZ_256, RCTL.LPE, RCTL.LPE | RCTL.SBP | RCTL.SZ_256, RCTL.LPE | RCTL.SECRC | RCTL.VFE]) {
    const card = new Card().start(rctl | RCTL.BAM);
    card.set(REG.CTRL, SLU | (1 << 30));
    card.set(REG.VET, 0x8100);
    card.set(REG.RXCSUM, 0x700);
    const bytes = frame(65535, [255, 255, 255, 255, 255, 255]);
    bytes.set([0x81, 0x00, 0x20, 0x01, 0x08, 0x00, 0x45], 12);
    for (let length = 0; length <= 65535; length += length < 200 || (length > 16370 && length < 16390) ? 1 : 331) {
      card.inject(bytes.subarray(0, length));
      card.set(REG.RDT, (card.reg(REG.RDH) + 15) % 16);
    }
    assert.ok(card.reg(REG.TPR) > 300);
  }
});
