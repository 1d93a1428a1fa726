// What stands in for the machine in tests of boards: memory with its IOMMU table, lines, reports, and the few things
// that firmware and a PCI core would do.
import { IOMMU_TABLE } from "../../assembly/arch/wasm/memory.ts";
import type { BoardServices } from "../../boards/board.ts";
import { DesktopBoard } from "../../boards/index.ts";
import type { DesktopOptions, DeviceSpec } from "../../boards/index.ts";
import { parseDeviceSpec } from "../../boards/index.ts";
import { TestClock } from "./clock.ts";

export const READABLE = 1;
export const WRITABLE = 2;

const RAM_PAGES = 64; // of 64 KiB

export class TestMachine {
  readonly memory = new WebAssembly.Memory({ initial: RAM_PAGES, maximum: RAM_PAGES, shared: true });
  readonly bytes = new Uint8Array(this.memory.buffer);
  readonly view = new DataView(this.memory.buffer);
  readonly clock = new TestClock();
  readonly reports: string[] = [];
  readonly levels = new Map<number, boolean>();
  /** Each change of a level line, in order. */
  readonly edges: string[] = [];
  readonly board: DesktopBoard;

  constructor(devices: readonly (string | DeviceSpec)[], options: DesktopOptions = {}) {
    const specs = devices.map((one) => (typeof one === "string" ? parseDeviceSpec(one) : one));
    this.board = new DesktopBoard(specs, options);
    const services: BoardServices = {
      memory: this.memory,
      clock: this.clock,
      lines: {
        level: (vector, asserted) => {
          this.levels.set(vector, asserted);
          this.edges.push(`${vector}${asserted ? "+" : "-"}`);
        },
        edge: (vector) => this.edges.push(`${vector}!`),
      },
      report: (message) => this.reports.push(message),
      fail: (error) => {
        throw error;
      },
      posted: () => {},
      fault: (message) => this.reports.push(message),
      random: (bytes) => bytes.fill(0),
    };
    this.board.powerOn(services);
  }

  /** Maps [address, address + length) for devices. */
  map(address: number, length: number, how = READABLE | WRITABLE): void {
    const table = new Uint32Array(this.memory.buffer, IOMMU_TABLE);
    for (let page = address >>> 12; page <= (address + length - 1) >>> 12; page++) {
      table[page] = (how & READABLE ? 1 : 0) | (how & WRITABLE ? 0x10000 : 0);
    }
  }

  unmap(address: number, length: number): void {
    this.map(address, length, 0);
  }

  /** As firmware and pci_enable_device: addresses for both base addresses of device 3, decoding and mastering on. */
  enable(device = 3, memory = 0xe0000000, port = 0xc000): void {
    const bdf = device << 3;
    this.board.pciWrite(bdf, 0x10, 4, port);
    this.board.pciWrite(bdf, 0x14, 4, memory);
    this.board.pciWrite(bdf, 0x04, 2, 7);
  }

  read(offset: number, width: number): number {
    return this.board.mmioRead(0xe0000000 + offset, width);
  }

  write(offset: number, width: number, value: number): void {
    this.board.mmioWrite(0xe0000000 + offset, width, value >>> 0);
  }

  config(where: number, width: number, device = 3): number {
    return this.board.pciRead(device << 3, where, width);
  }

  setConfig(where: number, width: number, value: number, device = 3): void {
    this.board.pciWrite(device << 3, where, width, value >>> 0);
  }
}
