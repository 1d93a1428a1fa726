// The transmitter of the 82540EM: legacy and extended descriptors, checksums, segmentation, tags, write-back, limits.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BROADCAST,
  Card,
  DATA,
  DEXT,
  EOP,
  IC,
  IFCS,
  IDE,
  INT,
  REG,
  RING,
  RS,
  TSE,
  TX_RING,
  VLE,
  VME,
  fcsOf,
  frame,
  internetSum,
  ipv4,
  ipv6Tcp,
  pseudoSum,
  sameFrame,
  tagged,
} from "./e1000-card.ts";

const get16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
const get32 = (bytes: Uint8Array, at: number): number => get16(bytes, at) * 65536 + get16(bytes, at + 2);
const put16 = (bytes: Uint8Array, at: number, value: number): void => bytes.set([value >> 8, value & 255], at);
const status = (card: Card, index: number): number => card.bytes[TX_RING + 16 * index + 12]!;

type Span = [start: number, at: number, end: number];

/** A context descriptor. */
function context(ip: Span, tu: Span, command = 0, mss = 0, hdrlen = 0, paylen = 0) {
  const word = ([start, at, end]: Span): number => start | (at << 8) | (end << 16);
  const raw: [number, number] = [word(ip), word(tu)];
  return { lower: DEXT | command | paylen, upper: (hdrlen << 8) | (mss << 16), raw };
}
const TCP = 1 << 24;
const IP = 1 << 25;

test("legacy: frames of every length arrive, short ones padded as TCTL.PSP says", () => {
  const card = new Card().start();
  for (let length = 1; length < 1600; length += length < 130 ? 1 : 37) {
    const bytes = frame(length);
    card.send({ bytes, lower: EOP | IFCS | RS });
    const padded = new Uint8Array(Math.max(length, 60));
    padded.set(bytes);
    sameFrame(card.flush()[0], padded, `${length} bytes`);
  }
  card.set(REG.TCTL, 2);
  card.send({ bytes: frame(20), lower: EOP | IFCS });
  sameFrame(card.flush()[0], frame(20), "without padding");
});

test("a frame in pieces, with empty descriptors between them", () => {
  const card = new Card().start();
  const bytes = frame(1000);
  card.send(
    { bytes: bytes.subarray(0, 3), lower: 0 },
    { lower: 0 },
    { bytes: bytes.subarray(3, 500), lower: RS },
    { bytes: bytes.subarray(500), lower: RS | EOP | IFCS },
  );
  sameFrame(card.flush()[0], bytes, "in pieces");
  assert.deepEqual(
    [0, 1, 2, 3].map((i) => status(card, i)),
    [0, 0, 1, 1],
  );
  assert.equal(card.reg(REG.TDH), 4);
});

test("write-back and interrupts: TXDW with RS, TXQE at the end, DD only where asked for", () => {
  const card = new Card().start();
  card.send({ bytes: frame(60), lower: EOP | IFCS });
  assert.equal(card.reg(REG.ICR), INT.TXQE | INT.TXD_LOW);
  assert.equal(status(card, 0), 0);
  card.send({ bytes: frame(60), lower: EOP | IFCS | RS });
  assert.equal(card.levels.get(19), true);
  assert.equal(card.reg(REG.ICR), INT.TXQE | INT.TXDW | INT.TXD_LOW);
  assert.equal(card.levels.get(19), false);
  assert.equal(status(card, 1), 1);
});

test("TXD_LOW when few descriptors are left", () => {
  const card = new Card().start();
  card.set(REG.TXDCTL, 1 << 25);
  const one = { bytes: frame(60), lower: EOP | IFCS };
  card.send(one);
  assert.equal(card.reg(REG.ICR) & INT.TXD_LOW, 0);
  card.send(...Array.from({ length: 12 }, () => one));
  assert.equal(card.reg(REG.ICR) & INT.TXD_LOW, INT.TXD_LOW);
});

test("the ring wraps, and nothing goes out before TCTL.EN, without mastering, or without a link", () => {
  const card = new Card().start();
  for (let i = 0; i < 3 * RING; i++) card.send({ bytes: frame(60 + i), lower: EOP | IFCS | RS });
  assert.deepEqual(
    card.flush().map((one) => one.length),
    Array.from({ length: 3 * RING }, (_, i) => 60 + i),
  );
  const one = { bytes: frame(100), lower: EOP | IFCS };
  card.set(REG.TCTL, 8);
  card.send(one);
  assert.equal(card.flush().length, 0);
  card.set(REG.TCTL, 0xa);
  assert.equal(card.flush().length, 1);
  card.setConfig(4, 2, 3);
  card.send(one);
  assert.equal(card.flush().length, 0);
  assert.match(card.reports.join(), /bus mastering is off/);
  card.setConfig(4, 2, 7);
  assert.equal(card.flush().length, 1);
  card.board.cables[0]!.wire.plug(false);
  card.send(one);
  assert.equal(card.flush().length, 0);
  card.board.cables[0]!.wire.plug(true);
  card.clock.advance(1e7);
  assert.equal(card.flush().length, 1, "with the link it goes on");
});

test("legacy IC: a checksum from CSS to the end goes to CSO", () => {
  const card = new Card().start();
  for (const length of [60, 61, 99, 1514]) {
    for (const css of [14, 15, 34, Math.min(length - 1, 255)]) {
      const bytes = frame(length);
      card.send({ bytes, lower: EOP | IFCS | IC | (20 << 16), upper: css << 8 });
      const expected = bytes.slice();
      put16(expected, 20, ~internetSum(bytes, css, length) & 0xffff);
      sameFrame(card.flush()[0], expected, `${length} bytes from ${css}`);
    }
  }
  const bytes = frame(60);
  card.send({ bytes, lower: EOP | IFCS | IC | (59 << 16) }, { bytes, lower: EOP | IFCS | IC, upper: 60 << 8 });
  for (const one of card.flush()) sameFrame(one, bytes, "offsets beyond the frame do nothing");
});

test("context and data: IP and TCP or UDP checksums, over several descriptors", () => {
  const card = new Card().start();
  for (const [protocol, field] of [
    [6, 50],
    [17, 40],
  ] as const) {
    for (const data of [0, 1, 100, 1001, 1400]) {
      const wanted = ipv4(protocol, data);
      const bytes = wanted.slice();
      put16(bytes, 24, 0);
      put16(bytes, field, pseudoSum(bytes, bytes.length - 34));
      card.send(
        context([14, 24, 33], [34, field, 0], protocol === 6 ? TCP : 0),
        { bytes: bytes.subarray(0, 40), lower: DATA, upper: 0x300 },
        { bytes: bytes.subarray(40), lower: DATA | EOP | IFCS | RS },
      );
      const padded = new Uint8Array(Math.max(60, wanted.length));
      padded.set(wanted);
      sameFrame(card.flush()[0], padded, `protocol ${protocol}, ${data} bytes`);
    }
  }
  const bytes = ipv4(6, 100);
  card.send({ bytes, lower: DATA | EOP | IFCS });
  sameFrame(card.flush()[0], bytes, "POPTS asks for nothing");
});

test("to UDP a checksum of 0 is sent as FFFF", () => {
  const card = new Card().start();
  const bytes = ipv4(17, 2);
  put16(bytes, 40, 0);
  put16(bytes, 42, ~internetSum(bytes, 34, 42, pseudoSum(bytes, 10)) & 0xffff);
  put16(bytes, 40, pseudoSum(bytes, 10));
  card.send(context([14, 24, 33], [34, 40, 43]), { bytes, lower: DATA | EOP | IFCS, upper: 0x200 });
  assert.equal(get16(card.flush()[0]!, 40), 0xffff);
});

/** Sends `whole` as a large packet in three descriptors; the pieces that come out. */
function segment(card: Card, whole: Uint8Array, header: number, mss: number, command: number, ip: number) {
  const bytes = whole.slice();
  const transport = ip === 4 ? 34 : 54;
  const field = transport + ((command & TCP) === 0 ? 6 : 16);
  if (ip === 4) put16(bytes, 16, 0);
  if (ip === 4) put16(bytes, 24, 0);
  // The driver's sum has no length in it.
  put16(bytes, field, pseudoSum(bytes, 0));
  const at = [0, ...[0.3, 0.31].map((cut) => Math.floor(cut * bytes.length)), bytes.length];
  const spans: [Span, Span] = [ip === 4 ? [14, 24, 33] : [14, 0, 0], [transport, field, 0]];
  card.send(
    context(...spans, TSE | command, mss, header, bytes.length - header),
    ...at.slice(1).map((end, i) => ({
      bytes: bytes.subarray(at[i], end),
      lower: DATA | TSE | (end === bytes.length ? EOP | IFCS | RS : 0),
      upper: ip === 4 ? 0x300 : 0x200,
    })),
  );
  return card.flush();
}

test("TCP segmentation: every byte once, headers counted on, checksums right, FIN and PSH at the end", () => {
  const card = new Card().start();
  const cases = [
    [1, 1460],
    [1460, 1460],
    [1461, 1460],
    [2920, 1460],
    [9001, 1460],
    [9001, 536],
    [640, 64],
  ];
  for (const [data, mss] of cases) {
    const whole = ipv4(6, data!);
    const pieces = segment(card, whole, 54, mss!, IP | TCP, 4);
    const count = Math.ceil(data! / mss!);
    assert.equal(pieces.length, count, `${data} by ${mss}`);
    for (const [i, piece] of pieces.entries()) {
      const size = Math.min(mss!, data! - i * mss!);
      const length = 54 + size;
      assert.equal(get16(piece, 16), 40 + size);
      assert.equal(get16(piece, 18), 0x1234 + i);
      assert.equal(internetSum(piece, 14, 34), 0xffff);
      assert.equal(get32(piece, 38), (get32(whole, 38) + i * mss!) >>> 0);
      assert.equal(piece[47], i === count - 1 ? 0x19 : 0x10);
      assert.equal(internetSum(piece, 34, length, pseudoSum(piece, 20 + size)), 0xffff);
      sameFrame(piece.subarray(54, length), whole.subarray(54 + i * mss!, 54 + i * mss! + size), `piece ${i}`);
    }
  }
  assert.equal(card.reg(REG.TSCTC), 7);
});

test("segmentation of TCP over IPv6, of UDP, and with a tag in each piece", () => {
  const card = new Card().start();
  for (const piece of segment(card, ipv6Tcp(3000), 74, 1440, TCP, 6)) {
    assert.equal(get16(piece, 18), piece.length - 54);
    assert.equal(internetSum(piece, 54, piece.length, pseudoSum(piece, piece.length - 54)), 0xffff);
  }
  const pieces = segment(card, ipv4(17, 3000), 42, 1000, IP, 4);
  assert.deepEqual(
    pieces.map((piece) => get16(piece, 38)),
    [1008, 1008, 1008],
  );
  for (const piece of pieces) assert.equal(internetSum(piece, 34, piece.length, pseudoSum(piece, 1008)), 0xffff);
  card.set(REG.CTRL, card.reg(REG.CTRL) | VME);
  card.set(REG.VET, 0x8100);
  const whole = ipv4(6, 3000);
  const bytes = whole.slice();
  put16(bytes, 50, pseudoSum(bytes, 0));
  card.send(context([14, 24, 33], [34, 50, 0], TSE | IP | TCP, 1460, 54, 3000), {
    bytes,
    lower: DATA | TSE | EOP | IFCS | VLE,
    upper: 0x300 | (0x2064 << 16),
  });
  const out = card.flush();
  assert.equal(out.length, 3);
  for (const piece of out) assert.deepEqual([...piece.subarray(12, 18)], [0x81, 0, 0x20, 0x64, 8, 0]);
  sameFrame(out[1]!.subarray(58), whole.subarray(54 + 1460, 54 + 2920), "data of the second");
});

test("VLE inserts the tag of VET, if CTRL.VME allows", () => {
  const card = new Card().start();
  card.set(REG.VET, 0x88a8);
  const bytes = frame(100);
  card.send({ bytes, lower: EOP | IFCS | VLE, upper: 0xe123 << 16 });
  sameFrame(card.flush()[0], bytes, "VME is off");
  card.set(REG.CTRL, card.reg(REG.CTRL) | VME);
  card.send({ bytes, lower: EOP | IFCS | VLE, upper: 0xe123 << 16 });
  sameFrame(card.flush()[0], tagged(bytes, 0xe123, 0x88a8), "tagged");
});

test("without IFCS the driver brings the FCS; a wrong one is lost on the wire", () => {
  const card = new Card().start();
  const bytes = frame(100);
  card.send({ bytes: Uint8Array.from([...bytes, ...fcsOf(bytes)]), lower: EOP }, { bytes: frame(104), lower: EOP });
  const out = card.flush();
  assert.equal(out.length, 1);
  sameFrame(out[0], bytes, "with its own FCS");
});

test("a packet longer than 16288 bytes is not sent, the next one is", () => {
  const card = new Card().start();
  const piece = frame(8200);
  card.send({ bytes: piece, lower: 0 }, { bytes: piece, lower: EOP | IFCS | RS }, { bytes: piece, lower: EOP | IFCS });
  assert.deepEqual(
    card.flush().map((one) => one.length),
    [8200],
  );
  assert.equal(status(card, 1), 1);
});

test("delay timers: TIDV begins anew with each frame, TADV ends the waiting, FPD ends it at once", () => {
  const card = new Card().start();
  card.set(REG.IMS, INT.TXDW);
  card.set(REG.IMC, ~INT.TXDW);
  card.set(REG.TIDV, 100);
  card.set(REG.TADV, 250);
  const send = (): void => card.send({ bytes: frame(60), lower: EOP | IFCS | RS | IDE });
  const after = (us: number): number => {
    card.clock.advance(us * 1024);
    return card.levels.get(19) === true ? 1 : 0;
  };
  send();
  assert.deepEqual([after(99), after(2)], [0, 1]);
  card.reg(REG.ICR);
  send();
  assert.equal(after(80), 0);
  send();
  assert.equal(after(80), 0);
  send();
  assert.deepEqual([after(80), after(11)], [0, 1], "250 units after the first");
  card.reg(REG.ICR);
  send();
  card.set(REG.TIDV, 0x80000064);
  assert.equal(after(0), 1);
});

test("statistics count, stay for one read, and clear", () => {
  const card = new Card().start();
  card.send(
    { bytes: frame(60), lower: EOP | IFCS },
    { bytes: frame(500, BROADCAST), lower: EOP | IFCS },
    { bytes: frame(1514, [1, 0, 0, 0, 0, 1]), lower: EOP | IFCS },
  );
  const total = 64 + 504 + 1518;
  for (const [offset, value] of [
    [REG.GPTC, 3],
    [REG.TPT, 3],
    [REG.BPTC, 1],
    [REG.MPTC, 1],
    [REG.GOTCL, total],
    [REG.TOTL, total],
    [REG.PTC64, 1],
    [REG.PTC64 + 12, 1],
    [REG.PTC64 + 20, 1],
    [REG.PTC64 + 4, 0],
  ] as const)
    assert.equal(card.reg(offset), value, offset.toString(16));
  assert.equal(card.reg(REG.GPTC), 0);
  assert.equal(card.reg(REG.GOTCL), total, "the low half waits for the high one");
  card.reg(REG.GOTCH);
  assert.equal(card.reg(REG.GOTCL), 0);
});

test("a refused access stops the ring where it is; with memory and a new tail it goes on", () => {
  const card = new Card().start();
  card.send({ bytes: frame(100), lower: EOP | IFCS | RS });
  card.flush();
  card.unmap(TX_RING, 0x1000);
  card.send({ bytes: frame(200), lower: EOP | IFCS | RS });
  assert.equal(card.flush().length, 0);
  assert.equal(card.reg(REG.TDH), 1);
  assert.match(card.reports.join(), /iommu: .* read from 0x202010 refused/);
  card.map(TX_RING, 0x1000);
  card.set(REG.TDT, 2);
  assert.deepEqual(
    card.flush().map((one) => one.length),
    [200],
  );
});
