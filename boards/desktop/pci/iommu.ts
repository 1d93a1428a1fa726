// The board's IOMMU: a device may touch a page of RAM only while the driver has it mapped for that direction. The
// core counts mappings in one word per page (IOMMU_TABLE; assembly/arch/wasm/iommu.ts). What is refused is said once
// per device and page, and not more often than a reader can follow.
import type { Clock } from "../../clock.ts";
import { DEVICE_READS, DEVICE_WRITES } from "../../../assembly/arch/wasm/iommu.ts";
import { IOMMU_TABLE, RAM_MAX } from "../../../assembly/arch/wasm/memory.ts";

/** As the kernel's DEFAULT_RATELIMIT_BURST and _INTERVAL. */
const BURST = 10;
const INTERVAL_NS = 5e9;

export class Iommu {
  readonly ramBytes: number;
  /** Bus address of RAM's first byte. */
  readonly base: number;
  readonly #table: Uint32Array;
  readonly #clock: Clock;
  readonly #report: (message: string) => void;
  readonly #seen = new Set<string>();
  #windowStart = -INTERVAL_NS;
  #said = 0;
  #unsaid = 0;

  constructor(memory: WebAssembly.Memory, base: number, clock: Clock, report: (message: string) => void) {
    this.ramBytes = Math.min(memory.buffer.byteLength, RAM_MAX);
    this.base = base;
    this.#table = new Uint32Array(memory.buffer, IOMMU_TABLE, this.ramBytes >>> 12);
    this.#clock = clock;
    this.#report = report;
  }

  /** Whether [address, address + length) is RAM that is mapped for `direction`; -1 if so, else the first bus
   *  address that is not. */
  check(address: number, length: number, direction: number): number {
    const start = address - this.base;
    if (!(start >= 0 && start + length <= this.ramBytes))
      return start >= 0 && start < this.ramBytes ? this.base + this.ramBytes : address;
    const last = (start + length - 1) >>> 12;
    for (let page = start >>> 12; page <= last; page++) {
      if ((this.#table[page]! & direction) === 0) return Math.max(address, page * 4096 + this.base);
    }
    return -1;
  }

  /** Reports a refused access of `device` ("0000:00:03.0 [10ec:8139]") at `address`. */
  refuse(device: string, address: number, direction: number): void {
    const verb = direction === DEVICE_READS ? "read from" : "write to";
    const key = `${device} ${verb} ${Math.floor(address / 4096)}`;
    if (this.#seen.has(key)) return;
    if (this.#seen.size >= 65536) this.#seen.clear();
    this.#seen.add(key);
    this.#say(`iommu: ${device} ${verb} 0x${address.toString(16)} refused: ${this.#reason(address)}`);
  }

  #reason(address: number): string {
    const start = address - this.base;
    if (!(start >= 0 && start < this.ramBytes)) return "no memory there";
    const word = this.#table[start >>> 12]!;
    if ((word & DEVICE_WRITES) !== 0) return "mapped for the device to write only";
    if ((word & DEVICE_READS) !== 0) return "mapped for the device to read only";
    return "not mapped for the device";
  }

  #say(message: string): void {
    const now = this.#clock.now();
    if (now - this.#windowStart >= INTERVAL_NS) {
      if (this.#unsaid > 0) this.#report(`iommu: ${this.#unsaid} more refused accesses were not shown`);
      this.#windowStart = now;
      this.#said = 0;
      this.#unsaid = 0;
    }
    if (this.#said++ < BURST) this.#report(message);
    else this.#unsaid++;
  }
}
