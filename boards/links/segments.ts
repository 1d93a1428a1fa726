// A packet as a kernel hands it to a card that can do more than send frames: perhaps its checksum is missing, perhaps it is a large
// one of TCP that is to go out in segments. This makes frames of it, in the buffer where it lies: a segment's header is
// written over the end of the data that went out before.
import {
  ETH_HLEN,
  ETH_P_8021Q,
  IPV6_HLEN,
  IP_HLEN,
  TCP_HLEN,
  VLAN_HLEN,
  fold,
  get16,
  get32,
  put16,
  put32,
  sum16,
} from "../../host/net/packet.ts";
import { sumFrame } from "./internet-sum.ts";
import { type FrameBuffer, FrameViews } from "./frame-buffer.ts";
import { MAX_FRAME } from "./link.ts";
import {
  CSUM_OFFSET,
  CSUM_START,
  FLAGS,
  F_NEEDS_CSUM,
  GSO_ECN,
  GSO_NONE,
  GSO_SIZE,
  GSO_TCPV4,
  GSO_TCPV6,
  GSO_TYPE,
  VNET_HLEN,
  getLe16,
} from "./vnet-header.ts";

const ETH_P_8021AD = 0x88a8;
const TAGS_MAX = 2;
/** Headers from Ethernet's to the end of TCP's; the longest of IPv4 and TCP with two tags take 142 bytes. */
const HEADER_MAX = 512;
const TCP_CHECK = 16;
const FIN_PSH = 0x09;
const CWR = 0x80;

export class Segments {
  /** How many frames are left. */
  left = 0;

  readonly #buffer: FrameBuffer;
  /** Where the packet's frame begins; its header lies before it. */
  readonly #start: number;
  /** Views of whole frames, and of the segments, by their number. */
  readonly #views: FrameViews[] = [];
  readonly #header = new Uint8Array(HEADER_MAX);
  #made = false;
  #index = 0;
  /** Bytes of headers; of data in a segment but the last; of the segment at hand. */
  #headerLength = 0;
  #size = 0;
  #length = 0;
  /** Of the whole frame. */
  #total = 0;
  #network = 0;
  #transport = 0;
  #ipv4 = false;

  constructor(buffer: FrameBuffer, start: number) {
    this.#buffer = buffer;
    this.#start = start;
  }

  /** Looks at a packet whose header says that something is to be done; `length`: of its frame. False: it is nonsense. */
  begin(length: number): boolean {
    const { bytes } = this.#buffer;
    const header = this.#start - VNET_HLEN;
    const start = getLe16(bytes, header + CSUM_START);
    const offset = getLe16(bytes, header + CSUM_OFFSET);
    const needed = (bytes[header + FLAGS]! & F_NEEDS_CSUM) !== 0;
    const type = bytes[header + GSO_TYPE]! & ~GSO_ECN;
    if (needed && start + offset + 2 > length) return false;
    if (type === GSO_NONE && length > MAX_FRAME) return false;
    this.#total = length;
    this.#index = 0;
    this.#made = false;
    if (type === GSO_NONE) {
      if (needed) this.#fill(this.#start, length, start, offset);
      this.#size = length;
      this.#headerLength = 0;
      this.#length = length;
      this.#made = true;
      this.left = 1;
      return true;
    }
    // Kernels leave the checksum of a large packet to be done; nobody else is expected here.
    if (!needed || offset !== TCP_CHECK || !this.#parse(type, start, length)) return false;
    this.#size = getLe16(bytes, header + GSO_SIZE);
    if (this.#size === 0 || this.#headerLength + this.#size > MAX_FRAME) return false;
    this.left = Math.max(Math.ceil((length - this.#headerLength) / this.#size), 1);
    for (let i = 0; i < this.#headerLength; i++) this.#header[i] = bytes[this.#start + i]!;
    return true;
  }

  /** Finds the headers of a large packet; false: they are not what `type` says. */
  #parse(type: number, transport: number, length: number): boolean {
    const { bytes } = this.#buffer;
    const at = this.#start;
    let network = ETH_HLEN;
    for (let tags = 0; tags < TAGS_MAX && isTag(get16(bytes, at + network - 2)); tags++) network += VLAN_HLEN;
    this.#ipv4 = type === GSO_TCPV4;
    if (!this.#ipv4 && type !== GSO_TCPV6) return false;
    if (transport < network + (this.#ipv4 ? IP_HLEN : IPV6_HLEN) || transport + TCP_HLEN > length) return false;
    if (bytes[at + network]! >>> 4 !== (this.#ipv4 ? 4 : 6)) return false;
    if (this.#ipv4 && (bytes[at + network]! & 15) * 4 !== transport - network) return false;
    const tcp = (bytes[at + transport + 12]! >>> 4) * 4;
    this.#network = network;
    this.#transport = transport;
    this.#headerLength = transport + tcp;
    return tcp >= TCP_HLEN && this.#headerLength <= Math.min(length, HEADER_MAX);
  }

  /** Forgets what is left. */
  clear(): void {
    this.left = 0;
  }

  /** The next frame. */
  get first(): Uint8Array {
    if (!this.#made) this.#make();
    const at = this.#start + this.#index * this.#size;
    let views = this.#views[this.#index];
    if (views === undefined || views.start !== at) {
      views = new FrameViews(this.#buffer.bytes, at);
      this.#views[this.#index] = views;
    }
    return views.view(this.#length);
  }

  /** It is out. */
  drop(): void {
    this.left--;
    this.#index++;
    this.#made = false;
  }

  /** Puts the header of the segment before its data. */
  #make(): void {
    const { bytes } = this.#buffer;
    const sent = this.#index * this.#size;
    const at = this.#start + sent;
    const length = Math.min(this.#headerLength + this.#size, this.#total - sent);
    const network = at + this.#network;
    const transport = at + this.#transport;
    if (this.#index > 0) for (let i = 0; i < this.#headerLength; i++) bytes[at + i] = this.#header[i]!;
    if (this.#ipv4) {
      put16(bytes, network + 2, length - this.#network);
      put16(bytes, network + 4, get16(bytes, network + 4) + this.#index);
      put16(bytes, network + 10, 0);
      put16(bytes, network + 10, fold(sum16(bytes, network, this.#transport - this.#network)));
    } else put16(bytes, network + 4, length - this.#network - IPV6_HLEN);
    put32(bytes, transport + 4, get32(bytes, transport + 4) + sent);
    if (this.left > 1) bytes[transport + 13]! &= ~FIN_PSH;
    if (this.#index > 0) bytes[transport + 13]! &= ~CWR;
    // The sum of the pseudo header has the length of the whole in it.
    const whole = this.#total - this.#transport;
    const part = length - this.#transport;
    put16(bytes, transport + TCP_CHECK, ~fold(get16(bytes, transport + TCP_CHECK) + (~whole & 0xffff) + part));
    put16(bytes, transport + TCP_CHECK, this.#sum(at, length, this.#transport));
    this.#length = length;
    this.#made = true;
  }

  /** Fills in the checksum of the frame at `at`. One of 0 goes out as its other form: to UDP 0 is "none". */
  #fill(at: number, length: number, start: number, offset: number): void {
    put16(this.#buffer.bytes, at + start + offset, this.#sum(at, length, start) || 0xffff);
  }

  #sum(at: number, length: number, start: number): number {
    return fold(sumFrame(this.#buffer, at + start, length - start));
  }
}

function isTag(type: number): boolean {
  return type === ETH_P_8021Q || type === ETH_P_8021AD;
}
