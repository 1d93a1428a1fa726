// Devices and memory: what is not mapped for a device is out of its reach.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameBuffer } from "../../boards/links/frame-buffer.ts";
import { DmaPort } from "../../boards/desktop/pci/dma.ts";
import { ConfigSpace, PCI_COMMAND, PCI_COMMAND_MASTER } from "../../boards/desktop/pci/config-space.ts";
import { Iommu } from "../../boards/desktop/pci/iommu.ts";
import { TestClock } from "./clock.ts";
import { READABLE, TestMachine, WRITABLE } from "./machine.ts";
import { Random } from "../random.ts";
import { Card, FS, LS, OWN, RX_BUFFERS, RX_RING, RX_SIZE, TX_BUFFERS, TX_RING, frame } from "./rtl8139-driver.ts";

function port(base = 0) {
  const machine = new TestMachine([]);
  const clock = new TestClock();
  const reports: string[] = [];
  const report = (message: string): void => void reports.push(message);
  const config = new ConfigSpace();
  config.define(0, 4, 0x813910ec);
  config.set(PCI_COMMAND, 2, PCI_COMMAND_MASTER);
  const iommu = new Iommu(machine.memory, base, clock, report);
  const dma = new DmaPort("0000:00:03.0", config, machine.memory, iommu, report);
  return { machine, clock, reports, config, dma };
}

test("mapped pages work, in the direction that is mapped", () => {
  const { machine, reports, dma } = port();
  machine.map(0x200000, 4096, READABLE);
  machine.map(0x201000, 4096, WRITABLE);
  machine.bytes.set([1, 2, 3, 4, 5, 6, 7, 8], 0x200000);
  assert.equal(dma.readU32(0x200000), 0x04030201);
  assert.equal(dma.readU64(0x200000), 0x04030201 + 0x08070605 * 2 ** 32);
  assert.ok(dma.writeU32(0x201000, 0xcafebabe));
  assert.ok(dma.writeU64(0x201008, 2 ** 40 + 5));
  assert.deepEqual([machine.view.getUint32(0x201000, true), machine.view.getUint32(0x20100c, true)], [0xcafebabe, 256]);
  assert.equal(dma.aborted, false);
  assert.equal(dma.readU32(0x201000), 0xffffffff);
  assert.equal(dma.aborted, true);
  assert.ok(!dma.writeU32(0x200000, 0));
  assert.equal(machine.bytes[0x200000], 1);
  assert.deepEqual(reports, [
    "iommu: 0000:00:03.0 [10ec:8139] read from 0x201000 refused: mapped for the device to write only",
    "iommu: 0000:00:03.0 [10ec:8139] write to 0x200000 refused: mapped for the device to read only",
  ]);
});

test("a refused access: ones or nothing, master abort, one report a page", () => {
  const { machine, reports, config, dma } = port();
  machine.map(0x200000, 4096);
  const buffer = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  assert.ok(!dma.read(0x200ffc, buffer));
  assert.deepEqual([...buffer], new Array(8).fill(255));
  assert.equal(config.get16(6) & 0x2000, 0x2000);
  assert.ok(!dma.write(0x200ffc, Uint8Array.of(9, 9, 9, 9, 9)));
  assert.equal(machine.bytes[0x200ffc], 0, "all or nothing");
  for (let i = 0; i < 100; i++) dma.writeU32(0x201000 + i * 4, 0);
  assert.deepEqual(reports, [
    "iommu: 0000:00:03.0 [10ec:8139] read from 0x201000 refused: not mapped for the device",
    "iommu: 0000:00:03.0 [10ec:8139] write to 0x201000 refused: not mapped for the device",
  ]);
});

test("outside of RAM", () => {
  const { machine, reports, dma } = port(0x40000000);
  const top = 0x40000000 + machine.memory.buffer.byteLength;
  machine.map(machine.memory.buffer.byteLength - 4096, 4096);
  assert.ok(dma.writeU32(top - 4, 1));
  for (const address of [top, 0, 0x3ffffffc, 0xfffffffc, 2 ** 32, 2 ** 53, 2 ** 64 - 4096, NaN]) {
    assert.ok(!dma.writeU32(address, 0), String(address));
    assert.equal(dma.readU32(address), 0xffffffff);
  }
  assert.ok(!dma.write(top - 4, new Uint8Array(8)));
  assert.equal(reports[0], "iommu: 0000:00:03.0 [10ec:8139] write to 0x40400000 refused: no memory there");
  assert.equal(machine.view.getUint32(machine.memory.buffer.byteLength - 4, true), 1);
});

test("reports are rate-limited", () => {
  const { clock, reports, dma } = port();
  for (let page = 0; page < 100; page++) dma.writeU32(0x200000 + page * 4096, 0);
  assert.equal(reports.length, 10);
  clock.advance(5e9);
  dma.writeU32(0x300000, 0);
  assert.deepEqual(reports.slice(10), [
    "iommu: 90 more refused accesses were not shown",
    "iommu: 0000:00:03.0 [10ec:8139] write to 0x300000 refused: not mapped for the device",
  ]);
});

test("without bus mastering nothing moves, and that is said once", () => {
  const { machine, reports, config, dma } = port();
  machine.map(0x200000, 4096);
  config.set(PCI_COMMAND, 2, 0);
  assert.ok(!dma.granted());
  assert.ok(!dma.writeU32(0x200000, 1));
  assert.deepEqual(reports, ["pci: 0000:00:03.0 [10ec:8139] waits for the bus: bus mastering is off (pci_set_master)"]);
  assert.equal(machine.bytes[0x200000], 0);
  assert.equal(config.get16(6) & 0x2000, 0);
});

test("copies are exact for every length and both alignments", () => {
  const { machine, dma } = port();
  machine.map(0x200000, 0x4000);
  const random = new Random(99);
  const source = new FrameBuffer(256);
  const target = new FrameBuffer(256);
  for (let i = 0; i < source.bytes.length; i++) source.bytes[i] = random.u32();
  for (let length = 0; length < 40; length++) {
    for (let from = 0; from < 4; from++) {
      for (let to = 0; to < 4; to++) {
        const at = 0x201000 + to - 8; // over the end of a page
        machine.bytes.fill(0xee, at - 8, at + 64);
        dma.writeFrom(at, source, from, length);
        assert.deepEqual(machine.bytes.slice(at, at + length), source.bytes.slice(from, from + length));
        assert.deepEqual([machine.bytes[at - 1], machine.bytes[at + length]], [0xee, 0xee]);
        target.bytes.fill(0xdd);
        dma.readInto(at, target, from + 4, length);
        assert.deepEqual(target.bytes.slice(from + 4, from + 4 + length), source.bytes.slice(from, from + length));
        assert.deepEqual([target.bytes[from + 3], target.bytes[from + 4 + length]], [0xdd, 0xdd]);
      }
    }
  }
});

// ── The RTL8139 at its limits. ──

test("a ring that is not mapped: system error, and the card waits for better times", () => {
  const card = new Card();
  card.startPlus();
  card.unmap(TX_RING, 4096);
  card.write(0xd9, 1, 0x40);
  assert.equal(card.isr(), 0x8000);
  assert.equal(card.config(6, 2) & 0x2000, 0x2000);
  assert.match(card.reports[0]!, /read from 0x201000 refused: not mapped for the device$/);
  card.setConfig(6, 2, 0x2000);
  assert.equal(card.config(6, 2) & 0x2000, 0);
  card.map(TX_RING, 4096);
  card.desc(TX_RING, 0, OWN | FS | LS | 60, 0, card.fill(0, frame(60)));
  card.write(0xd9, 1, 0x40);
  assert.equal(card.flush().length, 1);
});

test("C mode: a refused buffer is an error once, not again when the driver clears PCI status", () => {
  const card = new Card("rtl8139,revision=0x10");
  card.write(0x37, 1, 0x0c);
  card.write(0x20, 4, TX_BUFFERS);
  card.write(0x10, 4, 60);
  assert.equal(card.isr(), 0x8000);
  card.write(0x3e, 2, 0x8000);
  card.setConfig(6, 2, card.config(6, 2));
  assert.deepEqual([card.isr(), card.config(6, 2)], [0, 0x0290]);
  card.map(TX_BUFFERS, 4096, READABLE);
  card.write(0x14, 4, 60);
  assert.equal(card.flush().length, 1, "the next write finds it again");
});

test("buffers after dma_unmap: nothing is read, sent or written", () => {
  const card = new Card();
  card.startPlus();
  card.unmap(TX_BUFFERS, 4096);
  card.desc(TX_RING, 0, OWN | FS | LS | 60, 0, TX_BUFFERS);
  card.write(0xd9, 1, 0x40);
  assert.deepEqual(card.flush(), []);
  assert.ok(card.opts1(TX_RING, 0) >= OWN, "the descriptor stays the card's");
  card.unmap(RX_BUFFERS, 4096);
  card.bytes.fill(0x77, RX_BUFFERS, RX_BUFFERS + 4096);
  card.inject(frame(60));
  assert.equal(card.bytes[RX_BUFFERS], 0x77);
  assert.equal(card.opts1(RX_RING, 0), (OWN | RX_SIZE) >>> 0);
  assert.equal(card.isr() & 0x8001, 0x8000);
  assert.equal(card.reports.length, 2);
});

test("a status that cannot be written back does not loop for ever", () => {
  const card = new Card();
  card.startPlus();
  card.desc(TX_RING, 0, OWN | FS | LS | 60, 0, card.fill(0, frame(60)));
  card.map(TX_RING, 4096, READABLE);
  card.write(0xd9, 1, 0x40);
  assert.equal(card.flush().length, 1);
  assert.equal(card.clock.pending, 0);
  assert.equal(card.isr() & 0x8000, 0x8000);
});

test("with mastering off frames are missed and polls wait until it is on", () => {
  const card = new Card();
  card.startPlus();
  card.setConfig(4, 2, 3);
  card.desc(TX_RING, 0, OWN | FS | LS | 60, 0, card.fill(0, frame(60)));
  card.write(0xd9, 1, 0x40);
  card.inject(frame(60));
  assert.deepEqual([card.flush(), card.read(0x4c, 4), card.read(0xd9, 1)], [[], 1, 0x40]);
  assert.equal(card.reports.length, 1);
  card.setConfig(4, 2, 7);
  assert.equal(card.flush().length, 1);
  assert.equal(card.read(0xd9, 1), 0);
});

test("64-bit addresses count only with dual address cycles", () => {
  const card = new Card();
  card.startPlus();
  card.write(0x24, 4, 1);
  card.desc(TX_RING, 0, OWN | FS | LS | 60, 0, card.fill(0, frame(60)));
  card.view.setUint32(TX_RING + 12, 0xffffffff, true);
  card.write(0xd9, 1, 0x40);
  assert.equal(card.flush().length, 1);
  card.write(0xe0, 2, 0x3b);
  card.write(0xd9, 1, 0x40);
  assert.equal(card.isr() & 0x8000, 0x8000);
  assert.match(card.reports[0]!, /read from 0x100201010 refused: no memory there/);
});
