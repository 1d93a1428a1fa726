// A machine without a core's logic: memory, a table, and a few functions, for the loader to place modules in.

import { Core, type CoreExports, type CoreSymbol } from "../../host/machine/core.ts";
import { MODULE_SLOTS } from "../../host/machine/boot-block.ts";
import { TableSlots } from "../../host/machine/table-slots.ts";
import type { Machine } from "../../host/machine/machine.ts";
import { SharedWords } from "../../host/machine/words.ts";
import { readObject } from "../../host/loader/object.ts";
import { writeImage } from "../../host/loader/writer.ts";
import { I32, ObjectBuilder } from "./object-builder.ts";

export const STAMP = "0123456789abcdef";
const PAGES = 64;
const PERCPU_BASE = 0xc0000000;
const UNIT = 0x8000;
export const CPUS = 4;

/** Functions of the core: `a(x)` returns x + 1, `b(x, y)` returns x * y, `none()` returns nothing. */
function coreFunctions(): WebAssembly.Exports {
  const object = new ObjectBuilder();
  object.func("a", [I32], [I32], [0x20, 0, 0x41, 1, 0x6a]);
  object.func("b", [I32, I32], [I32], [0x20, 0, 0x20, 1, 0x6c]);
  object.func("none", [], [], []);
  const read = readObject(object.build());
  const image = writeImage(read, {
    name: "core",
    code: read.code,
    exports: new Map([
      ["a", 0],
      ["b", 1],
      ["none", 2],
    ]),
    tableBase: 0,
    elements: [],
  });
  const env = {
    memory: memory(),
    __indirect_function_table: new WebAssembly.Table({ initial: 1, element: "anyfunc" }),
  };
  return new WebAssembly.Instance(new WebAssembly.Module(image), { env }).exports;
}

const memory = (): WebAssembly.Memory => new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });

export interface FakeMachine extends Machine {
  /** Addresses that module_alloc gave and nobody returned. */
  readonly held: Set<number>;
  /** The same for per-CPU pointers. */
  readonly perCpuHeld: Map<number, number>;
  /** Makes the next allocation of that kind fail. */
  fail: "" | "module_alloc" | "percpu_modalloc" | "__kmalloc";
  /** What kpi_insmod and kpi_rmmod return, or throw. */
  insmod: () => number;
  rmmod: () => number;
  /** Address of a CPU's copy of what a per-CPU pointer points to. */
  perCpuAddress(pointer: number, cpu: number): number;
}

export function fakeMachine(): FakeMachine {
  const ram = memory();
  const bytes = new Uint8Array(ram.buffer);
  const table = new WebAssembly.Table({ initial: MODULE_SLOTS, element: "anyfunc" });
  const functions = coreFunctions();
  const data: Record<string, number> = { jiffies: 0x1000, system_wq: 0x2004 };
  const held = new Set<number>();
  const perCpuHeld = new Map<number, number>();
  const perCpuFree = new Map<number, number[]>();
  let top = 0x10000;
  let perCpuTop = 0;
  let kmallocs = 0;
  /** Memory that came back, by size. */
  const free = new Map<number, number[]>();
  const take = (kind: FakeMachine["fail"], size: number): number => {
    const room = Math.ceil(size / 4096) * 4096;
    const again = free.get(room)?.pop();
    if (machine.fail === kind) return 0;
    if (again !== undefined) return again;
    if (top + room > bytes.length - UNIT * CPUS) return 0;
    const address = top;
    top += room;
    return address;
  };
  const sizes = new Map<number, number>();
  const perCpuUnits = bytes.length - UNIT * CPUS;
  const exports: Partial<CoreExports> = {
    // Arguments and records of insmod: never more than a page, and none outlives the next.
    __kmalloc: () => (machine.fail === "__kmalloc" ? 0 : 0x8000 + (kmallocs++ % 8) * 4096),
    kfree: () => {},
    module_alloc: (size) => {
      const address = take("module_alloc", size);
      if (address === 0) return 0;
      held.add(address);
      sizes.set(address, Math.ceil(size / 4096) * 4096);
      return address;
    },
    module_free: (address) => {
      held.delete(address);
      const size = sizes.get(address)!;
      free.set(size, [...(free.get(size) ?? []), address]);
    },
    percpu_modalloc: (size, align) => {
      if (machine.fail === "percpu_modalloc") return 0;
      // Who comes back wants as much as before: module_alloc's way, with the alignment in the room.
      const room = Math.ceil(size / align) * align;
      const again = perCpuFree.get(room)?.pop();
      const start = Math.ceil(perCpuTop / align) * align;
      if (again === undefined && start + room > UNIT) return 0;
      if (again === undefined) perCpuTop = start + room;
      const pointer = again ?? PERCPU_BASE + perCpuUnits + start;
      perCpuHeld.set(pointer, room);
      return pointer | 0;
    },
    percpu_modcopy: (pointer, image, size) => {
      for (let cpu = 0; cpu < CPUS; cpu++) bytes.copyWithin(machine.perCpuAddress(pointer, cpu), image, image + size);
    },
    free_percpu: (pointer) => {
      const room = perCpuHeld.get(pointer)!;
      perCpuHeld.delete(pointer);
      perCpuFree.set(room, [...(perCpuFree.get(room) ?? []), pointer]);
    },
  };
  const slots = new Map<string, number>();
  const core = {
    table,
    moduleSlots: new TableSlots(table),
    exports,
    abiStamp: STAMP,
    names: () => [...Object.keys(functions), ...Object.keys(data)],
    symbol(name: string): CoreSymbol | undefined {
      if (name in functions) return { kind: "function", value: functions[name] as Function };
      return Object.hasOwn(data, name) ? { kind: "data", address: data[name] } : undefined;
    },
    slot(name: string): number {
      if (!slots.has(name)) {
        slots.set(name, slots.size + 1);
        table.set(slots.get(name)!, functions[name]);
      }
      return slots.get(name)!;
    },
  } satisfies Partial<Record<keyof Core, unknown>>;
  const names: ((slot: number) => string | undefined)[] = [];
  const machine = {
    memory: ram,
    words: new SharedWords(ram),
    text: { bytes },
    core,
    code: { add: () => {} },
    stackPointer: new WebAssembly.Global({ value: "i32", mutable: true }, 0x8000),
    alive: true,
    order: () => {},
    orderSlot: () => {},
    settle: async () => {},
    held,
    perCpuHeld,
    fail: "",
    insmod: () => 0,
    rmmod: () => 0,
    perCpuAddress: (pointer: number, cpu: number) => (pointer >>> 0) - PERCPU_BASE + cpu * UNIT,
    hostCall: <T>(call: (core: CoreExports) => T): T => call(exports as CoreExports),
    callExport: async (_name: string) => machine.rmmod(),
    callSecluded: async (_name: string) => machine.insmod(),
    addNames: (lookup: (slot: number) => string | undefined) => void names.push(lookup),
    symbolName: (slot: number) => names.map((lookup) => lookup(slot)).find((name) => name !== undefined),
  } as unknown as FakeMachine;
  return machine;
}
