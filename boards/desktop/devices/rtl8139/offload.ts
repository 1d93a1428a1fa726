// What C+ does to frames on their way: VLAN tags in and out, checksums, TCP segmentation ("large send"). All of it
// works in place, in the buffer that holds the frame, and takes whatever bytes it finds there.
import type { FrameBuffer } from "../../../links/frame-buffer.ts";
import {
  ETH_HLEN,
  ETH_P_8021Q,
  ETH_P_IP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  TCP_HLEN,
  UDP_HLEN,
  VLAN_HLEN,
  checksum,
  fold,
  get16,
  get32,
  ipv4Header,
  isFragment,
  pseudoHeaderSum,
  put16,
  put32,
  sum16,
  transportSumOk,
} from "../../../../host/net/packet.ts";
import {
  RX_IPF,
  RX_PID_IP,
  RX_PID_TCP,
  RX_PID_UDP,
  RX_TCPF,
  RX_UDPF,
  TX_IPCS,
  TX_TCPCS,
  TX_UDPCS,
} from "./registers.ts";

const TCP_CHECKSUM = 16;
const UDP_CHECKSUM = 6;
const FIN_PSH = 0x09;
const CWR = 0x80;
/** The datasheet gives no lower limit of MSS; one keeps a hostile driver from making 65536 frames of a buffer. */
const MSS_MIN = 64;
/** The longest headers: Ethernet with a tag, IPv4 and TCP with all options. */
const HEADERS_MAX = ETH_HLEN + VLAN_HLEN + 60 + 60;

/** Where the IPv4 header is; 0 if the frame has none. A tag in the frame is stepped over. */
function findIpv4(bytes: Uint8Array, length: number): number {
  if (length < ETH_HLEN + VLAN_HLEN) return 0;
  let at = ETH_HLEN;
  let protocol = get16(bytes, 12);
  if (protocol === ETH_P_8021Q) {
    protocol = get16(bytes, 16);
    at += VLAN_HLEN;
  }
  return protocol === ETH_P_IP && ipv4Header(bytes, at, length) !== 0 ? at : 0;
}

/** Inserts an 802.1Q tag after the addresses. `tag` is the descriptor's field: its low byte goes out first. */
export function insertTag(buffer: FrameBuffer, length: number, tag: number): number {
  const { bytes } = buffer;
  if (length < 12) return length;
  bytes.copyWithin(12 + VLAN_HLEN, 12, length);
  put16(bytes, 12, ETH_P_8021Q);
  bytes[14] = tag;
  bytes[15] = tag >>> 8;
  return length + VLAN_HLEN;
}

/** Fills in the checksums that the descriptor asks for. */
export function insertChecksums(bytes: Uint8Array, length: number, command: number): void {
  const ip = findIpv4(bytes, length);
  if (ip === 0) return;
  const header = ipv4Header(bytes, ip, length);
  if ((command & TX_IPCS) !== 0) {
    put16(bytes, ip + 10, 0);
    put16(bytes, ip + 10, checksum(bytes, ip, header));
  }
  if (isFragment(bytes, ip)) return;
  const protocol = bytes[ip + 9]!;
  const size = get16(bytes, ip + 2) - header;
  if ((command & TX_TCPCS) !== 0 && protocol === IPPROTO_TCP && size >= TCP_HLEN) {
    putTransportSum(bytes, ip, ip + header, size, TCP_CHECKSUM);
  }
  if ((command & TX_UDPCS) !== 0 && protocol === IPPROTO_UDP && size >= UDP_HLEN) {
    putTransportSum(bytes, ip, ip + header, size, UDP_CHECKSUM);
    // To UDP a sum of 0 means "none".
    if (get16(bytes, ip + header + UDP_CHECKSUM) === 0) put16(bytes, ip + header + UDP_CHECKSUM, 0xffff);
  }
}

function putTransportSum(bytes: Uint8Array, ip: number, at: number, size: number, field: number): void {
  put16(bytes, at + field, 0);
  put16(bytes, at + field, fold(sum16(bytes, at, size, pseudoHeaderSum(bytes, ip, bytes[ip + 9]!, size))));
}

/** What C+ says of a received frame: its protocol and which checksums are wrong. */
export function classify(bytes: Uint8Array, length: number): number {
  const ip = findIpv4(bytes, length);
  if (ip === 0) return 0;
  const header = ipv4Header(bytes, ip, length);
  const failed = checksum(bytes, ip, header) !== 0 ? RX_IPF : 0;
  const protocol = bytes[ip + 9]!;
  if (isFragment(bytes, ip) || (protocol !== IPPROTO_TCP && protocol !== IPPROTO_UDP)) return RX_PID_IP | failed;
  const ok = transportSumOk(bytes, ip, header);
  if (protocol === IPPROTO_TCP) return RX_PID_TCP | failed | (ok ? 0 : RX_TCPF);
  return RX_PID_UDP | failed | (ok ? 0 : RX_UDPF);
}

export class Segmenter {
  readonly #headers = new Uint8Array(HEADERS_MAX);

  /**
   * Large send: cuts the TCP segment in `buffer` into frames of at most `mss` bytes of data, each moved to the start
   * of the buffer and given to `emit`. Returns how many, 0 if there is no TCP in it. Each frame's headers are built
   * where the data before it was, so nothing but headers is copied twice.
   */
  cut(buffer: FrameBuffer, length: number, mss: number, emit: (length: number) => void): number {
    const { bytes } = buffer;
    const ip = findIpv4(bytes, length);
    if (ip === 0 || bytes[ip + 9] !== IPPROTO_TCP || isFragment(bytes, ip)) return 0;
    const ipHeader = ipv4Header(bytes, ip, length);
    const tcp = ip + ipHeader;
    if (tcp + TCP_HLEN > length) return 0;
    const tcpHeader = (bytes[tcp + 12]! >>> 4) * 4;
    const data = tcp + tcpHeader;
    if (tcpHeader < TCP_HLEN || data > length) return 0;

    for (let i = 0; i < data; i++) this.#headers[i] = bytes[i]!;
    const id = get16(bytes, ip + 4);
    const sequence = get32(bytes, tcp + 4);
    const flags = bytes[tcp + 13]!;
    const step = Math.max(mss, MSS_MIN);
    let count = 0;
    for (let sent = 0; sent < length - data || count === 0; sent += step) {
      const size = Math.min(step, length - data - sent);
      const last = sent + size >= length - data;
      for (let i = 0; i < data; i++) bytes[sent + i] = this.#headers[i]!;
      if (sent > 0) bytes.copyWithin(0, sent, sent + data + size);
      put16(bytes, ip + 2, ipHeader + tcpHeader + size);
      put16(bytes, ip + 4, id + count);
      put32(bytes, tcp + 4, sequence + sent);
      // FIN and PSH belong to the last one, CWR to the first.
      bytes[tcp + 13] = flags & ~(last ? 0 : FIN_PSH) & ~(count === 0 ? 0 : CWR);
      insertChecksums(bytes, data + size, TX_IPCS | TX_TCPCS);
      emit(data + size);
      count++;
    }
    return count;
  }
}
