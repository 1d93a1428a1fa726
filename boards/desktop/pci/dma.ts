// A device's master port: the only way from a device model to RAM. Each access is checked against the command
// register (bus mastering) and the IOMMU. A refused read gives all ones, a refused write is dropped, the function
// gets Received Master Abort, and `aborted` stays set until the device looks at it.
//
// Copies go by 32-bit words, also between different alignments: byte loops cost 1.4 ns a byte on shared memory, and
// `set(subarray())` makes an object per call.
import type { FrameBuffer } from "../../links/frame-buffer.ts";
import { PCI_COMMAND_MASTER, PCI_STATUS_REC_MASTER_ABORT } from "./config-space.ts";
import type { ConfigSpace } from "./config-space.ts";
import { DEVICE_READS, DEVICE_WRITES } from "../../../assembly/arch/wasm/iommu.ts";
import type { Iommu } from "./iommu.ts";

function copyWords(
  to: Uint8Array,
  toWords: Int32Array,
  at: number,
  from: Uint8Array,
  fromWords: Int32Array,
  start: number,
  length: number,
): void {
  let left = length;
  while (left > 0 && (at & 3) !== 0) {
    to[at++] = from[start++]!;
    left--;
  }
  const words = left >>> 2;
  let target = at >>> 2;
  let source = start >>> 2;
  const shift = (start & 3) * 8;
  if (shift === 0) {
    for (let i = 0; i < words; i++) toWords[target++] = fromWords[source++]!;
  } else if (words > 0) {
    let low = fromWords[source++]!;
    for (let i = 0; i < words; i++) {
      const high = fromWords[source++]!;
      toWords[target++] = (low >>> shift) | (high << (32 - shift));
      low = high;
    }
  }
  at += words * 4;
  start += words * 4;
  for (left &= 3; left > 0; left--) to[at++] = from[start++]!;
}

export class DmaPort {
  /** Set when an access was refused; the device clears it. */
  aborted = false;

  readonly #name: string;
  readonly #config: ConfigSpace;
  readonly #iommu: Iommu;
  readonly #report: (message: string) => void;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  #heldBack = false;
  #busy = false;
  #failing = 0;

  constructor(
    name: string,
    config: ConfigSpace,
    memory: WebAssembly.Memory,
    iommu: Iommu,
    report: (message: string) => void,
  ) {
    this.#name = name;
    this.#config = config;
    this.#iommu = iommu;
    this.#report = report;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#words = new Int32Array(memory.buffer);
  }

  /** Whether the device may master the bus. A device that wants to and may not is told about, once each time
   *  mastering is off: it stands still, which is hard to see from the driver's side. */
  granted(): boolean {
    if (this.#busy) return false;
    if ((this.#config.command & PCI_COMMAND_MASTER) !== 0) {
      this.#heldBack = false;
      return true;
    }
    if (!this.#heldBack) {
      this.#heldBack = true;
      this.#report(`pci: ${this.#id()} waits for the bus: bus mastering is off (pci_set_master)`);
    }
    return false;
  }

  /** Fills `target` from memory. */
  read(address: number, target: Uint8Array): boolean {
    if (!this.#permit(address, target.length, DEVICE_READS)) {
      target.fill(0xff);
      return false;
    }
    const start = address - this.#iommu.base;
    for (let i = 0; i < target.length; i++) target[i] = this.#bytes[start + i]!;
    return true;
  }

  /** Writes `source` to memory. */
  write(address: number, source: Uint8Array): boolean {
    if (!this.#permit(address, source.length, DEVICE_WRITES)) return false;
    this.#bytes.set(source, address - this.#iommu.base);
    return true;
  }

  /** Reads `length` bytes into `target` from `offset` on; the packet path's form of `read`. */
  readInto(address: number, target: FrameBuffer, offset: number, length: number): boolean {
    if (!this.#permit(address, length, DEVICE_READS)) {
      target.bytes.fill(0xff, offset, offset + length);
      return false;
    }
    const start = address - this.#iommu.base;
    copyWords(target.bytes, target.words, offset, this.#bytes, this.#words, start, length);
    return true;
  }

  /** Writes `length` bytes of `source` from `offset` on; the packet path's form of `write`. */
  writeFrom(address: number, source: FrameBuffer, offset: number, length: number): boolean {
    if (!this.#permit(address, length, DEVICE_WRITES)) return false;
    const start = address - this.#iommu.base;
    copyWords(this.#bytes, this.#words, start, source.bytes, source.words, offset, length);
    return true;
  }

  /** Little-endian words at a multiple of 4. */
  readU32(address: number): number {
    if (!this.#permit(address, 4, DEVICE_READS)) return 0xffffffff;
    return this.#words[(address - this.#iommu.base) >>> 2]! >>> 0;
  }

  writeU32(address: number, value: number): boolean {
    if (!this.#permit(address, 4, DEVICE_WRITES)) return false;
    this.#words[(address - this.#iommu.base) >>> 2] = value;
    return true;
  }

  /** Little-endian; exact below 2^53. */
  readU64(address: number): number {
    const low = this.readU32(address);
    return this.readU32(address + 4) * 0x100000000 + low;
  }

  writeU64(address: number, value: number): boolean {
    return this.writeU32(address, value >>> 0) && this.writeU32(address + 4, Math.floor(value / 0x100000000) >>> 0);
  }

  /** A fault: the bus is another's. What the device would begin has to wait. */
  set busy(busy: boolean) {
    this.#busy = busy;
  }

  /** A fault: the next `count` accesses end in a master abort, although they are allowed. */
  fail(count: number): void {
    this.#failing = count;
  }

  #permit(address: number, length: number, direction: number): boolean {
    if (length === 0) return true;
    if (this.#failing > 0) {
      this.#failing--;
      this.aborted = true;
      this.#config.raiseStatus(PCI_STATUS_REC_MASTER_ABORT);
      return false;
    }
    if ((this.#config.command & PCI_COMMAND_MASTER) === 0) {
      this.aborted = true;
      this.granted();
      return false;
    }
    const refused = this.#iommu.check(address, length, direction);
    if (refused < 0) return true;
    this.aborted = true;
    this.#config.raiseStatus(PCI_STATUS_REC_MASTER_ABORT);
    this.#iommu.refuse(this.#id(), refused, direction);
    return false;
  }

  #id(): string {
    const hex = (value: number): string => value.toString(16).padStart(4, "0");
    return `${this.#name} [${hex(this.#config.get16(0))}:${hex(this.#config.get16(2))}]`;
  }
}
