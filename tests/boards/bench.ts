// A board on the bench, of either kind: memory and a clock, and in place of a core whoever reads and writes registers.
import { setImmediate } from "node:timers/promises";
import type { BoardServices } from "../../boards/board.ts";
import { QemuBoard, type DesktopBoard } from "../../boards/index.ts";
import { parseDevice } from "../../boards/index.ts";
import type { WireEnd } from "../../boards/links/wire.ts";
import { RealClock } from "../../host/machine/clock.ts";
import { TestMachine } from "./machine.ts";

const MMIO = 0xe0000000;
const PORTS = 0xc000;
const BDF = 3 << 3;
const RAM_PAGES = 256; // of 64 KiB
const LIMIT_NS = 60e9;

export abstract class Bench {
  abstract readonly board: DesktopBoard | QemuBoard;
  abstract readonly view: DataView;
  abstract readonly bytes: Uint8Array;
  /** Time is what the test says. */
  abstract readonly virtual: boolean;
  /** Lets the board's time pass. */
  abstract pass(ns: number): Promise<void>;
  /** Lets the device at memory. */
  abstract map(address: number, length: number): void;

  /** As firmware and pci_enable_device: `memory` and `ports` are numbers of base addresses. */
  enable(memory: number, ports: number): void {
    this.board.pciWrite(BDF, 0x10 + 4 * memory, 4, MMIO);
    this.board.pciWrite(BDF, 0x10 + 4 * ports, 4, PORTS);
    this.board.pciWrite(BDF, 4, 2, 7);
  }

  config(where: number, width: number): number {
    return this.board.pciRead(BDF, where, width);
  }

  read(offset: number, width = 4): number {
    return this.board.mmioRead(MMIO + offset, width);
  }

  write(offset: number, value: number, width = 4): void {
    this.board.mmioWrite(MMIO + offset, width, value >>> 0);
  }

  /** The far end of the card's cable. */
  get far(): WireEnd {
    return this.board.cables[0]!.wire!.b;
  }

  /** Waits until `done`, a fraction of a millisecond at a time; false: it never came. */
  async until(done: () => boolean): Promise<boolean> {
    for (let waited = 0; waited < LIMIT_NS; waited += 1e5) {
      if (done()) return true;
      await this.pass(1e5);
    }
    return false;
  }

  abstract close(): Promise<void>;
}

export class DesktopBench extends Bench {
  readonly virtual = true;
  readonly #machine: TestMachine;

  constructor(device: string) {
    super();
    this.#machine = new TestMachine([device]);
  }

  get board(): DesktopBoard {
    return this.#machine.board;
  }

  get view(): DataView {
    return this.#machine.view;
  }

  get bytes(): Uint8Array {
    return this.#machine.bytes;
  }

  async pass(ns: number): Promise<void> {
    this.#machine.clock.advance(ns);
  }

  map(address: number, length: number): void {
    this.#machine.map(address, length);
  }

  close(): Promise<void> {
    return this.board.close();
  }
}

export class QemuBench extends Bench {
  readonly virtual = false;
  readonly board: QemuBoard;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly #clock = new RealClock();

  constructor(device: string) {
    super();
    const memory = new WebAssembly.Memory({ initial: RAM_PAGES, maximum: RAM_PAGES, shared: true });
    this.board = new QemuBoard([parseDevice("qemu", device)]);
    const services: BoardServices = {
      memory,
      clock: this.#clock,
      lines: { level: () => {}, edge: () => {} },
      report: () => {},
      fail: (error) => {
        throw error;
      },
      fault: () => {},
      posted: () => {},
      random: (bytes) => bytes.fill(0),
    };
    this.board.powerOn(services);
    this.view = new DataView(memory.buffer);
    this.bytes = new Uint8Array(memory.buffer);
  }

  async pass(ns: number): Promise<void> {
    const end = this.#clock.now() + ns;
    do {
      this.board.poll();
      this.#clock.run();
      await setImmediate();
    } while (this.#clock.now() < end);
  }

  /** Nothing stands between QEMU's devices and memory. */
  map(): void {}

  close(): Promise<void> {
    return this.board.close();
  }
}
