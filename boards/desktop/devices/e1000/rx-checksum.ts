// What RXCSUM makes the receiver say about a frame (3.2.9): the packet checksum, a plain sum from PCSS on, and whether
// the checksums of IP, TCP and UDP are right.
import type { FrameBuffer } from "../../../links/frame-buffer.ts";
import {
  ETH_HLEN,
  ETH_P_IP,
  ETH_P_IPV6,
  IPPROTO_TCP,
  IPV6_HLEN,
  IPPROTO_UDP,
  TCP_HLEN,
  UDP_HLEN,
  VLAN_HLEN,
  checksum,
  get16,
  ipv4Header,
  isFragment,
  pseudoHeaderSum,
  sum16,
} from "../../../../host/net/packet.ts";
import { fold16, sumFrame } from "../../../links/internet-sum.ts";
import {
  RXCSUM_IPOFL,
  RXCSUM_IPV6OFL,
  RXCSUM_PCSS,
  RXCSUM_TUOFL,
  RXD_ERR_IPE,
  RXD_ERR_TCPE,
  RXD_STAT_IPCS,
  RXD_STAT_IXSM,
  RXD_STAT_TCPCS,
} from "./registers.ts";

const UDP_CHECKSUM = 6;

export class ReceiveChecksum {
  /** The packet checksum of the frame that was looked at last. */
  packet = 0;
  #length = 0;
  /** What the transport header and its data came to, which most of the packet checksum is: where, how long, the sum. */
  #summedAt = 0;
  #summed = 0;
  #sum = 0;

  /** Looks at `length` bytes without FCS; `vlan` is the type of tags. Gives status and error bits. */
  examine(frame: FrameBuffer, length: number, rxcsum: number, vlan: number): number {
    this.#length = length;
    this.#summed = 0;
    const status = this.#status(frame, length, rxcsum, vlan);
    this.packet = this.#packetChecksum(frame, Math.min(rxcsum & RXCSUM_PCSS, length));
    return status;
  }

  /** From `start` to the end. What lies at an odd distance from there is in other halves of words. */
  #packetChecksum(frame: FrameBuffer, start: number): number {
    const at = this.#summedAt;
    const end = at + this.#summed;
    if (this.#summed === 0 || at < start || ((at - start) & 1) !== 0 || (this.#summed & 1) !== 0) {
      return fold16(sumFrame(frame, start, this.#length - start));
    }
    return fold16(sumFrame(frame, end, this.#length - end, sumFrame(frame, start, at - start, this.#sum)));
  }

  #status(frame: FrameBuffer, length: number, rxcsum: number, vlan: number): number {
    const { bytes } = frame;
    if ((rxcsum & (RXCSUM_IPOFL | RXCSUM_TUOFL)) === 0 || length < ETH_HLEN + VLAN_HLEN) return RXD_STAT_IXSM;
    let ip = ETH_HLEN;
    let type = get16(bytes, 12);
    if (type === vlan) {
      type = get16(bytes, 16);
      ip += VLAN_HLEN;
    }
    if (type === ETH_P_IP) return this.#ipv4(frame, ip, rxcsum);
    const wanted = RXCSUM_IPV6OFL | RXCSUM_TUOFL;
    if (type === ETH_P_IPV6 && (rxcsum & wanted) === wanted) return this.#ipv6(frame, ip);
    return RXD_STAT_IXSM;
  }

  #ipv4(frame: FrameBuffer, ip: number, rxcsum: number): number {
    const { bytes } = frame;
    const header = ipv4Header(bytes, ip, this.#length);
    if (header === 0) return RXD_STAT_IXSM;
    let result = 0;
    if ((rxcsum & RXCSUM_IPOFL) !== 0) {
      result |= RXD_STAT_IPCS | (checksum(bytes, ip, header) === 0 ? 0 : RXD_ERR_IPE);
    }
    if ((rxcsum & RXCSUM_TUOFL) === 0 || isFragment(bytes, ip)) return result;
    const protocol = bytes[ip + 9]!;
    const size = get16(bytes, ip + 2) - header;
    return result | this.#transport(frame, ip + header, size, protocol, pseudoHeaderSum(bytes, ip, protocol, size));
  }

  /** Without extension headers; there is no header checksum. */
  #ipv6(frame: FrameBuffer, ip: number): number {
    const { bytes } = frame;
    if (ip + IPV6_HLEN > this.#length || bytes[ip]! >>> 4 !== 6) return RXD_STAT_IXSM;
    const protocol = bytes[ip + 6]!;
    const size = get16(bytes, ip + 4);
    const pseudo = sum16(bytes, ip + 8, 32) + protocol + size;
    return this.#transport(frame, ip + IPV6_HLEN, size, protocol, pseudo) || RXD_STAT_IXSM;
  }

  #transport(frame: FrameBuffer, at: number, size: number, protocol: number, pseudo: number): number {
    if (protocol !== IPPROTO_TCP && protocol !== IPPROTO_UDP) return 0;
    if (size < (protocol === IPPROTO_TCP ? TCP_HLEN : UDP_HLEN) || at + size > this.#length) return 0;
    // To UDP a checksum of 0 means "none".
    if (protocol === IPPROTO_UDP && get16(frame.bytes, at + UDP_CHECKSUM) === 0) return 0;
    this.#summedAt = at;
    this.#summed = size;
    this.#sum = sumFrame(frame, at, size);
    const ok = fold16(pseudo + this.#sum) === 0xffff;
    return RXD_STAT_TCPCS | (ok ? 0 : RXD_ERR_TCPE);
  }
}
