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

/** How a stream's end is waited for. A host that waits gets a turn after each event of the board, which has a price. */
export type Waiting = "by the host" | "by a task";

/** How long the task sleeps at a time. */
const NAP_MS = 20;

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

  stream(waiting: Waiting): Stream {
    return async (count) => {
      const done = new Promise<void>((resolve) => (this.#done = resolve));
      this.#left = count;
      this.#expected = count;
      for (let i = 0; i < UNDER_WAY; i++) this.#next();
      if (waiting === "by the host") return this.#machine.whileRunning(done);
      while (this.#expected > 0) await this.#machine.callExport("msleep", [NAP_MS], false);
    };
  }

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

/** What makes a stream on a board; `besides` is done for each frame that arrives. */
export type MakeStream = (booted: Booted, length: number, waiting?: Waiting, besides?: () => void) => Stream;

const nothing = (): void => {};

/** From the host's ring through core, driver and model to the far end of the wire. */
export const transmitter: MakeStream = (booted, length, waiting = "by the host", besides = nothing) => {
  const { system, board } = booted;
  const ring = PacketRing.shared(system.machine);
  const { ifindex } = system.interfaces.named("eth0");
  const { wire, nic } = board.cables[0]!;
  const frame = makeFrame(length, PEER_MAC, nic.mac);
  const flow = new Flow(booted, () => ring.send(ifindex, frame));
  wire.b.onReceive = () => {
    besides();
    flow.arrived();
  };
  return flow.stream(waiting);
};

/** From the far end of the wire through model, driver and core to the host. */
export const receiver: MakeStream = (booted, length, waiting = "by the host", besides = nothing) => {
  const { system, board } = booted;
  const { wire, nic } = board.cables[0]!;
  const frame = makeFrame(length, nic.mac, PEER_MAC);
  const flow = new Flow(booted, () => wire.b.send(frame));
  system.interfaces.named("eth0").stack.receive = () => {
    besides();
    flow.arrived();
  };
  return flow.stream(waiting);
};

/** A board with its card up. */
export async function bringUp(booted: Booted, driver = "8139cp"): Promise<Booted> {
  await booted.shell(`modprobe ${driver}; ip link set eth0 up`);
  // Link up is a matter of some milliseconds, and says so.
  await booted.system.wait(0.1);
  return booted;
}
