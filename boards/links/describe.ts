// A frame in one line, in the manner of `tcpdump -e -n`.
import { formatIp, formatMac } from "../../host/net/address.ts";
import {
  ETH_HLEN,
  ETH_P_8021Q,
  ETH_P_ARP,
  ETH_P_IP,
  ETH_P_IPV6,
  VLAN_HLEN,
  get16,
  get32,
} from "../../host/net/packet.ts";

const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;
const ICMP_NAMES: Readonly<Record<number, string>> = { 0: "echo reply", 3: "unreachable", 8: "echo request" };
const ICMPV6_NAMES: Readonly<Record<number, string>> = {
  128: "echo request",
  129: "echo reply",
  133: "router solicitation",
  134: "router advertisement",
  135: "neighbor solicitation",
  136: "neighbor advertisement",
};
/** Bits of the flags byte, in the order in which tcpdump prints them. */
const TCP_FLAGS: readonly [bit: number, letter: string][] = [
  [0x02, "S"],
  [0x01, "F"],
  [0x08, "P"],
  [0x04, "R"],
  [0x20, "U"],
  [0x10, "."],
];

const mac = (frame: Uint8Array, at: number): string => formatMac(frame.subarray(at, at + 6));

/** Whatever the frame has in it, also if it is cut off or nonsense. */
export function describeFrame(frame: Uint8Array): string {
  if (frame.length < ETH_HLEN) return `[a frame of ${frame.length} bytes]`;
  let at = ETH_HLEN;
  let type = get16(frame, 12);
  let tag = "";
  if (type === ETH_P_8021Q && frame.length >= at + VLAN_HLEN) {
    tag = `vlan ${get16(frame, at) & 0xfff}, `;
    type = get16(frame, at + 2);
    at += VLAN_HLEN;
  }
  return `${mac(frame, 6)} > ${mac(frame, 0)}, ${tag}${payload(frame, at, type)}, length ${frame.length}`;
}

function payload(frame: Uint8Array, at: number, type: number): string {
  const rest = frame.length - at;
  if (type === ETH_P_ARP && rest >= 28) return arp(frame, at);
  if (type === ETH_P_IP && rest >= 20) return ipv4(frame, at);
  if (type === ETH_P_IPV6 && rest >= 40) return ipv6(frame, at);
  return `ethertype 0x${type.toString(16).padStart(4, "0")}`;
}

function arp(frame: Uint8Array, at: number): string {
  const [sender, target] = [formatIp(get32(frame, at + 14)), formatIp(get32(frame, at + 24))];
  const operation = get16(frame, at + 6);
  if (operation === 1) return `ARP who-has ${target} tell ${sender}`;
  return operation === 2 ? `ARP ${sender} is-at ${mac(frame, at + 8)}` : `ARP operation ${operation}`;
}

function ipv4(frame: Uint8Array, at: number): string {
  const [source, destination] = [formatIp(get32(frame, at + 12)), formatIp(get32(frame, at + 16))];
  const header = (frame[at]! & 15) * 4;
  const offset = (get16(frame, at + 6) & 0x1fff) * 8;
  if (offset > 0) return `IP ${source} > ${destination}: fragment at ${offset}`;
  return `IP ${transport(frame, at + header, frame[at + 9]!, source, destination)}`;
}

function ipv6(frame: Uint8Array, at: number): string {
  const address = (from: number): string =>
    Array.from({ length: 8 }, (_, i) => get16(frame, from + 2 * i).toString(16))
      .join(":")
      .replace(/(^|:)0(:0)+(:|$)/, "::");
  return `IP6 ${transport(frame, at + 40, frame[at + 6]!, address(at + 8), address(at + 24))}`;
}

function transport(frame: Uint8Array, at: number, protocol: number, source: string, destination: string): string {
  const rest = frame.length - at;
  if (protocol === ICMP && rest >= 8) {
    const echo = frame[at] === 0 || frame[at] === 8 ? `, id ${get16(frame, at + 4)}, seq ${get16(frame, at + 6)}` : "";
    return `${source} > ${destination}: ICMP ${ICMP_NAMES[frame[at]!] ?? `type ${frame[at]}`}${echo}`;
  }
  if (protocol === ICMPV6 && rest >= 8) {
    return `${source} > ${destination}: ICMP6 ${ICMPV6_NAMES[frame[at]!] ?? `type ${frame[at]}`}`;
  }
  if ((protocol !== TCP && protocol !== UDP) || rest < (protocol === TCP ? 20 : 8)) {
    return `${source} > ${destination}: protocol ${protocol}`;
  }
  const ends = `${source}.${get16(frame, at)} > ${destination}.${get16(frame, at + 2)}`;
  if (protocol === UDP) return `${ends}: UDP`;
  const flags = TCP_FLAGS.filter(([bit]) => (frame[at + 13]! & bit) !== 0).map(([, letter]) => letter);
  const numbers = `seq ${get32(frame, at + 4)}, ack ${get32(frame, at + 8)}, win ${get16(frame, at + 14)}`;
  return `${ends}: Flags [${flags.join("") || "none"}], ${numbers}`;
}
