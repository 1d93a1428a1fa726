// What a card's cable leads to.
import { KpiError } from "../../host/error.ts";
import type { Peer } from "../links/peer.ts";
import type { Wire } from "../links/wire.ts";
import type { Nic } from "./nic.ts";
import type { DeviceSpec } from "./spec.ts";

/** One cable of the board with a built-in peer: the card, and who is at the other end. */
export interface Cable {
  readonly nic: Nic;
  /** The cable; pull it with `plug(false)`. */
  readonly wire: Wire;
  readonly peer: Peer;
}

/** Whether the device's options want a cable. */
export function wantsCable({ model, options }: DeviceSpec): boolean {
  const netdev = options["netdev"] ?? "peer";
  if (netdev !== "peer" && netdev !== "none") {
    throw new KpiError(`device ${model}: netdev=${netdev} is not known; known: peer, none`, 2);
  }
  return netdev === "peer";
}
