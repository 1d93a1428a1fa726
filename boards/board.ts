// The contract between a board's hardware and the machine that runs the KPI core on it: the hardware answers bus
// accesses, moves interrupt lines and copies DMA. It never calls into wasm; what it has to say it says through
// the lines and through memory, and the core looks at its next interrupt window.
import type { Clock } from "./clock.ts";
import type { FaultInjector } from "./faults.ts";

/** The interrupt inputs of the CPU: 256 vectors. */
export interface InterruptLines {
  /** A level line follows the device's pin. */
  level(vector: number, asserted: boolean): void;
  /** An edge (MSI) is latched until the core takes it. */
  edge(vector: number): void;
}

/** What the machine lends to a board when it is powered on. */
export interface BoardServices {
  readonly memory: WebAssembly.Memory;
  readonly clock: Clock;
  readonly lines: InterruptLines;
  /** Reports a fact about the board itself (a device's complaint) on the console. */
  report(message: string): void;
  /** The board is of no more use (a process that it consists of has ended): ends the run with the error. Not from within
   *  an access, which throws a KpiError instead. */
  fail(error: Error): void;
  /** The same of what a device did and must not (an IOMMU fault): it counts as a bug. */
  fault(message: string): void;
  /** A write was posted. If the CPU has interrupts disabled, `poll` is called where it enables them: a driver counts on it
   *  that what it wrote with a lock held has happened soon after. */
  posted(): void;
  /** Deterministic entropy under the virtual clock. */
  random(bytes: Uint8Array): void;
}

/** A message-signalled interrupt: the word that a device writes, and the bus address. */
export interface Message {
  readonly address: number;
  /** For MSI, which has 16 bits of data, as for MSI-X. */
  readonly data: number;
}

/** Facts for the boot block (assembly/arch/wasm/memory.ts, BOOT_*). */
export interface BoardFacts {
  /** Bus address of linear address 0. */
  dmaBase: number;
  /** Window for memory BARs; CPU and bus addresses are equal. */
  pciMemory: { base: number; size: number };
  /** Window for I/O BARs, port numbers. */
  pciIo: { base: number; size: number };
  /** Highest bus number that config space decodes; -1: no PCI. */
  pciLastBus: number;
  /** Vectors of the four INTx lines; a pin uses line (device + pin - 1) & 3. */
  intx: [number, number, number, number];
  /** The message that raises a vector; undefined if none does. Vectors in a row whose data are in a row too, the first
   *  aligned, can be one device's MSI vectors. */
  message(vector: number): Message | undefined;
}

/**
 * A board's hardware. Accesses are naturally aligned, `width` is 1, 2 or 4; reads that nothing decodes return all
 * ones, writes are then ignored. Values written are unsigned; what is read, and addresses of memory, may be signed as well,
 * which is how wasm has them: what is above 2^31 would be boxed for each access. A KpiError out of any of these ends the run; any other
 * JavaScript exception is reported as a bug of the board, never as the driver's.
 */
export interface BoardHardware {
  readonly name: string;
  readonly facts: BoardFacts;
  /** Whether time may be virtual: everything the board talks to lives in this process. */
  readonly virtualTime: boolean;
  /** Faults that its devices can be made to have, if it knows any. */
  readonly faults?: FaultInjector;
  /** Called once, before the core is there: all of memory is zero. */
  powerOn(services: BoardServices): void;
  mmioRead(address: number, width: number): number;
  mmioWrite(address: number, width: number, value: number): void;
  portRead(port: number, width: number): number;
  portWrite(port: number, width: number, value: number): void;
  /** `bdf` = bus << 8 | device << 3 | function, `where` 0..4095. */
  pciRead(bdf: number, where: number, width: number): number;
  pciWrite(bdf: number, where: number, width: number, value: number): void;
  /** For a board that lives elsewhere. Sends the writes that it has held back, and takes what has come. Called every so many
   *  interrupt windows, before and after the CPU waits on the spot, and before it rests. */
  poll?(): void;
  /** Names of PCI functions for `lspci`, by bdf: what a vendor's database would say. */
  describe(bdf: number): string | undefined;
  /** Releases what the board holds (links, files, child processes). */
  close(): Promise<void>;
}
