// Registers of the 82540EM: reset values, what can be written, aliases, I/O window, EEPROM, PHY, resets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Card, INT, REG, SLU, frame } from "./e1000-card.ts";

const hex = (value: number): string => value.toString(16);

test("registers after power-on", () => {
  const card = new Card();
  for (const [offset, value] of [
    [REG.CTRL, 0x201],
    [REG.STATUS, 0x81],
    [REG.EECD, 0x108],
    [REG.MDIC, 0x10000000],
    [REG.ICR, 0],
    [REG.RCTL, 0],
    [REG.TCTL, 0],
    [REG.PBA, 0x00100030],
    [0xe00, 0x07068302],
    [REG.RDLEN, 0],
    [REG.RA, 0x12005452],
    [REG.RA + 4, 0x80005634],
    [REG.RA + 8, 0],
    [REG.WUC, 1],
    [REG.IMS, 0],
  ] as const)
    assert.equal(hex(card.reg(offset)), hex(value), `register ${hex(offset)}`);
});

test("configuration space: identity, base addresses, power management", () => {
  const card = new Card();
  assert.equal(hex(card.config(0, 4)), "100e8086");
  assert.equal(hex(card.config(0x2c, 4)), "1e8086");
  assert.equal(card.config(0x3d, 1), 1);
  for (const [bar, mask] of [
    [0x10, 0xfffe0000],
    [0x14, 0],
    [0x18, 0xffffffc1],
    [0x30, 0],
  ] as const) {
    card.setConfig(bar, 4, 0xffffffff);
    assert.equal(hex(card.config(bar, 4)), hex(mask), hex(bar));
  }
  assert.equal(card.config(0x34, 1), 0xdc);
  assert.equal(card.config(0xdc, 1), 1);
  assert.equal(card.config(0xdd, 1), 0);
});

test("what can be written, by the patterns of the register test of Intel's diagnostics", () => {
  const card = new Card();
  const check = (offset: number, mask: number, write: number): void => {
    for (const pattern of [0x5a5a5a5a, 0xa5a5a5a5, 0, 0xffffffff]) {
      card.set(offset, write & pattern);
      assert.equal(hex(card.reg(offset)), hex((write & pattern & mask) >>> 0), `register ${hex(offset)}`);
    }
  };
  const status = card.reg(REG.STATUS);
  card.set(REG.STATUS, 0xffffffff);
  assert.equal(card.reg(REG.STATUS), status);
  for (const [offset, mask, write] of [
    [REG.FCAL, -1, -1],
    [REG.FCAH, 0xffff, -1],
    [REG.FCT, 0xffff, -1],
    [REG.VET, 0xffff, -1],
    [REG.RDTR, 0xffff, -1],
    [REG.RDBAH, -1, -1],
    [REG.RDLEN, 0xfff80, 0xfffff],
    [REG.RDH, 0xffff, 0xffff],
    [REG.RDT, 0xffff, 0xffff],
    [REG.FCRTH, 0xfff8, 0xfff8],
    [REG.FCTTV, 0xffff, 0xffff],
    [0x410, 0x3fffffff, 0x3fffffff],
    [REG.TDBAH, -1, -1],
    [REG.TDLEN, 0xfff80, 0xfffff],
    [REG.RCTL, 0x06dfb3fe, -1],
    [REG.RDBAL, 0xfffffff0, -1],
    [0x178, 0xc000ffff, 0xffff],
    [REG.TDBAL, 0xfffffff0, -1],
    [REG.TIDV, 0xffff, 0xffff],
    [REG.RADV, 0xffff, -1],
  ] as const)
    check(offset, mask, write);
  for (let i = 0; i < 16; i++) {
    check(REG.RA + 8 * i, -1, -1);
    check(REG.RA + 8 * i + 4, 0x8003ffff, -1);
  }
  for (let i = 0; i < 128; i++) {
    check(REG.MTA + 4 * i, -1, -1);
    check(REG.VFTA + 4 * i, -1, -1);
  }
});

test("what is reserved reads 0 and keeps nothing, to the end of the window", () => {
  const card = new Card();
  for (const offset of [0x0c, 0x24, 0xcc, 0x2804 + 8 * 3, 0x5fff & ~3, 0x8000, 0x10000, 0x1fffc]) {
    card.set(offset, 0xffffffff);
    assert.equal(card.reg(offset), 0, hex(offset));
  }
});

test("registers are dwords: narrow reads see their bytes, narrow writes nothing", () => {
  const card = new Card();
  card.set(REG.RDBAH, 0x44332211);
  assert.deepEqual(
    [0, 1, 2, 3].map((i) => card.read(REG.RDBAH + i, 1)),
    [0x11, 0x22, 0x33, 0x44],
  );
  assert.deepEqual(
    [0, 2].map((i) => card.read(REG.RDBAH + i, 2)),
    [0x2211, 0x4433],
  );
  card.write(REG.RDBAH, 1, 0xff);
  card.write(REG.RDBAH + 2, 2, 0xffff);
  assert.equal(card.reg(REG.RDBAH), 0x44332211);
});

test("the addresses of the 82542 lead to the same registers", () => {
  const card = new Card();
  for (const [alias, offset] of [
    [0x04, REG.CTRL],
    [0x40, REG.RA],
    [0x44, REG.RA + 4],
    [0x108, REG.RDTR],
    [0x110, REG.RDBAL],
    [0x118, REG.RDLEN],
    [0x120, REG.RDH],
    [0x128, REG.RDT],
    [0x160, REG.FCRTH],
    [0x168, REG.FCRTL],
    [0x200, REG.MTA],
    [0x3fc, REG.MTA + 508],
    [0x420, REG.TDBAL],
    [0x428, REG.TDLEN],
    [0x430, REG.TDH],
    [0x438, REG.TDT],
    [0x440, REG.TIDV],
    [0x600, REG.VFTA],
  ] as const) {
    card.set(alias, 0x80);
    assert.equal(card.reg(offset), 0x80, hex(alias));
    assert.equal(card.reg(alias), 0x80, hex(alias));
    card.set(offset, 0);
  }
});

test("the I/O window reaches every register", () => {
  const card = new Card();
  const { board } = card;
  board.portWrite(0xc000, 4, REG.RDBAH);
  board.portWrite(0xc004, 4, 0x12345678);
  assert.equal(card.reg(REG.RDBAH), 0x12345678);
  assert.equal(board.portRead(0xc004, 4), 0x12345678);
  assert.equal(board.portRead(0xc000, 4), REG.RDBAH);
  board.portWrite(0xc000, 4, 0xfffffffc);
  board.portWrite(0xc004, 4, 1);
  assert.equal(board.portRead(0xc004, 4), 0);
});

test("CTRL.RST: all begins anew, the address comes from the EEPROM, configuration space and PHY stay", () => {
  const card = new Card().start();
  card.set(REG.RA, 0x11111111);
  card.setPhy(18, 0x1234);
  card.set(REG.ICS, 4);
  const config = Array.from({ length: 64 }, (_, i) => card.config(4 * i, 4));
  card.set(REG.CTRL, 1 << 26);
  assert.equal(card.reg(REG.CTRL), 0x201);
  for (const offset of [REG.RCTL, REG.TCTL, REG.RDT, REG.RDLEN, REG.ICR, REG.IMS]) assert.equal(card.reg(offset), 0);
  assert.equal(card.reg(REG.RA), 0x12005452);
  assert.equal(card.levels.get(19) ?? false, false);
  assert.equal(card.phy(18), 0x1234);
  assert.deepEqual(
    Array.from({ length: 64 }, (_, i) => card.config(4 * i, 4)),
    config,
  );
});

test("the EEPROM through EERD: address, identity, checksum", () => {
  const card = new Card("e1000,mac=52:54:00:ab:cd:ef,subsystem_device=0x1234");
  const word = (index: number): number => {
    card.set(REG.EERD, (index << 8) | 1);
    assert.equal(card.reg(REG.EERD) & 0xff10, (index << 8) | 0x10);
    return card.reg(REG.EERD) >>> 16;
  };
  assert.deepEqual([0, 1, 2].map(word), [0x5452, 0xab00, 0xefcd]);
  assert.deepEqual([0x0b, 0x0c, 0x0d, 0x0e].map(word), [0x1234, 0x8086, 0x100e, 0x8086]);
  let sum = 0;
  for (let i = 0; i < 64; i++) sum += word(i);
  assert.equal(sum & 0xffff, 0xbaba);
  assert.deepEqual([card.reg(REG.RA), card.reg(REG.RA + 4)], [0xab005452, 0x8000efcd]);
});

test("the EEPROM through EECD: granted wires, a word read, one written, and loaded after a reset", () => {
  const card = new Card();
  const REQ = 0x40;
  const clock = (bits: string): void => {
    for (const bit of bits) {
      const di = bit === "1" ? 4 : 0;
      card.set(REG.EECD, REQ | 2 | di);
      card.set(REG.EECD, REQ | 2 | di | 1);
    }
  };
  const end = (): void => card.set(REG.EECD, REQ);
  const read = (address: number): number => {
    clock("110" + address.toString(2).padStart(6, "0"));
    let word = 0;
    for (let i = 0; i < 16; i++) {
      clock("0");
      word = word * 2 + ((card.reg(REG.EECD) >>> 3) & 1);
    }
    end();
    return word;
  };
  card.set(REG.EECD, REQ);
  assert.equal(card.reg(REG.EECD) & 0x1c0, 0x1c0, "REQ, GNT and PRES");
  card.set(REG.EERD, 1);
  assert.equal(card.reg(REG.EERD) & 0x10, 0, "the wires are software's");
  assert.equal(read(0), 0x5452);
  clock("100110000");
  end();
  clock("101" + "000010" + (0x9abc).toString(2).padStart(16, "0"));
  end();
  card.clock.advance(1e6);
  assert.equal(read(2), 0x9abc);
  card.set(REG.EECD, 0);
  card.set(REG.CTRL, 1 << 26);
  assert.equal(card.reg(REG.RA + 4), 0x80009abc);
});

test("MDIC: another address is an error, MDAC interrupts, identity", () => {
  const card = new Card();
  card.set(REG.MDIC, (2 << 26) | (2 << 21) | (1 << 29));
  assert.equal(hex(card.reg(REG.MDIC) >>> 28), "7");
  assert.equal(card.reg(REG.ICR), INT.MDAC);
  assert.deepEqual([card.phy(2), card.phy(3)], [0x0141, 0x0c20]);
  card.setPhy(2, 0);
  assert.equal(card.phy(2), 0x0141);
});

test("the link: up behind SLU, down with the cable, LSC each time, latched in the PHY's status", () => {
  const card = new Card();
  assert.equal(card.reg(REG.STATUS) & 2, 0);
  card.set(REG.CTRL, SLU | 1);
  assert.equal(hex(card.reg(REG.STATUS)), "383");
  assert.equal(card.reg(REG.ICR), INT.LSC);
  assert.equal(card.phy(1), 0x796d);
  assert.deepEqual([card.phy(5), card.phy(10), card.phy(17)], [0x41e1, 0x3c00, 0xbc00]);
  const { wire } = card.board.cables[0]!;
  wire.plug(false);
  assert.equal(card.reg(REG.STATUS) & 2, 0);
  assert.equal(card.reg(REG.ICR), INT.LSC);
  wire.plug(true);
  assert.equal(card.reg(REG.STATUS) & 2, 0, "not before the negotiation is over");
  card.clock.advance(5e6);
  assert.equal(card.reg(REG.ICR), INT.LSC);
  assert.deepEqual([card.phy(1) & 4, card.phy(1) & 4], [0, 4]);
});

test("negotiation finds the best of what is advertised; forced modes do without", () => {
  const card = new Card();
  card.set(REG.CTRL, SLU);
  const state = (): string => {
    card.clock.advance(5e6);
    return hex(card.reg(REG.STATUS) & 0xc3);
  };
  const negotiate = (advertised: number, gigabit: number): string => {
    card.setPhy(4, advertised);
    card.setPhy(9, gigabit);
    card.setPhy(0, 0x1340);
    assert.equal(card.reg(REG.STATUS) & 2, 0);
    return state();
  };
  assert.equal(negotiate(0x1e1, 0x200), "83");
  assert.equal(negotiate(0x1e1, 0), "43");
  assert.equal(negotiate(0x0a1, 0), "42", "100 half");
  assert.equal(negotiate(0x061, 0), "3", "10 full");
  assert.equal(negotiate(0x021, 0), "2");
  assert.equal(negotiate(0x001, 0), "0", "nothing in common");
  card.setPhy(0, 0x2100);
  assert.equal(state(), "43");
  card.setPhy(0, 0x2900);
  assert.equal(state(), "41", "powered down");
});

test("PHY_RST takes the PHY's registers back", () => {
  const card = new Card();
  card.setPhy(4, 0x21);
  card.set(REG.CTRL, 0x80000000 | SLU);
  card.set(REG.CTRL, SLU);
  assert.equal(card.phy(4), 0xde1);
  card.clock.advance(5e6);
  assert.equal(card.reg(REG.STATUS) & 2, 2);
});

test("without a cable there is no link", () => {
  const card = new Card("e1000,netdev=none");
  card.set(REG.CTRL, SLU);
  card.clock.advance(1e9);
  assert.equal(card.reg(REG.STATUS) & 2, 0);
  assert.equal(card.phy(1) & 0x24, 0);
});

test("D3: registers are not decoded, a Magic Packet, a broadcast and the link wake it, waking resets it", () => {
  const card = new Card().start();
  const asleep = (wufc: number): void => {
    card.set(REG.WUC, 2);
    card.set(REG.WUFC, wufc);
    card.setConfig(0xe0, 2, 3);
    assert.equal(card.reg(REG.STATUS), 0xffffffff);
  };
  /** What woke it; -1: nothing did. */
  const woken = (): number => {
    const pme = card.config(0xe0, 2) & 0x8000;
    card.setConfig(0xe0, 2, 0x8000);
    card.place();
    assert.equal(card.reg(REG.RCTL), 0);
    const events = card.reg(REG.WUS);
    card.set(REG.WUS, events);
    assert.equal(card.reg(REG.WUS), 0);
    card.start();
    return pme === 0 ? -1 : events;
  };
  const magic = frame(200, [2, 2, 2, 2, 2, 2]);
  magic.set([255, 255, 255, 255, 255, 255], 50);
  for (let i = 0; i < 16; i++) magic.set([0x52, 0x54, 0, 0x12, 0x34, 0x56], 56 + 6 * i);
  asleep(2);
  card.inject(frame(100));
  card.inject(magic);
  assert.equal(woken(), 2);
  assert.equal(card.reg(REG.WUPL), 200);
  assert.equal(card.reg(REG.WUPM), 0x02020202);
  asleep(0);
  card.inject(frame(100));
  assert.equal(woken(), -1);
  asleep(0x10);
  card.inject(frame(100));
  card.inject(frame(100, [255, 255, 255, 255, 255, 255]));
  assert.equal(woken(), 0x10);
  asleep(1);
  card.board.cables[0]!.wire.plug(false);
  assert.equal(woken(), 1);
});
