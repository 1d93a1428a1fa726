// One module: placed in memory and table, linked, instantiated.

import type { CoreSymbol } from "../machine/core.ts";
import { KpiError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { addressTaken, link } from "./link.ts";
import type { ModInfo } from "./modinfo.ts";
import { SYMBOL_DATA, SYMBOL_FUNCTION, type ObjectSymbol, type WasmObject } from "./object.ts";
import { exportedNames, type SymbolProvider, type SymbolTable } from "./symbols.ts";
import { tombstoneImage } from "./tombstones.ts";
import { TABLE_IMPORT, writeImage } from "./writer.ts";

const PAGE = 4096;

export class Module implements SymbolProvider {
  readonly name: string;
  readonly object: WasmObject;
  readonly info: ModInfo;
  /** Where its memory lies, and how many bytes. */
  base = 0;
  size = 0;
  /** The modules whose symbols it uses. */
  readonly uses = new Set<SymbolProvider>();
  #machine: Machine;
  #segments: number[] = [];
  #instance: WebAssembly.Instance | undefined;
  #exported: Map<string, ObjectSymbol>;
  /** Table slots of its own functions, by function index. */
  #slots = new Map<number, number>();
  #slotNames = new Map<number, string>();
  #tableBase = 0;

  constructor(machine: Machine, name: string, object: WasmObject, info: ModInfo) {
    this.#machine = machine;
    this.name = name;
    this.object = object;
    this.info = info;
    const names = new Set(exportedNames(object));
    this.#exported = new Map(object.symbols.filter((s) => names.has(s.name) && !s.undefined).map((s) => [s.name, s]));
  }

  /** Takes memory and slots, links and instantiates. After a failure nothing is held. */
  place(symbols: SymbolTable): void {
    this.#placeSegments();
    try {
      this.#instantiate(symbols);
    } catch (error) {
      this.release();
      if (error instanceof WebAssembly.LinkError) throw new KpiError(`${this.name}: ${describeLinkError(error)}`);
      throw error;
    }
  }

  #placeSegments(): void {
    const { object } = this;
    let size = 0;
    const offsets = object.segments.map((segment) => {
      if (isPerCpu(segment.name)) return -1;
      const offset = Math.ceil(size / segment.align) * segment.align;
      size = offset + segment.bytes.length;
      return offset;
    });
    this.size = Math.max(PAGE, Math.ceil(size / PAGE) * PAGE);
    this.base = this.#allocate(this.size);
    this.#segments = object.segments.map((segment, i) =>
      offsets[i] < 0 ? this.#perCpu(segment.bytes.length, segment.align) : this.base + offsets[i],
    );
  }

  #allocate(size: number): number {
    const address = this.#machine.hostCall((core) => core.module_alloc(size)) >>> 0;
    if (address === 0) throw new KpiError(`${this.name}: no memory for its ${size} bytes; raise --mem`);
    return address;
  }

  #perCpu(size: number, align: number): number {
    const address = this.#machine.hostCall((core) => core.percpu_modalloc(size, align)) >>> 0;
    if (address === 0) throw new KpiError(`${this.name}: no per-CPU memory for its ${size} bytes`);
    return address;
  }

  #instantiate(symbols: SymbolTable): void {
    const { object } = this;
    const imported = object.imports.filter((entry) => entry.kind === "function").length;
    const taken = new Set(addressTaken(object).map((index) => object.symbols[index]));
    const own = [...taken].filter((s) => s?.kind === SYMBOL_FUNCTION && !s.undefined).map((s) => s.index);
    this.#tableBase = this.#machine.core.table.grow(own.length);
    own.forEach((index, i) => this.#slots.set(index, this.#tableBase + i));
    for (const symbol of taken) {
      if (symbol && !symbol.undefined) this.#slotNames.set(this.#slots.get(symbol.index)!, symbol.name);
    }
    const linked = link(object, {
      segments: this.#segments,
      dataAddress: (symbol) => this.#dataAddress(symbols, symbol),
      tableSlot: (symbol) => this.#tableSlot(symbols, symbol),
    });
    const exports = new Map<string, number>();
    for (const symbol of this.#exported.values()) {
      if (symbol.kind === SYMBOL_FUNCTION && symbol.index >= imported) exports.set(symbol.name, symbol.index);
    }
    const image = writeImage(object, {
      name: this.name,
      code: linked.code,
      exports,
      tableBase: this.#tableBase,
      elements: own,
    });
    this.#machine.code.add(this.name, image);
    const module = compile(this.name, image);
    this.#instance = new WebAssembly.Instance(module, { env: this.#imports(symbols) });
    linked.segments.forEach((bytes, i) => this.#machine.text.bytes.set(bytes, this.#segments[i]));
  }

  #imports(symbols: SymbolTable): WebAssembly.ModuleImports {
    const machine = this.#machine;
    const env: WebAssembly.ModuleImports = {
      memory: machine.memory,
      [TABLE_IMPORT]: machine.core.table,
      __stack_pointer: machine.stackPointer,
    };
    for (const entry of this.object.imports) {
      if (entry.kind !== "function") continue;
      const found = symbols.find(entry.name);
      if (found?.provider) this.uses.add(found.provider);
      env[entry.name] = found?.symbol.kind === "function" ? (found.symbol.value as WebAssembly.ImportValue) : absent(entry.name);
    }
    return env;
  }

  #dataAddress(symbols: SymbolTable, symbol: ObjectSymbol): number {
    const found = symbols.find(symbol.name);
    if (found?.provider) this.uses.add(found.provider);
    return found?.symbol.kind === "data" ? found.symbol.address : 0;
  }

  #tableSlot(symbols: SymbolTable, symbol: ObjectSymbol): number {
    if (!symbol.undefined) return this.#slots.get(symbol.index)!;
    return symbols.find(symbol.name)?.symbol.kind === "function" ? symbols.slot(symbol.name) : 0;
  }

  /** Address of a data symbol of its own; undefined if it has none of that name. */
  address(name: string): number | undefined {
    const symbol = this.object.symbols.find((s) => s.name === name && s.kind === SYMBOL_DATA && !s.undefined);
    return symbol && this.#segments[symbol.index] + symbol.offset;
  }

  /** Address and size of the segment of that name; size 0 if it has none. */
  segment(name: string): { address: number; size: number } {
    const index = this.object.segments.findIndex((segment) => segment.name === name);
    return index < 0 ? { address: 0, size: 0 } : { address: this.#segments[index], size: this.object.segments[index].bytes.length };
  }

  symbol(name: string): CoreSymbol | undefined {
    const symbol = this.#exported.get(name);
    if (!symbol) return undefined;
    if (symbol.kind === SYMBOL_DATA) return { kind: "data", address: this.#segments[symbol.index] + symbol.offset };
    return { kind: "function", value: this.#instance!.exports[name] as Function };
  }

  slot(name: string): number {
    const symbol = this.#exported.get(name)!;
    const known = this.#slots.get(symbol.index);
    if (known !== undefined) return known;
    const { table } = this.#machine.core;
    const slot = table.grow(1);
    table.set(slot, this.#instance!.exports[name]);
    this.#slots.set(symbol.index, slot);
    this.#slotNames.set(slot, name);
    return slot;
  }

  /** "cp_interrupt [8139cp]", for %pS and reports. */
  nameOfSlot(slot: number): string | undefined {
    const name = this.#slotNames.get(slot);
    return name && `${name} [${this.name}]`;
  }

  /** Puts tombstones into its slots: whoever still calls is told what is gone. */
  bury(): void {
    const functions = [...this.#slots.keys()].filter((index) => this.#slots.get(index)! >= this.#tableBase);
    const inOrder = functions.filter((index, i) => this.#slots.get(index) === this.#tableBase + i);
    const { table } = this.#machine.core;
    for (const slot of this.#slots.values()) table.set(slot, null);
    if (inOrder.length > 0) {
      const stale = (slot: number): never => {
        throw new WebAssembly.RuntimeError(`call of ${this.#slotNames.get(slot)} in module ${this.name}, which was unloaded`);
      };
      const image = tombstoneImage(this.object, inOrder, this.#tableBase);
      const env = { memory: this.#machine.memory, [TABLE_IMPORT]: table };
      new WebAssembly.Instance(new WebAssembly.Module(image), { env, loader: { stale } });
    }
  }

  /** Gives its memory back. */
  release(): void {
    this.#machine.hostCall((core) => core.module_free(this.base));
  }
}

function isPerCpu(segment: string): boolean {
  return segment.startsWith(".data..percpu");
}

function absent(name: string): () => never {
  return () => {
    throw new WebAssembly.RuntimeError(`call of weak symbol ${name}, which nothing defines`);
  };
}

function compile(name: string, image: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  try {
    return new WebAssembly.Module(image);
  } catch (error) {
    throw new KpiError(`${name}: the module's code is not valid wasm: ${(error as Error).message.replace(/^.*?: /, "")}`);
  }
}

/** V8: 'WebAssembly.Instance(): Import #3 "env" "free_irq": imported function does not match the expected type'. */
function describeLinkError(error: Error): string {
  const name = /"env" "([^"]+)"/.exec(error.message)?.[1];
  return name ? `${name} has another signature in the core; see kpi resolve ${name}` : error.message;
}
