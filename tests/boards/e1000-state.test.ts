// Save and restore: a card that was copied goes on exactly as the original.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../random.ts";
import {
  BUFFER,
  Card,
  DATA,
  DEXT,
  EOP,
  IDE,
  IFCS,
  RCTL,
  REG,
  RING,
  RS,
  RX_BUFFERS,
  RX_RING,
  SLU,
  TSE,
  TX_BUFFERS,
  TX_RING,
  frame,
} from "./e1000-card.ts";

/** A card in the state of `original`, with a copy of its memory, at the same time. */
function copy(original: Card): Card {
  const state: unknown = JSON.parse(JSON.stringify(original.board.save()));
  const twin = new Card();
  twin.clock.advance(original.clock.now() - twin.clock.now());
  twin.bytes.set(original.bytes);
  twin.board.restore(state as ReturnType<Card["board"]["save"]>);
  return twin;
}

const SEEN = [
  REG.CTRL,
  REG.STATUS,
  REG.EECD,
  REG.MDIC,
  REG.IMS,
  REG.RCTL,
  REG.RDH,
  REG.RDT,
  REG.TDH,
  REG.TDT,
  REG.GORCL,
  REG.GOTCL,
  REG.TPR,
  REG.TPT,
  REG.MPC,
  REG.RNBC,
];

const KINDS = [IFCS, EOP | IFCS | RS, RS | IDE | EOP, DATA | IFCS | EOP | TSE];

/** One step of traffic; what it does depends on `random` alone. */
function step(card: Card, random: Random): string {
  const slot = random.below(RING);
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2:
      card.inject(frame(60 + random.below(1400)));
      break;
    case 3:
      card.desc(TX_RING, slot, TX_BUFFERS, KINDS[random.below(4)]! | random.below(1500), 0x300);
      break;
    case 4:
      card.set(REG.TDT, slot);
      break;
    case 5:
      card.desc(RX_RING, slot, RX_BUFFERS + slot * BUFFER, 0, 0);
      card.set(REG.RDT, slot);
      break;
    case 6:
      card.set([REG.ITR, REG.RDTR, REG.RADV, REG.TIDV, REG.TADV][random.below(5)]!, random.below(500));
      card.set(REG.EECD, random.below(8) | 0x42);
      break;
    case 7:
      card.set(REG.ICS, random.below(0x100));
      card.reg(REG.ICR);
      break;
    case 8:
      card.desc(TX_RING, slot, 0x00212018, DEXT | TSE | 500, (54 << 8) | (200 << 16));
      if (random.below(10) === 0) card.setPhy(0, 0x1340);
      break;
    default:
      card.clock.advance(random.below(1e6));
  }
  const registers = SEEN.map((at) => card.reg(at));
  return JSON.stringify([registers, card.flush().map((one) => [...one]), card.levels.get(19) ?? false]);
}

test("copied in the middle of traffic, both go on alike", () => {
  const seed = 815;
  for (let round = 0; round < 12; round++) {
    const original = new Card().start(RCTL.BAM, 8);
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
  const card = new Card().start();
  card.map(0x300000, 0x10000);
  card.set(REG.TDBAL, 0x300000);
  card.set(REG.TDLEN, 2048 * 16);
  for (let i = 0; i < 2000; i++) card.desc(0x300000, i, TX_BUFFERS, EOP | IFCS | 60, 0);
  card.set(REG.TDT, 2000);
  const twin = copy(card);
  const rest = twin.flush().length;
  assert.ok(rest > 0 && rest < 2000);
  assert.equal(card.flush().length, 2000);
  assert.equal(twin.reg(REG.TDH), 2000);
});

test("frames that wait, a pause and a negotiation survive", () => {
  const card = new Card().start();
  card.set(REG.RDT, 0);
  for (let i = 0; i < 5; i++) card.inject(frame(100 + i));
  card.setPhy(0, 0x1340);
  const twin = copy(card);
  twin.set(REG.RDT, 15);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((i) => twin.rx(i).length),
    [104, 105, 106, 107, 108],
  );
  assert.equal(twin.reg(REG.STATUS) & 2, 0);
  twin.clock.advance(5e6);
  assert.equal(twin.reg(REG.STATUS) & 2, 2);
  assert.equal(twin.reg(REG.CTRL) & SLU, SLU);
});
