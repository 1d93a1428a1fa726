// insmod, modprobe, rmmod, lsmod.

import { type ConsoleCommand, usageError } from "../command.ts";

/** Parameters as the kernel parses them: a value with spaces stands in double quotes. */
function kernelArguments(params: string[]): string {
  return params.map((param) => (/\s/.test(param) ? param.replace(/^([^=]*=)?(.*)$/s, '$1"$2"') : param)).join(" ");
}

export const insmod: ConsoleCommand = {
  name: "insmod",
  usage: "FILE|NAME [PARAM=VALUE…]",
  summary: "load a module",
  async run({ system }, [file, ...params]) {
    if (!file) throw usageError(insmod);
    await system.loader.insmod(file, kernelArguments(params));
  },
};

export const modprobe: ConsoleCommand = {
  name: "modprobe",
  usage: "[-r] NAME [PARAM=VALUE…]",
  summary: "load a module and what it depends on, or unload it",
  async run({ system }, [name, ...params]) {
    if (name === "-r" && params.length === 1) return system.loader.rmmod(params[0]);
    if (!name || name.startsWith("-")) throw usageError(modprobe);
    await system.loader.modprobe(name, kernelArguments(params));
  },
};

export const rmmod: ConsoleCommand = {
  name: "rmmod",
  usage: "NAME…",
  summary: "unload modules",
  async run({ system }, names) {
    if (names.length === 0) throw usageError(rmmod);
    for (const name of names) await system.loader.rmmod(name);
  },
};

export const lsmod: ConsoleCommand = {
  name: "lsmod",
  usage: "",
  summary: "the modules that are loaded",
  run({ system, out }, args) {
    if (args.length > 0) throw usageError(lsmod);
    out("Module                  Size  Used by");
    for (const line of system.procRead("modules").split("\n").filter(Boolean)) {
      const [name, size, refs, users] = line.split(" ");
      const by = users === "-" ? "" : ` ${users.replace(/,$/, "")}`;
      out(`${name.padEnd(19)} ${size.padStart(8)}  ${refs}${by}`);
    }
  },
};
