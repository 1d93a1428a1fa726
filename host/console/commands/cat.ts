// cat /proc/…

import { type ConsoleCommand, printText, usageError } from "../command.ts";
import { KpiError } from "../../error.ts";

export const cat: ConsoleCommand = {
  name: "cat",
  usage: "/proc/FILE…",
  summary: "interrupts modules iomem ioports meminfo slabinfo vmallocinfo timer_list net/dev",
  run({ system, out }, args) {
    if (args.length === 0) throw usageError(cat);
    for (const path of args) {
      const name = /^\/proc\/(.+)$/.exec(path)?.[1];
      if (!name) throw new KpiError(`cat: ${path}: No such file or directory; the board has /proc only`);
      printText(out, system.procRead(name));
    }
  },
};
