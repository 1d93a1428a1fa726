// Configuration space and decoding of the desktop board.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TestMachine } from "./machine.ts";

test("the bus: host bridge at 00.0, the first device at 03.0, nothing else", () => {
  const { board } = new TestMachine(["rtl8139", "rtl8139,addr=1f", "rtl8139"]);
  const found: string[] = [];
  for (let bdf = 0; bdf < 0x300; bdf++) {
    const id = board.pciRead(bdf, 0, 4);
    if (id !== 0xffffffff) found.push(`${bdf.toString(16)} ${id.toString(16)} ${board.describe(bdf)}`);
  }
  const nic = "813910ec Realtek Semiconductor Co., Ltd. RTL-8100/8101L/8139 PCI Fast Ethernet Adapter";
  assert.deepEqual(found, [
    "0 12378086 Intel Corporation 440FX - 82441FX PMC [Natoma]",
    `18 ${nic}`,
    `20 ${nic}`,
    `f8 ${nic}`,
  ]);
  assert.equal(board.pciRead(0, 0x0a, 2), 0x0600);
  assert.equal(board.pciRead(1, 0, 2), 0xffff);
  assert.equal(board.describe(1), undefined);
});

test("the header of the rtl8139", () => {
  const m = new TestMachine(["rtl8139"]);
  assert.equal(m.config(0x08, 4), 0x02000020);
  assert.equal(m.config(0x0e, 1), 0);
  assert.equal(m.config(0x2c, 4), 0x813910ec);
  assert.equal(m.config(0x3d, 1), 1);
  assert.equal(m.config(0x3e, 2), 0x4020);
  assert.equal(m.config(0x06, 2), 0x0290);
  // Extended space does not exist: all ones tell the core that the space has 256 bytes.
  assert.equal(m.config(0x100, 4), 0xffffffff);
  assert.equal(m.config(0xffc, 4), 0xffffffff);
});

test("read-only fields ignore writes of any width", () => {
  const m = new TestMachine(["rtl8139"]);
  const before = Array.from({ length: 256 }, (_, at) => m.config(at, 1));
  for (const width of [1, 2, 4]) for (let at = 0; at < 0x10; at += width) m.setConfig(at, width, 0);
  for (const width of [1, 2, 4]) for (let at = 0x28; at < 0x100; at += width) m.setConfig(at, width, 0);
  assert.deepEqual(
    Array.from({ length: 256 }, (_, at) => m.config(at, 1)),
    before,
  );
});

test("BAR sizing: all ones read back as the size, flags stay", () => {
  const m = new TestMachine(["rtl8139"]);
  for (const [where, flags] of [
    [0x10, 1],
    [0x14, 0],
  ] as const) {
    assert.equal(m.config(where, 4), flags);
    m.setConfig(where, 4, 0xffffffff);
    const sized = m.config(where, 4);
    assert.equal(sized & 15, flags);
    assert.equal(~(sized & ~15) + 1, 256);
    m.setConfig(where, 4, 0);
  }
  for (const where of [0x18, 0x1c, 0x20, 0x24, 0x30]) {
    m.setConfig(where, 4, 0xffffffff);
    assert.equal(m.config(where, 4), 0);
  }
});

test("a BAR written byte by byte is the same", () => {
  const m = new TestMachine(["rtl8139"]);
  [0x34, 0x12, 0xab, 0xe0].forEach((byte, i) => m.setConfig(0x14 + i, 1, byte));
  assert.equal(m.config(0x14, 4), 0xe0ab1200);
});

test("the command register gates memory and I/O decoding", () => {
  const m = new TestMachine(["rtl8139"]);
  m.setConfig(0x10, 4, 0xc000);
  m.setConfig(0x14, 4, 0xe0000000);
  const seen = (): string => {
    const memory = m.board.mmioRead(0xe000005e, 1);
    const port = m.board.portRead(0xc05e, 1);
    return `${memory.toString(16)} ${port.toString(16)}`;
  };
  assert.equal(seen(), "ff ff");
  m.setConfig(0x04, 2, 1);
  assert.equal(seen(), "ff 20");
  m.setConfig(0x04, 2, 2);
  assert.equal(seen(), "20 ff");
  m.setConfig(0x04, 2, 3);
  assert.equal(seen(), "20 20");
  assert.equal(m.board.mmioRead(0xe0000100, 4), 0xffffffff);
  assert.equal(m.board.mmioRead(0xdffffffc, 4), 0xffffffff);
  assert.equal(m.board.portRead(0xbffe, 2), 0xffff);
  // Moved, it answers at the new place only.
  m.setConfig(0x14, 4, 0xe0001000);
  assert.equal(m.board.mmioRead(0xe000005e, 1), 0xff);
  assert.equal(m.board.mmioRead(0xe000105e, 1), 0x20);
});

test("only implemented command bits can be set", () => {
  const m = new TestMachine(["rtl8139"]);
  m.setConfig(0x04, 2, 0xffff);
  // I/O, memory, master, invalidate, parity, SERR; no Interrupt Disable, the chip is of PCI 2.2.
  assert.equal(m.config(0x04, 2), 0x0157);
});

test("power management: the list, D3hot stops decoding, back to D0 resets", () => {
  const m = new TestMachine(["rtl8139"]);
  m.enable();
  assert.equal(m.config(0x34, 1), 0x50);
  assert.equal(m.config(0x50, 4), 0xf7c20001);
  m.setConfig(0x54, 2, 3);
  assert.equal(m.read(0x5e, 1), 0xff);
  assert.equal(m.config(0x04, 2), 7);
  m.setConfig(0x54, 2, 0x0100);
  assert.equal(m.config(0x04, 2), 0, "internal reset");
  assert.equal(m.config(0x14, 4), 0);
  assert.equal(m.config(0x54, 2), 0x0100, "PME enable is sticky");
  m.enable();
  assert.equal(m.read(0x5e, 1), 0x20);
});

test("options override fields, also after a reset", () => {
  const m = new TestMachine(["rtl8139,vendor=0x1113,device=0x1211,revision=0x10,class=0x0280,subsystem_vendor=1"]);
  const check = (): void => {
    assert.equal(m.config(0, 4), 0x12111113);
    assert.equal(m.config(8, 4), 0x02800010);
    assert.equal(m.config(0x2c, 2), 1);
  };
  check();
  m.setConfig(0x54, 2, 3);
  m.setConfig(0x54, 2, 0);
  check();
  assert.equal(m.board.describe(0x18), undefined);
});
