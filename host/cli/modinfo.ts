// kpi modinfo: the module's own words, in the columns of the real tool.

import { readFileSync } from "node:fs";
import { KpiError } from "../error.ts";
import { ModInfo } from "../loader/modinfo.ts";
import { readObject } from "../loader/object.ts";
import { ObjectError } from "../loader/reader.ts";
import { moduleFile } from "./modules-folder.ts";

export function readModInfo(file: string): ModInfo {
  try {
    return ModInfo.of(readObject(readFileSync(file)));
  } catch (error) {
    if (error instanceof ObjectError) throw new KpiError(`${file}: ${error.message}`);
    throw error;
  }
}

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

export function modinfo(given: string, options: { json?: boolean }): number {
  const file = moduleFile(given);
  const info = readModInfo(file);
  const plain = info.entries.filter(([tag]) => tag !== "parm" && tag !== "parmtype");
  if (options.json) {
    console.log(JSON.stringify({ filename: file, entries: plain, parameters: parameters(info) }));
    return 0;
  }
  const line = (tag: string, value: string): string => `${tag}:`.padEnd(16) + value;
  console.log(line("filename", file));
  for (const [tag, value] of plain) console.log(line(tag, value));
  for (const parameter of parameters(info)) console.log(line("parm", parameter));
  return 0;
}
