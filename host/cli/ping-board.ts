// --ping ADDRESS of kpi run and kpi monitor for boards with firmware: such a board has no console of its own, so it is the peer
// at the other end of its cable that pings, as soon as the board answers.

import type { Link } from "../../boards/links/link.ts";
import type { LinkSpec } from "../../boards/links/spec.ts";
import { PeerLink } from "../../boards/links/peer-link.ts";
import { KpiError } from "../error.ts";
import { parseIp } from "../net/address.ts";
import { Ping, type PingOptions } from "../net/ping.ts";
import type { PingResult } from "../net/ping-statistics.ts";

/** A board that has booted and has an address answers much sooner, also one that is interpreted on a busy machine. */
const PATIENCE_S = 120;
const RETRY_S = 0.5;
const COUNT = 5;

/** Refuses targets that no built-in peer can ping: where `links` are for the first of `cards` cards, the others have peers. */
export function checkPing(targets: readonly string[], cards: number, links: readonly LinkSpec[]): void {
  if (targets.length === 0) return;
  const odd = targets.find((target) => parseIp(target) === undefined);
  if (odd !== undefined) {
    throw new KpiError(`--ping ${odd}: name the address of the board, as its image has it: lwip ip=10.0.2.15/24`, 2);
  }
  if (links.length < cards || links.some(({ kind }) => kind === "peer")) return;
  throw new KpiError("--ping needs a cable that leads to the built-in peer; ping from where --link leads", 2);
}

/** Pings each target from the first built-in peer, as soon as it answers, and prints what ping prints; fails unless all are
 *  answered. The cables have been started. False: the board ended (`ended`) meanwhile. */
export async function pingFrom(
  links: readonly Link[],
  targets: readonly string[],
  ended: Promise<unknown>,
): Promise<boolean> {
  let over = false;
  let current: Ping | undefined;
  const end = (): void => {
    over = true;
    current?.stop();
  };
  ended.then(end, end);
  for (const target of targets) {
    const { stack } = links.map((link) => PeerLink.of(link)).find((link) => link !== undefined)!.peer;
    const ping = (options: PingOptions): Promise<PingResult> => (current = new Ping(stack, target, options)).done;
    const until = performance.now() + PATIENCE_S * 1000;
    while (!over && !(await ping({ count: 1, linger: RETRY_S })).ok) {
      if (performance.now() > until)
        throw new KpiError(`no answer from ${target} in ${PATIENCE_S} seconds; has the image lwip, with that ip=?`);
    }
    if (over) return false;
    const { ok, received, transmitted } = await ping({ count: COUNT, print: (line) => console.log(line) });
    if (over) return false;
    if (!ok) throw new KpiError(`ping: ${received} of ${transmitted} answers from ${target}`);
  }
  return true;
}
