// The endpoint test function by its registers, as a driver would drive them, and as none should: MSI and MSI-X with their
// masks, product data, function level reset, state.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MSI_BASE } from "../../assembly/arch/wasm/memory.ts";
import type { PciEpfTest } from "../../boards/desktop/devices/pci-epf-test/chip.ts";
import { TestMachine } from "./machine.ts";

const [MSI, MSIX, EXPRESS, VPD] = [0x50, 0x70, 0x80, 0xc0];
const [COMMAND, STATUS, IRQ_TYPE, IRQ_NUMBER, TABLE, PBA] = [0x04, 0x08, 0x24, 0x28, 0x8000, 0x4000];
const [RAISE_MSI, RAISE_MSIX] = [2, 4];
const MEMORY_AND_MASTER = 6;

function endpoint() {
  const machine = new TestMachine(["pci-epf-test"]);
  const chip = machine.board.device(3) as PciEpfTest;
  chip.configWrite(0x04, 2, MEMORY_AND_MASTER);
  const raise = (type: number, number: number, command: number): void => {
    chip.barWrite(0, IRQ_TYPE, 4, type);
    chip.barWrite(0, IRQ_NUMBER, 4, number);
    chip.barWrite(0, COMMAND, 4, command);
    machine.clock.advance(2e6);
  };
  return { chip, machine, raise };
}

function enableMsi(chip: PciEpfTest, vectors: number, data: number): void {
  chip.configWrite(MSI + 4, 4, MSI_BASE);
  chip.configWrite(MSI + 12, 2, data);
  chip.configWrite(MSI + 2, 2, (Math.log2(vectors) << 4) | 1);
}

test("MSI: data says the vector; a masked one is pending until it is unmasked; no more than were given", () => {
  const { chip, machine, raise } = endpoint();
  enableMsi(chip, 4, 0x40);
  raise(1, 3, RAISE_MSI);
  assert.deepEqual(machine.edges, ["66!"]);
  chip.configWrite(MSI + 16, 4, 0b1000);
  raise(1, 4, RAISE_MSI);
  assert.deepEqual(machine.edges, ["66!"]);
  assert.equal(chip.configRead(MSI + 20, 4), 0b1000);
  chip.configWrite(MSI + 16, 4, 0);
  assert.deepEqual(machine.edges, ["66!", "67!"]);
  assert.equal(chip.configRead(MSI + 20, 4), 0);
  raise(1, 5, RAISE_MSI);
  assert.deepEqual(machine.edges, ["66!", "67!"]);
  assert.equal(chip.barRead(0, STATUS, 4), 0, "a vector that it has not");
});

test("MSI without bus mastering goes nowhere, and elsewhere than to the CPU it is a write", () => {
  const { chip, machine, raise } = endpoint();
  enableMsi(chip, 1, 0x40);
  chip.configWrite(0x04, 2, 2);
  raise(1, 1, RAISE_MSI);
  assert.deepEqual(machine.edges, []);
  assert.match(machine.reports.join("\n"), /waits for the bus: bus mastering is off/);
  chip.configWrite(0x04, 2, MEMORY_AND_MASTER);
  chip.configWrite(MSI + 4, 4, 0x1000);
  raise(1, 1, RAISE_MSI);
  assert.match(machine.reports.at(-1)!, /^iommu: .* write to 0x1000 refused/);
});

test("MSI-X: entry and function masks, the array of pending bits, and nothing while it is off", () => {
  const { chip, machine, raise } = endpoint();
  const entry = TABLE + 33 * 16;
  raise(2, 34, RAISE_MSIX);
  assert.deepEqual(machine.edges, []);
  chip.barWrite(0, entry, 4, MSI_BASE);
  chip.barWrite(0, entry + 8, 4, 0x55);
  assert.equal(chip.barRead(0, entry + 12, 4), 1, "masked after reset");
  chip.configWrite(MSIX + 2, 2, 0xc000);
  raise(2, 34, RAISE_MSIX);
  chip.barWrite(0, entry + 12, 4, 0);
  assert.deepEqual([chip.barRead(0, PBA, 4), chip.barRead(0, PBA + 4, 4)], [0, 2]);
  assert.equal(chip.barRead(0, PBA + 4, 1), 2, "by bytes too");
  chip.barWrite(0, PBA + 4, 4, 0xffffffff);
  assert.equal(chip.barRead(0, PBA + 4, 4), 2, "read-only");
  assert.deepEqual(machine.edges, []);
  chip.configWrite(MSIX + 2, 2, 0x8000);
  assert.deepEqual(machine.edges, ["85!"]);
  raise(2, 65, RAISE_MSIX);
  raise(2, 0, RAISE_MSIX);
  assert.deepEqual(machine.edges, ["85!"]);
});

test("state is plain data, with table and pending bits", () => {
  const { chip } = endpoint();
  chip.barWrite(0, TABLE + 8, 4, 0x77);
  chip.barWrite(3, 0x100, 4, 0x12345678);
  chip.configWrite(MSIX + 2, 2, 0xc000);
  const state = structuredClone(chip.save());
  chip.reset();
  assert.equal(chip.barRead(0, TABLE + 8, 4), 0);
  assert.equal(chip.barRead(3, 0x100, 4), 0);
  chip.restore(state);
  assert.equal(chip.barRead(0, TABLE + 8, 4), 0x77);
  assert.equal(chip.barRead(3, 0x100, 4), 0x12345678);
  assert.equal(chip.configRead(MSIX + 2, 2), 0xc03f);
});

test("product data is read and written by dwords, also where there is none", () => {
  const { chip } = endpoint();
  const read = (address: number): number => {
    chip.configWrite(VPD + 2, 2, address);
    assert.equal(chip.configRead(VPD + 2, 2), address | 0x8000);
    return chip.configRead(VPD + 4, 4);
  };
  assert.equal(read(0) & 0xff, 0x82);
  assert.equal(read(0x7ffc), 0xffffffff);
  chip.configWrite(VPD + 4, 4, 0xcafef00d);
  chip.configWrite(VPD + 2, 2, 0x8000 | 0x80);
  assert.equal(chip.configRead(VPD + 2, 2), 0x80);
  assert.equal(read(0x80), 0xcafef00d);
});

test("function level reset: registers and configuration are as after power-on", () => {
  const { chip } = endpoint();
  chip.barWrite(1, 0, 4, 1);
  chip.configWrite(EXPRESS + 8, 2, 0x8000 | chip.configRead(EXPRESS + 8, 2));
  assert.equal(chip.configRead(0x04, 2), 0);
  assert.equal(chip.configRead(EXPRESS + 8, 2), 0x2810, "the bit reads as zero");
  assert.equal(chip.barRead(1, 0, 4), 0);
  assert.equal(chip.configRead(0x104, 4), 0x89abcdef, "the serial number in extended space");
  assert.equal(chip.configRead(0xffc, 4), 0);
});
