// insmod, modprobe, rmmod, lsmod, modinfo.

import { existsSync } from "node:fs";
import { loadedModules, modinfoLines, moduleFileInfo, moduleParameters } from "../../inspect/modules.ts";
import { ModInfo, moduleName } from "../../loader/modinfo.ts";
import { readModule } from "../../loader/read-module.ts";
import type { System } from "../../system.ts";
import { KpiError } from "../../error.ts";
import { type ConsoleCommand, parseWords, usageError } from "../command.ts";

/** Parameters as the kernel parses them: a value with spaces stands in double quotes. */
function kernelArguments(params: string[]): string {
  return params.map((param) => (/\s/.test(param) ? param.replace(/^([^=]*=)?(.*)$/s, '$1"$2"') : param)).join(" ");
}

/** The names of modules that could be loaded. */
const storedModules = (system: System): string[] => system.loader.store.files().map(moduleName);

/** The parameters of a module by name or file, as words to complete. */
function parametersOf(system: System, name: string): string[] {
  const file = system.loader.store.find(name) ?? name;
  try {
    return moduleParameters(ModInfo.of(readModule(file))).map((parameter) => `${parameter.name}=`);
  } catch (error) {
    if (error instanceof KpiError) return [];
    throw error;
  }
}

function completeLoad(system: System, words: readonly string[]): string[] {
  return words.length <= 1 ? storedModules(system) : parametersOf(system, words[0]!);
}

export const insmod: ConsoleCommand = {
  name: "insmod",
  usage: "FILE|NAME [PARAM=VALUE…]",
  summary: "load a module",
  async run({ system }, [file, ...params]) {
    if (!file) throw usageError(insmod);
    const { name } = await system.loader.insmod(file, kernelArguments(params));
    return { data: { name }, lines: [] };
  },
  complete: completeLoad,
};

export const modprobe: ConsoleCommand = {
  name: "modprobe",
  usage: "[-r] NAME [PARAM=VALUE…]",
  summary: "load a module and what it depends on, or unload it",
  async run({ system }, [name, ...params]) {
    if (name === "-r" && params.length === 1) return system.loader.rmmod(params[0]!);
    if (!name || name.startsWith("-")) throw usageError(modprobe);
    const loaded = await system.loader.modprobe(name, kernelArguments(params));
    return { data: { name: loaded.name }, lines: [] };
  },
  complete(system, words) {
    return words[0] === "-r" ? [...system.loader.modules.keys()] : completeLoad(system, words);
  },
};

export const rmmod: ConsoleCommand = {
  name: "rmmod",
  usage: "NAME…",
  summary: "unload modules",
  async run({ system }, names) {
    if (names.length === 0 || names.some((name) => name.startsWith("-"))) throw usageError(rmmod);
    for (const name of names) await system.loader.rmmod(name);
  },
  complete: (system) => [...system.loader.modules.keys()],
};

export const lsmod: ConsoleCommand = {
  name: "lsmod",
  usage: "",
  summary: "the modules that are loaded",
  run({ system }, args) {
    if (args.length > 0) throw usageError(lsmod);
    const data = loadedModules(system);
    const lines = data.map(({ name, size, refcount, usedBy }) => {
      const by = usedBy.length > 0 ? ` ${usedBy.join(",")}` : "";
      return `${name.padEnd(19)} ${`${size}`.padStart(8)}  ${refcount}${by}`;
    });
    return { data, lines: ["Module                  Size  Used by", ...lines] };
  },
};

export const modinfo: ConsoleCommand = {
  name: "modinfo",
  usage: "[-F FIELD] FILE|NAME…",
  summary: "what modules say of themselves",
  details: [["-F FIELD", "only the values of that field: filename, license, depends, parm, …"]],
  run({ system }, args) {
    const { values, positionals } = parseWords(modinfo, args, { field: { type: "string", short: "F" } }, [1, 100]);
    const data = positionals.map((given) => {
      const file = system.loader.store.find(given) ?? given;
      if (!existsSync(file)) throw new KpiError(`modinfo: ERROR: Module ${given} not found.`, 1, "ENOENT");
      return moduleFileInfo(file, readModule(file));
    });
    const lines = data.flatMap(modinfoLines);
    if (values.field === undefined) return { data, lines };
    const head = `${values.field}:`;
    return { data, lines: lines.filter((line) => line.startsWith(head)).map((line) => line.slice(16)) };
  },
  complete: (system) => [...storedModules(system), "-F"],
};
