// Placement, linking and burial of modules in a machine without a core: their code runs here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { KpiError } from "../../host/error.ts";
import { ModInfo } from "../../host/loader/modinfo.ts";
import { Module } from "../../host/loader/module.ts";
import { readObject } from "../../host/loader/object.ts";
import { ObjectError } from "../../host/loader/reader.ts";
import { SymbolTable } from "../../host/loader/symbols.ts";
import { CPUS, fakeMachine, type FakeMachine } from "./fake-machine.ts";
import { I32, I64, ObjectBuilder, R } from "./object-builder.ts";

interface World {
  machine: FakeMachine;
  symbols: SymbolTable;
}

function world(): World {
  const machine = fakeMachine();
  return { machine, symbols: new SymbolTable(machine.core) };
}

/** Places what `build` makes, and lets later modules link to it. */
function place({ machine, symbols }: World, name: string, build: (builder: ObjectBuilder) => void): Module {
  const builder = new ObjectBuilder();
  build(builder);
  const object = readObject(builder.build());
  const module = new Module(machine, name, object, ModInfo.of(object));
  module.place(symbols);
  symbols.add(module);
  return module;
}

/** Calls the function that a module exports. */
function call(module: Module, name: string, ...args: number[]): number | undefined {
  const symbol = module.symbol(name);
  assert.equal(symbol?.kind, "function");
  return (symbol as { value: Function }).value(...args);
}

const word = ({ machine }: World, address: number): number => machine.words.u32(address);

/** A function that returns where a symbol is: its address or table slot. */
const constant = (type: number, symbol: number, addend = 0) => [0x41, { type, symbol, addend }] as const;

test("a module calls the core, knows its own addresses and is called by its exports", () => {
  const w = world();
  const module = place(w, "m", (builder) => {
    const a = builder.importFunction("a", [I32], [I32]);
    const text = builder.data("text", "hello", { segment: ".rodata.str", align: 1 });
    const value = builder.data("value", Uint8Array.of(42, 0, 0, 0), { align: 16 });
    builder.data("pointer", new Uint8Array(4), { fields: [{ at: 0, type: R.MEMORY_ADDR_I32, symbol: value }] });
    builder.export("next", builder.func("next", [I32], [I32], [0x20, 0, ...builder.call(a)]));
    builder.export("where", builder.func("where", [], [I32], [...constant(R.MEMORY_ADDR_SLEB, text, 1)]));
    builder.export("value", value);
  });
  assert.equal(call(module, "next", 6), 7);
  assert.equal(call(module, "where"), module.address("text")! + 1);
  const value = module.symbol("value");
  assert.equal(value?.kind === "data" && value.address, module.address("value"));
  assert.equal(module.address("value")! % 16, 0);
  assert.equal(word(w, module.address("value")!), 42);
  assert.equal(word(w, module.address("pointer")!), module.address("value"));
  assert.equal(
    Buffer.from(w.machine.text.bytes.slice(module.address("text")!, module.address("text")! + 5)).toString(),
    "hello",
  );
  assert.equal(module.size % 4096, 0);
  assert.equal(module.address("absent"), undefined);
});

test("one function has one slot, in the core, in its module and in another", () => {
  const w = world();
  const slots = (builder: ObjectBuilder, name: string, of: number[]): void => {
    of.forEach((symbol, i) =>
      builder.export(`${name}${i}`, builder.func(`${name}${i}`, [], [I32], [...constant(R.TABLE_INDEX_SLEB, symbol)])),
    );
  };
  const first = place(w, "first", (builder) => {
    const a = builder.importFunction("a", [I32], [I32]);
    const own = builder.func("own", [I32], [I32], [0x20, 0]);
    const alias = builder.alias("init_module", own);
    builder.data("hook", new Uint8Array(8), {
      fields: [
        { at: 0, type: R.TABLE_INDEX_I32, symbol: a },
        { at: 4, type: R.TABLE_INDEX_I32, symbol: alias },
      ],
    });
    const lone = builder.func("lone", [I32], [I32], [0x41, 7]);
    builder.export("own", own).export("lone", lone);
    slots(builder, "first", [a, own, alias, lone]);
  });
  const second = place(w, "second", (builder) => {
    const [a, own, lone] = ["a", "own", "lone"].map((name) => builder.importFunction(name, [I32], [I32]));
    slots(builder, "second", [a, own, lone]);
  });
  const [a, own, alias, lone] = [0, 1, 2, 3].map((i) => call(first, `first${i}`)!);
  assert.equal(own, alias);
  assert.equal(new Set([a, own, lone]).size, 3);
  assert.ok(a < 4096 && own >= 4096, "slots of modules begin at 4096: kfree_rcu passes small numbers as functions");
  assert.deepEqual(
    [0, 1, 2].map((i) => call(second, `second${i}`)),
    [a, own, lone],
  );
  assert.deepEqual([word(w, first.address("hook")!), word(w, first.address("hook")! + 4)], [a, own]);
  const { table } = w.machine.core;
  assert.deepEqual(
    [a, own, lone].map((slot) => table.get(slot)(20)),
    [21, 20, 7],
  );
  assert.equal(first.nameOfSlot(lone), "lone [first]");
  assert.equal(first.nameOfSlot(a), undefined);
  assert.deepEqual([...second.uses], [first]);
  assert.deepEqual([...first.uses], []);
});

test("weak names that nobody has: data at 0, functions at slot 0, and a call that says so", () => {
  const w = world();
  const module = place(w, "m", (builder) => {
    const missing = builder.importFunction("missing", [], [], { weak: true });
    const data = builder.undefinedData("nothing", { weak: true });
    const jiffies = builder.undefinedData("jiffies", { weak: true });
    builder.export("slot", builder.func("slot", [], [I32], [...constant(R.TABLE_INDEX_SLEB, missing)]));
    builder.export("data", builder.func("data", [], [I32], [...constant(R.MEMORY_ADDR_SLEB, data)]));
    builder.export("time", builder.func("time", [], [I32], [...constant(R.MEMORY_ADDR_LEB, jiffies, 4)]));
    builder.export("run", builder.func("run", [], [], builder.call(missing)));
  });
  assert.deepEqual(
    ["slot", "data", "time"].map((name) => call(module, name)),
    [0, 0, 0x1004],
  );
  assert.throws(() => call(module, "run"), {
    name: "RuntimeError",
    message: "call of weak symbol missing, which nothing defines",
  });
});

test("per-CPU data: each CPU has the initial values, symbols are per-CPU pointers, and all goes back", () => {
  const w = world();
  const module = place(w, "m", (builder) => {
    const one = builder.data("one", Uint8Array.of(1, 0, 0, 0), { segment: ".data..percpu" });
    const two = builder.data("two", new Uint8Array(8), {
      segment: ".data..percpu..shared_aligned",
      align: 64,
      fields: [{ at: 4, type: R.MEMORY_ADDR_I32, symbol: one }],
    });
    builder.data("plain", new Uint8Array(4), { fields: [{ at: 0, type: R.MEMORY_ADDR_I32, symbol: two }] });
  });
  const [one, two] = ["one", "two"].map((name) => module.address(name)!);
  assert.equal(word(w, module.address("plain")!), two);
  assert.equal(two % 64, 0);
  for (let cpu = 0; cpu < CPUS; cpu++) {
    assert.equal(word(w, w.machine.perCpuAddress(one, cpu)), 1);
    assert.equal(word(w, w.machine.perCpuAddress(two, cpu) + 4), one >>> 0);
  }
  assert.deepEqual([w.machine.held.size, w.machine.perCpuHeld.size], [1, 1]);
  module.release();
  assert.deepEqual([w.machine.held.size, w.machine.perCpuHeld.size], [0, 0]);
});

test("after rmmod each slot holds a function of the same type that names what is gone", () => {
  const w = world();
  const module = place(w, "gone", (builder) => {
    const imported = builder.importFunction("a", [I32], [I32]);
    const early = builder.func("early", [], [], []);
    const poll = builder.func("poll", [I32, I32], [I32], [0x41, 0]);
    const wide = builder.func("wide", [I64], [I64], [0x20, 0]);
    const late = builder.func("late", [], [], []);
    const hooks = [poll, early, builder.alias("init_module", early), wide, imported];
    builder.data("hooks", new Uint8Array(20), {
      fields: hooks.map((symbol, i) => ({ at: 4 * i, type: R.TABLE_INDEX_I32, symbol })),
    });
    builder.export("late", late);
  });
  const { table } = w.machine.core;
  const slots = [0, 1, 2, 3, 4].map((i) => word(w, module.address("hooks")! + 4 * i));
  slots.push(w.symbols.slot("late"));
  w.symbols.remove(module);
  module.bury();
  const called =
    (slot: number, ...args: unknown[]) =>
    () =>
      table.get(slot)(...args);
  const gone = (name: string): object => ({
    name: "RuntimeError",
    message: `call of ${name} in module gone, which was unloaded`,
  });
  assert.throws(called(slots[0], 1, 2), gone("poll"));
  assert.throws(called(slots[1]), gone("early"));
  assert.equal(slots[2], slots[1]);
  assert.throws(called(slots[3], 1n), gone("wide"));
  assert.equal(table.get(slots[4])(1), 2, "what it took from the core stays");
  assert.throws(called(slots[5]), gone("late"));
  assert.equal(table.get(slots[0]).length, 2, "an indirect call finds the type it expects");
});

test("what cannot be placed is refused in one line, and nothing is held", () => {
  const refused = (
    message: RegExp,
    build: (builder: ObjectBuilder, w: World) => void,
    type: Function = KpiError,
  ): void => {
    const w = world();
    assert.throws(
      () => place(w, "bad", (builder) => build(builder, w)),
      (error: Error) => {
        assert.equal(error.constructor, type, String(error.stack));
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
    );
    assert.deepEqual([w.machine.held.size, w.machine.perCpuHeld.size], [0, 0]);
  };
  const perCpu = (builder: ObjectBuilder): number => builder.data("x", new Uint8Array(4), { segment: ".data..percpu" });
  refused(/^b has another signature in the core; see: kpi resolve b$/, (builder) => {
    perCpu(builder);
    builder.importFunction("b", [I32], [I32]);
  });
  refused(/^twice has another signature in module other; build both from the same source$/, (builder, w) => {
    place(w, "other", (other) => other.export("twice", other.func("twice", [I32], [I32], [0x20, 0]))).release();
    builder.importFunction("twice", [I64], [I32]);
  });
  refused(/^takes jiffies for function, but it is data$/, (builder) => builder.importFunction("jiffies", []));
  refused(/^takes none for data, but it is function$/, (builder) => {
    const none = builder.undefinedData("none");
    builder.func("f", [], [], [...constant(R.MEMORY_ADDR_SLEB, none), 0x1a]);
  });
  refused(/^its code is not valid wasm: /, (builder) => builder.func("f", [], [I32], []), ObjectError);
  refused(/^no memory for its 4096 bytes; raise --mem$/, (_, w) => (w.machine.fail = "module_alloc"));
  refused(/^no per-CPU memory for its 4 bytes$/, (builder, w) => {
    perCpu(builder);
    w.machine.fail = "percpu_modalloc";
  });
  refused(
    /names symbol 9, which does not exist/,
    (builder) => builder.func("f", [], [], [0x41, { type: R.MEMORY_ADDR_SLEB, symbol: 9 }, 0x1a]),
    ObjectError,
  );
});

test("segments whose alignment asks for more memory than a pointer reaches", () => {
  const w = world();
  const object = readObject(new ObjectBuilder().build());
  object.segments = Array.from({ length: 1 << 18 }, () => ({
    name: "x",
    align: 4096,
    bytes: Uint8Array.of(1),
    offset: 0,
  }));
  const module = new Module(w.machine, "bad", object, ModInfo.of(object));
  assert.throws(() => module.place(w.symbols), {
    name: "KpiError",
    message: "needs 1073737729 bytes, more than any board has",
  });
});
