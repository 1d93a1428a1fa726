// dmesg: the kernel's log, also of what was below console_loglevel.

import { type ConsoleCommand, printText, usageError } from "../command.ts";

export const dmesg: ConsoleCommand = {
  name: "dmesg",
  usage: "",
  summary: "the kernel log",
  run({ system, out }, args) {
    if (args.length > 0) throw usageError(dmesg);
    printText(out, system.kernelLog());
  },
};
