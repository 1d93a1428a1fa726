// What a card's cable leads to: nothing, or a wire to a built-in peer.
import { KpiError } from "../../host/error.ts";
import type { Clock } from "../board.ts";
import { Peer } from "../links/peer.ts";
import { Wire } from "../links/wire.ts";
import type { Nic } from "./nic.ts";
import type { DeviceSpec } from "./spec.ts";

/** One cable of the board: the card, and who is at the other end. */
export interface Cable {
  readonly nic: Nic;
  /** The cable; pull it with `plug(false)`. */
  readonly wire: Wire;
  readonly peer: Peer;
}

/** Whether the device's options want a peer at the other end. */
export function wantsPeer({ model, options }: DeviceSpec): boolean {
  const netdev = options["netdev"] ?? "peer";
  if (netdev !== "peer" && netdev !== "none") {
    throw new KpiError(`device ${model}: netdev=${netdev} is not known; known: peer, none`, 2);
  }
  return netdev === "peer";
}

/** Leads a wire from the card to a new peer. */
export function connectPeer(nic: Nic, clock: Clock, latency: number): Cable {
  const wire = new Wire(clock, latency);
  nic.attachLink(wire.a);
  return { nic, wire, peer: new Peer(wire.b, clock) };
}
