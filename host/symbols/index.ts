// What the core offers to modules, as a program asks: resolve("kmalloc"), isSupported("kmalloc"), symbols().

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { KpiError } from "../error.ts";
import { MACROS, type MacroRow } from "./macros.ts";
import type { SymbolRow } from "./row.ts";

export { MACROS, type MacroRow } from "./macros.ts";
export type { SymbolRow } from "./row.ts";

/** Written by the build of the core. */
export const symbolsFile = join(repoRoot, "build", "symbols.json");

/** A symbol of the core that serves a name. */
export type Server = Pick<SymbolRow, "name" | "kind" | "file" | "function" | "arity" | "signature">;

/** What becomes of a kernel name on this core. */
export interface Resolution {
  name: string;
  /** `macro`: a macro or inline of Linux's headers, which no module imports. */
  kind: "function" | "data" | "macro";
  header: string;
  /** Macros: how it is called, whether it is a #define or a static inline, and what it turns into in a module. */
  call?: string;
  form?: MacroRow["form"];
  expandsTo?: string;
  /** What the core's function or variable does, how it fails, where it may be called, where it differs from Linux. */
  summary?: string;
  errors?: string[];
  context?: string;
  differs?: string;
  /**
   * The core's symbols behind the name. Of a macro: those that its expansion needs, then, if the core has it, an export
   * of the very name, for modules written without the kernel's headers.
   */
  servedBy: Server[];
  /** Symbols that the expansion of a macro needs and the core lacks. */
  missing: string[];
}

function server({ name, kind, file, function: local, arity, signature }: SymbolRow): Server {
  return { name, kind, file, function: local, arity, signature };
}

export class SymbolIndex {
  #rows: Map<string, SymbolRow>;
  #macros: Map<string, MacroRow>;

  constructor(rows: readonly SymbolRow[], macros: readonly MacroRow[] = MACROS) {
    this.#rows = new Map(rows.map((row) => [row.name, row]));
    this.#macros = new Map(macros.map((row) => [row.name, row]));
  }

  symbols(): SymbolRow[] {
    return [...this.#rows.values()];
  }

  /** Every name that resolves. */
  names(): string[] {
    return [...new Set([...this.#rows.keys(), ...this.#macros.keys()])].sort();
  }

  resolve(name: string): Resolution | undefined {
    const row = this.#rows.get(name);
    const macro = this.#macros.get(name);
    const own = row && {
      summary: row.summary,
      errors: row.errors,
      context: row.context,
      ...(row.differs !== undefined && { differs: row.differs }),
    };
    if (!macro)
      return row && { name, kind: row.kind, header: row.header, ...own, servedBy: [server(row)], missing: [] };
    const { header, call, form, expandsTo } = macro;
    const needed = macro.servedBy.flatMap((symbol) => this.#rows.get(symbol) ?? []);
    return {
      name,
      kind: "macro",
      header,
      call,
      form,
      expandsTo,
      ...own,
      servedBy: [...needed, ...(row ? [row] : [])].map(server),
      missing: macro.servedBy.filter((symbol) => !this.#rows.has(symbol)),
    };
  }

  /** Whether a module that uses `name` can link. */
  isSupported(name: string): boolean {
    return this.resolve(name)?.missing.length === 0;
  }
}

export function loadSymbols(file = symbolsFile): SymbolIndex {
  if (!existsSync(file)) throw new KpiError(`${file} is missing; build the core with: npm run build`);
  return new SymbolIndex((JSON.parse(readFileSync(file, "utf8")) as { symbols: SymbolRow[] }).symbols);
}

let loaded: SymbolIndex | undefined;
const index = (): SymbolIndex => (loaded ??= loadSymbols());

/** What becomes of a kernel name on this core; undefined: nothing serves it. */
export const resolve = (name: string): Resolution | undefined => index().resolve(name);

/** Whether a module that uses `name` can link. */
export const isSupported = (name: string): boolean => index().isSupported(name);

/** All symbols of the core, by name. */
export const symbols = (): SymbolRow[] => index().symbols();
