// kpi modinfo: the module's own words, in the columns of the real tool.

import { ModInfo } from "../loader/modinfo.ts";
import { moduleFile } from "./modules-folder.ts";
import { readModule } from "./read-module.ts";

/** One line for each parameter, `name:description (type)`, as modinfo joins parm and parmtype. */
function parameters(info: ModInfo): string[] {
  const split = (entry: string): [string, string] => {
    const colon = entry.indexOf(":");
    return [entry.slice(0, colon), entry.slice(colon + 1)];
  };
  const types = new Map(info.all("parmtype").map(split));
  const texts = new Map(info.all("parm").map(split));
  const names = new Set([...texts.keys(), ...types.keys()]);
  return [...names].map((name) => {
    const type = types.get(name);
    return `${name}:${texts.get(name) ?? ""}${type ? ` (${type})` : ""}`;
  });
}

/** A module of unknown origin must not write escape sequences to the terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

export function modinfo(given: string, options: { json?: boolean }): number {
  const file = moduleFile(given);
  const info = ModInfo.of(readModule(file));
  const plain = info.entries.filter(([tag]) => tag !== "parm" && tag !== "parmtype");
  if (options.json) {
    console.log(JSON.stringify({ filename: file, entries: plain, parameters: parameters(info) }));
    return 0;
  }
  const line = (tag: string, value: string): string => `${tag}:`.padEnd(16) + printable(value);
  console.log(line("filename", file));
  for (const [tag, value] of plain) console.log(line(tag, value));
  for (const parameter of parameters(info)) console.log(line("parm", parameter));
  return 0;
}
