// Interrupts that nobody asked for: lines and edges of all 256 vectors, in storms, while a driver is at work.

import { NR_VECTORS, VECTOR_PCI_FIRST } from "../../../assembly/arch/wasm/memory.ts";
import { LiveBoard } from "../live-board.ts";
import type { Target } from "../target.ts";

interface Step {
  readonly vector: number;
  readonly how: "edge" | "up" | "down";
}

/** The card's own line, the packet ring's, the timer's: where handlers are. */
const BUSY = [0, 1, 2, 3, 16, 17, 18, 19];

export const interrupts: Target<Step> = {
  name: "interrupts",
  about: "edges and levels on any vector at any time, with a driver at work on one of them",
  cases: 100_000,
  async open() {
    const own = await LiveBoard.boot(["rtl8139"]);
    await own.run("modprobe 8139cp; ip link set eth0 up; ping -c 1 peer");
    const { words } = own.system.machine;
    // A wire has two drivers: the card's pin, and the case.
    const pins = new Set<number>();
    const forced = new Set<number>();
    const level = words.level;
    words.level = (vector, asserted) => {
      if (asserted) pins.add(vector);
      else pins.delete(vector);
      level.call(words, vector, pins.has(vector) || forced.has(vector));
    };
    const force = (vector: number, up: boolean): void => {
      if (up) forced.add(vector);
      else forced.delete(vector);
      level.call(words, vector, pins.has(vector) || up);
    };
    let count = 0;
    return {
      remembers: true,
      make: (random) =>
        random.list(1, 8, () => {
          const vector = random.once(2) ? random.below(NR_VECTORS) : random.pick(BUSY);
          // Below the boards' own lines there are none: what the host raises there are edges.
          return {
            vector,
            how: vector < VECTOR_PCI_FIRST ? "edge" : random.pick(["edge", "edge", "up", "down"] as const),
          };
        }),
      async run(steps) {
        for (const { vector, how } of steps) {
          if (how === "edge") own.system.machine.lines.edge(vector);
          else force(vector, how === "up");
        }
        if (++count % 16 === 0) await own.pass(5_000);
        for (const vector of forced) force(vector, false);
        return "";
      },
      async check() {
        await own.run("ip link set eth0 down; rmmod 8139cp; modprobe 8139cp; ip link set eth0 up");
        await own.ping();
      },
      close: () => own.close(),
    };
  },
};
