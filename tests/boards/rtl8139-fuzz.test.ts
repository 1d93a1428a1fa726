// Hostile drivers and hostile frames in the cases that chance (tests/fuzz) does not find: whole rings of descriptors,
// every mode with frames of every length, a ring without an end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../random.ts";
import { Card, frame } from "./rtl8139-driver.ts";

const SEED = Number(process.env["KPI_SEED"] ?? 20261122);
/** Everything that devices may touch in these tests. */
const ARENA = 0x200000;
const ARENA_BYTES = 0x20000;
/** Memory that looks like descriptors: owned, pointing into the arena or anywhere. */
function scribble(card: Card, random: Random): void {
  for (let i = 0; i < 64; i++) {
    const at = ARENA + (random.below(ARENA_BYTES) & ~15);
    const anywhere = random.below(8) === 0;
    card.view.setUint32(at, random.u32() | (random.below(3) > 0 ? 0x80000000 : 0), true);
    card.view.setUint32(at + 4, random.below(4) === 0 ? random.u32() : 0, true);
    card.view.setUint32(at + 8, anywhere ? random.u32() : ARENA + random.below(ARENA_BYTES), true);
    card.view.setUint32(at + 12, anywhere ? random.u32() : 0, true);
  }
}

test("rings full of random descriptors are worked off in bounded time", () => {
  const random = new Random(SEED + 1);
  for (let i = 0; i < 300; i++) {
    const card = new Card();
    card.map(ARENA, ARENA_BYTES);
    for (let at = ARENA; at < ARENA + ARENA_BYTES; at += 4) card.view.setUint32(at, random.u32(), true);
    for (let n = 0; n < 100; n++) scribble(card, random);
    card.write(0xe0, 2, random.u32() | 3);
    for (const ring of [0x20, 0x28, 0xe4]) card.write(ring, 4, ARENA + (random.below(ARENA_BYTES) & ~0xff));
    card.write(0x37, 1, 0x0c);
    card.write(0x40, 4, random.below(2) === 0 ? 0x03060600 : 0x03000600);
    card.write(0x44, 4, 0x3f);
    card.write(0xd9, 1, 0xc0);
    // A ring that loops through loopback may feed itself for ever; each turn is short all the same.
    card.clock.settle(200);
    card.inject(frame(random.below(9000)));
  }
});

test("frames of every length, with and without a tag, into every mode", () => {
  for (const cpcr of [0x00, 0x02, 0x62]) {
    const card = new Card();
    card.map(ARENA, ARENA_BYTES);
    card.write(0xe0, 2, cpcr);
    card.write(0x30, 4, ARENA);
    card.write(0xe4, 4, ARENA);
    card.write(0x37, 1, 0x08);
    card.write(0x44, 4, 0x103f | 0x0f000000);
    const tagged = frame(65535, [255, 255, 255, 255, 255, 255]);
    tagged.set([0x81, 0x00, 0x20, 0x01, 0x08, 0x00, 0x45], 12);
    for (let length = 0; length <= 65535; length += length < 200 || (length > 4050 && length < 4110) ? 1 : 257) {
      for (let i = 0; i < 8; i++) {
        card.desc(ARENA, i, 0x80000000 | (i === 7 ? 0x40000000 : 0) | 0x1fff, 0, ARENA + 0x1000 + i * 0x2000);
      }
      card.write(0xe4, 4, ARENA);
      card.inject(tagged.subarray(0, length));
      card.write(0x38, 2, card.read(0x3a, 2) - 16);
    }
    assert.equal(card.isr() & 1, 1);
  }
});

test("a transmit ring without an end stops at the end of what is mapped", () => {
  const card = new Card();
  card.map(ARENA, ARENA_BYTES);
  for (let at = ARENA; at < ARENA + ARENA_BYTES; at += 16) {
    card.view.setUint32(at, 0xb000003c, true);
    card.view.setUint32(at + 8, ARENA, true);
  }
  card.write(0xe0, 2, 1);
  card.write(0x20, 4, ARENA);
  card.write(0x37, 1, 4);
  card.write(0xd9, 1, 0x40);
  card.clock.advance(1e9);
  assert.equal(card.sent.length, ARENA_BYTES / 16);
  assert.equal(card.isr() & 0x8000, 0x8000);
  assert.equal(card.clock.pending, 0);
});
