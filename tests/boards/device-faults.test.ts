// What a test can do to a device of the desktop board, whatever its model: pull it out, take the bus from it, have its
// accesses fail.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Card, EOP, IFCS, INT, REG, RS, frame } from "./e1000-card.ts";

const BDF = 3 << 3;

test("a device that is pulled out answers nothing and lets go of its line; back in, it has forgotten all else", () => {
  const card = new Card().start();
  card.set(REG.ICS, INT.LSC);
  assert.equal(card.levels.get(19), true);
  card.board.device(3).remove();
  assert.equal(card.levels.get(19), false);
  assert.deepEqual([card.reg(REG.STATUS), card.config(0, 4)], [0xffffffff, 0xffffffff]);
  card.setConfig(4, 2, 7);
  card.inject(frame(100));
  assert.equal(card.rx(0).status, 0);
  card.board.device(3).insert();
  assert.deepEqual([card.config(0, 4), card.config(4, 2), card.config(0x10, 4)], [0x100e8086, 0, 0xe0000000]);
  card.setConfig(4, 2, 7);
  assert.deepEqual([card.reg(REG.RCTL), card.reg(REG.IMS)], [0, 0]);
  card.start().send({ bytes: frame(100), lower: EOP | IFCS });
  assert.equal(card.flush().length, 1);
});

test("while others have the bus, a device waits, both ways, and then goes on", () => {
  const card = new Card().start();
  card.board.faults.inject(BDF, "slow-dma", 0.001);
  card.send({ bytes: frame(100), lower: EOP | IFCS });
  card.inject(frame(200));
  assert.deepEqual([card.flush().length, card.reg(REG.RDH), card.reports.length], [0, 0, 0]);
  card.clock.advance(1e6);
  assert.deepEqual([card.flush().length, card.reg(REG.RDH)], [1, 1]);
});

test("accesses that fail: a master abort each, without a word from the IOMMU", () => {
  const card = new Card().start();
  card.board.faults.inject(BDF, "dma-error", 1);
  card.send({ bytes: frame(100), lower: EOP | IFCS | RS });
  assert.deepEqual([card.flush().length, card.reg(REG.TDH), card.reports.length], [0, 0, 0]);
  assert.equal(card.config(6, 2) & 0x2000, 0x2000);
  card.send({ bytes: frame(200), lower: EOP | IFCS | RS });
  assert.deepEqual(
    card.flush().map((one) => one.length),
    [100, 200],
  );
});

test("a device out of its slot for a while comes back by itself; pulled out again meanwhile, later", () => {
  const card = new Card().start();
  const present = (): boolean => card.config(0, 4) !== 0xffffffff;
  card.board.faults.inject(BDF, "removal", 1);
  card.clock.advance(0.9e9);
  card.board.faults.inject(BDF, "removal", 1);
  card.clock.advance(0.9e9);
  assert.equal(present(), false);
  card.clock.advance(0.2e9);
  assert.deepEqual([present(), card.config(0x10, 4)], [true, 0xe0000000]);
});

test("a line whose interrupt got lost stays down until the device has let go of it", () => {
  const card = new Card().start();
  card.board.faults.inject(BDF, "lost-interrupt", 1);
  card.set(REG.ICS, INT.LSC);
  card.set(REG.ICS, INT.RXO);
  assert.deepEqual(card.edges, []);
  assert.equal(card.reg(REG.ICR), INT.LSC | INT.RXO);
  card.set(REG.ICS, INT.LSC);
  assert.deepEqual(card.edges, ["19+"]);
});

test("a cable that is out for a while: neither frames nor link, whatever the other end does", () => {
  const card = new Card().start();
  card.board.faults.inject(BDF, "link-flap", 1);
  assert.equal(card.reg(REG.STATUS) & 2, 0);
  card.board.cables[0]!.wire.plug(false);
  card.board.cables[0]!.wire.plug(true);
  card.inject(frame(100));
  card.clock.advance(0.9e9);
  assert.deepEqual([card.reg(REG.STATUS) & 2, card.reg(REG.RDH)], [0, 0]);
  card.clock.advance(0.2e9);
  card.inject(frame(100));
  assert.deepEqual([card.reg(REG.STATUS) & 2, card.reg(REG.RDH)], [2, 1]);
});

test("descriptors with errors: the e1000's say RXE, and RXERRC counts them", () => {
  const card = new Card().start();
  card.board.faults.inject(BDF, "descriptor-error", 2);
  for (let i = 0; i < 3; i++) card.inject(frame(100));
  assert.deepEqual(
    [0, 1, 2].map((i) => card.rx(i).errors & 0x80),
    [0x80, 0x80, 0],
  );
  assert.equal(card.reg(0x400c), 2);
});

test("what a function cannot have", () => {
  const { board } = new Card();
  assert.deepEqual([board.faults.kinds(0), board.faults.kinds(4 << 3)], [[], []]);
});

test("a device that is not there", () => {
  assert.throws(() => new Card().board.device(5), /there is no device 05\.0/);
});
