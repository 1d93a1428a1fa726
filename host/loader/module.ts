// One module: placed in memory and table, linked, instantiated.

import { RAM_MAX } from "../../assembly/arch/wasm/memory.ts";
import { KpiError } from "../error.ts";
import type { CoreSymbol } from "../machine/core.ts";
import type { PlaceOrder } from "../machine/cpu-orders.ts";
import type { Machine } from "../machine/machine.ts";
import { absent, stale } from "../machine/missing-functions.ts";
import type { CallSites } from "./call-sites.ts";
import type { Inherited } from "./checks.ts";
import { dropDebugCalls } from "./debug-calls.ts";
import { exportsOf, isGplCompatible, type ModuleExport } from "./exports.ts";
import { addressTaken, link } from "./link.ts";
import type { ModInfo } from "./modinfo.ts";
import { SYMBOL_DATA, SYMBOL_FUNCTION, type ObjectSymbol, type Segment, type WasmObject } from "./object.ts";
import { ObjectError } from "./reader.ts";
import type { SymbolProvider, SymbolTable } from "./symbols.ts";
import { tombstoneImage } from "./tombstones.ts";
import { TABLE_IMPORT, writeImage } from "./writer.ts";

const PAGE = 4096;

/** No board has more RAM (assembly/arch/wasm/memory.ts). */
const MAX_BYTES = RAM_MAX;

/** Where segments go: the module's own memory, or the per-CPU area that each CPU has a copy of. */
class Layout {
  size = 0;
  align = 1;

  /** Reserves room for a segment; returns its offset. */
  add({ align, bytes }: Segment): number {
    const offset = Math.ceil(this.size / align) * align;
    this.size = offset + bytes.length;
    this.align = Math.max(this.align, align);
    return offset;
  }
}

export class Module implements SymbolProvider {
  readonly name: string;
  readonly object: WasmObject;
  readonly info: ModInfo;
  /** Where its memory lies, and how many bytes. */
  base = 0;
  size = 0;
  /** The modules whose symbols it uses. */
  readonly uses = new Set<SymbolProvider>();
  /** The symbol that makes it proprietary, if one does and not its own licence. */
  readonly inherited: Inherited | undefined;
  /** Numbers of its calls of imported functions, in the debug flavour. */
  sites = { first: 0, count: 0 };
  #machine: Machine;
  #segments: number[] = [];
  #instance: WebAssembly.Instance | undefined;
  #exported: Map<string, ObjectSymbol>;
  #exports: Map<string, ModuleExport>;
  /** Table slots of its own functions, by function index. */
  #slots = new Map<number, number>();
  #slotNames = new Map<number, string>();
  /** The runs of slots that it took: first slot and length. */
  #runs: [first: number, count: number][] = [];
  /** Memory of the core's that lives as long as the module. */
  #owned: number[] = [];
  /** The per-CPU pointer of its per-CPU data, 0 if it has none; its size, and where its initial values stand. */
  #perCpu = 0;
  #perCpuSize = 0;
  #perCpuImage = 0;

  constructor(machine: Machine, name: string, object: WasmObject, info: ModInfo, inherited?: Inherited) {
    this.inherited = inherited;
    this.#machine = machine;
    this.name = name;
    this.object = object;
    this.info = info;
    this.#exports = new Map(exportsOf(object).map((entry) => [entry.name, entry]));
    const exported = object.symbols.filter((s) => this.#exports.has(s.name) && !s.undefined);
    this.#exported = new Map(exported.map((s) => [s.name, s]));
  }

  get proprietary(): boolean {
    return this.inherited !== undefined || !isGplCompatible(this.info);
  }

  /** Takes memory and slots, links and instantiates, with the calls of imported functions noted in `sites`. After a
   *  failure no memory is held. */
  place(symbols: SymbolTable, sites?: CallSites): void {
    try {
      this.#placeSegments();
      this.#instantiate(symbols, sites);
    } catch (error) {
      this.release();
      if (error instanceof WebAssembly.LinkError) throw new KpiError(describeLinkError(error, symbols));
      throw error;
    }
  }

  #placeSegments(): void {
    const own = new Layout();
    const perCpu = new Layout();
    const offsets = this.object.segments.map((segment) => (isPerCpu(segment) ? perCpu : own).add(segment));
    const total = own.size + perCpu.size;
    if (total > MAX_BYTES) throw new KpiError(`needs ${total} bytes, more than any board has`);
    // The initial values of per-CPU data stand behind the module's own data, as in Linux, for percpu_modcopy.
    this.#perCpuImage = own.size;
    this.size = Math.max(PAGE, Math.ceil(total / PAGE) * PAGE);
    this.base = this.#machine.hostCall((core) => core.module_alloc(this.size)) >>> 0;
    if (this.base === 0) throw new KpiError(`no memory for its ${this.size} bytes; raise --mem`);
    this.#perCpuSize = perCpu.size;
    if (perCpu.size > 0) {
      this.#perCpu = this.#machine.hostCall((core) => core.percpu_modalloc(perCpu.size, perCpu.align)) >>> 0;
      if (this.#perCpu === 0) throw new KpiError(`no per-CPU memory for its ${perCpu.size} bytes`);
    }
    this.#segments = this.object.segments.map(
      (segment, i) => (isPerCpu(segment) ? this.#perCpu : this.base) + offsets[i],
    );
  }

  /** Copies the linked segments to where they belong. */
  #writeSegments(segments: Uint8Array[]): void {
    const { bytes } = this.#machine.text;
    const image = this.base + this.#perCpuImage;
    segments.forEach((segment, i) => {
      const at = this.#segments[i];
      bytes.set(segment, isPerCpu(this.object.segments[i]) ? at - this.#perCpu + image : at);
    });
    if (this.#perCpuSize > 0)
      this.#machine.hostCall((core) => core.percpu_modcopy(this.#perCpu, image, this.#perCpuSize));
  }

  #instantiate(symbols: SymbolTable, sites: CallSites | undefined): void {
    const { object } = this;
    const imported = object.imports.filter((entry) => entry.kind === "function").length;
    const taken = new Set(addressTaken(object).map((index) => object.symbols[index]));
    // Two names of one function have one slot: C compares function pointers.
    const own = new Map<number, string>();
    for (const symbol of taken) {
      if (symbol?.kind === SYMBOL_FUNCTION && !symbol.undefined && !own.has(symbol.index))
        own.set(symbol.index, symbol.name);
    }
    const tableBase = this.#takeSlots(own.size);
    [...own].forEach(([index, name], i) => {
      this.#slots.set(index, tableBase + i);
      this.#slotNames.set(tableBase + i, name);
    });
    const linked = link(object, {
      segments: this.#segments,
      dataAddress: (symbol) => this.#dataAddress(symbols, symbol),
      tableSlot: (symbol) => this.#tableSlot(symbols, symbol),
    });
    if (!this.#machine.core.debug) dropDebugCalls(object, linked.code);
    const exports = new Map<string, number>();
    for (const symbol of this.#exported.values()) {
      if (symbol.kind === SYMBOL_FUNCTION && symbol.index >= imported) exports.set(symbol.name, symbol.index);
    }
    const traced = sites?.trace(this.name, object, linked.code);
    if (traced) this.sites = { first: traced.first, count: traced.count };
    const imageFor = (cpu: number): Uint8Array<ArrayBuffer> =>
      writeImage(traced?.object ?? object, {
        name: this.name,
        code: traced?.code(cpu) ?? linked.code,
        exports,
        tableBase,
        elements: [...own.keys()],
      });
    const image = imageFor(0);
    this.#machine.code.add(this.name, image, traced?.helpers);
    const module = compile(image);
    this.#instance = new WebAssembly.Instance(module, { env: this.#imports(symbols) });
    this.#machine.order((cpu) => ({
      kind: "place",
      name: this.name,
      image: imageFor(cpu),
      imports: this.#importNames(symbols),
      tableSize: this.#machine.core.table.length,
    }));
    this.#writeSegments(linked.segments);
  }

  #takeSlots(count: number): number {
    const first = this.#machine.core.moduleSlots.take(count);
    this.#runs.push([first, count]);
    return first;
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
      const found = this.#find(symbols, entry.name, "function");
      env[entry.name] = found?.kind === "function" ? (found.value as WebAssembly.ImportValue) : absent(entry.name);
    }
    return env;
  }

  /** Where the functions that it imports come from, for other CPUs. */
  #importNames(symbols: SymbolTable): PlaceOrder["imports"] {
    const functions = this.object.imports.filter((entry) => entry.kind === "function");
    return functions.map(({ name }) => {
      const found = symbols.find(name);
      return { name, from: found && { provider: found.provider?.name ?? "", name } };
    });
  }

  /** A symbol of another's, which this module then uses; undefined: nobody has it, so it must be weak. */
  #find(symbols: SymbolTable, name: string, kind: CoreSymbol["kind"]): CoreSymbol | undefined {
    const found = symbols.find(name);
    if (!found) return undefined;
    if (found.symbol.kind !== kind) throw new KpiError(`takes ${name} for ${kind}, but it is ${found.symbol.kind}`);
    if (found.provider) this.uses.add(found.provider);
    return found.symbol;
  }

  #dataAddress(symbols: SymbolTable, symbol: ObjectSymbol): number {
    const found = this.#find(symbols, symbol.name, "data");
    return found?.kind === "data" ? found.address : 0;
  }

  #tableSlot(symbols: SymbolTable, symbol: ObjectSymbol): number {
    if (!symbol.undefined) return this.#slots.get(symbol.index)!;
    return this.#find(symbols, symbol.name, "function") ? symbols.slot(symbol.name) : 0;
  }

  /** Address of a data symbol of its own; undefined if it has none of that name. */
  address(name: string): number | undefined {
    const symbol = this.object.symbols.find((s) => s.name === name && s.kind === SYMBOL_DATA && !s.undefined);
    return symbol && this.#segments[symbol.index] + symbol.offset;
  }

  /** Whether the object has a function or variable of that name. */
  defines(name: string): boolean {
    return this.object.symbols.some((symbol) => symbol.name === name && !symbol.undefined);
  }

  /** Address and size of the segment of that name; size 0 if it has none. */
  segment(name: string): { address: number; size: number } {
    const index = this.object.segments.findIndex((segment) => segment.name === name);
    return index < 0
      ? { address: 0, size: 0 }
      : { address: this.#segments[index], size: this.object.segments[index].bytes.length };
  }

  symbol(name: string): CoreSymbol | undefined {
    const symbol = this.#exported.get(name);
    if (!symbol) return undefined;
    if (symbol.kind === SYMBOL_DATA) return { kind: "data", address: this.#segments[symbol.index] + symbol.offset };
    return { kind: "function", value: this.#instance!.exports[name] as Function };
  }

  exported(name: string): ModuleExport | undefined {
    return this.#exports.get(name);
  }

  slot(name: string): number {
    const symbol = this.#exported.get(name)!;
    const known = this.#slots.get(symbol.index);
    if (known !== undefined) return known;
    const slot = this.#takeSlots(1);
    this.#machine.core.table.set(slot, this.#instance!.exports[name]);
    this.#slots.set(symbol.index, slot);
    this.#slotNames.set(slot, name);
    this.#machine.orderSlot({ provider: this.name, name }, slot);
    return slot;
  }

  /** Every named function and variable: its table slot (0: nothing points to it) or address. */
  *ownSymbols(): Generator<{ name: string; address: number; isFunction: boolean; exported: boolean }> {
    for (const { kind, name, index, offset, undefined: foreign } of this.object.symbols) {
      if (foreign || (kind !== SYMBOL_FUNCTION && kind !== SYMBOL_DATA)) continue;
      const isFunction = kind === SYMBOL_FUNCTION;
      const address = isFunction ? (this.#slots.get(index) ?? 0) : this.#segments[index]! + offset;
      yield { name, address, isFunction, exported: this.#exported.has(name) };
    }
  }

  /** "cp_interrupt [8139cp]", for %pS and reports. */
  nameOfSlot(slot: number): string | undefined {
    const name = this.#slotNames.get(slot);
    return name && `${name} [${this.name}]`;
  }

  /** "mutex_A [locks]", "device+0x4 [locks]": the variable that an address lies in, which may be a static lock. */
  nameOfData(address: number): string | undefined {
    for (const { kind, name, index, offset, size, undefined: foreign } of this.object.symbols) {
      if (foreign || kind !== SYMBOL_DATA) continue;
      const inside = address - this.#segments[index]! - offset;
      if (inside === 0 && size === 0) return `${name} [${this.name}]`;
      if (inside >= 0 && inside < size) return `${name}${inside ? `+0x${inside.toString(16)}` : ""} [${this.name}]`;
    }
    return undefined;
  }

  /** Puts tombstones into its slots: whoever still calls is told what is gone. */
  bury(): void {
    const graves = [...this.#slots].map(([index, slot]) => ({ index, slot }));
    const { table } = this.#machine.core;
    const env = { memory: this.#machine.memory, [TABLE_IMPORT]: table };
    const image = tombstoneImage(this.object, graves);
    const stones = new WebAssembly.Instance(new WebAssembly.Module(image), {
      env,
      loader: { stale: stale(this.name, (slot) => this.#slotNames.get(slot)) },
    });
    for (const { slot } of graves) table.set(slot, stones.exports[slot]);
    const named = graves.map(({ slot }) => ({ slot, name: this.#slotNames.get(slot)! }));
    this.#machine.order(() => ({ kind: "bury", name: this.name, image, graves: named }));
  }

  /** Has the kmalloc'd `address` freed with the module's memory. */
  own(address: number): void {
    this.#owned.push(address);
  }

  /** Gives its memory and slots back. */
  release(): void {
    for (const [first, count] of this.#runs) this.#machine.core.moduleSlots.give(first, count);
    this.#runs = [];
    this.#machine.hostCall((core) => {
      for (const address of this.#owned) core.kfree(address);
      if (this.#perCpu !== 0) core.free_percpu(this.#perCpu);
      if (this.base !== 0) core.module_free(this.base);
    });
    this.#owned = [];
    this.#perCpu = 0;
    this.base = 0;
  }
}

export function isPerCpu({ name }: Segment): boolean {
  return name.startsWith(".data..percpu");
}

function compile(image: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  try {
    return new WebAssembly.Module(image);
  } catch (error) {
    throw new ObjectError(`its code is not valid wasm: ${(error as Error).message.replace(/^.*?: /, "")}`);
  }
}

/** V8: 'WebAssembly.Instance(): Import #3 "env" "free_irq": imported function does not match the expected type'. */
function describeLinkError(error: Error, symbols: SymbolTable): string {
  const name = /"env" "([^"]+)"/.exec(error.message)?.[1];
  if (!name) return error.message.replace(/^.*?: /, "");
  const provider = symbols.find(name)?.provider;
  if (provider) return `${name} has another signature in module ${provider.name}; build both from the same source`;
  return `${name} has another signature in the core; see: kpi resolve ${name}`;
}
