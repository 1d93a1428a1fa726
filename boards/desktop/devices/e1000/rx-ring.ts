// The receive descriptor ring (3.2.3 ff.): RDH is the descriptor that the chip fills next, RDT the first that is not
// its own. A frame takes as many buffers as it needs; the last descriptor of it has EOP and the frame's status.
//
//   before: │ buffer address 64 │ … │ … │
//   after:  │ buffer address 64 │ length 16, packet checksum 16 │ status 8, errors 8, VLAN tag 16 │
import { FrameBuffer } from "../../../links/frame-buffer.ts";
import type { E1000 } from "./chip.ts";
import {
  DESCRIPTOR_BYTES,
  INT_RXDMT0,
  RCTL,
  RCTL_BSEX,
  RCTL_BSIZE_SHIFT,
  RCTL_RDMTS_SHIFT,
  RDBAH,
  RDBAL,
  RDH,
  RDLEN,
  RDT,
  RXD_STAT_DD,
  RXD_STAT_EOP,
} from "./registers.ts";

export class ReceiveRing {
  readonly #chip: E1000;
  readonly #descriptor = new FrameBuffer(DESCRIPTOR_BYTES);

  constructor(chip: E1000) {
    this.#chip = chip;
  }

  get size(): number {
    return this.#chip.regs.value[RDLEN >> 2]! / DESCRIPTOR_BYTES;
  }

  /** Descriptors that are the chip's. A head or tail beyond the ring leaves it none. */
  get free(): number {
    const { value } = this.#chip.regs;
    const size = value[RDLEN >> 2]! / DESCRIPTOR_BYTES;
    const head = value[RDH >> 2]!;
    const tail = value[RDT >> 2]!;
    if (head >= size || tail >= size) return 0;
    return tail >= head ? tail - head : tail - head + size;
  }

  /** RCTL.BSIZE, BSEX: 2048 to 256 bytes, or 16 times that up to 16384. */
  get bufferSize(): number {
    const rctl = this.#chip.regs.value[RCTL >> 2]!;
    const step = (rctl >>> RCTL_BSIZE_SHIFT) & 3;
    // BSIZE 00 with BSEX is reserved; as a shift of the widest it would be 32 KiB, more than a packet can be.
    return (2048 >>> step) * ((rctl & RCTL_BSEX) !== 0 ? 16 : 1);
  }

  /** Writes `length` bytes of `frame` into the next buffers; `status` has status, errors and tag, as the descriptor. */
  store(frame: FrameBuffer, length: number, status: number, packetChecksum: number): boolean {
    const { regs, dma } = this.#chip;
    const { words } = this.#descriptor;
    const before = this.free;
    const base = regs.value[RDBAH >> 2]! * 0x100000000 + regs.value[RDBAL >> 2]!;
    const room = this.bufferSize;
    let head = regs.value[RDH >> 2]!;
    for (let done = 0; done < length;) {
      const part = Math.min(room, length - done);
      const at = base + head * DESCRIPTOR_BYTES;
      if (!dma.readInto(at, this.#descriptor, 0, 8)) return this.#failed();
      const buffer = (words[1]! >>> 0) * 0x100000000 + (words[0]! >>> 0);
      if (!dma.writeFrom(buffer, frame, done, part)) return this.#failed();
      done += part;
      words[2] = part | (packetChecksum << 16);
      words[3] = (done >= length ? status | RXD_STAT_EOP : 0) | RXD_STAT_DD;
      if (!dma.writeFrom(at + 8, this.#descriptor, 8, 8)) return this.#failed();
      head = head + 1 >= this.size ? 0 : head + 1;
      regs.value[RDH >> 2] = head;
    }
    this.#checkThreshold(before);
    return true;
  }

  /** A refused access: the frame is lost, the head stays at the descriptor that was not written back. */
  #failed(): boolean {
    this.#chip.dma.aborted = false;
    return false;
  }

  /** RXDMT0, when the number of free descriptors falls to a half, a quarter or an eighth of the ring. */
  #checkThreshold(before: number): void {
    const { value } = this.#chip.regs;
    const threshold = this.size >>> (1 + ((value[RCTL >> 2]! >>> RCTL_RDMTS_SHIFT) & 3));
    if (before > threshold && this.free <= threshold) this.#chip.interrupts.raise(INT_RXDMT0);
  }
}
