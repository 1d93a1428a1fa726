// The receiver: a frame from the wire is counted, filtered, given its FCS, and goes into the ring, or waits in the
// packet buffer until the driver has given descriptors.
import { FrameBuffer } from "../../../links/frame-buffer.ts";
import { MAX_FRAME } from "../../../links/link.ts";
import { VLAN_HLEN, get16 } from "../../../../host/net/packet.ts";
import { frameCheckSequence } from "../parts/crc32.ts";
import type { E1000 } from "./chip.ts";
import { MATCHED_INEXACTLY, REJECTED, addressMatch, isTagged, vlanMatch } from "./filter.ts";
import {
  CRCERRS,
  CTRL,
  CTRL_VME,
  INT_RXO,
  MPC,
  PBA,
  RCTL,
  RCTL_EN,
  RCTL_LPE,
  RCTL_SBP,
  RCTL_SECRC,
  RFC,
  RJC,
  RLEC,
  RNBC,
  ROC,
  RSRPD,
  RUC,
  RXCSUM,
  RXERRC,
  RXD_ERR_CE,
  RXD_ERR_RXE,
  RXD_STAT_PIF,
  RXD_STAT_VP,
  VET,
} from "./registers.ts";
import { ReceiveChecksum } from "./rx-checksum.ts";
import { ReceiveFifo } from "./rx-fifo.ts";
import type { FifoState } from "./rx-fifo.ts";
import { ReceiveRing } from "./rx-ring.ts";

const FCS_BYTES = 4;
/** With FCS: the least and the most, the most with long packets enabled. */
const MIN_BYTES = 64;
const MAX_BYTES = 1522;
const LONG_BYTES = 16384;
/** Less than addresses and a type is not looked at. */
const HEADER_BYTES = 14;

export class Receiver {
  readonly ring: ReceiveRing;
  readonly fifo = new ReceiveFifo();

  readonly #chip: E1000;
  /** The frame at hand, with FCS. */
  readonly #frame = new FrameBuffer(MAX_FRAME + FCS_BYTES);
  readonly #checksum = new ReceiveChecksum();

  constructor(chip: E1000) {
    this.#chip = chip;
    this.ring = new ReceiveRing(chip);
  }

  /** A frame from the cable. In loopback the receiver hears only its own transmitter. */
  fromLink(bytes: Uint8Array): boolean {
    const chip = this.#chip;
    if (!chip.awake) chip.wake.frame(bytes);
    else if (chip.linkUp && !chip.loopback) {
      if (this.#full(bytes.length)) return false;
      this.receive(bytes, true);
    }
    return true;
  }

  /** Whether a frame would find neither descriptors nor room in the packet buffer, but may do so later. */
  #full(length: number): boolean {
    if ((this.#chip.regs.value[RCTL >> 2]! & RCTL_EN) === 0) return false;
    if (this.fifo.count === 0 && this.#room(length + FCS_BYTES)) return false;
    const capacity = this.#capacity;
    return ReceiveFifo.takes(length, capacity) && !this.fifo.fits(length, capacity);
  }

  /** `good`: its FCS was right. */
  receive(bytes: Uint8Array, good: boolean): void {
    const chip = this.#chip;
    const rctl = chip.regs.value[RCTL >> 2]!;
    if ((rctl & RCTL_EN) === 0 || bytes.length < HEADER_BYTES) return;
    const length = bytes.length + FCS_BYTES;
    chip.statistics.seen(length);
    if (good && length >= MIN_BYTES && chip.flow.control(bytes)) return;
    if (addressMatch(chip, bytes) === REJECTED || !vlanMatch(chip, bytes, bytes.length)) return;
    const whole = this.#whole(length, good, rctl);
    // SBP stores bad ones too.
    if (!whole && ((rctl & RCTL_SBP) === 0 || length > LONG_BYTES)) return;
    if (this.fifo.count === 0 && this.#room(length)) this.#deliver(bytes, good);
    else if (!this.#wait(bytes, good)) return;
    if (whole) chip.statistics.received(bytes, length);
  }

  /** Descriptors were given, or what else stood in the way is gone: what waits goes on. */
  resume(): void {
    const chip = this.#chip;
    if (this.fifo.count > 0 && chip.awake && (chip.regs.value[RCTL >> 2]! & RCTL_EN) !== 0) {
      while (this.fifo.count > 0 && this.#room(this.fifo.first.length + FCS_BYTES)) {
        this.#deliver(this.fifo.first, this.fifo.firstGood);
        this.fifo.drop();
      }
      chip.flow.bufferChanged(this.fifo.used);
    }
    chip.roomMade();
  }

  reset(): void {
    this.fifo.clear();
    this.#chip.roomMade();
  }

  /** Whether length and FCS are right; if not, the counters of errors (13.7.1, 13.7.15, 13.7.34 ff.). */
  #whole(length: number, good: boolean, rctl: number): boolean {
    const { statistics } = this.#chip;
    const most = (rctl & RCTL_LPE) !== 0 ? LONG_BYTES : MAX_BYTES;
    if (good && length >= MIN_BYTES && length <= most) return true;
    if (length < MIN_BYTES || length > most) statistics.count(RLEC);
    if (length < MIN_BYTES) statistics.count(good ? RUC : RFC);
    else if (length > most) statistics.count(good ? ROC : RJC);
    else statistics.count(CRCERRS);
    return false;
  }

  /** Whether the ring has buffers for a frame. */
  #room(length: number): boolean {
    const { ring } = this;
    const free = ring.free;
    return free > 0 && free * ring.bufferSize >= length && this.#chip.dma.granted();
  }

  /** False: there is no room in the packet buffer either. */
  #wait(bytes: Uint8Array, good: boolean): boolean {
    const chip = this.#chip;
    chip.statistics.count(RNBC);
    if (this.fifo.push(bytes, good, this.#capacity)) {
      chip.flow.bufferChanged(this.fifo.used);
      return true;
    }
    chip.statistics.count(MPC);
    chip.interrupts.raise(INT_RXO);
    return false;
  }

  /** PBA.RXA, in KiB. */
  get #capacity(): number {
    return (this.#chip.regs.value[PBA >> 2]! & 0xffff) * 1024;
  }

  #deliver(bytes: Uint8Array, good: boolean): void {
    const chip = this.#chip;
    const { value } = chip.regs;
    const frame = this.#frame;
    frame.bytes.set(bytes);
    let length = bytes.length;
    let status = good ? 0 : RXD_ERR_CE;
    if (chip.descriptorError()) {
      chip.statistics.count(RXERRC);
      status |= RXD_ERR_RXE;
    }
    if (addressMatch(chip, bytes) === MATCHED_INEXACTLY) status |= RXD_STAT_PIF;
    if ((value[RCTL >> 2]! & RCTL_SECRC) === 0) this.#appendFcs(length, good);
    if ((value[CTRL >> 2]! & CTRL_VME) !== 0 && isTagged(chip, bytes, length)) {
      status |= RXD_STAT_VP | (get16(bytes, 14) << 16);
      frame.bytes.copyWithin(12, 12 + VLAN_HLEN, length + FCS_BYTES);
      length -= VLAN_HLEN;
    }
    status |= this.#checksum.examine(frame, length, value[RXCSUM >> 2]!, value[VET >> 2]!);
    const stored = (value[RCTL >> 2]! & RCTL_SECRC) === 0 ? length + FCS_BYTES : length;
    if (!this.ring.store(frame, stored, status, this.#checksum.packet)) return;
    // A small packet is told about at once, whatever the delay timers say (3.2.7.2).
    chip.interrupts.received(stored <= value[RSRPD >> 2]!);
  }

  #appendFcs(length: number, good: boolean): void {
    const { bytes } = this.#frame;
    const fcs = frameCheckSequence(this.#frame, length);
    for (let i = 0; i < FCS_BYTES; i++) bytes[length + i] = (good ? fcs : ~fcs) >>> (8 * i);
  }

  save(): FifoState {
    return this.fifo.save();
  }

  restore(state: FifoState): void {
    this.fifo.restore(state);
  }
}
