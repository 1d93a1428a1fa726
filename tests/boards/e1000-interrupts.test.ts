// Interrupts of the 82540EM: causes, mask, acknowledgement, and how ITR spaces them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Card, EOP, IFCS, INT, REG, RS, frame } from "./e1000-card.ts";

const asserted = (card: Card): boolean => card.levels.get(19) === true;

test("every cause can be set, masked, and is acknowledged by reading ICR or writing ones to it", () => {
  const card = new Card();
  for (let bit = 0; bit < 17; bit++) {
    const cause = 1 << bit;
    card.set(REG.ICS, cause);
    assert.equal(asserted(card), false, "not enabled");
    card.set(REG.IMS, cause);
    assert.equal(asserted(card), true);
    assert.equal(card.reg(REG.IMS), cause);
    card.set(REG.IMC, cause);
    assert.equal(asserted(card), false);
    card.set(REG.IMS, cause);
    card.set(REG.ICR, cause);
    assert.equal(asserted(card), false);
    card.set(REG.ICS, cause);
    assert.equal(card.reg(REG.ICR), cause);
    assert.equal(asserted(card), false);
    card.set(REG.IMC, 0xffffffff);
  }
  card.set(REG.ICS, 0xffffffff);
  assert.equal(card.reg(REG.ICR), 0x1ffff);
});

test("ITR keeps assertions apart; causes add up meanwhile; 0 lets all through", () => {
  const card = new Card();
  card.set(REG.ITR, 1000); // 256 us
  card.set(REG.IMS, INT.RXT0 | INT.TXDW);
  const when: number[] = [];
  for (let us = 0; us < 1024; us++) {
    card.set(REG.ICS, us % 2 ? INT.RXT0 : INT.TXDW);
    if (asserted(card)) {
      when.push(us);
      card.reg(REG.ICR);
    }
    card.clock.advance(1000);
  }
  assert.deepEqual(when, [0, 256, 512, 768]);
  card.reg(REG.ICR);
  card.clock.advance(1e6);
  assert.equal(card.clock.pending, 0, "nothing waits when nothing is to be said");
  card.set(REG.ITR, 0);
  for (let i = 0; i < 3; i++) {
    card.set(REG.ICS, INT.RXT0);
    assert.equal(asserted(card), true);
    card.reg(REG.ICR);
  }
});

test("a cause that is masked while ITR waits does not interrupt when the time is over", () => {
  const card = new Card();
  card.set(REG.ITR, 1000);
  card.set(REG.IMS, INT.RXT0);
  card.set(REG.ICS, INT.RXT0);
  card.reg(REG.ICR);
  card.set(REG.ICS, INT.RXT0);
  card.set(REG.IMC, INT.RXT0);
  card.clock.advance(1e6);
  assert.equal(asserted(card), false);
  card.set(REG.IMS, INT.RXT0);
  assert.equal(asserted(card), true);
});

test("one interrupt for many frames under ITR, one each without", () => {
  for (const [itr, least, most] of [
    [0, 20, 20],
    [4000, 1, 2],
  ] as const) {
    const card = new Card().start();
    card.set(REG.ITR, itr);
    card.set(REG.IMC, INT.TXQE);
    let count = 0;
    for (let i = 0; i < 20; i++) {
      card.send({ bytes: frame(60), lower: EOP | IFCS | RS });
      if (asserted(card)) {
        count++;
        card.reg(REG.ICR);
      }
      card.clock.advance(1000);
    }
    assert.ok(count >= least && count <= most, `ITR ${itr}: ${count}`);
  }
});
