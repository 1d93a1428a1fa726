// Frames on their way to a kernel, made into large packets where they follow each other in one flow of TCP: one write instead
// of many. The rules are GRO's (net/ipv4/tcp_offload.c), so that whoever cuts the packet again has the same frames: each
// frame's checksums are right, and it differs from the one before by no more than cutting makes it differ.
import {
  ETH_HLEN,
  ETH_P_IP,
  ETH_P_IPV6,
  IPPROTO_TCP,
  IPV6_HLEN,
  IP_HLEN,
  TCP_HLEN,
  fold,
  get16,
  get32,
  put16,
  sum16,
} from "../../host/net/packet.ts";
import { fold16, sumFrame } from "./internet-sum.ts";
import { FrameBuffer, FrameViews } from "./frame-buffer.ts";
import {
  CSUM_OFFSET,
  CSUM_START,
  FLAGS,
  F_NEEDS_CSUM,
  GSO_SIZE,
  GSO_TCPV4,
  GSO_TCPV6,
  GSO_TYPE,
  HDR_LEN,
  VNET_HLEN,
  putLe16,
} from "./vnet-header.ts";

/** Where a frame begins, so that its words are aligned; its header lies before it. */
const START = 16;
/** The longest packet that IP can say the length of, with Ethernet's header. */
const LONGEST = 65535 + ETH_HLEN;
const IP_FRAGMENT = 0x3fff;
const HEADER_MAX = ETH_HLEN + IPV6_HLEN + 60;
const TCP_CHECK = 16;
const ACK = 0x10;
const PSH = 0x08;

export class Merger {
  /** Frames that are held. */
  count = 0;

  readonly #buffer = new FrameBuffer(START + LONGEST);
  readonly #packets = new FrameViews(this.#buffer.bytes, START - VNET_HLEN);
  /** What lay where the header of the frame at hand was put. */
  readonly #covered = new Uint8Array(HEADER_MAX);
  #length = 0;
  /** Bytes of headers, and of data in each frame but the last. */
  #headerLength = 0;
  #size = 0;
  /** Nothing may follow. */
  #ended = false;
  // Of the frame looked at last, which need not be one that is held.
  #transport = 0;
  #hlen = 0;

  /** Takes a frame that nothing is held before, if others may follow it. */
  begin(frame: Uint8Array): boolean {
    if (!this.#fits(frame) || (frame[this.#transport + 13]! & PSH) !== 0) return false;
    this.#buffer.bytes.set(frame, START);
    if (!this.#right(START, frame.length)) return false;
    this.#headerLength = this.#hlen;
    this.#size = frame.length - this.#hlen;
    this.#length = frame.length;
    this.#ended = false;
    this.count = 1;
    return true;
  }

  /** Takes a frame that follows those that are held; false: it does not. */
  add(frame: Uint8Array): boolean {
    const data = frame.length - this.#headerLength;
    if (this.#ended || data > this.#size || this.#length + data > LONGEST) return false;
    if (!this.#fits(frame) || this.#hlen !== this.#headerLength || !this.#follows(frame)) return false;
    // The data go behind what is held; the header for a moment over its end.
    const { bytes } = this.#buffer;
    const at = START + this.#length - this.#hlen;
    for (let i = 0; i < this.#hlen; i++) this.#covered[i] = bytes[at + i]!;
    bytes.set(frame, at);
    const right = this.#right(at, frame.length);
    for (let i = 0; i < this.#hlen; i++) bytes[at + i] = this.#covered[i]!;
    if (!right) return false;
    this.#length += data;
    this.count++;
    if ((frame[this.#transport + 13]! & PSH) !== 0) {
      bytes[START + this.#transport + 13]! |= PSH;
      this.#ended = true;
    } else if (data < this.#size) this.#ended = true;
    return true;
  }

  /** Whether nothing can follow what is held. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What is held, with its header; it stays until it is dropped. */
  finish(): Uint8Array {
    const { bytes } = this.#buffer;
    const header = START - VNET_HLEN;
    bytes.fill(0, header, START);
    if (this.count > 1) {
      const ipv4 = this.#ipv4(bytes, START);
      const transport = ETH_HLEN + (ipv4 ? IP_HLEN : IPV6_HLEN);
      bytes[header + FLAGS] = F_NEEDS_CSUM;
      bytes[header + GSO_TYPE] = ipv4 ? GSO_TCPV4 : GSO_TCPV6;
      putLe16(bytes, header + HDR_LEN, this.#headerLength);
      putLe16(bytes, header + GSO_SIZE, this.#size);
      putLe16(bytes, header + CSUM_START, transport);
      putLe16(bytes, header + CSUM_OFFSET, TCP_CHECK);
      if (ipv4) {
        put16(bytes, START + ETH_HLEN + 2, this.#length - ETH_HLEN);
        put16(bytes, START + ETH_HLEN + 10, 0);
        put16(bytes, START + ETH_HLEN + 10, fold(sum16(bytes, START + ETH_HLEN, IP_HLEN)));
      } else put16(bytes, START + ETH_HLEN + 4, this.#length - ETH_HLEN - IPV6_HLEN);
      put16(bytes, START + transport + TCP_CHECK, fold16(this.#pseudo(bytes, START, this.#length)));
    }
    return this.#packets.view(VNET_HLEN + this.#length);
  }

  drop(): void {
    this.count = 0;
  }

  #ipv4(bytes: Uint8Array, at: number): boolean {
    return get16(bytes, at + 12) === ETH_P_IP;
  }

  /** Whether a frame is plain TCP data over plain IP, and finds its headers. */
  #fits(frame: Uint8Array): boolean {
    if (frame.length < ETH_HLEN + IP_HLEN + TCP_HLEN) return false;
    const type = get16(frame, 12);
    if (type === ETH_P_IP) {
      if (frame[ETH_HLEN] !== 0x45 || frame[ETH_HLEN + 9] !== IPPROTO_TCP) return false;
      if ((get16(frame, ETH_HLEN + 6) & IP_FRAGMENT) !== 0) return false;
      if (get16(frame, ETH_HLEN + 2) !== frame.length - ETH_HLEN) return false;
      this.#transport = ETH_HLEN + IP_HLEN;
    } else if (type === ETH_P_IPV6) {
      if (frame[ETH_HLEN]! >>> 4 !== 6 || frame[ETH_HLEN + 6] !== IPPROTO_TCP) return false;
      if (get16(frame, ETH_HLEN + 4) !== frame.length - ETH_HLEN - IPV6_HLEN) return false;
      this.#transport = ETH_HLEN + IPV6_HLEN;
    } else return false;
    const tcp = (frame[this.#transport + 12]! >>> 4) * 4;
    this.#hlen = this.#transport + tcp;
    return tcp >= TCP_HLEN && this.#hlen < frame.length && (frame[this.#transport + 13]! & ~PSH) === ACK;
  }

  /** Whether a frame's headers are those of the next one. */
  #follows(frame: Uint8Array): boolean {
    const { bytes } = this.#buffer;
    const transport = this.#transport;
    const sent = this.#length - this.#headerLength;
    if (get32(frame, transport + 4) !== (get32(bytes, START + transport + 4) + sent) >>> 0) return false;
    if (this.#ipv4(frame, 0)) {
      if (get16(frame, ETH_HLEN + 4) !== ((get16(bytes, START + ETH_HLEN + 4) + this.count) & 0xffff)) return false;
      if (!this.#same(frame, 0, ETH_HLEN + 2) || !this.#same(frame, ETH_HLEN + 6, ETH_HLEN + 10)) return false;
      if (!this.#same(frame, ETH_HLEN + 12, transport + 4)) return false;
    } else if (!this.#same(frame, 0, ETH_HLEN + 4) || !this.#same(frame, ETH_HLEN + 6, transport + 4)) return false;
    return (
      this.#same(frame, transport + 8, transport + 13) &&
      this.#same(frame, transport + 14, transport + TCP_CHECK) &&
      this.#same(frame, transport + TCP_CHECK + 2, this.#hlen)
    );
  }

  #same(frame: Uint8Array, from: number, to: number): boolean {
    const { bytes } = this.#buffer;
    for (let i = from; i < to; i++) if (frame[i] !== bytes[START + i]) return false;
    return true;
  }

  /** Whether the checksums of the frame that was put at `at` are right, and those that cutting gives: 0xffff is as good as 0,
   *  and another. */
  #right(at: number, length: number): boolean {
    const { bytes } = this.#buffer;
    if (this.#ipv4(bytes, at)) {
      const check = get16(bytes, at + ETH_HLEN + 10);
      if (check === 0xffff || fold(sum16(bytes, at + ETH_HLEN, IP_HLEN)) !== 0) return false;
    }
    const transport = this.#transport;
    if (get16(bytes, at + transport + TCP_CHECK) === 0xffff) return false;
    return (
      fold16(sumFrame(this.#buffer, at + transport, length - transport, this.#pseudo(bytes, at, length))) === 0xffff
    );
  }

  /** The sum of the pseudo header. */
  #pseudo(bytes: Uint8Array, at: number, length: number): number {
    if (this.#ipv4(bytes, at)) {
      return sum16(bytes, at + ETH_HLEN + 12, 8) + IPPROTO_TCP + length - ETH_HLEN - IP_HLEN;
    }
    return sum16(bytes, at + ETH_HLEN + 8, 32) + IPPROTO_TCP + length - ETH_HLEN - IPV6_HLEN;
  }
}
