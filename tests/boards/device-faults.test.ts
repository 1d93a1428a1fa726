// What a test can do to a device of the desktop board, whatever its model: pull it out, take the bus from it, have its
// accesses fail.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Card, EOP, IFCS, INT, REG, RS, frame } from "./e1000-card.ts";

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
  card.board.device(3).holdBus(1e6);
  card.send({ bytes: frame(100), lower: EOP | IFCS });
  card.inject(frame(200));
  assert.deepEqual([card.flush().length, card.reg(REG.RDH), card.reports.length], [0, 0, 0]);
  card.clock.advance(1e6);
  assert.deepEqual([card.flush().length, card.reg(REG.RDH)], [1, 1]);
});

test("accesses that fail: a master abort each, without a word from the IOMMU", () => {
  const card = new Card().start();
  card.board.device(3).dma.fail(1);
  card.send({ bytes: frame(100), lower: EOP | IFCS | RS });
  assert.deepEqual([card.flush().length, card.reg(REG.TDH), card.reports.length], [0, 0, 0]);
  assert.equal(card.config(6, 2) & 0x2000, 0x2000);
  card.send({ bytes: frame(200), lower: EOP | IFCS | RS });
  assert.deepEqual(
    card.flush().map((one) => one.length),
    [100, 200],
  );
});

test("a device that is not there", () => {
  assert.throws(() => new Card().board.device(5), /there is no device 05\.0/);
});
