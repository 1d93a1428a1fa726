// kpi modinfo: the module's own words, in the columns of the real tool.

import { printable } from "../error.ts";
import { ModInfo } from "../loader/modinfo.ts";
import { moduleFile } from "./modules-folder.ts";
import { readModule } from "./read-module.ts";

interface Parameter {
  name: string;
  description: string;
  /** As param_ops call it: int, charp, array of uint. */
  type: string;
}

/** The module's parameters: what `parm` and `parmtype` say of each. */
function parameters(info: ModInfo): Parameter[] {
  const split = (entry: string): [string, string] => {
    const colon = entry.indexOf(":");
    return [entry.slice(0, colon), entry.slice(colon + 1)];
  };
  const types = new Map(info.all("parmtype").map(split));
  const texts = new Map(info.all("parm").map(split));
  const names = new Set([...texts.keys(), ...types.keys()]);
  return [...names].map((name) => ({ name, description: texts.get(name) ?? "", type: types.get(name) ?? "" }));
}

export function modinfo(given: string, options: { json?: boolean }): number {
  const file = moduleFile(given);
  const info = ModInfo.of(readModule(file));
  const plain = info.entries.filter(([tag]) => tag !== "parm" && tag !== "parmtype");
  if (options.json) {
    console.log(JSON.stringify({ filename: file, entries: plain, parameters: parameters(info) }));
    return 0;
  }
  // A module of unknown origin must not write escape sequences to the terminal.
  const line = (tag: string, value: string): string => `${tag}:`.padEnd(16) + printable(value);
  console.log(line("filename", file));
  for (const [tag, value] of plain) console.log(line(tag, value));
  for (const { name, description, type } of parameters(info)) {
    console.log(line("parm", `${name}:${description}${type ? ` (${type})` : ""}`));
  }
  return 0;
}
