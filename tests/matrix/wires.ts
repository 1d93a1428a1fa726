// What may lie between the card and wire0, a TAP in the namespace outside: nothing, or a link whose other end is patched to it.
//
//   board: card ── link ── its other end ══ wire0 :namespace outside

import { join } from "node:path";
import { DatagramLink } from "../../boards/links/dgram.ts";
import { Hub } from "../../boards/links/hub.ts";
import { closeAll, type Link } from "../../boards/links/link.ts";
import { StreamLink } from "../../boards/links/stream.ts";
import { TapLink } from "../../boards/links/tap.ts";
import { ETH_ZLEN } from "../../host/net/packet.ts";
import type { Namespace } from "../../tools/lab/namespace.ts";
import { LoopServices } from "../links/loop-clock.ts";

export interface Wire {
  /** For the card, as `--link` takes it. */
  readonly spec: string;
  close(): void;
}

/** As a card would have sent it: in-process links lead to cards only, and are believed to be wires. */
function padded(frame: Uint8Array): Uint8Array {
  if (frame.length >= ETH_ZLEN) return frame;
  const whole = new Uint8Array(ETH_ZLEN);
  whole.set(frame);
  return whole;
}

/** What arrives at one link goes out at the other, as fast as that takes it. */
function patched(spec: string, one: Link, outside: Namespace, ...others: Link[]): Wire {
  const other = new TapLink("wire0", outside.name);
  const services = new LoopServices();
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.onReceive = (frame) => to.send(padded(frame));
    to.onReady = () => from.resume();
  }
  const links = [one, other, ...others];
  for (const link of links) link.start(services);
  return { spec, close: () => closeAll(links) };
}

let hubs = 0;

/** By the link's name; `folder`: for sockets. */
export const WIRES = {
  tap: async ({ name }: Namespace): Promise<Wire> => ({ spec: `tap:wire0,netns=${name}`, close: () => {} }),
  async stream(outside: Namespace, folder: string): Promise<Wire> {
    const path = join(folder, "stream");
    return patched(`stream:unix:${path}`, await StreamLink.listen({ path }), outside);
  },
  async dgram(outside: Namespace, folder: string): Promise<Wire> {
    const [own, cards] = [join(folder, "own"), join(folder, "card")];
    const link = new DatagramLink({ path: own }, { path: cards });
    return patched(`dgram:unix:${own},local=unix:${cards}`, link, outside);
  },
  /** With a third port, where somebody listens. */
  async hub(outside: Namespace): Promise<Wire> {
    const name = `matrix${hubs++}`;
    return patched(`hub:${name}`, Hub.named(name).port(), outside, Hub.named(name).port());
  },
};
