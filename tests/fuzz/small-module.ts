// A module of some hundred bytes with a little of everything: for cases that have to be cheap.

import { STAMP } from "../loader/fake-machine.ts";
import { I32, ObjectBuilder, R } from "../loader/object-builder.ts";

export function smallModule(): Uint8Array<ArrayBuffer> {
  const builder = new ObjectBuilder();
  builder.importGlobal("__stack_pointer");
  const a = builder.importFunction("a", [I32], [I32]);
  const weak = builder.importFunction("weak", [], [], { weak: true });
  builder.importTable();
  const jiffies = builder.undefinedData("jiffies");
  const text = builder.data("text", "text\0", { segment: ".rodata.str", align: 1 });
  const address = (
    type: number,
    symbol: number,
    addend = 0,
  ): ({ type: number; symbol: number; addend: number } | number)[] => [0x41, { type, symbol, addend }, 0x6a];
  const run = builder.func(
    "run",
    [I32],
    [I32],
    [
      0x20,
      0,
      ...builder.call(a),
      ...address(R.MEMORY_ADDR_SLEB, text, 2),
      ...address(R.TABLE_INDEX_SLEB, weak),
      ...address(R.MEMORY_ADDR_LEB, jiffies),
    ],
  );
  const hooks = [run, builder.alias("init_module", run), a];
  builder.data("hooks", new Uint8Array(12), {
    fields: hooks.map((symbol, i) => ({ at: 4 * i, type: R.TABLE_INDEX_I32, symbol })),
  });
  const counter = builder.data("counter", new Uint8Array(16), { segment: ".data..percpu", align: 16 });
  builder.data("pointer", new Uint8Array(4), {
    fields: [{ at: 0, type: R.MEMORY_ADDR_I32, symbol: counter, addend: 4 }],
  });
  builder.data("parameter", new Uint8Array(20), { segment: "__param" });
  builder.data("ids", new Uint8Array(32), { segment: "__mod_pci__ids_device_table" });
  builder.export("run", run).export("hooks", builder.data("shared", new Uint8Array(8)));
  builder.module("m", { kpi_abi: STAMP, parm: "a:b", parmtype: "a:int", alias: "pci:v0*" });
  return builder.build();
}
