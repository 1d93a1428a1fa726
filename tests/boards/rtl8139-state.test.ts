// Save and restore: a card that was copied goes on exactly as the original.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../random.ts";
import {
  Card,
  EOR,
  FS,
  LS,
  OWN,
  RING,
  RX_BUFFERS,
  RX_RING,
  RX_SIZE,
  TX_BUFFERS,
  TX_RING,
  frame,
} from "./rtl8139-driver.ts";

/** A card in the state of `original`, with a copy of its memory, at the same time. */
function copy(original: Card): Card {
  const state: unknown = JSON.parse(JSON.stringify(original.board.save()));
  const twin = new Card();
  twin.clock.advance(original.clock.now() - twin.clock.now());
  twin.bytes.set(original.bytes);
  twin.board.restore(state as ReturnType<Card["board"]["save"]>);
  return twin;
}

/** One step of traffic; what it does depends on `random` alone. */
function step(card: Card, random: Random): string {
  const slot = random.below(RING);
  const eor = slot === RING - 1 ? EOR : 0;
  const segment = [0, FS, LS, FS | LS][random.below(4)]!;
  switch (random.below(8)) {
    case 0:
    case 1:
      card.inject(frame(60 + random.below(1400)));
      break;
    case 2:
      card.desc(TX_RING, slot, OWN | eor | segment | random.below(1500), 0, TX_BUFFERS);
      break;
    case 3:
      card.write(0xd9, 1, 0x40);
      break;
    case 4:
      card.desc(RX_RING, slot, OWN | eor | RX_SIZE, 0, RX_BUFFERS + slot * 2048);
      break;
    case 5:
      card.write(0x3e, 2, random.u32());
      card.write(0x3c, 2, random.u32());
      break;
    case 6:
      card.write(0x54, 4, random.below(1e6));
      card.write(0x50, 1, [0x80, 0x88, 0x8c, 0x8e, 0x8a][random.below(5)]!);
      break;
    default:
      if (random.below(20) === 0) card.write(0x62, 2, 0x1200);
      card.clock.advance(random.below(1e7));
  }
  const registers = Array.from({ length: 64 }, (_, i) => card.read(4 * i, 4));
  return JSON.stringify([registers, card.flush().map((one) => [...one]), card.levels.get(19) ?? false]);
}

test("copied in the middle of traffic, both go on alike", () => {
  const seed = 4711;
  for (let round = 0; round < 20; round++) {
    const original = new Card();
    original.startPlus();
    const before = new Random(seed + round);
    for (let i = 0; i < 60; i++) step(original, before);
    const twin = copy(original);
    assert.deepEqual(twin.board.save(), original.board.save());
    const [a, b] = [new Random(seed * 2 + round), new Random(seed * 2 + round)];
    for (let i = 0; i < 60; i++) {
      assert.equal(step(twin, b), step(original, a), `seed ${seed}, round ${round}, step ${i}`);
    }
    assert.ok(Buffer.compare(original.bytes, twin.bytes) === 0, "memory");
  }
});

test("a turn of transmission that is not over goes on in the copy", () => {
  const card = new Card();
  card.startPlus();
  card.map(0x300000, 0x10000);
  card.write(0x20, 4, 0x300000);
  for (let i = 0; i < 600; i++) card.desc(0x300000, i, OWN | FS | LS | 60 | (i === 599 ? EOR : 0), 0, TX_BUFFERS);
  card.write(0xd9, 1, 0x40);
  const twin = copy(card);
  const rest = twin.flush().length;
  assert.ok(rest > 0 && rest < 600);
  assert.equal(card.flush().length, 600);
  assert.equal(twin.read(0xd9, 1), 0);
});

test("an asserted line, a half-sent EEPROM command and a negotiation survive", () => {
  const card = new Card();
  card.write(0x3c, 2, 0x100);
  card.write(0xd9, 1, 1);
  card.write(0x62, 2, 0x1200);
  const clock = (bit: number): void => {
    card.write(0x50, 1, 0x88 | (bit << 1));
    card.write(0x50, 1, 0x8c | (bit << 1));
  };
  card.write(0x50, 1, 0x80);
  for (const bit of [1, 1, 0, 0, 0, 0]) clock(bit);
  const twin = copy(card);
  assert.equal(twin.levels.get(19), true);
  for (const bit of [0, 0, 1]) {
    twin.write(0x50, 1, 0x88 | (bit << 1));
    twin.write(0x50, 1, 0x8c | (bit << 1));
  }
  let word = 0;
  for (let i = 0; i < 16; i++) {
    twin.write(0x50, 1, 0x88);
    twin.write(0x50, 1, 0x8c);
    word = word * 2 + (twin.read(0x50, 1) & 1);
  }
  assert.equal(word, 0x10ec);
  assert.equal(twin.read(0x64, 2) & 4, 0);
  twin.clock.advance(1.35e9);
  assert.equal(twin.read(0x64, 2) & 4, 0, "it was down since the last look");
  assert.equal(twin.read(0x64, 2) & 4, 4);
});

test("a state of another version is refused", () => {
  const card = new Card();
  assert.throws(() => card.board.restore({ ...card.board.save(), version: 2 }), /version 2, this board knows 1/);
});
