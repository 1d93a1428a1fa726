// Ethernet, ARP, IPv4, ICMP and UDP over plain bytes: offsets, readers, writers, checksums. Nothing here keeps state
// or makes objects; a packet is a Uint8Array and an offset. Numbers on the wire are big-endian; an IPv4 address is
// its 32-bit number, a MAC address six bytes.

export const ETH_ALEN = 6;
export const ETH_HLEN = 14;
/** The shortest frame without its FCS. */
export const ETH_ZLEN = 60;
export const ETH_P_IP = 0x0800;
export const ETH_P_ARP = 0x0806;
export const ETH_P_8021Q = 0x8100;
export const ETH_P_IPV6 = 0x86dd;
export const VLAN_HLEN = 4;

export const ARP_BYTES = 28;
export const ARPOP_REQUEST = 1;
export const ARPOP_REPLY = 2;

export const IPPROTO_ICMP = 1;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IP_HLEN = 20;
export const IPV6_HLEN = 40;
export const IP_DF = 0x4000;
export const IP_MF = 0x2000;
const IP_OFFSET = 0x1fff;

export const ICMP_HLEN = 8;
export const ICMP_ECHOREPLY = 0;
export const ICMP_DEST_UNREACH = 3;
export const ICMP_ECHO = 8;
export const ICMP_TIME_EXCEEDED = 11;

export const UDP_HLEN = 8;
export const TCP_HLEN = 20;

export function get16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function get32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

// ── The Internet checksum, RFC 1071. ──

/** Adds `length` bytes to a running sum; an odd last byte counts as the high half of a word. */
export function sum16(bytes: Uint8Array, at: number, length: number, sum = 0): number {
  const end = at + (length & ~1);
  for (let i = at; i < end; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  return length & 1 ? sum + (bytes[end]! << 8) : sum;
}

/** Folds a sum to 16 bits and complements it. */
export function fold(sum: number): number {
  sum = (sum & 0xffff) + Math.floor(sum / 65536);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The checksum of `length` bytes; over a packet that contains a right one it is 0. */
export function checksum(bytes: Uint8Array, at: number, length: number): number {
  return fold(sum16(bytes, at, length));
}

/** The sum of the pseudo header of TCP and UDP for the IPv4 packet at `ip`; `length` is that of header and data. */
export function pseudoHeaderSum(bytes: Uint8Array, ip: number, protocol: number, length: number): number {
  return sum16(bytes, ip + 12, 8) + protocol + length;
}

// ── Writers. Each returns where the next header begins. ──

export function writeEthernet(
  bytes: Uint8Array,
  destination: Uint8Array,
  source: Uint8Array,
  protocol: number,
): number {
  for (let i = 0; i < ETH_ALEN; i++) {
    bytes[i] = destination[i]!;
    bytes[ETH_ALEN + i] = source[i]!;
  }
  put16(bytes, 12, protocol);
  return ETH_HLEN;
}

/** Writes an ARP packet for IPv4 over Ethernet (RFC 826). */
export function writeArp(
  bytes: Uint8Array,
  at: number,
  operation: number,
  senderMac: Uint8Array,
  senderIp: number,
  targetMac: Uint8Array,
  targetIp: number,
): number {
  put16(bytes, at, 1);
  put16(bytes, at + 2, ETH_P_IP);
  bytes[at + 4] = ETH_ALEN;
  bytes[at + 5] = 4;
  put16(bytes, at + 6, operation);
  for (let i = 0; i < ETH_ALEN; i++) {
    bytes[at + 8 + i] = senderMac[i]!;
    bytes[at + 18 + i] = targetMac[i]!;
  }
  put32(bytes, at + 14, senderIp);
  put32(bytes, at + 24, targetIp);
  return at + ARP_BYTES;
}

/** Writes an IPv4 header without options, with its checksum; `length` is that of what follows it. */
export function writeIpv4(
  bytes: Uint8Array,
  at: number,
  source: number,
  destination: number,
  protocol: number,
  ttl: number,
  id: number,
  fragment: number,
  length: number,
): number {
  bytes[at] = 0x45;
  bytes[at + 1] = 0;
  put16(bytes, at + 2, IP_HLEN + length);
  put16(bytes, at + 4, id);
  put16(bytes, at + 6, fragment);
  bytes[at + 8] = ttl;
  bytes[at + 9] = protocol;
  put16(bytes, at + 10, 0);
  put32(bytes, at + 12, source);
  put32(bytes, at + 16, destination);
  put16(bytes, at + 10, checksum(bytes, at, IP_HLEN));
  return at + IP_HLEN;
}

/** Writes the ICMP header of an echo request or reply over `length` bytes of data that are already behind it. */
export function writeEcho(
  bytes: Uint8Array,
  at: number,
  type: number,
  id: number,
  sequence: number,
  length: number,
): number {
  bytes[at] = type;
  bytes[at + 1] = 0;
  put16(bytes, at + 2, 0);
  put16(bytes, at + 4, id);
  put16(bytes, at + 6, sequence);
  put16(bytes, at + 2, checksum(bytes, at, ICMP_HLEN + length));
  return at + ICMP_HLEN;
}

/** Writes a UDP header over `length` bytes of data; the IPv4 header at `ip` is already there. */
export function writeUdp(
  bytes: Uint8Array,
  ip: number,
  at: number,
  sourcePort: number,
  destinationPort: number,
  length: number,
): number {
  put16(bytes, at, sourcePort);
  put16(bytes, at + 2, destinationPort);
  put16(bytes, at + 4, UDP_HLEN + length);
  put16(bytes, at + 6, 0);
  const sum = fold(sum16(bytes, at, UDP_HLEN + length, pseudoHeaderSum(bytes, ip, IPPROTO_UDP, UDP_HLEN + length)));
  put16(bytes, at + 6, sum === 0 ? 0xffff : sum);
  return at + UDP_HLEN;
}

// ── Checks. ──

/** The length of a good IPv4 header at `at` of a packet that ends at `end`; 0 if it is not one. */
export function ipv4Header(bytes: Uint8Array, at: number, end: number): number {
  if (at + IP_HLEN > end || bytes[at]! >>> 4 !== 4) return 0;
  const header = (bytes[at]! & 15) * 4;
  const total = get16(bytes, at + 2);
  return header < IP_HLEN || at + header > end || total < header || at + total > end ? 0 : header;
}

export function isFragment(bytes: Uint8Array, ip: number): boolean {
  return (get16(bytes, ip + 6) & (IP_MF | IP_OFFSET)) !== 0;
}

/** Whether the UDP or TCP checksum of the whole IPv4 packet at `ip` is right. UDP may do without one. */
export function transportSumOk(bytes: Uint8Array, ip: number, header: number): boolean {
  const protocol = bytes[ip + 9]!;
  const length = get16(bytes, ip + 2) - header;
  const at = ip + header;
  if (protocol === IPPROTO_UDP) {
    if (length < UDP_HLEN) return false;
    const udpLength = get16(bytes, at + 4);
    if (udpLength < UDP_HLEN || udpLength > length) return false;
    if (get16(bytes, at + 6) === 0) return true;
    return fold(sum16(bytes, at, udpLength, pseudoHeaderSum(bytes, ip, protocol, udpLength))) === 0;
  }
  return length >= TCP_HLEN && fold(sum16(bytes, at, length, pseudoHeaderSum(bytes, ip, protocol, length))) === 0;
}
