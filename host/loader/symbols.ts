// What names a module can link to: the core's exports, and what loaded modules export with EXPORT_SYMBOL.

import type { Core, CoreSymbol } from "../machine/core.ts";
import type { ModuleExport } from "./exports.ts";
import { SYMBOL_DATA, SYMBOL_FUNCTION, type WasmObject } from "./object.ts";

/** Names that the loader itself gives every module, besides symbols. */
export const LINKER_NAMES = new Set(["__stack_pointer", "__indirect_function_table", "memory"]);

/** The names that an object wants from elsewhere; weak ones may stay absent. */
export function wantedNames(object: WasmObject): { name: string; weak: boolean; data: boolean }[] {
  return object.symbols
    .filter((symbol) => symbol.undefined && (symbol.kind === SYMBOL_FUNCTION || symbol.kind === SYMBOL_DATA))
    .map(({ name, weak, kind }) => ({ name, weak, data: kind === SYMBOL_DATA }));
}

/** A loaded module as a source of symbols. */
export interface SymbolProvider {
  readonly name: string;
  /** Whether its licence, or that of a module whose symbols it uses, taints the kernel. */
  readonly proprietary: boolean;
  symbol(name: string): CoreSymbol | undefined;
  slot(name: string): number;
  /** How it exports `name`; undefined if it does not. */
  exported(name: string): ModuleExport | undefined;
}

export class SymbolTable {
  #core: Core;
  #providers: SymbolProvider[] = [];

  constructor(core: Core) {
    this.#core = core;
  }

  add(provider: SymbolProvider): void {
    this.#providers.push(provider);
  }

  remove(provider: SymbolProvider): void {
    this.#providers = this.#providers.filter((entry) => entry !== provider);
  }

  /** Who has `name`: the core first, as in Linux; undefined: nobody. */
  find(name: string): { symbol: CoreSymbol; provider?: SymbolProvider } | undefined {
    const own = this.#core.symbol(name);
    if (own) return { symbol: own };
    for (const provider of this.#providers) {
      const symbol = provider.symbol(name);
      if (symbol) return { symbol, provider };
    }
    return undefined;
  }

  /** The one table slot of function `name`. */
  slot(name: string): number {
    const provider = this.find(name)?.provider;
    return provider ? provider.slot(name) : this.#core.slot(name);
  }
}
