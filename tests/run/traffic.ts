// Frames to throw at a board: made by a generator that repeats itself, sent at a pace that a card can follow, and
// collected at the other side.

import type { Run } from "./harness.ts";
import { PacketRing } from "../../host/net/packet-ring.ts";
import type { Random } from "../random.ts";

export const OWN_MAC = Uint8Array.of(0x52, 0x54, 0x00, 0x12, 0x34, 0x56);
export const PEER_MAC = Uint8Array.of(0x52, 0x55, 0x0a, 0x00, 0x02, 0x02);
/** Local experimental, IEEE 802: nobody above the drivers cares for it. */
const ETH_P_802_EX1 = 0x88b5;
const ETH_P_8021Q = 0x8100;

/** Frames between two pauses, and the pause: what the smallest ring holds, well below what a card sees as a flood. */
const BURST = 16;
const PAUSE_NS = 100_000;

/** A frame of `length` bytes with random contents; `vlan` gives it a tag. */
export function makeFrame(random: Random, length: number, to: Uint8Array, from: Uint8Array, vlan = false): Uint8Array {
  const frame = Uint8Array.from({ length }, () => random.below(256));
  frame.set(to);
  frame.set(from, 6);
  const type = vlan ? ETH_P_8021Q : ETH_P_802_EX1;
  frame[12] = type >> 8;
  frame[13] = type & 255;
  if (vlan) frame.set([ETH_P_802_EX1 >> 8, ETH_P_802_EX1 & 255], 16);
  return frame;
}

/** Lets `ns` of the board's time pass. */
export function pass({ system: { machine } }: Run, ns: number): Promise<void> {
  return machine.whileRunning(new Promise<void>((resolve) => machine.clock.after(ns, resolve)));
}

async function paced(own: Run, frames: readonly Uint8Array[], send: (frame: Uint8Array) => boolean): Promise<number> {
  let sent = 0;
  for (const [i, frame] of frames.entries()) {
    if (send(frame)) sent++;
    if (i % BURST === BURST - 1) await pass(own, PAUSE_NS);
  }
  await pass(own, 10 * PAUSE_NS);
  return sent;
}

/** Puts frames on the wire of the board's first card, from the far end; how many the wire took. */
export function fromWire(own: Run, frames: readonly Uint8Array[]): Promise<number> {
  return paced(own, frames, (frame) => own.board.cables[0].wire.b.send(frame));
}

/** Hands frames to interface `name`; how many the core took. */
export function fromHost(own: Run, frames: readonly Uint8Array[], name = "eth0"): Promise<number> {
  const ring = PacketRing.shared(own.system.machine);
  const { ifindex } = own.system.interfaces.named(name);
  return paced(own, frames, (frame) => ring.send(ifindex, frame));
}

/** Takes what interface `name` receives away from its stack. */
export function atHost(own: Run, name = "eth0"): Uint8Array[] {
  const frames: Uint8Array[] = [];
  own.system.interfaces.named(name).stack.receive = (frame) => void frames.push(frame.slice());
  return frames;
}

/** Takes what arrives at the far end of the first card's wire away from the peer. */
export function atWire(own: Run): Uint8Array[] {
  const frames: Uint8Array[] = [];
  own.board.cables[0].wire.b.onReceive = (frame) => void frames.push(frame.slice());
  return frames;
}
