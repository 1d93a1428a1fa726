// insmod, and from nothing to the first answer of the peer.

import type { Bed, Booted } from "../bed.ts";
import type { Case, Subject } from "../bench.ts";

async function insmodSubject(bed: Bed): Promise<Subject> {
  const booted = await bed.boot();
  await booted.shell("modprobe mii");
  return {
    name: "insmod 8139cp",
    count: 1,
    run: () => booted.shell("insmod 8139cp"),
    after: () => booted.shell("rmmod 8139cp"),
    close: () => booted.system.shutdown(),
  };
}

export const insmod: Case = {
  name: "insmod",
  unit: "ms",
  samples: 31,
  prepare: async (bed) => [await insmodSubject(bed)],
};

function warmStart(bed: Bed): Subject {
  let booted: Booted;
  return {
    name: "power-on to first ping, warm",
    count: 1,
    run: async () => {
      booted = await bed.boot();
      await booted.shell("modprobe 8139cp; ip link set eth0 up; ping -c 1 peer");
    },
    after: () => booted.system.shutdown(),
  };
}

export const start: Case = {
  name: "start",
  unit: "ms",
  samples: 15,
  prepare: async (bed) => [warmStart(bed)],
};
