// Reception in C+ mode: a ring of descriptors at RDSAR, each with a buffer. A frame that does not fit in one goes on
// in the next: FS marks the first, LS the last, which has the status.
//
//   before: OWN EOR buffer size       after: EOR FS LS MAR PAM BAR RWT RES RUNT CRC PID IPF UDPF TCPF, frame length
//   opts2 after: TAVA and the VLAN tag that was taken out
import { FrameBuffer } from "../../../links/frame-buffer.ts";
import { ETH_P_8021Q, VLAN_HLEN, get16 } from "../../../../host/net/packet.ts";
import type { Rtl8139 } from "./chip.ts";
import { classify } from "./offload.ts";
import { FCS_BYTES, LOST, NO_ROOM, STORED, MATCH_BROADCAST, MATCH_MULTICAST, MATCH_PHYSICAL } from "./received.ts";
import {
  CPCR,
  CPCR_DAC,
  CPCR_RXCHKSUM,
  CPCR_RXVLAN,
  DESCRIPTOR_BYTES,
  DESC_EOR,
  DESC_FS,
  DESC_LS,
  DESC_OWN,
  RDSAR,
  RX_BAR,
  RX_CRC,
  RX_MAR,
  RX_PAM,
  RX_RES,
  RX_RUNT,
  RX_RWT,
  RX_SIZE,
  RX_TAVA,
} from "./registers.ts";

/** Descriptors that one frame may take; buffers smaller than 128 bytes do not hold the longest. */
const SEGMENTS_MAX = 64;

export class ReceiveRing {
  position = 0;

  readonly #chip: Rtl8139;
  /** A descriptor as the bus brings it: in one piece. */
  readonly #descriptor = new FrameBuffer(DESCRIPTOR_BYTES);
  // The descriptors found for the frame at hand.
  readonly #opts1 = new Int32Array(SEGMENTS_MAX);
  readonly #positions = new Float64Array(SEGMENTS_MAX);
  readonly #buffers = new Float64Array(SEGMENTS_MAX);

  constructor(chip: Rtl8139) {
    this.#chip = chip;
  }

  rewind(): void {
    this.position = 0;
  }

  /** Stores the receiver's frame of `length` bytes with FCS; STORED, LOST or NO_ROOM. */
  store(length: number, match: number, fcsOk: boolean, runt: boolean, long: boolean): number {
    const chip = this.#chip;
    const cpcr = chip.regs.value[CPCR]!;
    const { bytes } = chip.receiver.frame;
    let opts2 = 0;
    if ((cpcr & CPCR_RXVLAN) !== 0 && length >= 18 + FCS_BYTES && get16(bytes, 12) === ETH_P_8021Q) {
      opts2 = RX_TAVA | bytes[14]! | (bytes[15]! << 8);
      bytes.copyWithin(12, 12 + VLAN_HLEN, length);
      length -= VLAN_HLEN;
    }
    const count = this.#claim(length);
    if (count <= 0) return count;
    let status =
      length |
      (match === MATCH_MULTICAST ? RX_MAR : 0) |
      (match === MATCH_PHYSICAL ? RX_PAM : 0) |
      (match === MATCH_BROADCAST ? RX_BAR : 0) |
      (runt ? RX_RUNT : 0) |
      (long ? RX_RWT : 0) |
      (fcsOk ? 0 : RX_CRC) |
      (runt || long || !fcsOk ? RX_RES : 0);
    if ((cpcr & CPCR_RXCHKSUM) !== 0) status |= classify(bytes, length - FCS_BYTES);
    return this.#write(count, length, status, opts2) ? STORED : LOST;
  }

  #base(): number {
    const { value } = this.#chip.regs;
    return this.#address((value[RDSAR]! & ~0xff) >>> 0, value[RDSAR + 4]!);
  }

  #address(low: number, high: number): number {
    return (this.#chip.regs.value[CPCR]! & CPCR_DAC) !== 0 ? high * 0x100000000 + low : low;
  }

  /** Looks for descriptors with room for `length` bytes: how many, NO_ROOM or LOST. */
  #claim(length: number): number {
    const chip = this.#chip;
    const base = this.#base();
    const { words } = this.#descriptor;
    let position = this.position;
    for (let count = 0, room = 0; count < SEGMENTS_MAX;) {
      // Round the ring and back at the first: that one will be taken already.
      if (count > 0 && position === this.position) return this.#tooLong();
      chip.dma.readInto(base + position * DESCRIPTOR_BYTES, this.#descriptor, 0, DESCRIPTOR_BYTES);
      if (chip.busError()) return LOST;
      const opts1 = words[0]!;
      if ((opts1 & DESC_OWN) === 0) return NO_ROOM;
      this.#opts1[count] = opts1;
      this.#buffers[count] = this.#address(words[2]! >>> 0, words[3]! >>> 0);
      this.#positions[count++] = position;
      room += opts1 & RX_SIZE;
      position = (opts1 & DESC_EOR) !== 0 ? 0 : position + 1;
      if (room >= length) return count;
    }
    return this.#tooLong();
  }

  /** All buffers together do not hold the frame. */
  #tooLong(): number {
    this.#chip.receiver.missed();
    return LOST;
  }

  #write(count: number, length: number, status: number, opts2: number): boolean {
    const { dma, receiver } = this.#chip;
    const base = this.#base();
    for (let i = 0, done = 0; i < count; i++) {
      const size = Math.min(this.#opts1[i]! & RX_SIZE, length - done);
      dma.writeFrom(this.#buffers[i]!, receiver.frame, done, size);
      done += size;
    }
    if (this.#chip.busError()) return false;
    // The first descriptor changes hands last: who sees it sees the whole frame.
    for (let i = count - 1; i >= 0; i--) {
      const descriptor = base + this.#positions[i]! * DESCRIPTOR_BYTES;
      const last = i === count - 1;
      const kept = this.#opts1[i]! & (last ? DESC_EOR : DESC_EOR | RX_SIZE);
      dma.writeU32(descriptor + 4, last ? opts2 : 0);
      dma.writeU32(descriptor, kept | (i === 0 ? DESC_FS : 0) | (last ? DESC_LS | status : 0));
    }
    if (this.#chip.busError()) return false;
    const last = count - 1;
    this.position = (this.#opts1[last]! & DESC_EOR) !== 0 ? 0 : this.#positions[last]! + 1;
    return true;
  }
}
