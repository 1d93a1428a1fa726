// The 93C46 behind 9346CR, spoken to as drivers do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Card } from "./rtl8139-driver.ts";

const CS = 0x88;
const CLOCK = 0x04;
const IN = 0x02;

class Port {
  readonly card: Card;

  constructor(card: Card) {
    this.card = card;
  }

  start(): void {
    this.card.write(0x50, 1, 0x80);
    this.card.write(0x50, 1, CS);
  }

  end(): void {
    this.card.write(0x50, 1, 0x00);
  }

  out(bits: string): void {
    for (const bit of bits) {
      const data = bit === "1" ? IN : 0;
      this.card.write(0x50, 1, CS | data);
      this.card.write(0x50, 1, CS | data | CLOCK);
    }
    this.card.write(0x50, 1, CS);
  }

  in(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      this.card.write(0x50, 1, CS | CLOCK);
      value = value * 2 + (this.card.read(0x50, 1) & 1);
      this.card.write(0x50, 1, CS);
    }
    return value;
  }

  command(bits: string): void {
    this.start();
    this.out(bits);
    this.end();
  }

  read(address: number, addressBits = 6): number {
    this.start();
    this.out("110" + address.toString(2).padStart(addressBits, "0"));
    const value = this.in(16);
    this.end();
    return value;
  }

  write(address: number, value: number): void {
    this.command("101" + address.toString(2).padStart(6, "0") + value.toString(2).padStart(16, "0"));
  }

  /** DO with CS raised: ready? */
  ready(): boolean {
    this.start();
    const ready = (this.card.read(0x50, 1) & 1) !== 0;
    this.end();
    return ready;
  }
}

test("the factory's contents: magic, IDs, MAC address", () => {
  const port = new Port(new Card("rtl8139,subsystem_device=0x1234"));
  const words = Array.from({ length: 16 }, (_, at) => port.read(at));
  assert.deepEqual(
    words,
    [0x8129, 0x10ec, 0x8139, 0x10ec, 0x1234, 0x4020, 0x0100, 0x5452, 0x1200, 0x5634, 0x0d00, 0xf7c2, 0, 0, 0, 0],
  );
});

test("with eight address bits words come shifted, so that drivers see a 93C46", () => {
  const port = new Port(new Card());
  assert.notEqual(port.read(0, 8), 0x8129);
  assert.equal(port.read(0, 8), ((0x8129 << 2) | (0x10ec >> 14)) & 0xffff);
});

test("zeros before the start bit are ignored; reads go on through the words", () => {
  const port = new Port(new Card());
  port.start();
  port.out("00110" + "000001");
  assert.equal(port.card.read(0x50, 1) & 1, 0, "the dummy bit before the data");
  assert.deepEqual([port.in(16), port.in(16)], [0x10ec, 0x8139]);
  port.end();
});

test("writes need EWEN, take time, and stay", () => {
  const port = new Port(new Card());
  port.write(20, 0xbeef);
  assert.equal(port.read(20), 0, "disabled after power-on");
  port.command("10011" + "0000");
  port.write(20, 0xbeef);
  assert.equal(port.ready(), false);
  assert.equal(port.read(20), 0, "busy: it takes no command, DO stays low");
  port.card.clock.advance(200_000);
  assert.equal(port.ready(), true);
  assert.equal(port.read(20), 0xbeef);
  port.command("10000" + "0000");
  port.write(20, 0x1111);
  port.card.clock.advance(200_000);
  assert.equal(port.read(20), 0xbeef, "EWDS");
});

test("a write that is cut short does nothing", () => {
  const port = new Port(new Card());
  port.command("100110000");
  port.command("101" + "010100" + "101010101010101");
  assert.equal(port.ready(), true);
  assert.equal(port.read(20), 0);
  port.command("1");
  port.command("");
  assert.equal(port.read(0), 0x8129);
});

test("ERASE, ERAL and WRAL", () => {
  const port = new Port(new Card());
  const wait = (): void => port.card.clock.advance(200_000);
  port.command("100110000");
  port.command("111000000");
  wait();
  assert.deepEqual([port.read(0), port.read(1)], [0xffff, 0x10ec]);
  port.command("100010000" + "0101010101010101");
  wait();
  assert.deepEqual([port.read(0), port.read(63)], [0x5555, 0x5555]);
  port.command("100100000");
  wait();
  assert.deepEqual([port.read(0), port.read(63)], [0xffff, 0xffff]);
});

test("only the programming mode reaches the part", () => {
  const card = new Card();
  card.write(0x50, 1, 0x08);
  assert.equal(card.read(0x50, 1), 0x08);
  card.write(0x50, 1, 0xc8);
  assert.equal(card.read(0x50, 1), 0xc8);
});

test("autoload by command and by RST#, from what is in the EEPROM", () => {
  const card = new Card();
  const port = new Port(card);
  port.command("100110000");
  for (const [word, value] of [
    [7, 0x0002],
    [8, 0x0000],
    [9, 0x0100],
  ] as const) {
    port.write(word, value);
    card.clock.advance(200_000);
  }
  assert.equal(card.read(0, 4), 0x12005452);
  card.write(0x50, 1, 0x40);
  assert.equal(card.read(0x50, 1), 0, "the mode falls back to normal");
  assert.deepEqual([card.read(0, 4), card.read(4, 2)], [0x00000002, 0x0100]);
  card.write(0, 4, 0xffffffff);
  card.setConfig(0x54, 2, 3);
  card.setConfig(0x54, 2, 0);
  card.enable();
  assert.equal(card.read(0, 4), 0x00000002);
  // Without the magic nothing is loaded.
  port.command("100110000");
  port.write(0, 0);
  card.clock.advance(200_000);
  card.write(0, 4, 0x01010100);
  card.write(0x50, 1, 0x40);
  assert.equal(card.read(0, 4), 0x01010100);
});
