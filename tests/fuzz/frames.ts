// Frames that a wire can carry, and of which nothing needs to be right.

import { FrameBuffer } from "../../boards/links/frame-buffer.ts";
import { MAX_FRAME } from "../../boards/links/link.ts";
import { checksum, put16, put32 } from "../../host/net/packet.ts";
import { Random } from "../random.ts";

/** A frame as plain data: its length, who it is for, what it says it is, and where its bytes come from. */
export interface FrameStep {
  readonly frame: number;
  readonly to: "own" | "broadcast" | "multicast" | "random";
  readonly what: "raw" | "arp" | "icmp" | "ip" | "vlan";
  readonly at: number;
  /** For headers: which of their fields are right. */
  readonly sound: number;
}

export const OWN_MAC = Uint8Array.of(0x52, 0x54, 0x00, 0x12, 0x34, 0x56);
export const PEER_MAC = Uint8Array.of(0x52, 0x55, 0x0a, 0x00, 0x02, 0x02);
const OWN_IP = 0x0a00020f;
const PEER_IP = 0x0a000202;

/** Lengths at which something changes, for a driver, a card or a wire. */
const LENGTHS = [
  0, 1, 5, 6, 7, 12, 13, 14, 15, 17, 18, 33, 34, 41, 42, 59, 60, 61, 64, 1499, 1500, 1513, 1514, 1515, 1518, 1519, 1522,
  1523, 1532, 1536, 2047, 2048, 4092, 4096, 8183, 8187, 8188, 8192, 16384, 65534, 65535,
];
const TO = ["own", "own", "own", "broadcast", "multicast", "random"] as const;
const WHAT = ["raw", "arp", "icmp", "icmp", "ip", "vlan"] as const;

/** Where contents come from: random bytes, twice, so that a view may begin anywhere in the first half. */
const noise = new Random(0x5eed).bytes(65536);
const pool = new Uint8Array(2 * 65536);
pool.set(noise);
pool.set(noise, 65536);

export function randomFrame(random: Random, length?: number): FrameStep {
  const own = random.below(3) ? random.below(1600) : random.pick(LENGTHS);
  return {
    frame: length ?? own,
    to: random.pick(TO),
    what: random.pick(WHAT),
    at: random.below(65536),
    sound: random.once(4) ? random.u32() : random.u32() | random.u32() | random.u32() | random.u32(),
  };
}

const buffer = new FrameBuffer(MAX_FRAME + 64);

function ipv4(bytes: Uint8Array, at: number, length: number, { what, sound }: FrameStep): void {
  bytes[at] = sound & 1 ? 0x45 : bytes[at]!;
  if (sound & 2) put16(bytes, at + 2, length - at);
  if (sound & 4) put16(bytes, at + 6, 0);
  if (what === "icmp") bytes[at + 9] = 1;
  if (sound & 8) put32(bytes, at + 16, OWN_IP);
  if (sound & 16) put32(bytes, at + 12, PEER_IP);
  put16(bytes, at + 10, 0);
  if (sound & 32) put16(bytes, at + 10, checksum(bytes, at, 20));
  if (what !== "icmp") return;
  if (sound & 64) bytes[at + 20] = [0, 3, 8, 8, 11, 5][sound >>> 29]! ?? 8;
  put16(bytes, at + 22, 0);
  if (sound & 128) put16(bytes, at + 22, checksum(bytes, at + 20, Math.max(length - at - 20, 0)));
}

function arp(bytes: Uint8Array, at: number, { sound }: FrameStep): void {
  if (sound & 1) bytes.set([0, 1, 8, 0, 6, 4, 0, 1 + ((sound >>> 8) & 1)], at);
  if (sound & 2) put32(bytes, at + 24, OWN_IP);
  if (sound & 4) put32(bytes, at + 14, PEER_IP);
}

/** The frame itself; valid until the next one is made. */
export function frameOf(step: FrameStep): Uint8Array {
  const { frame: length, to, what, at } = step;
  const { bytes } = buffer;
  bytes.set(pool.subarray(at, at + Math.max(length, 64)));
  if (to === "own") bytes.set(OWN_MAC);
  else if (to === "broadcast") bytes.fill(0xff, 0, 6);
  else bytes[0] = to === "multicast" ? bytes[0]! | 1 : bytes[0]! & ~1;
  bytes.set(PEER_MAC, 6);
  let header = 12;
  if (what === "vlan") {
    put16(bytes, header, 0x8100);
    header += 4;
  }
  if (what === "arp") {
    put16(bytes, header, 0x0806);
    arp(bytes, header + 2, step);
  } else if (what !== "raw") {
    put16(bytes, header, 0x0800);
    ipv4(bytes, header + 2, length, step);
  }
  return buffer.view(length);
}
