// C+ mode: descriptor rings in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addressCrc, frameCheckSequence } from "../../boards/desktop/devices/parts/crc32.ts";
import { FrameBuffer } from "../../boards/links/frame-buffer.ts";
import {
  Card,
  EOR,
  FS,
  HIGH_RING,
  LS,
  OWN,
  RING,
  RX_BUFFERS,
  RX_RING,
  RX_SIZE,
  STATS,
  TX_BUFFERS,
  TX_RING,
  frame,
} from "./rtl8139-driver.ts";

const BROADCAST = [255, 255, 255, 255, 255, 255];
const MULTICAST = [1, 0, 0x5e, 0, 0, 1];
const STRANGER = [2, 0, 0, 0, 0, 1];

function fcsOf(bytes: Uint8Array, length: number): number {
  const buffer = new FrameBuffer(bytes.length);
  buffer.bytes.set(bytes);
  return frameCheckSequence(buffer, length);
}

// ── Transmit. ──

test("a frame goes out unchanged; OWN falls, TOK rises", () => {
  const card = new Card();
  card.startPlus();
  const bytes = frame(100);
  card.desc(TX_RING, 0, OWN | FS | LS | 100, 0, card.fill(0, bytes));
  card.write(0xd9, 1, 0x40);
  assert.deepEqual(card.flush(), [bytes]);
  assert.equal(card.opts1(TX_RING, 0), (FS | LS | 100) >>> 0);
  assert.equal(card.isr(), 0x84, "TOK, and TDU for the next descriptor");
  assert.equal(card.read(0x82, 2), TX_RING & 0xffff);
  assert.equal(card.read(0xd9, 1), 0);
});

test("frames from every alignment and length arrive whole, padded to 60", () => {
  const card = new Card();
  card.startPlus();
  let slot = 0;
  for (let length = 1; length <= 1600; length += length < 80 ? 1 : 97) {
    for (let shift = 0; shift < 4; shift++) {
      const bytes = Uint8Array.from({ length }, (_, i) => i * 3 + shift + 1);
      const at = TX_BUFFERS + slot * 4096 + shift;
      card.bytes.set(bytes, at);
      card.desc(TX_RING, slot, (OWN | FS | LS | length | (slot === RING - 1 ? EOR : 0)) >>> 0, 0, at);
      card.write(0xd9, 1, 0x40);
      const expected = new Uint8Array(Math.max(length, 60));
      expected.set(bytes);
      assert.deepEqual(card.flush(), [expected], `length ${length}, alignment ${shift}`);
      slot = (slot + 1) % RING;
    }
  }
});

test("a frame in several descriptors, over the end of the ring", () => {
  const card = new Card();
  card.startPlus();
  const bytes = frame(300);
  for (let i = 0; i < RING - 2; i++) card.desc(TX_RING, i, OWN | FS | LS | 60, 0, card.fill(0, frame(60)));
  card.write(0xd9, 1, 0x40);
  assert.equal(card.flush().length, RING - 2);
  card.desc(TX_RING, RING - 2, OWN | FS | 14, 0, card.fill(1, bytes.slice(0, 14)));
  card.desc(TX_RING, RING - 1, OWN | EOR | 0, 0, 0);
  card.desc(TX_RING, 0, OWN | 86, 0, card.fill(2, bytes.slice(14, 100)));
  card.desc(TX_RING, 1, OWN | LS | 200, 0, card.fill(3, bytes.slice(100)));
  card.write(0xd9, 1, 0x40);
  assert.deepEqual(card.flush(), [bytes]);
  assert.equal(card.opts1(TX_RING, RING - 1), EOR);
  assert.equal(card.opts1(TX_RING, 1), (LS | 200) >>> 0);
});

test("a frame whose end is not there yet waits for it", () => {
  const card = new Card();
  card.startPlus();
  const bytes = frame(200);
  card.desc(TX_RING, 0, OWN | FS | 100, 0, card.fill(0, bytes.slice(0, 100)));
  card.write(0xd9, 1, 0x40);
  assert.deepEqual(card.flush(), []);
  card.desc(TX_RING, 1, OWN | LS | 100, 0, card.fill(1, bytes.slice(100)));
  card.write(0xd9, 1, 0x40);
  assert.deepEqual(card.flush(), [bytes]);
});

test("the high priority ring is worked off first, and only when polled", () => {
  const card = new Card();
  card.startPlus();
  card.desc(TX_RING, 0, OWN | FS | LS | 60, 0, card.fill(0, frame(60)));
  card.desc(HIGH_RING, 0, OWN | FS | LS | 61, 0, card.fill(1, frame(61)));
  card.write(0xd9, 1, 0x40);
  assert.deepEqual(
    card.flush().map((one) => one.length),
    [60],
  );
  card.desc(TX_RING, 1, OWN | FS | LS | 62, 0, card.fill(0, frame(62)));
  card.write(0xd9, 1, 0xc0);
  assert.deepEqual(
    card.flush().map((one) => one.length),
    [61, 62],
  );
});

test("nothing is sent with the transmitter or C+ transmit off", () => {
  const card = new Card();
  card.startPlus(0x2a);
  card.desc(TX_RING, 0, OWN | FS | LS | 60, 0, card.fill(0, frame(60)));
  card.write(0xd9, 1, 0x40);
  card.write(0xe0, 2, 0x2b);
  card.write(0x37, 1, 0x08);
  card.write(0xd9, 1, 0x40);
  assert.deepEqual([card.flush(), card.isr()], [[], 0]);
});

test("without a link the descriptor says so", () => {
  const card = new Card();
  card.startPlus();
  card.board.cables[0]!.wire.plug(false);
  card.desc(TX_RING, 0, OWN | FS | LS | 60, 0, card.fill(0, frame(60)));
  card.write(0xd9, 1, 0x40);
  assert.equal(card.opts1(TX_RING, 0), (FS | LS | 0x00a00000 | 60) >>> 0);
  assert.equal(card.isr() & 0x2c, 0x28, "LinkChg and TER, no TOK");
});

test("a frame beyond 65535 bytes is an underrun", () => {
  const card = new Card();
  card.startPlus();
  card.desc(TX_RING, 0, OWN | FS | 0xffff, 0, TX_BUFFERS);
  card.desc(TX_RING, 1, OWN | LS | 60, 0, TX_BUFFERS);
  card.write(0xd9, 1, 0x40);
  assert.deepEqual(card.flush(), []);
  assert.equal(card.opts1(TX_RING, 1), (LS | 0x02800000 | 60) >>> 0);
  assert.equal(card.isr() & 8, 8);
});

test("a long ring takes several turns; the rest goes on by itself", () => {
  const card = new Card();
  card.startPlus();
  card.map(0x300000, 0x10000);
  card.write(0x20, 4, 0x300000);
  for (let i = 0; i < 1000; i++) card.desc(0x300000, i, OWN | FS | LS | 60 | (i === 999 ? EOR : 0), 0, TX_BUFFERS);
  card.write(0xd9, 1, 0x40);
  assert.equal(card.read(0xd9, 1), 0x40);
  assert.ok(card.opts1(0x300000, 999) >= OWN);
  assert.equal(card.flush().length, 1000);
  assert.equal(card.read(0xd9, 1), 0);
});

test("TCR.CRC: the host brings the FCS; a wrong one is lost on the way", () => {
  const card = new Card();
  card.startPlus();
  card.write(0x40, 4, 0x03010600);
  const bytes = frame(104);
  const fcs = fcsOf(bytes, 100);
  for (let i = 0; i < 4; i++) bytes[100 + i] = fcs >>> (8 * i);
  card.desc(TX_RING, 0, OWN | FS | LS | 104, 0, card.fill(0, bytes));
  card.write(0xd9, 1, 0x40);
  assert.deepEqual(card.flush(), [bytes.slice(0, 100)]);
  bytes[50]! ^= 1;
  card.desc(TX_RING, 1, OWN | FS | LS | 104, 0, card.fill(1, bytes));
  card.write(0xd9, 1, 0x40);
  assert.deepEqual(card.flush(), []);
});

// ── Receive. ──

test("a frame comes in with its FCS; status, length, ROK", () => {
  const card = new Card();
  card.startPlus();
  const bytes = frame(100);
  card.inject(bytes);
  assert.equal(card.opts1(RX_RING, 0), (FS | LS | 0x02000000 | 104) >>> 0);
  const stored = card.received(0);
  assert.deepEqual(stored.slice(0, 100), bytes);
  assert.equal(fcsOf(stored, 104), 0x2144df1c, "the residue of a good frame");
  assert.equal(card.isr(), 1);
  card.inject(frame(60, BROADCAST));
  assert.equal(card.opts1(RX_RING, 1), (FS | LS | 0x01000000 | 64) >>> 0);
});

test("the filter: physical, broadcast, multicast hash, promiscuous", () => {
  const card = new Card();
  const hash = addressCrc(Uint8Array.from(MULTICAST), 0) >>> 26;
  const taken = (rcr: number, destination: readonly number[]): boolean => {
    card.write(0x37, 1, 0x10);
    card.startPlus(0x2b, rcr);
    card.inject(frame(60, destination));
    return card.opts1(RX_RING, 0) < OWN;
  };
  const own = [0x52, 0x54, 0, 0x12, 0x34, 0x56];
  card.write(0x08, 4, 0);
  card.write(0x0c, 4, 0);
  for (let rcr = 0; rcr < 16; rcr++) {
    assert.equal(taken(rcr, own), (rcr & 3) !== 0, `own, ${rcr}`);
    assert.equal(taken(rcr, STRANGER), (rcr & 1) !== 0, `stranger, ${rcr}`);
    assert.equal(taken(rcr, BROADCAST), (rcr & 8) !== 0, `broadcast, ${rcr}`);
    assert.equal(taken(rcr, MULTICAST), false, `multicast, ${rcr}`);
  }
  card.write(hash < 32 ? 0x08 : 0x0c, 4, 1 << (hash & 31));
  assert.equal(taken(4, MULTICAST), true);
  assert.equal(card.opts1(RX_RING, 0) & 0x07000000, 0x04000000);
  assert.equal(taken(3, MULTICAST), false);
  assert.equal(taken(4, BROADCAST), false);
});

test("the multicast hash is the kernel's ether_crc", () => {
  // Computed bit by bit from the definition.
  for (const address of [MULTICAST, BROADCAST, [0x33, 0x33, 0, 0, 0, 1]]) {
    let crc = 0xffffffff;
    for (const byte of address) {
      for (let bit = 0; bit < 8; bit++) {
        const feedback = (crc >>> 31) ^ ((byte >> bit) & 1);
        crc = (crc << 1) >>> 0;
        if (feedback) crc = (crc ^ 0x04c11db7) >>> 0;
      }
    }
    assert.equal(addressCrc(Uint8Array.from(address), 0), crc);
  }
});

test("runts are taken only on request and marked", () => {
  const card = new Card();
  card.startPlus();
  card.inject(frame(59));
  assert.equal(card.isr(), 0);
  card.write(0x44, 4, 0x1f);
  card.inject(frame(59));
  assert.equal(card.opts1(RX_RING, 0), (FS | LS | 0x02180000 | 63) >>> 0);
  assert.equal(card.isr(), 2);
  card.inject(frame(7));
  card.inject(new Uint8Array(0));
  assert.equal(card.opts1(RX_RING, 1), (OWN | RX_SIZE) >>> 0);
});

test("frames over several buffers: FS on the first, LS and length on the last", () => {
  const card = new Card();
  card.startPlus();
  const bytes = frame(3500);
  card.inject(bytes);
  assert.equal(card.opts1(RX_RING, 0), (FS | RX_SIZE) >>> 0);
  assert.equal(card.opts1(RX_RING, 1), RX_SIZE);
  assert.equal(card.opts1(RX_RING, 2), (LS | 0x02000000 | 3504) >>> 0);
  const parts = [0, 1, 2].map((i) => card.bytes.slice(RX_BUFFERS + i * 2048, RX_BUFFERS + i * 2048 + RX_SIZE));
  assert.deepEqual(Uint8Array.from(parts.flatMap((part) => [...part])).slice(0, 3500), bytes);
  // Longer than 4096 is an error, longer than the length field is not stored.
  card.inject(frame(4093));
  assert.equal(card.opts1(RX_RING, 5), (LS | 0x02300000 | 4097) >>> 0);
  card.inject(frame(8188));
  assert.equal(card.opts1(RX_RING, 6), (OWN | RX_SIZE) >>> 0);
});

test("no descriptor: RDU, counted in MPC, and the next frame is taken again", () => {
  const card = new Card();
  card.startPlus();
  for (let i = 0; i < RING + 3; i++) card.inject(frame(60));
  assert.equal(card.isr(), 0x11);
  assert.equal(card.read(0x4c, 4), 3);
  card.write(0x4c, 4, 0);
  assert.equal(card.read(0x4c, 4), 0);
  card.desc(RX_RING, 0, OWN | RX_SIZE, 0, RX_BUFFERS);
  card.inject(frame(77));
  assert.equal(card.opts1(RX_RING, 0) & 0x1fff, 81);
});

test("a frame that does not fit in the free buffers leaves them alone", () => {
  const card = new Card();
  card.startPlus();
  card.desc(RX_RING, 1, RX_SIZE, 0, RX_BUFFERS);
  card.inject(frame(2000));
  assert.equal(card.opts1(RX_RING, 0), (OWN | RX_SIZE) >>> 0);
  assert.equal(card.isr(), 0x10);
  // A ring of one descriptor is not its own successor.
  card.desc(RX_RING, 0, OWN | EOR | 64, 0, RX_BUFFERS);
  card.inject(frame(100));
  assert.equal(card.opts1(RX_RING, 0), (OWN | EOR | 64) >>> 0);
});

test("buffers at every alignment", () => {
  const card = new Card();
  card.startPlus();
  for (let shift = 0; shift < 8; shift++) {
    card.desc(RX_RING, shift, OWN | RX_SIZE, 0, RX_BUFFERS + shift * 2048 + shift);
    const bytes = frame(60 + shift * 13);
    card.inject(bytes);
    const at = RX_BUFFERS + shift * 2048 + shift;
    assert.deepEqual(card.bytes.slice(at, at + bytes.length), bytes);
  }
});

test("bus addresses differ from RAM addresses where the board says so", () => {
  const card = new Card("rtl8139", { dmaBase: 0x40000000 });
  card.startPlus();
  card.inject(frame(100));
  assert.deepEqual(card.received(0).slice(0, 100), frame(100));
  card.desc(TX_RING, 0, OWN | FS | LS | 100, 0, card.fill(0, frame(100)));
  card.write(0xd9, 1, 0x40);
  assert.deepEqual(card.flush(), [frame(100)]);
  assert.deepEqual(card.reports, []);
});

// ── Both. ──

test("loopback: the receiver hears its own transmitter and nobody else", () => {
  const card = new Card();
  card.startPlus();
  card.write(0x40, 4, 0x03060600);
  card.inject(frame(80));
  assert.equal(card.isr(), 0);
  card.desc(TX_RING, 0, OWN | FS | LS | 90, 0, card.fill(0, frame(90)));
  card.write(0xd9, 1, 0x40);
  assert.deepEqual(card.flush(), []);
  assert.deepEqual(card.received(0).slice(0, 90), frame(90));
  assert.equal(card.isr(), 0x85);
});

test("loopback with a wrong FCS: a CRC error, taken with AER", () => {
  const card = new Card();
  card.startPlus();
  card.write(0x40, 4, 0x03070600);
  const send = (index: number): void => {
    card.desc(TX_RING, index, OWN | FS | LS | 90, 0, card.fill(index, frame(90)));
    card.write(0xd9, 1, 0x40);
  };
  send(0);
  assert.equal(card.isr() & 3, 0);
  card.write(0x44, 4, 0x2f);
  send(1);
  assert.equal(card.opts1(RX_RING, 0), (FS | LS | 0x02140000 | 90) >>> 0);
  assert.equal(card.isr() & 3, 2);
});

test("the tally counters are dumped to memory", () => {
  const card = new Card();
  card.startPlus();
  card.inject(frame(60));
  card.inject(frame(60));
  card.inject(frame(60, BROADCAST));
  card.desc(TX_RING, 0, OWN | FS | LS | 60, 0, card.fill(0, frame(60)));
  card.write(0xd9, 1, 0x40);
  for (let i = 0; i < RING; i++) card.inject(frame(60));
  card.write(0x14, 4, 0);
  card.write(0x10, 4, STATS | 8);
  assert.equal(card.read(0x10, 4), STATS);
  const u64 = (at: number): number => Number(card.view.getBigUint64(STATS + at, true));
  const received = RING;
  assert.deepEqual([u64(0), u64(8), u64(16)], [1, received, 0]);
  assert.deepEqual([u64(40), u64(48)], [received - 1, 1]);
  assert.deepEqual([card.view.getUint32(STATS + 24, true), card.view.getUint16(STATS + 28, true)], [3, 3]);
});

test("asleep: no traffic; a Magic Packet or a link sets PME status", () => {
  const card = new Card();
  card.startPlus();
  card.write(0x50, 1, 0xc0);
  card.write(0x59, 1, 0x20);
  card.setConfig(0x54, 2, 0x0103);
  card.inject(frame(60));
  const magic = frame(120);
  magic.fill(255, 14, 20);
  for (let i = 0; i < 16; i++) magic.set([0x52, 0x54, 0, 0x12, 0x34, 0x56], 20 + 6 * i);
  magic[115]! ^= 1;
  card.inject(magic);
  assert.equal(card.config(0x54, 2), 0x0103);
  magic[115]! ^= 1;
  card.inject(magic);
  assert.equal(card.config(0x54, 2), 0x8103);
  assert.equal(card.opts1(RX_RING, 0), (OWN | RX_SIZE) >>> 0);
  card.setConfig(0x54, 2, 0x8103);
  assert.equal(card.config(0x54, 2), 0x0103);
});
