// Frames a second through Linux's 8139cp on the RTL8139 model and its e1000 on the 82540EM model, over the in-process wire.

import type { Bed } from "../bed.ts";
import type { Case, Subject } from "../bench.ts";
import { bringUp, receiver, transmitter } from "../traffic.ts";

/** The shortest frame and the longest, without FCS. */
const LENGTHS = [64, 1514];

async function subjects(bed: Bed, virtualClock: boolean, device = "rtl8139", driver = "8139cp"): Promise<Subject[]> {
  const made: Subject[] = [];
  for (const [way, make] of [
    ["tx", transmitter],
    ["rx", receiver],
  ] as const) {
    for (const length of LENGTHS) {
      const booted = await bringUp(await bed.boot({ virtualClock, device }), driver);
      // Under the virtual clock a host that waits gets a turn after each event: what is measured is the board.
      const run = make(booted, length, virtualClock ? "by a task" : "by the host");
      made.push({ name: `${way} ${length} B`, run, close: () => booted.system.shutdown() });
    }
  }
  return made;
}

export const packetsVirtual: Case = { name: "packets", unit: "/s", prepare: (bed) => subjects(bed, true) };

export const packetsE1000: Case = {
  name: "packets, e1000",
  unit: "/s",
  prepare: (bed) => subjects(bed, true, "e1000", "e1000"),
};

export const packetsReal: Case = { name: "packets, real clock", unit: "/s", prepare: (bed) => subjects(bed, false) };
