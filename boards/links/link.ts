// A network link as a device model sees it: the narrow waist between models and the world, after smoltcp's `phy`.
// A middleware (tracer, fault injector, pcap writer) is a Link around a Link.
//
//   sender ── send() ──▶ link ── onReceive() ──▶ receiver        false from either: no room, keep the frame;
//   sender ◀─ onReady() ─ link ◀──── resume() ── receiver        then these two say that there is room again
//
// So a ring that is full stops whoever fills it, and nothing is lost on the way. A link that cannot wait (a cable with
// no memory) says onMissed() to a receiver that had no room: it counts the frame, as its hardware would.
import type { Clock } from "../clock.ts";

/** A frame is what is on the wire without preamble and FCS. Its bytes are valid during the call only: whoever
 *  keeps it copies it. Any length from 0 to MAX_FRAME may arrive; it is the receiver who judges. */
export const MAX_FRAME = 65535;

/** What the board lends to a link when it is powered on. */
export interface LinkServices {
  readonly clock: Clock;
  /** Prints a line on the console. */
  report(message: string): void;
  /** The link is of no more use: ends the run with the error. */
  fail(error: Error): void;
}

/** A link whose other end is a kernel can carry packets as kernels have them: with a virtio_net_hdr (vnet-header.ts) before
 *  each, perhaps large ones of TCP that nobody has cut yet. No frame is longer than MAX_FRAME, but such a packet may be. */
export interface PacketPort {
  /** Instead of onReceive, once it is set. */
  onPacket: ((packet: Uint8Array) => boolean) | undefined;
  /** As send(). */
  sendPacket(packet: Uint8Array): boolean;
}

export interface Link {
  /** Whether there is carrier: the cable is in and somebody is at the other end. */
  readonly carrier: boolean;
  /** Whether the world at its other end is real: then the board's clock has to be. */
  readonly real: boolean;
  /** Called once, when the board is powered on and the callbacks are set: from now on frames may arrive, but not during the
   *  call, when not all of the board is there. */
  start(services: LinkServices): void;
  /** Puts a frame on the wire. False: there is no room for it now, onReady will say when there is. A frame that is lost
   *  (no carrier, too long) was taken; the link counts it in `lost`. */
  send(frame: Uint8Array): boolean;
  /** There is room again at the receiver, which had none. */
  resume(): void;
  /** The other end is an interface of the host, and stands for one with this MAC address. */
  setAddress?(mac: Uint8Array): void;
  /** The other end is an interface of the host: its MTU, as soon as it is known. */
  readonly mtu?: number | undefined;
  /** Whole packets, where nothing stands between the owner and such a link: middleware sees real frames. */
  readonly packets?: PacketPort;
  /** Frames that this link lost: that were sent, or that came in and made no sense. */
  readonly lost: number;
  /** Called by the link for each frame that arrives; set by the one who owns this end. False: it has no room, and will
   *  call resume(). */
  onReceive: (frame: Uint8Array) => boolean | void;
  /** Called by the link instead of offering the frame again. */
  onMissed: (frame: Uint8Array) => void;
  /** Called by the link when a frame can be sent again. */
  onReady: () => void;
  /** Called by the link when `carrier` changed. */
  onCarrier: (carrier: boolean) => void;
  /** Called by the link when `mtu` changed. */
  onMtu?: () => void;
  /** Takes this end down for good: the other end loses carrier. */
  close(): void;
}

/** Closes all of them, also after one that could not end well; then throws what the first of those has said. */
export function closeAll(closable: Iterable<{ close(): void }>): void {
  const errors: unknown[] = [];
  for (const one of closable) {
    try {
      one.close();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

const ignore = (): void => {};

/** What every link has: the callbacks, and whether the receiver is to be left alone. */
export abstract class LinkEnd implements Link {
  onReceive: (frame: Uint8Array) => boolean | void = ignore;
  onMissed: (frame: Uint8Array) => void = ignore;
  onReady: () => void = ignore;
  onCarrier: (carrier: boolean) => void = ignore;
  onMtu: () => void = ignore;

  abstract readonly carrier: boolean;
  abstract readonly real: boolean;
  abstract readonly lost: number;
  abstract start(services: LinkServices): void;
  abstract send(frame: Uint8Array): boolean;
  abstract resume(): void;
  abstract close(): void;
}
