// What the transmitter does to frames (3.3.6, 3.3.7, 3.5): checksums inserted where a context says, VLAN tags, and TCP
// segmentation. All of it works in the buffer that holds the frame, and takes whatever numbers a driver gives.
import type { FrameBuffer } from "../../../links/frame-buffer.ts";
import { VLAN_HLEN, fold, get16, get32, put16, put32 } from "../../../../host/net/packet.ts";
import { sumFrame } from "../../../links/internet-sum.ts";
import { TXC_IP, TXC_TCP, TXD_TSE } from "./registers.ts";

const FIN_PSH = 0x09;

/** What a context descriptor says: where checksums begin, go, and end, and how to segment. */
export class Context {
  ipcss = 0;
  ipcso = 0;
  ipcse = 0;
  tucss = 0;
  tucso = 0;
  tucse = 0;
  /** TUCMD, in the place of the command byte. */
  command = 0;
  paylen = 0;
  hdrlen = 0;
  mss = 0;

  /** Takes the four dwords of a descriptor. */
  load(words: Int32Array): void {
    this.ipcss = words[0]! & 0xff;
    this.ipcso = (words[0]! >>> 8) & 0xff;
    this.ipcse = words[0]! >>> 16;
    this.tucss = words[1]! & 0xff;
    this.tucso = (words[1]! >>> 8) & 0xff;
    this.tucse = words[1]! >>> 16;
    this.command = words[2]! & 0xff000000;
    this.paylen = words[2]! & 0xfffff;
    this.hdrlen = (words[3]! >>> 8) & 0xff;
    this.mss = words[3]! >>> 16;
  }

  get segments(): boolean {
    return (this.command & TXD_TSE) !== 0;
  }

  get tcp(): boolean {
    return (this.command & TXC_TCP) !== 0;
  }

  get ipv4(): boolean {
    return (this.command & TXC_IP) !== 0;
  }

  save(): number[] {
    const { ipcss, ipcso, ipcse, tucss, tucso, tucse, command, paylen, hdrlen, mss } = this;
    return [
      ipcss | (ipcso << 8) | (ipcse << 16),
      tucss | (tucso << 8) | (tucse << 16),
      command | paylen,
      (hdrlen << 8) | (mss << 16),
    ];
  }

  restore(state: readonly number[]): void {
    this.load(Int32Array.from(state));
  }
}

/** Sums [css, cse] and puts the checksum at `cso`; `cse` 0 is the end. Offsets beyond the frame do nothing. */
export function insertChecksum(
  frame: FrameBuffer,
  length: number,
  css: number,
  cso: number,
  cse: number,
  zeroIsNone = false,
): void {
  const end = cse !== 0 && cse < length ? cse + 1 : length;
  if (cso + 2 > length || css >= end) return;
  const sum = fold(sumFrame(frame, css, end - css));
  put16(frame.bytes, cso, sum === 0 && zeroIsNone ? 0xffff : sum);
}

/** Inserts a tag after the addresses; the frame's new length. */
export function insertTag(frame: FrameBuffer, length: number, type: number, tci: number): number {
  const { bytes } = frame;
  if (length < 12 || length + VLAN_HLEN > frame.capacity) return length;
  bytes.copyWithin(12 + VLAN_HLEN, 12, length);
  put16(bytes, 12, type);
  put16(bytes, 14, tci);
  return length + VLAN_HLEN;
}

/**
 * Makes the prototype header at the start of `frame` that of segment `index`, with `sent` bytes of data before it. The
 * header may be nonsense: what would lie beyond it is left alone.
 */
export function fixHeader(
  frame: FrameBuffer,
  length: number,
  context: Context,
  index: number,
  sent: number,
  last: boolean,
): void {
  const { bytes } = frame;
  const { ipcss, tucss } = context;
  if (context.ipv4 && ipcss + 6 <= length) {
    put16(bytes, ipcss + 2, length - ipcss);
    put16(bytes, ipcss + 4, get16(bytes, ipcss + 4) + index);
  } else if (!context.ipv4 && ipcss + 6 <= length) {
    // IPv6 counts what follows its header.
    put16(bytes, ipcss + 4, length - ipcss - 40);
  }
  if (context.tcp) {
    if (tucss + 14 > length) return;
    put32(bytes, tucss + 4, get32(bytes, tucss + 4) + sent);
    if (!last) bytes[tucss + 13]! &= ~FIN_PSH;
  } else if (tucss + 6 <= length) put16(bytes, tucss + 4, length - tucss);
  // The driver's sum of the pseudo header has no length in it, since it does not know that of a segment.
  const { tucso } = context;
  if (tucso + 2 <= length) put16(bytes, tucso, ~fold(get16(bytes, tucso) + length - tucss));
}
