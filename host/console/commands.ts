// The console's words, in the order of `help`.

import { KpiError } from "../error.ts";
import { nearest } from "../nearest.ts";
import type { ConsoleCommand } from "./command.ts";
import { dmesg } from "./commands/dmesg.ts";
import { ethtool } from "./commands/ethtool.ts";
import { fault } from "./commands/fault.ts";
import { cat, echo, ls } from "./commands/files.ts";
import { help } from "./commands/help.ts";
import { ip } from "./commands/ip.ts";
import { lspci } from "./commands/lspci.ts";
import { insmod, lsmod, modinfo, modprobe, rmmod } from "./commands/modules.ts";
import { ping } from "./commands/ping.ts";
import { ps, sysrq } from "./commands/ps.ts";
import { clear, history, poweroff, sleep, timeout } from "./commands/session.ts";

export const commands: readonly ConsoleCommand[] = [
  insmod,
  modprobe,
  rmmod,
  lsmod,
  modinfo,
  dmesg,
  lspci,
  ip,
  ethtool,
  ping,
  cat,
  ls,
  echo,
  ps,
  sysrq,
  fault,
  sleep,
  timeout,
  history,
  clear,
  poweroff,
  help,
];

/** The command of that name; a KpiError if there is none. */
export function commandOf(name: string): ConsoleCommand {
  const command = commands.find((entry) => entry.name === name);
  if (command) return command;
  const [near] = nearest(
    name,
    commands.map((entry) => entry.name),
  );
  throw new KpiError(`${name}: command not found; ${near ? `did you mean ${near}?` : "try: help"}`, 2);
}
