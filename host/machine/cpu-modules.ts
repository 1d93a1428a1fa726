// The modules on a further CPU: instances of the same images, with the same functions in the same slots.

import type { CodeMap } from "./code-map.ts";
import type { Core } from "./core.ts";
import type { BuryOrder, CpuOrder, FunctionName, PlaceOrder, SlotOrder } from "./cpu-orders.ts";
import { absent, stale } from "./missing-functions.ts";

interface Env {
  readonly memory: WebAssembly.Memory;
  readonly table: WebAssembly.Table;
  readonly __stack_pointer: WebAssembly.Global;
}

export class CpuModules {
  readonly #core: Core;
  readonly #env: Env;
  readonly #code: CodeMap;
  readonly #exports = new Map<string, WebAssembly.Exports>();

  constructor(core: Core, env: Env, code: CodeMap) {
    this.#core = core;
    this.#env = env;
    this.#code = code;
  }

  carryOut(order: CpuOrder): void {
    if (order.kind === "place") this.#place(order);
    else if (order.kind === "slot") this.#setSlot(order);
    else this.#bury(order);
  }

  #function({ provider, name }: FunctionName): Function {
    if (provider !== "") return this.#exports.get(provider)![name] as Function;
    const symbol = this.#core.symbol(name);
    if (symbol?.kind !== "function") throw new Error(`the core has no function ${name}`);
    return symbol.value;
  }

  #grow(size: number): void {
    const { table } = this.#env;
    if (table.length < size) table.grow(size - table.length);
  }

  #place({ name, image, imports, tableSize }: PlaceOrder): void {
    this.#grow(tableSize);
    const { memory, table, __stack_pointer } = this.#env;
    const env: WebAssembly.ModuleImports = { memory, __indirect_function_table: table, __stack_pointer };
    for (const { name: wanted, from } of imports)
      env[wanted] = (from ? this.#function(from) : absent(wanted)) as WebAssembly.ImportValue;
    this.#exports.set(name, new WebAssembly.Instance(new WebAssembly.Module(image), { env }).exports);
    this.#code.add(name, image);
  }

  #setSlot({ slot, from, tableSize }: SlotOrder): void {
    this.#grow(tableSize);
    this.#env.table.set(slot, this.#function(from));
  }

  #bury({ name, image, graves }: BuryOrder): void {
    const { memory, table } = this.#env;
    const names = new Map(graves.map((grave) => [grave.slot, grave.name]));
    const stones = new WebAssembly.Instance(new WebAssembly.Module(image), {
      env: { memory, __indirect_function_table: table },
      loader: { stale: stale(name, (slot) => names.get(slot)) },
    });
    for (const { slot } of graves) table.set(slot, stones.exports[slot]);
    this.#exports.delete(name);
  }
}
