// The modules that are loaded (/proc/modules), and what a module file says of itself (.modinfo).

import { printable } from "../error.ts";
import { ModInfo } from "../loader/modinfo.ts";
import type { WasmObject } from "../loader/object.ts";
import type { System } from "../system.ts";

export interface LoadedModule {
  readonly name: string;
  /** Bytes of code and data. */
  readonly size: number;
  readonly refcount: number;
  /** The modules that use it. */
  readonly usedBy: readonly string[];
  /** Live, Loading or Unloading. */
  readonly state: string;
  /** Where its data lie. */
  readonly address: number;
  /** Letters: O out of tree, P proprietary, … */
  readonly taints: string;
}

/** The loaded modules, last loaded first. */
export function loadedModules(system: System): LoadedModule[] {
  return system
    .procRead("modules")
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [name = "", size, refcount, users = "-", state = "", address, taints = ""] = line.split(" ");
      return {
        name,
        size: Number(size),
        refcount: Number(refcount),
        usedBy: users === "-" ? [] : users.split(",").filter(Boolean),
        state,
        address: Number(address),
        taints: taints.replace(/[()]/g, ""),
      };
    });
}

export interface ModuleParameter {
  readonly name: string;
  readonly description: string;
  /** As param_ops call it: int, charp, array of uint. */
  readonly type: string;
}

export interface ModuleFileInfo {
  readonly filename: string;
  /** Tag and value, in the order of the file; a tag may come more than once. */
  readonly entries: readonly (readonly [tag: string, value: string])[];
  readonly parameters: readonly ModuleParameter[];
}

/** The module's parameters: what `parm` and `parmtype` say of each. */
export function moduleParameters(info: ModInfo): ModuleParameter[] {
  const split = (entry: string): [string, string] => {
    const colon = entry.indexOf(":");
    return [entry.slice(0, colon), entry.slice(colon + 1)];
  };
  const types = new Map(info.all("parmtype").map(split));
  const texts = new Map(info.all("parm").map(split));
  const names = new Set([...texts.keys(), ...types.keys()]);
  return [...names].map((name) => ({ name, description: texts.get(name) ?? "", type: types.get(name) ?? "" }));
}

export function moduleFileInfo(filename: string, object: WasmObject): ModuleFileInfo {
  const info = ModInfo.of(object);
  const entries = info.entries.filter(([tag]) => tag !== "parm" && tag !== "parmtype");
  return { filename, entries, parameters: moduleParameters(info) };
}

/** In the columns of the real modinfo. A module of unknown origin must not write escape sequences to the terminal. */
export function modinfoLines({ filename, entries, parameters }: ModuleFileInfo): string[] {
  const line = (tag: string, value: string): string => `${tag}:`.padEnd(16) + printable(value);
  return [
    line("filename", filename),
    ...entries.map(([tag, value]) => line(tag, value)),
    ...parameters.map(({ name, description, type }) =>
      line("parm", `${name}:${description}${type ? ` (${type})` : ""}`),
    ),
  ];
}
