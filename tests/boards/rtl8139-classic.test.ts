// C mode: four transmit slots and the ring of received bytes, as 8139too uses them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Card, frame } from "./rtl8139-driver.ts";

const RING = 0x200000;
const BUFFERS = 0x240000;
const OWN = 0x2000;
const TOK = 0x8000;

class Classic extends Card {
  readonly size: number;
  #read = 0;

  constructor(rblen = 0, wrap = true) {
    super("rtl8139,revision=0x10");
    this.size = 8192 << rblen;
    this.map(RING, this.size + 4096, 2);
    this.map(BUFFERS, 0x10000, 1);
    this.write(0x30, 4, RING);
    this.write(0x37, 1, 0x0c);
    this.write(0x44, 4, 0xe70f | (rblen << 11) | (wrap ? 0x80 : 0));
    this.write(0x40, 4, 0x03000600);
    for (let i = 0; i < 4; i++) this.write(0x20 + 4 * i, 4, BUFFERS + i * 0x2000);
  }

  send(slot: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, BUFFERS + slot * 0x2000);
    this.write(0x10 + 4 * slot, 4, bytes.length);
  }

  get empty(): boolean {
    return (this.read(0x37, 1) & 1) !== 0;
  }

  /** The next packet of the ring: its status and its bytes without FCS, read as the driver would. */
  next(wrap = true): [number, Uint8Array] {
    const at = this.#read % this.size;
    const header = this.view.getUint32(RING + at, true);
    const length = header >>> 16;
    const bytes = Uint8Array.from({ length: length - 4 }, (_, i) => {
      const offset = at + 4 + i;
      return this.bytes[RING + (wrap ? offset : offset % this.size)]!;
    });
    this.#read = (this.#read + length + 4 + 3) & ~3;
    this.write(0x38, 2, (this.#read - 16) & 0xffff);
    return [header & 0xffff, bytes];
  }
}

test("transmit: four slots round robin, TOK and OWN, the summary", () => {
  const card = new Classic();
  for (let i = 0; i < 10; i++) {
    const bytes = frame(60 + i);
    card.send(i % 4, bytes);
    assert.equal(card.read(0x10 + 4 * (i % 4), 4), OWN | TOK | bytes.length);
    assert.equal(card.isr(), 4);
    card.write(0x3e, 2, 4);
    assert.deepEqual(card.flush(), [bytes]);
  }
  assert.equal(card.read(0x60, 2), 0xf00f);
});

test("transmit: the early threshold is kept, status bits are not written", () => {
  const card = new Classic();
  card.bytes.set(frame(64), BUFFERS);
  card.write(0x10, 4, 0xffc80000 | 0xc000 | 64);
  assert.equal(card.read(0x10, 4), 0x00080000 | OWN | TOK | 64);
});

test("transmit: slots are taken in order, also when handed over out of order", () => {
  const card = new Classic();
  card.send(1, frame(61));
  assert.deepEqual(card.flush(), []);
  card.send(0, frame(60));
  assert.deepEqual(
    card.flush().map((one) => one.length),
    [60, 61],
  );
});

test("transmit: what was written before the transmitter is on goes out then", () => {
  const card = new Classic();
  card.write(0x37, 1, 0x08);
  card.send(0, frame(60));
  assert.deepEqual(card.flush(), []);
  card.write(0x37, 1, 0x0c);
  assert.equal(card.flush().length, 1);
});

test("transmit: no padding, any size of the field, no link", () => {
  const card = new Classic();
  card.send(0, frame(20));
  card.send(1, frame(1792));
  card.map(BUFFERS + 2 * 0x2000, 0x2000, 1);
  card.write(0x18, 4, 0x1fff);
  assert.deepEqual(
    card.flush().map((one) => one.length),
    [20, 1792, 8191],
  );
  card.board.cables[0]!.wire.plug(false);
  card.send(3, frame(60));
  assert.equal(card.read(0x1c, 4), 0x80000000 + (OWN | TOK | 60));
});

test("receive: header, frame and FCS in the ring; BUFE, CBR, CAPR", () => {
  const card = new Classic();
  assert.ok(card.empty);
  card.inject(frame(101));
  assert.ok(!card.empty);
  assert.equal(card.read(0x3a, 2), 112);
  assert.equal(card.isr(), 1);
  card.inject(frame(60, [255, 255, 255, 255, 255, 255]));
  assert.deepEqual(card.next(), [0x4001, frame(101)]);
  assert.deepEqual(card.next(), [0x2001, frame(60, [255, 255, 255, 255, 255, 255])]);
  assert.ok(card.empty);
});

for (const wrap of [true, false]) {
  const how = wrap ? "running on behind it" : "going on at its start";
  test(`receive: over the end of the ring many times, ${how}`, () => {
    for (const rblen of [0, 1, 2, 3]) {
      const card = new Classic(rblen, wrap);
      // WRAP does not exist for 64 KiB.
      const behind = wrap && rblen < 3;
      for (let i = 0; i < 400; i++) {
        const bytes = frame(60 + ((i * 131) % 1455));
        card.inject(bytes);
        assert.deepEqual(card.next(behind), [0x4001, bytes], `packet ${i}, ring ${card.size}`);
      }
      assert.ok(card.empty);
      assert.equal(card.read(0x4c, 4), 0);
    }
  });
}

test("receive: a full ring refuses, counts, and goes on when there is room", () => {
  const card = new Classic();
  let stored = 0;
  while ((card.isr() & 0x10) === 0) {
    card.inject(frame(1000));
    stored++;
  }
  stored--;
  assert.equal(stored, 8);
  card.inject(frame(1000));
  assert.equal(card.read(0x4c, 4), 2);
  for (let i = 0; i < stored; i++) assert.deepEqual(card.next(), [0x4001, frame(1000)]);
  assert.ok(card.empty);
  card.inject(frame(1000));
  assert.deepEqual(card.next(), [0x4001, frame(1000)]);
});

test("receive: a ring filled to the last byte does not look empty", () => {
  const card = new Classic();
  // 4 header + 4 FCS + 1016 frame = 1024: eight of them would meet the start.
  for (let i = 0; i < 8; i++) card.inject(frame(1016));
  assert.ok(!card.empty);
  assert.equal(card.read(0x4c, 4), 1);
});

test("receive: turning the receiver off and on starts with an empty ring", () => {
  const card = new Classic();
  card.inject(frame(100));
  card.write(0x37, 1, 0x04);
  card.write(0x37, 1, 0x0c);
  assert.ok(card.empty);
  assert.deepEqual([card.read(0x38, 2), card.read(0x3a, 2)], [0xfff0, 0]);
});

test("receive: runts and long frames carry their marks", () => {
  const card = new Classic(2);
  card.write(0x44, 4, card.read(0x44, 4) | 0x10);
  card.inject(frame(40));
  card.inject(frame(4093));
  assert.deepEqual(card.next(), [0x4010, frame(40)]);
  assert.deepEqual(card.next(), [0x4008, frame(4093)]);
  assert.equal(card.isr() & 3, 2);
});

test("early receive: a frame that is complete says how long it was and that it was good", () => {
  const card = new Classic();
  card.inject(frame(200));
  assert.deepEqual([card.read(0x34, 2), card.read(0x36, 1)], [0, 0]);
  card.write(0x44, 4, card.read(0x44, 4) | 0x08000000);
  card.inject(frame(200));
  assert.deepEqual([card.read(0x34, 2), card.read(0x36, 1)], [200, 8]);
});

test("a C+ works in C mode too", () => {
  const card = new Card();
  card.map(RING, 0x4000, 2);
  card.map(BUFFERS, 0x1000, 1);
  card.write(0x30, 4, RING);
  card.write(0x37, 1, 0x0c);
  card.write(0x44, 4, 0x0f);
  card.inject(frame(100));
  assert.equal(card.view.getUint32(RING, true), (104 << 16) | 0x4001);
  card.bytes.set(frame(70), BUFFERS);
  card.write(0x20, 4, BUFFERS);
  card.write(0x10, 4, 70);
  assert.deepEqual(card.flush(), [frame(70)]);
});
