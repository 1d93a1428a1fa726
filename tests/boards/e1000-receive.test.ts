// The receiver of the 82540EM: buffers, filters, VLANs, checksum status, the packet buffer, flow control, counters.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BROADCAST,
  BUFFER,
  Card,
  EOP,
  IFCS,
  INT,
  RCTL,
  REG,
  RING,
  RX_BUFFERS,
  RX_RING,
  SLU,
  VME,
  fcsOf,
  frame,
  internetSum,
  ipv4,
  ipv6Tcp,
  sameFrame,
  tagged,
} from "./e1000-card.ts";

const DD = 1;
const EOP_STAT = 2;
const IXSM = 4;
const withFcs = (bytes: Uint8Array): Uint8Array => Uint8Array.from([...bytes, ...fcsOf(bytes)]);

/** Gives all descriptors but one to the chip again, from where its head is. */
function refill(card: Card): void {
  for (let i = 0; i < RING; i++) card.desc(RX_RING, i, RX_BUFFERS + i * BUFFER, 0, 0);
  card.set(REG.RDT, (card.reg(REG.RDH) + RING - 1) % RING);
}

test("frames of every length, with their FCS, or without under SECRC", () => {
  for (const rctl of [RCTL.BAM, RCTL.BAM | RCTL.SECRC]) {
    const card = new Card().start(rctl);
    for (let length = 60; length <= 1518; length += length < 130 ? 1 : 41) {
      const head = card.reg(REG.RDH);
      const bytes = frame(length);
      card.inject(bytes);
      assert.equal(card.rx(head).status, DD | EOP_STAT | IXSM);
      sameFrame(card.received(head), rctl & RCTL.SECRC ? bytes : withFcs(bytes), `${length} bytes`);
      assert.equal(card.reg(REG.ICR) & INT.RXT0, INT.RXT0);
      refill(card);
    }
  }
});

test("buffer sizes: a frame goes on in the next descriptor, EOP marks the last", () => {
  for (const [bits, size] of [
    [0, 2048],
    [1 << 16, 1024],
    [2 << 16, 512],
    [3 << 16, 256],
    [RCTL.BSEX | (1 << 16), 16384],
    [RCTL.BSEX | (2 << 16), 8192],
    [RCTL.BSEX | (3 << 16), 4096],
  ] as const) {
    const card = new Card().start(RCTL.BAM | RCTL.LPE | RCTL.SECRC | bits);
    const bytes = frame(Math.min(9014, size * 12));
    card.inject(bytes);
    const count = Math.ceil(bytes.length / size);
    assert.equal(card.reg(REG.RDH), count);
    const parts = Array.from({ length: count }, (_, i) => card.received(i));
    sameFrame(Buffer.concat(parts), bytes, `buffers of ${size}`);
    assert.deepEqual(
      parts.map((_, i) => card.rx(i).status & 3),
      parts.map((_, i) => (i === count - 1 ? 3 : 1)),
    );
  }
});

test("LPE: 1522 bytes are the most without it, 16384 with it; runts are not for the driver", () => {
  const card = new Card().start();
  card.inject(frame(1519));
  card.inject(frame(59));
  assert.equal(card.reg(REG.RDH), 0);
  assert.deepEqual([card.reg(REG.ROC), card.reg(REG.RUC), card.reg(REG.TPR)], [1, 1, 2]);
  card.set(REG.RCTL, RCTL.EN | RCTL.BAM | RCTL.LPE | RCTL.BSEX | (1 << 16));
  card.inject(frame(16380));
  card.inject(frame(16381));
  assert.equal(card.reg(REG.RDH), 1);
  assert.equal(card.rx(0).length, 16384);
  card.set(REG.RCTL, RCTL.EN | RCTL.BAM | RCTL.SBP);
  card.inject(frame(40));
  assert.equal(card.rx(1).length, 44, "SBP stores bad ones");
});

test("exact addresses: sixteen of them, the valid ones", () => {
  const card = new Card().start(0);
  const other = [2, 4, 6, 8, 10, 12];
  const taken = (to: readonly number[]): boolean => {
    const head = card.reg(REG.RDH);
    card.inject(frame(60, to));
    refill(card);
    return card.reg(REG.RDH) !== head;
  };
  assert.deepEqual([taken([0x52, 0x54, 0, 0x12, 0x34, 0x56]), taken(other), taken(BROADCAST)], [true, false, false]);
  card.set(REG.RA + 8 * 15, 0x08060402);
  card.set(REG.RA + 8 * 15 + 4, 0x0c0a);
  assert.equal(taken(other), false, "AV is not set");
  card.set(REG.RA + 8 * 15 + 4, 0x80000c0a);
  assert.equal(taken(other), true);
  card.set(REG.RA + 8 * 15 + 4, 0x80010c0a);
  assert.equal(taken(other), false, "compared with the source");
});

test("promiscuous modes and broadcasts", () => {
  const unicast = [2, 4, 6, 8, 10, 12];
  const multicast = [1, 0, 0x5e, 1, 2, 3];
  for (const [rctl, expected] of [
    [0, [false, false, false]],
    [RCTL.UPE, [true, false, false]],
    [RCTL.MPE, [false, true, true]],
    [RCTL.BAM, [false, false, true]],
  ] as const) {
    const card = new Card().start(rctl);
    const taken = [unicast, multicast, BROADCAST].map((to) => {
      const head = card.reg(REG.RDH);
      card.inject(frame(60, to));
      return card.reg(REG.RDH) !== head;
    });
    assert.deepEqual(taken, expected, rctl.toString(16));
  }
});

test("the multicast table: 12 bits of the address at each offset, PIF marks the match", () => {
  for (const [mo, shift] of [
    [0, 4],
    [1, 3],
    [2, 2],
    [3, 0],
  ] as const) {
    const card = new Card().start(mo << 12);
    const to = [0x01, 0x00, 0x5e, 0x12, 0x9c, 0x7d];
    const hash = ((to[4]! | (to[5]! << 8)) >> shift) & 0xfff;
    for (let i = 0; i < 128; i++) card.set(REG.MTA + 4 * i, i === hash >> 5 ? ~(1 << (hash & 31)) : 0xffffffff);
    card.inject(frame(60, to));
    assert.equal(card.reg(REG.RDH), 0, "every bit but the right one");
    for (let i = 0; i < 128; i++) card.set(REG.MTA + 4 * i, i === hash >> 5 ? 1 << (hash & 31) : 0);
    card.inject(frame(60, to));
    assert.equal(card.reg(REG.RDH), 1);
    assert.equal(card.rx(0).status & 0x80, 0x80);
  }
});

test("VLANs: stripped under VME, filtered by VFTA and CFI under VFE", () => {
  const card = new Card().start(RCTL.BAM | RCTL.SECRC);
  const bytes = frame(100);
  card.set(REG.VET, 0x8100);
  card.inject(tagged(bytes, 0x6065));
  sameFrame(card.received(0), tagged(bytes, 0x6065), "VME is off");
  assert.equal(card.rx(0).status & 8, 0);
  card.set(REG.CTRL, card.reg(REG.CTRL) | VME);
  card.inject(tagged(bytes, 0x6065));
  sameFrame(card.received(1), bytes, "stripped");
  assert.deepEqual([card.rx(1).status & 8, card.rx(1).special], [8, 0x6065]);
  card.inject(tagged(bytes, 1, 0x88a8));
  sameFrame(card.received(2), tagged(bytes, 1, 0x88a8), "another type");
  const taken = (tci: number): boolean => {
    refill(card);
    const head = card.reg(REG.RDH);
    card.inject(tagged(bytes, tci));
    return card.reg(REG.RDH) !== head;
  };
  card.set(REG.RCTL, RCTL.EN | RCTL.BAM | RCTL.VFE);
  assert.equal(taken(0x65), false);
  card.set(REG.VFTA + 4 * (0x65 >> 5), 1 << (0x65 & 31));
  assert.deepEqual([taken(0x65), taken(0x6065), taken(0x1065), taken(0x64)], [true, true, true, false]);
  card.set(REG.RCTL, RCTL.EN | RCTL.BAM | RCTL.VFE | RCTL.CFIEN);
  assert.deepEqual([taken(0x65), taken(0x1065)], [true, false]);
  card.set(REG.RCTL, RCTL.EN | RCTL.BAM | RCTL.VFE | RCTL.CFIEN | RCTL.CFI);
  assert.deepEqual([taken(0x65), taken(0x1065)], [false, true]);
  refill(card);
  const head = card.reg(REG.RDH);
  card.inject(bytes);
  assert.notEqual(card.reg(REG.RDH), head, "untagged frames are not filtered");
});

test("a stripped frame keeps its FCS behind it", () => {
  const card = new Card().start();
  card.set(REG.VET, 0x8100);
  card.set(REG.CTRL, card.reg(REG.CTRL) | VME);
  const bytes = frame(100);
  card.inject(tagged(bytes, 5));
  sameFrame(card.received(0), Uint8Array.from([...bytes, ...fcsOf(tagged(bytes, 5))]), "with the FCS of the wire");
});

test("checksum status: IPCS, TCPCS, IPE, TCPE, and none for fragments, UDP without, and what is not IP", () => {
  const card = new Card().start(RCTL.BAM | RCTL.LPE);
  card.set(REG.RXCSUM, 0x700);
  card.set(REG.VET, 0x8100);
  const look = (bytes: Uint8Array): string => {
    refill(card);
    const head = card.reg(REG.RDH);
    card.inject(bytes);
    const { status, errors } = card.rx(head);
    return `${(status & 0x64).toString(16)} ${errors.toString(16)}`;
  };
  const broken = (bytes: Uint8Array, at: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at]! ^= 1;
    return copy;
  };
  for (const data of [6, 7, 100, 101, 1459, 1460]) {
    for (const protocol of [6, 17]) {
      const good = ipv4(protocol, protocol === 6 ? data : data + 12);
      assert.equal(look(good), "60 0");
      assert.equal(look(broken(good, good.length - 1)), "60 20");
      assert.equal(look(broken(good, 19)), "60 40", "the header");
      assert.equal(look(tagged(good, 7)), "60 0");
    }
    assert.equal(look(ipv6Tcp(data)), "20 0");
    assert.equal(look(broken(ipv6Tcp(data), 60)), "20 20");
  }
  const padded = new Uint8Array(60).fill(0xaa);
  padded.set(ipv4(6, 1));
  assert.equal(look(padded), "60 0", "what is behind the packet does not count");
  const none = ipv4(17, 50);
  none.set([0, 0], 40);
  assert.equal(look(none), "40 0");
  const fragment = ipv4(6, 50);
  fragment.set([0x20, 0], 20);
  assert.equal(look(fragment), "40 40");
  assert.equal(look(frame(100)), "4 0");
  card.set(REG.RXCSUM, 0);
  assert.equal(look(ipv4(6, 100)), "4 0");
});

test("the packet checksum sums from PCSS to the end", () => {
  const card = new Card().start(RCTL.BAM);
  for (const start of [0, 14, 15, 34, 255]) {
    for (const length of [60, 61, 62, 63, 1000]) {
      refill(card);
      const head = card.reg(REG.RDH);
      card.set(REG.RXCSUM, start);
      const bytes = frame(length);
      card.inject(bytes);
      assert.equal(card.rx(head).checksum, internetSum(bytes, Math.min(start, length), length), `${start}, ${length}`);
    }
  }
});

test("the packet buffer: frames wait for descriptors, what does not fit is missed", () => {
  const card = new Card().start();
  for (let i = 0; i < RING - 1; i++) card.inject(frame(100));
  assert.equal(card.reg(REG.RDH), RING - 1);
  assert.equal(card.reg(REG.ICR) & INT.RXO, 0);
  for (let i = 0; i < 60; i++) card.inject(frame(1000 + i));
  // 48 KiB, of which each frame takes its length and 16 bytes.
  assert.deepEqual([card.reg(REG.MPC), card.reg(REG.RNBC), card.reg(REG.ICR) & INT.RXO], [13, 60, INT.RXO]);
  const got: number[] = [];
  for (let round = 0; round < 5; round++) {
    const head = card.reg(REG.RDH);
    refill(card);
    const now = card.reg(REG.RDH);
    for (let i = head; i !== now; i = (i + 1) % RING) got.push(card.rx(i).length);
  }
  assert.deepEqual(
    got,
    Array.from({ length: 47 }, (_, i) => 1004 + i),
  );
});

test("RXDMT0 when free descriptors fall to the threshold", () => {
  for (const [rdmts, left] of [
    [0, 8],
    [1, 4],
    [2, 2],
  ] as const) {
    const card = new Card().start(RCTL.BAM | (rdmts << 8));
    const at: number[] = [];
    for (let i = 1; i < RING; i++) {
      card.inject(frame(60));
      if ((card.reg(REG.ICR) & INT.RXDMT0) !== 0) at.push(RING - 1 - i);
    }
    assert.deepEqual(at, [left]);
  }
});

test("nothing is received before RCTL.EN, without a link, or into a ring that is none", () => {
  const card = new Card().start();
  card.set(REG.RCTL, RCTL.BAM);
  card.inject(frame(60));
  assert.deepEqual([card.reg(REG.RDH), card.reg(REG.TPR)], [0, 0]);
  card.set(REG.RCTL, RCTL.BAM | RCTL.EN);
  card.set(REG.CTRL, 0);
  card.inject(frame(60));
  assert.equal(card.reg(REG.TPR), 0);
  card.set(REG.CTRL, SLU);
  for (const [head, tail, length] of [
    [0, 0, 256],
    [16, 3, 256],
    [0, 16, 256],
    [0, 5, 0],
    [0xffff, 0xffff, 0xfff80],
  ]) {
    card.set(REG.RDLEN, length!);
    card.set(REG.RDH, head!);
    card.set(REG.RDT, tail!);
    card.inject(frame(60));
    assert.equal(card.reg(REG.RDH), head);
  }
  card.set(REG.RDLEN, 256);
  card.set(REG.RDH, 0);
  card.set(REG.RDT, 15);
  assert.equal(card.reg(REG.RDH), 5, "what has waited meanwhile");
});

test("delay timers and small packets", () => {
  const card = new Card().start();
  card.set(REG.RDTR, 100);
  card.set(REG.RADV, 150);
  const after = (us: number): boolean => {
    card.clock.advance(us * 1024);
    return card.levels.get(19) === true;
  };
  card.inject(frame(100)); // 58 units pass
  assert.equal(after(0), false);
  card.inject(frame(100));
  assert.equal(after(20), false);
  assert.equal(after(140), true);
  assert.equal(card.reg(REG.ICR), INT.RXT0);
  card.set(REG.RSRPD, 64);
  card.inject(frame(61));
  assert.equal(after(0), false);
  card.inject(frame(60));
  assert.equal(card.reg(REG.ICR), INT.SRPD | INT.RXT0);
});

test("loopback, in the MAC and in the PHY: what is sent comes back, and stays inside", () => {
  for (const mac of [true, false]) {
    const card = new Card().start(RCTL.BAM | (mac ? RCTL.LBM : 0));
    if (!mac) card.setPhy(0, 0x4140);
    card.send({ bytes: frame(100), lower: EOP | IFCS });
    sameFrame(card.received(0), withFcs(frame(100)), "back");
    assert.equal(card.flush().length, 0);
    const before = card.reg(REG.RDH);
    card.inject(frame(200));
    assert.equal(card.reg(REG.RDH), before, "deaf to the cable");
    card.set(REG.RCTL, card.reg(REG.RCTL) | RCTL.SBP);
    card.send({ bytes: frame(100), lower: EOP });
    assert.deepEqual([card.rx(1).errors & 1, card.reg(REG.CRCERRS)], [1, 1], "a wrong FCS");
  }
});

test("PAUSE frames hold the transmitter back for their time, and are not for the driver", () => {
  const card = new Card().start();
  card.set(REG.FCAL, 0x00c28001);
  card.set(REG.FCAH, 0x0100);
  card.set(REG.FCT, 0x8808);
  card.set(REG.CTRL, card.reg(REG.CTRL) | (1 << 27));
  const pause = (quanta: number): Uint8Array => {
    const bytes = new Uint8Array(60);
    bytes.set([1, 0x80, 0xc2, 0, 0, 1, 2, 0, 0, 0, 0, 9, 0x88, 8, 0, 1, quanta >> 8, quanta & 255]);
    return bytes;
  };
  card.inject(pause(0xffff));
  assert.equal(card.reg(REG.STATUS) & 0x10, 0x10);
  card.send({ bytes: frame(60), lower: EOP | IFCS });
  card.clock.advance(33e6);
  assert.equal(card.flush().length, 0);
  card.clock.advance(1e6);
  assert.equal(card.flush().length, 1);
  card.inject(pause(0xffff));
  card.send({ bytes: frame(60), lower: EOP | IFCS });
  card.inject(pause(0));
  assert.equal(card.flush().length, 1, "XON");
  assert.deepEqual([card.reg(REG.XOFFRXC), card.reg(REG.RDH)], [2, 0]);
  card.set(REG.RCTL, card.reg(REG.RCTL) | RCTL.PMCF | RCTL.MPE);
  card.inject(pause(0));
  assert.equal(card.reg(REG.RDH), 1, "PMCF shows them");
});

test("own PAUSE frames: XOFF when the packet buffer fills, XON when it is empty again", () => {
  const card = new Card().start();
  card.set(REG.FCAL, 0x00c28001);
  card.set(REG.FCAH, 0x0100);
  card.set(REG.FCT, 0x8808);
  card.set(REG.FCTTV, 0x1234);
  card.set(REG.FCRTH, 20 * 1024);
  card.set(REG.FCRTL, 0x80000000 | (10 * 1024));
  card.set(REG.CTRL, card.reg(REG.CTRL) | (1 << 28));
  for (let i = 0; i < RING - 1 + 25; i++) card.inject(frame(1000));
  const [xoff, ...more] = card.flush();
  assert.deepEqual(
    [...xoff!.subarray(0, 18)],
    [1, 0x80, 0xc2, 0, 0, 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 0x88, 8, 0, 1, 0x12, 0x34],
  );
  assert.equal(more.length, 0);
  for (let i = 0; i < 3; i++) refill(card);
  const xon = card.flush();
  assert.deepEqual([xon.length, xon[0]![16], xon[0]![17]], [1, 0, 0]);
  assert.deepEqual([card.reg(REG.XOFFTXC), card.reg(REG.XONTXC)], [1, 1]);
});

test("statistics of reception", () => {
  const card = new Card().start(RCTL.BAM | RCTL.MPE);
  card.inject(frame(60));
  card.inject(frame(200, BROADCAST));
  card.inject(frame(1514, [1, 0, 0, 0, 0, 1]));
  card.inject(frame(60, [4, 4, 4, 4, 4, 4]));
  const good = 64 + 204 + 1518;
  for (const [offset, value] of [
    [REG.GPRC, 3],
    [REG.TPR, 4],
    [REG.BPRC, 1],
    [REG.MPRC, 1],
    [REG.GORCL, good],
    [REG.TORL, good + 64],
    [REG.PRC64, 1],
    [REG.PRC64 + 8, 1],
    [REG.PRC64 + 20, 1],
  ] as const)
    assert.equal(card.reg(offset), value, offset.toString(16));
  assert.deepEqual(
    [REG.GPRC, REG.TPR, REG.BPRC].map((offset) => card.reg(offset)),
    [0, 0, 0],
  );
  card.reg(REG.GORCH);
  assert.equal(card.reg(REG.GORCL), 0);
});

test("a buffer that may not be written: the frame is lost, the descriptor stays the chip's", () => {
  const card = new Card().start();
  card.unmap(RX_BUFFERS, BUFFER);
  card.inject(frame(100));
  assert.deepEqual([card.reg(REG.RDH), card.rx(0).status], [0, 0]);
  assert.match(card.reports.join(), /iommu: .* write to 0x210000 refused/);
  card.map(RX_BUFFERS, BUFFER, 2);
  card.inject(frame(101));
  sameFrame(card.received(0), withFcs(frame(101)), "the next one");
});
