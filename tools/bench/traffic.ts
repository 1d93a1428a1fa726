// Frames through Linux's 8139cp and the RTL8139 model, as many as are asked for: a few are under way at any time, and each
// that arrives sends another. Nothing is paced, nothing is lost.

import { PacketRing } from "../../host/net/packet-ring.ts";
import type { Booted } from "./bed.ts";

/** Frames under way: less than a ring of descriptors holds. */
const UNDER_WAY = 32;

const PEER_MAC = [0x52, 0x55, 0x0a, 0x00, 0x02, 0x02];
/** Local experimental, IEEE 802: no stack cares for it. */
const ETH_P_802_EX1 = 0x88b5;

function makeFrame(length: number, to: ArrayLike<number>, from: ArrayLike<number>): Uint8Array {
  const frame = new Uint8Array(length);
  frame.set(to);
  frame.set(from, 6);
  frame[12] = ETH_P_802_EX1 >> 8;
  frame[13] = ETH_P_802_EX1 & 0xff;
  return frame;
}

/** Sends `count` frames and waits until they have arrived. */
export type Stream = (count: number) => Promise<void>;

class Flow {
  readonly #send: () => boolean;
  readonly #machine: Booted["system"]["machine"];
  #left = 0;
  #expected = 0;
  #done: () => void = () => {};

  constructor({ system }: Booted, send: () => boolean) {
    this.#machine = system.machine;
    this.#send = send;
  }

  readonly stream: Stream = (count) => {
    const done = new Promise<void>((resolve) => (this.#done = resolve));
    this.#left = count;
    this.#expected = count;
    for (let i = 0; i < UNDER_WAY; i++) this.#next();
    return this.#machine.whileRunning(done);
  };

  /** A frame arrived. */
  readonly arrived = (): void => {
    if (this.#left > 0) this.#next();
    if (--this.#expected === 0) this.#done();
  };

  #next(): void {
    if (this.#left === 0) return;
    this.#left--;
    if (!this.#send()) throw new Error("a frame of the benchmark was refused");
  }
}

/** From the host's ring through core, driver and model to the far end of the wire; `besides` is done for each frame. */
export function transmitter(booted: Booted, length: number, besides = (): void => {}): Stream {
  const { system, board } = booted;
  const ring = new PacketRing(system.machine);
  const { ifindex } = system.interfaces.named("eth0");
  const { wire, nic } = board.cables[0]!;
  const frame = makeFrame(length, PEER_MAC, nic.mac);
  const flow = new Flow(booted, () => ring.send(ifindex, frame));
  wire.b.onReceive = () => {
    besides();
    flow.arrived();
  };
  return flow.stream;
}

/** From the far end of the wire through model, driver and core to the host. */
export function receiver(booted: Booted, length: number): Stream {
  const { system, board } = booted;
  const { wire, nic } = board.cables[0]!;
  const frame = makeFrame(length, nic.mac, PEER_MAC);
  const flow = new Flow(booted, () => wire.b.send(frame));
  system.interfaces.named("eth0").stack.receive = flow.arrived;
  return flow.stream;
}

/** A board with its card up. */
export async function bringUp(booted: Booted): Promise<Booted> {
  await booted.shell("modprobe 8139cp; ip link set eth0 up");
  // Link up is a matter of some milliseconds, and says so.
  await booted.system.wait(0.1);
  return booted;
}
