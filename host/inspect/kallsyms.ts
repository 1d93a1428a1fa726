// /proc/kallsyms: the symbols of core and modules (kernel/kallsyms.c). Code has no addresses in wasm: a function's is the
// table slot that pointers to it hold, 0 while there are none.

import type { System } from "../system.ts";

export interface KernelSymbol {
  readonly address: number;
  /** As nm has it: T and D are exported, t and d are the module's own. */
  readonly type: string;
  readonly name: string;
  /** undefined: the core's. */
  readonly module?: string;
}

function kernelSymbols({ machine: { core }, loader }: System): KernelSymbol[] {
  const found: KernelSymbol[] = [];
  for (const name of core.names()) {
    const symbol = core.symbol(name);
    if (symbol?.kind === "data") found.push({ address: symbol.address, type: "D", name });
    else if (symbol) found.push({ address: core.knownSlot(name), type: "T", name });
  }
  for (const module of loader.modules.values()) {
    for (const { name, address, isFunction, exported } of module.ownSymbols()) {
      const type = isFunction ? "t" : "d";
      found.push({ address, type: exported ? type.toUpperCase() : type, name, module: module.name });
    }
  }
  return found;
}

export function kallsymsText(system: System): string {
  return kernelSymbols(system)
    .map(({ address, type, name, module }) => {
      const where = module === undefined ? "" : `\t[${module}]`;
      return `${address.toString(16).padStart(8, "0")} ${type} ${name}${where}\n`;
    })
    .join("");
}
