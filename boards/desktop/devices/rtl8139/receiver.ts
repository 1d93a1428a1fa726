// The receiver: which frames it takes (RCR, 6.8), and where they go. A frame is copied once, into the chip's own
// buffer, with its FCS behind it; from there it goes by DMA into C mode's ring of bytes or C+ mode's descriptors.
import { FrameBuffer } from "../../../links/frame-buffer.ts";
import { MAX_FRAME } from "../../../links/link.ts";
import { addressCrc, frameCheckSequence } from "../parts/crc32.ts";
import type { Rtl8139 } from "./chip.ts";
import { FCS_BYTES, LOST, NO_ROOM, MATCH_BROADCAST, MATCH_MULTICAST, MATCH_NONE, MATCH_PHYSICAL } from "./received.ts";
import {
  CONFIG1,
  CONFIG1_PMEN,
  CONFIG3,
  CONFIG3_MAGIC,
  IDR0,
  IDR4,
  INT_RER,
  INT_ROK,
  INT_RXOVW,
  MAR0,
  MAR4,
  MPC,
  RCR,
  RCR_AAP,
  RCR_AB,
  RCR_AER,
  RCR_AM,
  RCR_APM,
  RCR_AR,
  TCR,
  TCR_LBK,
} from "./registers.ts";
import { ReceiveBuffer } from "./rx-buffer.ts";
import { ReceiveRing } from "./rx-ring.ts";

/** With FCS: shorter is a runt, longer is marked as an error, much longer does not pass the receive watchdog. */
const RUNT_BYTES = 64;
const LONG_BYTES = 4096;
const WATCHDOG_BYTES = 0x1fff;
/** The least that counts as a packet at all. */
const PACKET_MIN = 8;

const REJECTED = -1;

export class Receiver {
  /** C mode's ring of bytes. */
  readonly buffer: ReceiveBuffer;
  /** C+ mode's descriptors. */
  readonly ring: ReceiveRing;
  /** The frame at hand, with FCS. */
  readonly frame = new FrameBuffer(MAX_FRAME + FCS_BYTES);

  readonly #chip: Rtl8139;
  /** A frame waits on the cable for room. */
  #waiting = false;
  /** A fault: the frame at hand is stored with an error. */
  #spoilt = false;

  constructor(chip: Rtl8139) {
    this.#chip = chip;
    this.buffer = new ReceiveBuffer(chip);
    this.ring = new ReceiveRing(chip);
  }

  rewind(): void {
    this.buffer.rewind();
    this.ring.rewind();
  }

  /** A frame from the cable. In loopback mode the receiver hears only its own transmitter. */
  fromLink(bytes: Uint8Array): boolean {
    const chip = this.#chip;
    if (!chip.phy.linkUp) return true;
    if (!chip.awake) this.#wakeBy(bytes);
    else if ((chip.regs.value[TCR]! & TCR_LBK) !== TCR_LBK) {
      const taken = this.receive(bytes, true);
      // RDU, once: the driver is to look at its ring.
      if (!taken && !this.#waiting && chip.plusReceive) chip.raise(INT_RXOVW);
      this.#waiting = !taken;
      return taken;
    }
    return true;
  }

  /** The driver has cleared bits of ISR. One of C mode acknowledges while frames are in its ring, and looks again when it is
   *  told so: the frame that then comes in tells it. One that waits on the cable for room has to do that too. */
  acknowledged(): void {
    const { plusReceive, receiving } = this.#chip;
    if (this.#waiting && receiving && !plusReceive && !this.buffer.empty) this.#chip.raise(INT_ROK);
  }

  /** False: there is no room for the frame now, and nothing has changed. */
  receive(bytes: Uint8Array, fcsOk: boolean): boolean {
    const chip = this.#chip;
    const rcr = chip.regs.value[RCR]!;
    const length = bytes.length + FCS_BYTES;
    if (!chip.receiving || !chip.awake || length < PACKET_MIN + FCS_BYTES) return true;
    const match = this.#match(bytes, rcr);
    const runt = length < RUNT_BYTES;
    if (match === REJECTED || (runt && (rcr & RCR_AR) === 0)) return true;
    this.#spoilt ||= chip.descriptorError();
    if (!fcsOk && !this.#spoilt && (rcr & RCR_AER) === 0) {
      chip.tally.rxError++;
      return true;
    }
    fcsOk &&= !this.#spoilt;
    if (length > WATCHDOG_BYTES) {
      chip.tally.rxError++;
      chip.raise(INT_RER);
      return true;
    }
    if (!chip.dma.granted()) return false;
    this.frame.bytes.set(bytes);
    const fcs = frameCheckSequence(this.frame, bytes.length);
    for (let i = 0; i < FCS_BYTES; i++) this.frame.bytes[bytes.length + i] = (fcsOk ? fcs : ~fcs) >>> (8 * i);
    const long = length > LONG_BYTES;
    const stored = chip.plusReceive
      ? this.ring.store(length, match, fcsOk, runt, long)
      : this.buffer.store(length, match, fcsOk, runt, long);
    if (stored === NO_ROOM) return false;
    this.#spoilt = false;
    if (!fcsOk) chip.tally.rxError++;
    if (stored === LOST) return true;
    const good = fcsOk && !runt && !long;
    if (good) this.#count(match);
    chip.raise(good ? INT_ROK : INT_RER);
    return true;
  }

  /** No room for a frame: MPC, and RXOVW (C+: RDU). */
  missed(): void {
    const { regs, tally } = this.#chip;
    regs.value[MPC] = (regs.value[MPC]! + 1) & 0xffffff;
    tally.missed++;
    tally.rxError++;
    this.#chip.raise(INT_RXOVW);
  }

  #match(bytes: Uint8Array, rcr: number): number {
    const { value } = this.#chip.regs;
    const low = (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
    const high = bytes[4]! | (bytes[5]! << 8);
    if ((low & 1) !== 0) {
      if (low === 0xffffffff && high === 0xffff) return (rcr & RCR_AB) !== 0 ? MATCH_BROADCAST : REJECTED;
      if ((rcr & RCR_AM) === 0) return REJECTED;
      const bit = addressCrc(bytes, 0) >>> 26;
      const word = value[bit < 32 ? MAR0 : MAR4]!;
      return ((word >>> (bit & 31)) & 1) !== 0 ? MATCH_MULTICAST : REJECTED;
    }
    const own = low === value[IDR0] && high === value[IDR4];
    if (own && (rcr & (RCR_APM | RCR_AAP)) !== 0) return MATCH_PHYSICAL;
    return (rcr & RCR_AAP) !== 0 ? MATCH_NONE : REJECTED;
  }

  #count(match: number): void {
    const { tally } = this.#chip;
    tally.rxOk++;
    if (match === MATCH_PHYSICAL) tally.rxPhysical++;
    else if (match === MATCH_BROADCAST) tally.rxBroadcast++;
    else if (match === MATCH_MULTICAST) tally.rxMulticast++;
  }

  // ── Asleep (D1 to D3). ──

  /** A wake-up event, if power management is enabled. */
  wake(): void {
    if ((this.#chip.regs.value[CONFIG1]! & CONFIG1_PMEN) !== 0) this.#chip.power?.raisePme();
  }

  /** The Magic Packet: six bytes of ones, then the own address sixteen times, anywhere in a frame. */
  #wakeBy(bytes: Uint8Array): void {
    if ((this.#chip.regs.value[CONFIG3]! & CONFIG3_MAGIC) === 0) return;
    for (let at = 12; at + 102 <= bytes.length; at++) {
      let i = 0;
      while (i < 102 && bytes[at + i] === (i < 6 ? 0xff : this.#ownByte(i % 6))) i++;
      if (i === 102) {
        this.wake();
        return;
      }
    }
  }

  #ownByte(index: number): number {
    const { value } = this.#chip.regs;
    return (index < 4 ? value[IDR0]! >>> (8 * index) : value[IDR4]! >>> (8 * (index - 4))) & 0xff;
  }

  save(): number {
    return this.ring.position;
  }

  restore(position: number): void {
    this.ring.position = position;
  }
}
