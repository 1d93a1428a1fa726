// The transmitter: the descriptor ring (3.3, 3.4) and what becomes of its frames. Writing TDT hands descriptors over;
// the chip works from TDH to there. Legacy descriptors stand for themselves; of the extended ones, a context sets up
// the offloads that the data descriptors after it ask for.
//
//   legacy:   │ address 64 │ length 16, CSO, command │ status, CSS, VLAN tag 16 │
//   context:  │ IPCSS IPCSO IPCSE │ TUCSS TUCSO TUCSE │ PAYLEN 20, type 0, TUCMD │ status, HDRLEN, MSS │
//   data:     │ address 64 │ length 20, type 1, command │ status, POPTS, VLAN tag 16 │
//
// A ring is the driver's memory and can hold anything: each turn takes a bounded number of descriptors, and what is
// left goes on at the next event.
import { FrameBuffer } from "../../../links/frame-buffer.ts";
import { VLAN_HLEN } from "../../../../host/net/packet.ts";
import type { Timer } from "../../../clock.ts";
import type { E1000 } from "./chip.ts";
import {
  CTRL,
  CTRL_VME,
  DESCRIPTOR_BYTES,
  INT_TXD_LOW,
  INT_TXQE,
  TCTL,
  TCTL_EN,
  TDBAH,
  TDBAL,
  TDH,
  TDLEN,
  TDT,
  TSCTC,
  TSCTFC,
  TXDCTL,
  TXDCTL_LWTHRESH_SHIFT,
  TXD_DD,
  TXD_DEXT,
  TXD_DTYP_CONTEXT,
  TXD_DTYP_DATA,
  TXD_DTYP_SHIFT,
  TXD_EOP,
  TXD_IC,
  TXD_IDE,
  TXD_IFCS,
  TXD_IXSM,
  TXD_RPS,
  TXD_RS,
  TXD_TSE,
  TXD_TXSM,
  TXD_VLE,
  VET,
} from "./registers.ts";
import { Context, fixHeader, insertChecksum, insertTag } from "./tx-offload.ts";

/** Descriptors and frames per turn, and when the next turn comes. */
const BUDGET = 512;
const PAUSE_NS = 1000;
/** The longest packet (3.3). */
const MAX_PACKET = 16288;
const HEADER_MAX = 256;
/** The manual gives no lower limit of MSS; one keeps a hostile driver from making a million frames of a buffer. */
const MSS_MIN = 64;

interface PacketState {
  readonly frame: number[];
  readonly header: number[];
  readonly numbers: number[];
  readonly contexts: number[][];
  readonly waiting: boolean;
}

export class Transmitter {
  readonly #chip: E1000;
  readonly #descriptor = new FrameBuffer(DESCRIPTOR_BYTES);
  readonly #normal = new Context();
  readonly #segmentation = new Context();
  #made: Timer | undefined;
  /** A refused access stops the ring until the driver touches it. */
  #stopped = false;

  // ── The packet as far as its descriptors have been read. ──
  readonly #frame = new FrameBuffer(MAX_PACKET + VLAN_HLEN);
  readonly #header = new Uint8Array(HEADER_MAX);
  #length = 0;
  #tooLong = false;
  /** Whether its first descriptor was seen. */
  #begun = false;
  /** POPTS of the first descriptor. */
  #options = 0;
  /** The VLAN tag to be inserted; -1: none. */
  #tag = -1;
  /** Segments and their bytes that are out. */
  #segments = 0;
  #sent = 0;

  constructor(chip: E1000) {
    this.#chip = chip;
  }

  /** Rings for the next turn. */
  get #timer(): Timer {
    return (this.#made ??= this.#chip.clock.timer(() => this.resume()));
  }

  reset(): void {
    this.#made?.cancel();
    this.#stopped = false;
    this.#normal.load(new Int32Array(4));
    this.#segmentation.load(new Int32Array(4));
    this.#drop();
  }

  /** TDT was written, or transmission enabled: whatever stopped the ring may be mended. */
  start(): void {
    this.#stopped = false;
    this.resume();
  }

  /** Works on as far as it may and can. */
  resume(): void {
    const chip = this.#chip;
    if (this.#timer.pending || this.#stopped || this.#pending() === 0 || !this.#ready()) return;
    const before = this.#pending();
    let budget = BUDGET;
    do budget -= this.#next();
    while (budget > 0 && !this.#stopped && chip.cableHasRoom && this.#pending() > 0);
    const left = this.#pending();
    const low = (chip.regs.value[TXDCTL >> 2]! >>> TXDCTL_LWTHRESH_SHIFT) * 8;
    // LWTHRESH 0: when none is left (13.4.43).
    const causes = (left === 0 ? INT_TXQE : 0) | (before > low && left <= low ? INT_TXD_LOW : 0);
    if (causes !== 0) chip.interrupts.raise(causes);
    // A cable without room says when it has some.
    if (left > 0 && !this.#stopped && chip.cableHasRoom) this.#timer.set(PAUSE_NS);
  }

  #ready(): boolean {
    const chip = this.#chip;
    if (!chip.awake || (chip.regs.value[TCTL >> 2]! & TCTL_EN) === 0) return false;
    if (!chip.loopback && !(chip.linkUp && chip.cableHasRoom)) return false;
    return !chip.flow.paused && chip.dma.granted();
  }

  /** Descriptors that are the chip's. A head or tail beyond the ring leaves it none. */
  #pending(): number {
    const { value } = this.#chip.regs;
    const size = value[TDLEN >> 2]! / DESCRIPTOR_BYTES;
    const head = value[TDH >> 2]!;
    const tail = value[TDT >> 2]!;
    if (head >= size || tail >= size) return 0;
    return tail >= head ? tail - head : tail - head + size;
  }

  /** Takes one descriptor; returns what that cost. */
  #next(): number {
    const { regs, dma, interrupts } = this.#chip;
    const { value } = regs;
    const { words } = this.#descriptor;
    const head = value[TDH >> 2]!;
    const at = value[TDBAH >> 2]! * 0x100000000 + value[TDBAL >> 2]! + head * DESCRIPTOR_BYTES;
    dma.readInto(at, this.#descriptor, 0, DESCRIPTOR_BYTES);
    let cost = 1;
    const command = words[2]!;
    if (!dma.aborted) {
      const type = (command & TXD_DEXT) === 0 ? -1 : (command >>> TXD_DTYP_SHIFT) & 0xf;
      if (type === TXD_DTYP_CONTEXT) this.#context(words);
      else if (type === TXD_DTYP_DATA) cost += this.#data(words);
      else if (type === -1) cost += this.#legacy(words);
    }
    if ((command & (TXD_RS | TXD_RPS)) !== 0 && !dma.aborted) dma.writeU32(at + 12, words[3]! | TXD_DD);
    if (dma.aborted) {
      dma.aborted = false;
      this.#stopped = true;
      this.#drop();
      return cost;
    }
    value[TDH >> 2] = (head + 1) * DESCRIPTOR_BYTES >= value[TDLEN >> 2]! ? 0 : head + 1;
    if ((command & (TXD_RS | TXD_RPS)) !== 0) interrupts.transmitted((command & TXD_IDE) !== 0);
    return cost;
  }

  #context(words: Int32Array): void {
    if ((words[2]! & TXD_TSE) === 0) this.#normal.load(words);
    else this.#segmentation.load(words);
  }

  #legacy(words: Int32Array): number {
    const command = words[2]!;
    this.#append(words, command & 0xffff);
    if ((command & TXD_EOP) === 0) return 0;
    this.#tagged(command, words[3]!);
    if ((command & TXD_IC) !== 0) {
      insertChecksum(this.#frame, this.#length, (words[3]! >>> 8) & 0xff, (command >>> 16) & 0xff, 0);
    }
    return this.#finish(command);
  }

  #data(words: Int32Array): number {
    const command = words[2]!;
    const first = !this.#begun;
    if (first) {
      this.#begun = true;
      this.#options = words[3]! & (TXD_IXSM | TXD_TXSM);
    }
    if ((command & TXD_TSE) !== 0) {
      if (first) this.#tagged(command, words[3]!);
      return this.#segment(words, command);
    }
    this.#append(words, command & 0xfffff);
    if ((command & TXD_EOP) === 0) return 0;
    this.#tagged(command, words[3]!);
    this.#checksums(this.#normal);
    return this.#finish(command);
  }

  /** CTRL.VME and VLE: the packet gets the descriptor's tag. Of a packet's descriptors the last one says it, of a
   *  segmentation's the first (3.3.7.1). */
  #tagged(command: number, status: number): void {
    if ((command & TXD_VLE) !== 0 && (this.#chip.regs.value[CTRL >> 2]! & CTRL_VME) !== 0) this.#tag = status >>> 16;
  }

  /** A descriptor with a null address transfers no data (3.3.3). */
  #append(words: Int32Array, length: number): void {
    if (words[0] === 0 && words[1] === 0) return;
    if (this.#length + length > MAX_PACKET) {
      this.#tooLong = true;
      return;
    }
    this.#chip.dma.readInto(bufferAddress(words), this.#frame, this.#length, length);
    this.#length += length;
  }

  #checksums(context: Context): void {
    const { ipcss, ipcso, ipcse, tucss, tucso, tucse } = context;
    if ((this.#options & TXD_IXSM) !== 0) insertChecksum(this.#frame, this.#length, ipcss, ipcso, ipcse);
    if ((this.#options & TXD_TXSM) !== 0) insertChecksum(this.#frame, this.#length, tucss, tucso, tucse, !context.tcp);
  }

  /** The last descriptor of a packet was read. */
  #finish(command: number): number {
    if (!this.#chip.dma.aborted && !this.#tooLong && this.#length > 0) this.#emit((command & TXD_IFCS) !== 0);
    this.#drop();
    return 1;
  }

  /** TCP segmentation: data fills the frame behind the header; each time it is full it goes out. */
  #segment(words: Int32Array, command: number): number {
    const { dma } = this.#chip;
    const context = this.#segmentation;
    const full = Math.min(context.hdrlen + Math.max(context.mss, MSS_MIN), MAX_PACKET);
    const buffer = bufferAddress(words);
    const length = command & 0xfffff;
    let frames = 0;
    for (let done = 0; done < length && !dma.aborted;) {
      // A full segment waits for what follows it: it may be the last.
      if (this.#length >= full) {
        this.#emitSegment(context, false);
        frames++;
      }
      const before = this.#length;
      const part = Math.min(full - before, length - done);
      dma.readInto(buffer + done, this.#frame, before, part);
      done += part;
      this.#length += part;
      if (before < context.hdrlen) this.#keepHeader(before, Math.min(this.#length, context.hdrlen));
    }
    if ((command & TXD_EOP) === 0) return frames;
    if (!dma.aborted && this.#length > 0) {
      this.#emitSegment(context, true);
      this.#chip.statistics.count(this.#sent === context.paylen ? TSCTC : TSCTFC);
    }
    this.#drop();
    return frames + 1;
  }

  #keepHeader(from: number, to: number): void {
    for (let i = from; i < to; i++) this.#header[i] = this.#frame.bytes[i]!;
  }

  #emitSegment(context: Context, last: boolean): void {
    const { bytes } = this.#frame;
    const data = Math.max(this.#length - context.hdrlen, 0);
    const ends = last || this.#sent + data >= context.paylen;
    fixHeader(this.#frame, this.#length, context, this.#segments, this.#sent, ends);
    this.#checksums(context);
    // Nobody but the chip can know the FCS of a segment.
    this.#emit(true);
    this.#segments++;
    this.#sent += data;
    for (let i = 0; i < context.hdrlen; i++) bytes[i] = this.#header[i]!;
    this.#length = context.hdrlen;
  }

  /** Sends what is in the buffer; `ifcs`: the chip appends the FCS. */
  #emit(ifcs: boolean): void {
    const { regs } = this.#chip;
    let length = this.#length;
    if (this.#tag >= 0) length = insertTag(this.#frame, length, regs.value[VET >> 2]!, this.#tag);
    // Nobody but the chip can know the FCS of a frame that it has changed (3.3.7.1).
    this.#chip.transmit(this.#frame, length, ifcs || this.#tag >= 0);
  }

  /** Ready for the next packet. */
  #drop(): void {
    this.#length = 0;
    this.#tooLong = false;
    this.#begun = false;
    this.#options = 0;
    this.#tag = -1;
    this.#segments = 0;
    this.#sent = 0;
  }

  save(): PacketState {
    return {
      frame: Array.from(this.#frame.view(this.#length)),
      header: Array.from(this.#header),
      numbers: [
        Number(this.#tooLong),
        Number(this.#begun),
        this.#options,
        this.#tag,
        this.#segments,
        this.#sent,
        Number(this.#stopped),
      ],
      contexts: [this.#normal.save(), this.#segmentation.save()],
      waiting: this.#timer.pending,
    };
  }

  restore(state: PacketState): void {
    this.reset();
    this.#frame.bytes.set(state.frame);
    this.#length = state.frame.length;
    this.#header.set(state.header);
    const [tooLong, begun, options, tag, segments, sent, stopped] = state.numbers as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    this.#tooLong = tooLong !== 0;
    this.#begun = begun !== 0;
    this.#options = options;
    this.#tag = tag;
    this.#segments = segments;
    this.#sent = sent;
    this.#stopped = stopped !== 0;
    this.#normal.restore(state.contexts[0]!);
    this.#segmentation.restore(state.contexts[1]!);
    if (state.waiting) this.#timer.set(PAUSE_NS);
  }
}

function bufferAddress(words: Int32Array): number {
  return (words[1]! >>> 0) * 0x100000000 + (words[0]! >>> 0);
}
