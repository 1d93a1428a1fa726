// The 82540EM where its manual is exact and drivers seldom look: which of a packet's descriptors say what, what counts in
// which register, what ends a delay. Section numbers are those of Intel's 317453.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Card, DATA, DEXT, EOP, IFCS, INT, RCTL, REG, RS, TSE, VLE, VME, fcsOf, frame, tagged } from "./e1000-card.ts";

const [RFC, RJC, RLEC, TSCTFC] = [0x40a8, 0x40b0, 0x4040, 0x40fc];

function sentLengths(card: Card): number[] {
  return card.flush().map((one) => one.length);
}

test("3.3.3: a descriptor with a null address transfers no data, and is done all the same", () => {
  const card = new Card().start();
  card.send({ lower: 500 | RS, raw: [0, 0] }, { bytes: frame(100), lower: EOP | IFCS | RS });
  assert.deepEqual(sentLengths(card), [100]);
  assert.deepEqual([card.view.getUint32(0x202000 + 12, true) & 1, card.reports], [1, []]);
});

test("3.3.3.1, 3.3.7.1: the last descriptor of a packet says whether it is tagged", () => {
  for (const kind of [0, DATA]) {
    const card = new Card().start();
    card.set(REG.CTRL, card.reg(REG.CTRL) | VME);
    card.set(REG.VET, 0x8100);
    const [head, tail] = [frame(60), frame(40)];
    const packet = Uint8Array.of(...head, ...tail);
    card.send(
      { bytes: head, lower: kind | VLE, upper: 7 << 16 },
      { bytes: tail, lower: kind | EOP | IFCS, upper: 8 << 16 },
    );
    card.send(
      { bytes: head, lower: kind, upper: 7 << 16 },
      { bytes: tail, lower: kind | EOP | IFCS | VLE, upper: 8 << 16 },
    );
    assert.deepEqual(card.flush(), [packet, tagged(packet, 8)]);
  }
});

test("3.3.7.1: of a segmentation's descriptors the first says it, for every segment", () => {
  const card = new Card().start();
  card.set(REG.CTRL, card.reg(REG.CTRL) | VME);
  card.set(REG.VET, 0x8100);
  const context = { lower: DEXT | TSE | 200, upper: (64 << 16) | (54 << 8), raw: [0, 0] as [number, number] };
  const [header, data] = [frame(54), new Uint8Array(200)];
  card.send(
    context,
    { bytes: header, lower: DATA | TSE | VLE, upper: 5 << 16 },
    { bytes: data, lower: DATA | TSE | EOP },
  );
  assert.deepEqual(
    card.flush().map((one) => [one.length, one[12]! * 256 + one[13]!, one[15]]),
    [
      [122, 0x8100, 5],
      [122, 0x8100, 5],
      [122, 0x8100, 5],
      [66, 0x8100, 5],
    ],
  );
});

test("3.3.7.1: into a frame that it tags the chip writes the FCS, whatever IFCS says", () => {
  const card = new Card().start();
  card.set(REG.CTRL, card.reg(REG.CTRL) | VME);
  card.set(REG.VET, 0x8100);
  card.send({ bytes: frame(100), lower: EOP | VLE, upper: 3 << 16 });
  assert.deepEqual(card.flush(), [tagged(frame(100), 3)]);
});

test("13.7.53, 13.7.54: a segmentation counts at its end; one with another length than PAYLEN has failed", () => {
  const card = new Card().start();
  const context = { lower: DEXT | TSE | 200, upper: (64 << 16) | (54 << 8), raw: [0, 0] as [number, number] };
  const header = { bytes: frame(54), lower: DATA | TSE };
  card.send(context, header);
  assert.deepEqual([card.reg(REG.TSCTC), card.reg(TSCTFC)], [0, 0]);
  card.send({ bytes: new Uint8Array(200), lower: DATA | TSE | EOP });
  assert.deepEqual([card.reg(REG.TSCTC), card.reg(TSCTFC)], [1, 0]);
  card.send(context, header, { bytes: new Uint8Array(150), lower: DATA | TSE | EOP });
  assert.deepEqual([card.reg(REG.TSCTC), card.reg(TSCTFC)], [0, 1]);
});

test("13.7.30, 13.7.32: a frame below 64 bytes is sent, but no good one", () => {
  const card = new Card().start(RCTL.BAM, 0);
  card.send({ bytes: frame(40), lower: EOP | IFCS });
  assert.deepEqual(sentLengths(card), [40]);
  assert.deepEqual([card.reg(REG.GPTC), card.reg(REG.PTC64), card.reg(REG.GOTCL)], [0, 0, 0]);
  assert.deepEqual([card.reg(REG.TPT), card.reg(REG.TOTL)], [1, 44]);
});

test("13.7.1, 13.7.15, 13.7.34 ff.: errors of frames for others do not count, those of one's own twice", () => {
  const card = new Card().start();
  const other = [2, 0, 0, 0, 0, 0x77];
  for (const to of [other, undefined]) for (const length of [40, 2000]) card.inject(frame(length, to));
  assert.deepEqual([card.reg(REG.RUC), card.reg(REG.ROC), card.reg(RLEC)], [1, 1, 2]);
  assert.deepEqual([card.reg(REG.TPR), card.reg(REG.GPRC)], [4, 0]);
  // In loopback, where the driver gives the FCS: a wrong one.
  card.set(REG.RCTL, RCTL.EN | RCTL.LBM);
  const bad = (length: number, to?: number[]): Uint8Array =>
    Uint8Array.of(...frame(length, to), ...fcsOf(frame(length, to)).map((byte) => byte ^ 1));
  for (const to of [other, undefined])
    for (const length of [40, 100, 2000]) card.send({ bytes: bad(length, to), lower: EOP });
  card.flush();
  assert.deepEqual([card.reg(REG.CRCERRS), card.reg(RFC), card.reg(RJC), card.reg(RLEC)], [1, 1, 1, 2]);
});

test("13.7.27: a packet that was missed is not among the good ones; one that waits is", () => {
  const card = new Card().start();
  card.set(REG.PBA, 1);
  card.set(REG.RDT, card.reg(REG.RDH));
  card.inject(frame(600));
  card.inject(frame(600));
  assert.deepEqual([card.reg(REG.GPRC), card.reg(REG.MPC), card.reg(REG.TPR)], [1, 1, 2]);
});

test("3.2.7.2: a small packet is told about at once, also as RXT0, and ends the delay of those before it", () => {
  const card = new Card().start();
  card.set(REG.RSRPD, 100);
  card.set(REG.RDTR, 1000);
  card.inject(frame(200));
  assert.equal(card.reg(REG.ICR), 0);
  card.inject(frame(60));
  assert.equal(card.reg(REG.ICR), INT.SRPD | INT.RXT0);
  card.clock.advance(10e6);
  assert.equal(card.reg(REG.ICR), 0);
});

test("13.4.43: with LWTHRESH 0 TXD_LOW comes when no descriptor is left", () => {
  const card = new Card().start();
  card.send({ bytes: frame(100), lower: EOP | IFCS });
  assert.equal(card.reg(REG.ICR), INT.TXQE | INT.TXD_LOW);
  assert.equal(sentLengths(card).length, 1);
});
