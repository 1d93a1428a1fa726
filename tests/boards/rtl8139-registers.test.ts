// Registers of the RTL8139: reset values, widths, locks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Card, frame } from "./rtl8139-driver.ts";
import { TestMachine } from "./machine.ts";

// What the datasheet gives for each register after reset, with the board's MAC address and an idle, good link.
const RESET: Readonly<Record<string, readonly [offset: number, width: number, value: number]>> = {
  IDR0: [0x00, 4, 0x12005452],
  IDR4: [0x04, 2, 0x5634],
  MAR0: [0x08, 4, 0],
  MAR4: [0x0c, 4, 0],
  TSD0: [0x10, 4, 0x2000],
  TSD1: [0x14, 4, 0x2000],
  TSD2: [0x18, 4, 0x2000],
  TSD3: [0x1c, 4, 0x2000],
  TSAD0: [0x20, 4, 0],
  TSAD3: [0x2c, 4, 0],
  RBSTART: [0x30, 4, 0],
  ERBCR: [0x34, 2, 0],
  ERSR: [0x36, 1, 0],
  CR: [0x37, 1, 0x01],
  CAPR: [0x38, 2, 0xfff0],
  CBR: [0x3a, 2, 0],
  IMR: [0x3c, 2, 0],
  ISR: [0x3e, 2, 0],
  TCR: [0x40, 4, 0x74800000],
  RCR: [0x44, 4, 0],
  TCTR: [0x48, 4, 0],
  MPC: [0x4c, 4, 0],
  CR9346: [0x50, 1, 0],
  CONFIG0: [0x51, 1, 0],
  CONFIG1: [0x52, 1, 0x0d],
  TimerInt: [0x54, 4, 0],
  MSR: [0x58, 1, 0x10],
  CONFIG3: [0x59, 1, 0x01],
  CONFIG4: [0x5a, 1, 0],
  MULINT: [0x5c, 2, 0],
  RERID: [0x5e, 1, 0x20],
  TSADS: [0x60, 2, 0x000f],
  BMCR: [0x62, 2, 0x3100],
  BMSR: [0x64, 2, 0x782d],
  ANAR: [0x66, 2, 0x05e1],
  ANLPAR: [0x68, 2, 0x45e1],
  ANER: [0x6a, 2, 1],
  DIS: [0x6c, 2, 0],
  FCSC: [0x6e, 2, 0],
  NWAYTR: [0x70, 2, 0],
  REC: [0x72, 2, 0],
  CSCR: [0x74, 2, 0x07c8],
  CONFIG5: [0xd8, 1, 0],
  TPPoll: [0xd9, 1, 0],
  CPCR: [0xe0, 2, 0],
  RDSAR: [0xe4, 4, 0],
  RDSARH: [0xe8, 4, 0],
  MTPS: [0xec, 1, 0],
};

test("every register after reset", () => {
  const card = new Card();
  for (const [name, [offset, width, value]] of Object.entries(RESET)) {
    assert.equal(card.read(offset, width).toString(16), value.toString(16), name);
  }
});

test("bytes, words and dwords are the same registers, in memory and in I/O space", () => {
  const card = new Card();
  card.write(0x08, 4, 0x44332211);
  card.write(0x0c, 4, 0x88776655);
  const volatile = new Set([0x48, 0x49, 0x4a, 0x4b]);
  for (let at = 0; at < 256; at++) {
    if (volatile.has(at)) continue;
    const byte = card.read(at, 1);
    assert.equal((card.read(at & ~1, 2) >>> (8 * (at & 1))) & 0xff, byte, `word at ${at}`);
    assert.equal((card.read(at & ~3, 4) >>> (8 * (at & 3))) & 0xff, byte, `dword at ${at}`);
    assert.equal(card.board.portRead(0xc000 + at, 1), byte, `port ${at}`);
  }
});

test("reserved bytes read 0 and keep nothing", () => {
  const card = new Card();
  for (const at of [0x06, 0x07, 0x53, 0x5b, 0x5f, 0x76, 0x77, 0x81, 0xda, 0xe2, 0xf0, 0xff]) {
    card.write(at, 1, 0xff);
    assert.equal(card.read(at, 1), 0, at.toString(16));
  }
});

test("IDR, MAR, TSD, TSAD and RBSTART take dwords only", () => {
  const card = new Card();
  for (const [at, before] of [
    [0x00, 0x12005452],
    [0x08, 0],
    [0x10, 0x2000],
    [0x20, 0],
    [0x30, 0],
  ] as const) {
    card.write(at, 1, 0x80);
    card.write(at, 2, 0x8080);
    assert.equal(card.read(at, 4), before, at.toString(16));
  }
  card.write(0x00, 4, 0x04030201);
  card.write(0x04, 4, 0xffff0605);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6, 7].map((at) => card.read(at, 1)),
    [1, 2, 3, 4, 5, 6, 0, 0],
  );
});

test("a byte written into a wider register changes that byte", () => {
  const card = new Card();
  card.write(0x54, 4, 0x11223344);
  card.write(0x55, 1, 0xaa);
  card.write(0x56, 2, 0xbbcc);
  assert.equal(card.read(0x54, 4), 0xbbccaa44);
});

test("a dword written over two registers reaches both", () => {
  const card = new Card();
  card.write(0x3c, 4, 0xffff8005);
  assert.equal(card.read(0x3c, 2), 0x8005);
  card.write(0xd9, 1, 1); // SWInt
  assert.equal(card.isr(), 0x0100);
  card.write(0x3c, 4, 0x01000000);
  assert.equal(card.isr(), 0);
  assert.equal(card.read(0x3c, 2), 0);
});

test("only defined bits can be set", () => {
  const card = new Card();
  card.write(0x37, 1, 0x0c);
  for (const [at, width, mask] of [
    [0x3c, 2, 0xe1ff],
    [0x44, 4, 0x0f03ffbf],
    [0x5c, 2, 0x0ffc],
    [0x66, 2, 0x25e1],
    [0xe0, 2, 0x7b],
    [0xd8, 1, 0x7f],
    [0xec, 1, 0x3f],
    [0x36, 1, 0],
    [0x3a, 2, 0],
    [0x51, 1, 0],
    [0x5e, 1, 0x20],
    [0x68, 2, 0x45e1],
  ] as const) {
    card.write(at, width, 0xffffffff);
    assert.equal(card.read(at, width), mask, at.toString(16));
  }
  card.write(0x40, 4, 0xffffffff);
  assert.equal(card.read(0x40, 4), 0x77 * 2 ** 24 + 0x8f07f0);
});

test("TCR may be changed only while the transmitter is on", () => {
  const card = new Card();
  card.write(0x40, 4, 0x03000600);
  assert.equal(card.read(0x40, 4), 0x74800000);
  card.write(0x37, 1, 0x04);
  card.write(0x40, 4, 0x03000600);
  assert.equal(card.read(0x40, 4), 0x77800600);
});

test("9346CR locks CONFIG1, 3, 4 and the mode bits of BMCR, not CONFIG5", () => {
  const card = new Card();
  const state = (): number[] => [card.read(0x52, 1), card.read(0x59, 1), card.read(0x5a, 1), card.read(0x62, 2)];
  const write = (): void => {
    card.write(0x52, 1, 0xff);
    card.write(0x59, 1, 0xff);
    card.write(0x5a, 1, 0xff);
    card.write(0x62, 2, 0x2000);
  };
  for (const mode of [0x00, 0x80]) {
    card.write(0x50, 1, mode);
    write();
    assert.deepEqual(state(), [0x0d, 0x01, 0x00, 0x3100]);
  }
  card.write(0x50, 1, 0xc0);
  write();
  assert.deepEqual(state(), [0xfd, 0x71, 0xf5, 0x2000]);
  card.write(0x50, 1, 0);
  card.write(0xd8, 1, 0x70);
  assert.equal(card.read(0xd8, 1), 0x70);
});

test("CONFIG1.PMEn hides and shows the capability list", () => {
  const card = new Card();
  card.write(0x50, 1, 0xc0);
  card.write(0x52, 1, 0);
  assert.equal(card.config(0x06, 2) & 0x10, 0);
  card.write(0x52, 1, 1);
  assert.equal(card.config(0x06, 2) & 0x10, 0x10);
});

test("software reset: busy for a while, then off; addresses, configuration and PHY stay", () => {
  const card = new Card();
  card.startPlus();
  card.write(0x08, 4, 0x12345678);
  card.write(0x00, 4, 0x04030201);
  card.write(0x50, 1, 0xc0);
  card.write(0x59, 1, 0x40);
  card.write(0x66, 2, 0x01e1);
  card.write(0x3c, 2, 0xffff);
  card.write(0x54, 4, 1000);
  card.write(0xd9, 1, 1);
  assert.equal(card.levels.get(19), true);
  card.write(0x37, 1, 0x10);
  assert.equal(card.levels.get(19), false);
  assert.equal(card.read(0x37, 1), 0x11);
  card.clock.advance(5000);
  assert.equal(card.read(0x37, 1), 0x01);
  for (const [at, width] of [
    [0x3c, 2],
    [0x3e, 2],
    [0xe0, 2],
    [0x44, 4],
    [0x54, 4],
    [0x20, 4],
    [0xe4, 4],
    [0x50, 1],
  ]) {
    assert.equal(card.read(at!, width!), 0, at!.toString(16));
  }
  assert.deepEqual(
    [card.read(0x08, 4), card.read(0x00, 4), card.read(0x59, 1), card.read(0x66, 2)],
    [0x12345678, 0x04030201, 0x41, 0x01e1],
  );
  card.inject(frame(60));
  assert.equal(card.isr(), 0, "the receiver is off");
});

test("TCTR counts PCI clocks, a write starts it anew, TimerInt interrupts at its value", () => {
  const card = new Card();
  card.write(0x48, 4, 0);
  card.clock.advance(1e6);
  assert.equal(card.read(0x48, 4), 33_000);
  card.write(0x54, 4, 66_000);
  card.clock.advance(0.999e6);
  assert.equal(card.isr(), 0);
  card.clock.advance(0.001e6 + 1);
  assert.equal(card.isr(), 0x4000);
  card.write(0x3e, 2, 0x4000);
  // The counter goes on and meets the value again after a lap of 32 bits.
  card.clock.advance(129e9);
  assert.equal(card.isr(), 0);
  card.clock.advance(2e9);
  assert.equal(card.isr(), 0x4000);
  card.write(0x3e, 2, 0x4000);
  card.write(0x54, 4, 0);
  card.clock.advance(300e9);
  assert.equal(card.isr(), 0);
});

test("below revision 0x20 the chip is an RTL8139C: no C+ registers", () => {
  const card = new Card("rtl8139,revision=0x10");
  assert.equal(card.read(0x40, 4), 0x74000000);
  card.write(0xe0, 2, 0x7b);
  card.write(0xd9, 1, 0xff);
  assert.deepEqual([card.read(0xe0, 2), card.isr()], [0, 0]);
  card.write(0x3c, 2, 0xffff);
  assert.equal(card.read(0x3c, 2), 0xe07f);
});

test("two cards: own addresses, own registers", () => {
  const machine = new TestMachine(["rtl8139", "rtl8139,mac=02:00:00:00:00:01"]);
  machine.enable(3, 0xe0000000, 0xc000);
  machine.enable(4, 0xe0000100, 0xc100);
  machine.board.mmioWrite(0xe0000108, 4, 0x55);
  assert.equal(machine.board.mmioRead(0xe0000008, 4), 0);
  assert.equal(machine.board.mmioRead(0xe0000108, 4), 0x55);
  assert.equal(machine.board.mmioRead(0xe0000100, 4), 2);
  assert.equal(machine.board.portRead(0xc005, 1), 0x56);
});
