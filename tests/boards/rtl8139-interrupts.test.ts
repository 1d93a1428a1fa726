// Interrupts as levels, the PHY, and links that come and go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TestMachine } from "./machine.ts";
import { Card, FS, LS, OWN, TX_RING, frame } from "./rtl8139-driver.ts";

const SWINT = 0x0100;

test("the line follows ISR & IMR, not their edges", () => {
  const card = new Card();
  card.write(0xd9, 1, 1);
  assert.deepEqual(card.edges, []);
  card.write(0x3c, 2, SWINT);
  assert.deepEqual(card.edges, ["19+"]);
  card.write(0xd9, 1, 1);
  card.write(0x3e, 2, 0x00ff);
  assert.deepEqual(card.edges, ["19+"], "still asserted, not again");
  card.write(0x3c, 2, 0);
  card.write(0x3c, 2, 0xffff);
  card.write(0x3e, 2, SWINT);
  assert.deepEqual(card.edges, ["19+", "19-", "19+", "19-"]);
});

test("reading ISR clears nothing; ones written clear", () => {
  const card = new Card();
  card.startPlus();
  card.inject(frame(60));
  card.write(0xd9, 1, 1);
  assert.equal(card.isr(), SWINT | 1);
  assert.equal(card.isr(), SWINT | 1);
  card.write(0x3e, 2, 1);
  assert.equal(card.isr(), SWINT);
  card.write(0x3f, 1, 1);
  assert.equal(card.isr(), 0);
});

test("an event between the look and the acknowledgement is not lost", () => {
  const card = new Card();
  card.startPlus();
  card.write(0x3c, 2, 1);
  card.inject(frame(60));
  const seen = card.isr();
  card.inject(frame(60));
  card.write(0x3e, 2, seen);
  assert.equal(card.levels.get(19), false, "one bit for both: the driver looks at the ring after it acknowledged");
  card.inject(frame(60));
  assert.equal(card.levels.get(19), true);
});

test("pins are swizzled over the lines; a shared line falls with its last device", () => {
  const devices = ["rtl8139,addr=3", "rtl8139,addr=4", "rtl8139,addr=7", "rtl8139,addr=8,interrupt_pin=2"];
  const machine = new TestMachine(devices);
  const interrupt = (device: number, on: boolean): void => {
    const base = 0xe0000000 + device * 256;
    machine.enable(device, base, 0xc000 + device * 256);
    machine.board.mmioWrite(base + 0x3c, 2, SWINT);
    if (on) machine.board.mmioWrite(base + 0xd9, 1, 1);
    else machine.board.mmioWrite(base + 0x3e, 2, SWINT);
  };
  interrupt(3, true); // (3 + 1 - 1) & 3 = 3
  interrupt(4, true); // 0
  interrupt(7, true); // 3, shared
  interrupt(8, true); // (8 + 2 - 1) & 3 = 1
  interrupt(3, false);
  interrupt(7, false);
  interrupt(4, false);
  interrupt(8, false);
  assert.deepEqual(machine.edges, ["19+", "16+", "17+", "19-", "16-", "17-"]);
});

test("a sleeping card asserts nothing", () => {
  const card = new Card();
  card.write(0x3c, 2, SWINT);
  card.write(0xd9, 1, 1);
  card.setConfig(0x54, 2, 1);
  assert.deepEqual(card.edges, ["19+", "19-"]);
  card.setConfig(0x54, 2, 0);
  assert.deepEqual(card.edges, ["19+", "19-", "19+"], "D1 forgets nothing");
});

test("link: down at once, up after negotiation; LinkChg, BMSR latches low", () => {
  const card = new Card();
  const { wire } = card.board.cables[0]!;
  wire.plug(false);
  assert.equal(card.isr(), 0x20);
  const registers = [card.read(0x64, 2), card.read(0x68, 2), card.read(0x58, 1), card.read(0x6c, 2)];
  assert.deepEqual(registers, [0x7809, 0, 0x14, 1]);
  assert.equal(card.read(0x6c, 2), 0, "DIS is cleared by reading");
  assert.equal(card.read(0x74, 2), 0x0bc0);
  assert.equal(card.read(0x74, 2), 0x03c0);
  card.write(0x3e, 2, 0x20);
  wire.plug(true);
  card.clock.advance(50e6);
  assert.equal(card.isr(), 0);
  card.clock.advance(50e6);
  assert.equal(card.isr(), 0x20);
  assert.equal(card.read(0x64, 2), 0x7829, "it was down since the last look");
  assert.equal(card.read(0x64, 2), 0x782d);
  assert.deepEqual([card.read(0x68, 2), card.read(0x58, 1), card.read(0x74, 2)], [0x45e1, 0x10, 0x0fc8]);
  // A flap between two reads shows once.
  wire.plug(false);
  wire.plug(true);
  card.clock.advance(200e6);
  assert.deepEqual([card.read(0x64, 2), card.read(0x64, 2)], [0x7829, 0x782d]);
});

test("a cable pulled during negotiation, and put in twice", () => {
  const card = new Card();
  const { wire } = card.board.cables[0]!;
  wire.plug(false);
  wire.plug(true);
  card.clock.advance(50e6);
  wire.plug(false);
  card.clock.advance(200e6);
  assert.equal(card.read(0x64, 2) & 4, 0);
  wire.plug(true);
  card.clock.advance(100e6);
  card.read(0x64, 2);
  assert.equal(card.read(0x64, 2) & 4, 4);
});

test("restarting negotiation takes the link down for a while; so does a PHY reset", () => {
  const card = new Card();
  for (const command of [0x1200, 0x8000]) {
    card.write(0x62, 2, command);
    assert.equal(card.read(0x62, 2), 0x3100);
    assert.equal(card.read(0x64, 2), 0x7809);
    card.clock.advance(1.4e9);
    card.read(0x64, 2);
    assert.equal(card.read(0x64, 2), 0x782d);
  }
});

test("forced modes and what is advertised show in MSR and in the link", () => {
  const card = new Card();
  const settle = (): void => card.clock.advance(2e9);
  card.write(0x50, 1, 0xc0);
  card.write(0x62, 2, 0x0100); // 10 Mbit/s, full duplex, no negotiation
  settle();
  assert.deepEqual([card.read(0x58, 1), card.read(0x68, 2), card.read(0x64, 2) & 0x20], [0x18, 0, 0]);
  card.write(0x62, 2, 0x3100);
  card.write(0x66, 2, 0x0041); // 10 Mbit/s full duplex only
  card.write(0x62, 2, 0x1200);
  settle();
  assert.deepEqual([card.read(0x58, 1), card.read(0x68, 2)], [0x18, 0x45e1]);
  card.write(0x66, 2, 0x0001); // nothing in common
  card.write(0x62, 2, 0x1200);
  settle();
  card.read(0x64, 2);
  assert.equal(card.read(0x64, 2) & 4, 0);
  assert.equal(card.read(0x58, 1) & 4, 4);
});

test("no cable: the link is down from the start, sending fails, nothing breaks", () => {
  const card = new Card("rtl8139,netdev=none");
  assert.equal(card.board.cables.length, 0);
  card.startPlus();
  assert.equal(card.read(0x64, 2), 0x7809);
  assert.equal(card.read(0x58, 1), 0x14);
  card.desc(TX_RING, 0, OWN | FS | LS | 60, 0, card.fill(0, frame(60)));
  card.write(0xd9, 1, 0x40);
  assert.equal(card.isr(), 0x88);
  card.write(0x62, 2, 0x1200);
  card.clock.advance(5e9);
  assert.equal(card.read(0x64, 2), 0x7809);
});

test("closing the board closes the links", async () => {
  const card = new Card();
  const { wire } = card.board.cables[0]!;
  await card.board.close();
  assert.equal(wire.carrier, false);
  await card.board.close();
});
