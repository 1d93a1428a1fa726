// The frames of the script: always the same bytes.

import { checksum, pseudoHeaderSum, sum16, fold } from "../../host/net/packet.ts";

export const OWN = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];
export const PEER = [0x52, 0x55, 0x0a, 0x00, 0x02, 0x02];
export const OTHER = [0x02, 0x00, 0x00, 0x00, 0x00, 0x77];
export const BROADCAST = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
/** 224.0.0.1, which every interface hears, and one that nobody asked for. */
export const ALL_HOSTS = [0x01, 0x00, 0x5e, 0x00, 0x00, 0x01];
export const GROUP = [0x01, 0x00, 0x5e, 0x01, 0x02, 0x03];

const ETH_P_IP = 0x0800;
const ETH_P_ARP = 0x0806;
/** Local experimental. */
const ETH_P_802_EX1 = 0x88b5;
const IPPROTO_UDP = 17;

function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 255;
}

/** A frame with counting bytes. */
export function plain(
  to: readonly number[],
  from: readonly number[],
  length: number,
  type = ETH_P_802_EX1,
): Uint8Array {
  const frame = Uint8Array.from({ length }, (_, i) => (i * 7) & 255);
  frame.set(to);
  frame.set(from, 6);
  put16(frame, 12, type);
  return frame;
}

export function arp(from: readonly number[]): Uint8Array {
  const frame = plain(BROADCAST, from, 42, ETH_P_ARP);
  frame.set([0, 1, 8, 0, 6, 4, 0, 1, ...from, 10, 0, 2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2], 14);
  return frame;
}

/** A UDP datagram; `good`: its checksum is right. */
export function udp(to: readonly number[], from: readonly number[], data: number, good = true): Uint8Array {
  const frame = plain(to, from, 42 + data, ETH_P_IP);
  frame.set([0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, IPPROTO_UDP, 0, 0, 10, 0, 2, 2, 10, 0, 2, 15], 14);
  put16(frame, 16, 28 + data);
  put16(frame, 24, checksum(frame, 14, 20));
  frame.set([0x12, 0x34, 0x56, 0x78], 34);
  put16(frame, 38, 8 + data);
  put16(frame, 40, 0);
  const sum = fold(sum16(frame, 34, 8 + data, pseudoHeaderSum(frame, 14, IPPROTO_UDP, 8 + data)));
  put16(frame, 40, good ? sum : sum ^ 0x5555);
  return frame;
}

/** With a tag, as on the wire. */
export function tagged(frame: Uint8Array, tci: number): Uint8Array {
  const result = new Uint8Array(frame.length + 4);
  result.set(frame.subarray(0, 12));
  put16(result, 12, 0x8100);
  put16(result, 14, tci);
  result.set(frame.subarray(12), 16);
  return result;
}
