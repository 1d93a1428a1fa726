// The KPI core as the host sees it: `kpi.wasm`, compiled once, its exports, and the function table it shares with modules.

import { MODULE_SLOTS } from "./boot-block.ts";
import { KpiError } from "../error.ts";
import { FunctionNames } from "./function-names.ts";
import { TableSlots } from "./table-slots.ts";

type Word = number;

/** The exports that the host itself calls; kernel symbols are reached by name. */
export interface CoreExports {
  kpi_init(): void;
  kpi_core_end(): Word;
  kpi_boot(cpu: number): number;
  kpi_cpu_prepare(cpu: number): number;
  kpi_cpu_boot(cpu: number): number;
  kpi_task_create(entry: Word, nargs: number, returns: number, name: Word, a: Word, b: Word, c: Word, d: Word): Word;
  kpi_task_run(task: Word): void;
  kpi_task_exit(): Word;
  kpi_task_result(task: Word): number;
  kpi_task_free(task: Word): void;
  kpi_task_trap(): Word;
  kpi_hung_tasks(seconds: number): void;
  kpi_task_stuck(task: Word): number;
  kpi_deadlock(): void;
  kpi_task_info(pid: number, buffer: Word): number;
  kpi_sysrq(key: number): void;
  kpi_host_trap(): void;
  kpi_trap_report(): Word;
  kpi_bug_reports(): number;
  kpi_host_enter(): number;
  kpi_host_leave(flags: number): void;
  __kmalloc(size: number, gfp: number): Word;
  kfree(address: Word): void;
  kpi_proc_read(name: Word, buffer: Word, size: number): number;
  kpi_log_read(seq: number, buffer: Word, size: number): number;
  kpi_packet_ring(): Word;
  kpi_netdev_info(ifindex: number, buffer: Word, size: number): number;
  module_alloc(size: number): Word;
  module_free(address: Word): void;
  percpu_modalloc(size: number, align: number): Word;
  percpu_modcopy(pointer: Word, image: Word, size: number): void;
  free_percpu(pointer: Word): void;
  /** u64: hash of the struct layouts and constants that the core was built with. */
  kpi_abi_stamp: WebAssembly.Global;
}

/** What a name of the core is to a module: code, or the address of data. */
export type CoreSymbol = { kind: "function"; value: Function } | { kind: "data"; address: number };

/** Whether the image is of the debug flavour: only that one asks where tasks parked. */
export function isDebug(image: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(image).some(({ name }) => name === "task_backtrace");
}

export class Core {
  readonly exports: CoreExports;
  /** Whether it is the debug flavour. */
  readonly debug: boolean;
  readonly table: WebAssembly.Table;
  /** Where modules get their slots. */
  readonly moduleSlots: TableSlots;
  #symbols: WebAssembly.Exports;
  #names: FunctionNames;
  #slots = new Map<Function, number>();
  #nextSlot: number;
  /** Called when a function gets a slot. */
  onSlot: (name: string, slot: number) => void = () => {};

  constructor(module: WebAssembly.Module, imports: WebAssembly.Imports, table: WebAssembly.Table) {
    this.table = table;
    this.debug = isDebug(module);
    this.moduleSlots = new TableSlots(table);
    this.#names = new FunctionNames(module);
    const instance = new WebAssembly.Instance(module, imports);
    this.#symbols = instance.exports;
    this.exports = instance.exports as unknown as CoreExports;
    this.exports.kpi_init();
    this.#nextSlot = this.#indexTable();
  }

  /** Notes the slots that the core's own function references already fill; returns the first free one. */
  #indexTable(): number {
    let slot = 1;
    for (let value; slot < MODULE_SLOTS && (value = this.table.get(slot)); slot++) this.#slots.set(value, slot);
    return slot;
  }

  /** The stamp as a module's .modinfo has it. */
  get abiStamp(): string {
    return BigInt.asUintN(64, this.exports.kpi_abi_stamp.value as bigint)
      .toString(16)
      .padStart(16, "0");
  }

  symbol(name: string): CoreSymbol | undefined {
    const value = this.#symbols[name];
    if (typeof value === "function") return { kind: "function", value };
    if (value instanceof WebAssembly.Global && typeof value.value === "number")
      return { kind: "data", address: value.value >>> 0 };
    return undefined;
  }

  names(): string[] {
    return Object.keys(this.#symbols);
  }

  /** The one table slot of a core function: C compares function pointers, so each function has exactly one. */
  slot(name: string): number {
    const symbol = this.symbol(name);
    if (symbol?.kind !== "function") throw new KpiError(`${name} is not a function of the core; see kpi symbols`);
    let slot = this.#slots.get(symbol.value);
    if (slot === undefined) {
      slot = this.#nextSlot++;
      if (slot >= MODULE_SLOTS) throw new Error("the core's table slots are used up");
      this.table.set(slot, symbol.value);
      this.#slots.set(symbol.value, slot);
      this.onSlot(name, slot);
    }
    return slot;
  }

  /** The table slot of a core function if something points to it, else 0. */
  knownSlot(name: string): number {
    const value = this.#symbols[name];
    return typeof value === "function" ? (this.#slots.get(value) ?? 0) : 0;
  }

  /** The name of the core function in `slot`. */
  nameOfSlot(slot: number): string | undefined {
    const value = slot < this.table.length ? this.table.get(slot) : null;
    if (!value) return undefined;
    return this.names().find((name) => this.#symbols[name] === value) ?? this.#names.of(value);
  }
}
