// poweroff: interfaces down, modules out, power off.

import { type ConsoleCommand, usageError } from "../command.ts";

export const poweroff: ConsoleCommand = {
  name: "poweroff",
  usage: "",
  summary: "take interfaces down, unload modules, switch the board off",
  async run({ system }, args) {
    if (args.length > 0) throw usageError(poweroff);
    await system.shutdown();
  },
};
