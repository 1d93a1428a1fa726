// The limit: two links of ours, `limit.ts LINK LINK`, and nothing in between. What one receives the other sends.

import type { Alarm, Clock, Timer } from "../../../boards/clock.ts";
import type { Link } from "../../../boards/links/link.ts";
import { openLinks, parseLinkSpec } from "../../../boards/links/spec.ts";

/** The event loop as a board's clock: short waits are turns of the loop. */
class LoopTimer implements Timer {
  pending = false;
  readonly #callback: () => void;
  #due = 0;

  constructor(callback: () => void) {
    this.#callback = callback;
  }

  set(delay: number): void {
    this.#due = performance.now() + delay / 1e6;
    if (this.pending) return;
    this.pending = true;
    setImmediate(this.#look);
  }

  cancel(): void {
    this.pending = false;
  }

  readonly #look = (): void => {
    if (!this.pending) return;
    if (performance.now() < this.#due) return void setImmediate(this.#look);
    this.pending = false;
    this.#callback();
  };
}

const clock: Clock = {
  now: () => performance.now() * 1e6,
  timer: (callback) => new LoopTimer(callback),
  after(delay, callback): Alarm {
    const timer = new LoopTimer(callback);
    timer.set(delay);
    return timer;
  },
};

function fail(error: Error): void {
  console.error(error.message);
  process.exit(1);
}

/** Whole packets, as a driver would see them that leaves all that it can to others. */
function join(from: Link, to: Link): void {
  const { packets } = to;
  if (from.packets === undefined || packets === undefined) from.onReceive = (frame) => to.send(frame);
  else from.packets.onPacket = (packet) => packets.sendPacket(packet);
  to.onReady = () => from.resume();
}

const [a, b] = (await openLinks(process.argv.slice(2).map(parseLinkSpec))) as [Link, Link];
join(a, b);
join(b, a);
for (const link of [a, b]) link.start({ clock, report: (line) => console.error(line), fail });
