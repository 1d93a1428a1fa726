// readObject: what it reads of a well-formed object, and how it words what it refuses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ModInfo, moduleName } from "../../host/loader/modinfo.ts";
import { SYMBOL_DATA, SYMBOL_FUNCTION, readObject } from "../../host/loader/object.ts";
import { ObjectError } from "../../host/loader/reader.ts";
import { exportedNames } from "../../host/loader/exports.ts";
import { wantedNames } from "../../host/loader/symbols.ts";
import { I32, I64, ObjectBuilder, R } from "./object-builder.ts";

function refused(bytes: Uint8Array | ObjectBuilder, message: RegExp): void {
  const given = bytes instanceof ObjectBuilder ? bytes.build() : bytes;
  assert.throws(
    () => readObject(given),
    (error) => error instanceof ObjectError && message.test(error.message),
  );
}

test("imports, functions, segments, symbols and relocations", () => {
  const builder = new ObjectBuilder();
  builder.importGlobal("__stack_pointer");
  const kfree = builder.importFunction("kfree", [I32]);
  const maybe = builder.importFunction("maybe", [I32, I64], [I32], { weak: true });
  const jiffies = builder.undefinedData("jiffies");
  const text = builder.data("text", "abc", { segment: ".rodata.str", align: 1 });
  const run = builder.func(
    "run",
    [I32],
    [],
    [0x20, 0, ...builder.call(kfree), 0x41, { type: R.MEMORY_ADDR_SLEB, symbol: text, addend: 1 }, 0x1a],
  );
  builder.data("hook", new Uint8Array(8), { align: 8, fields: [{ at: 4, type: R.TABLE_INDEX_I32, symbol: run }] });
  builder.export("run", run);
  const object = readObject(builder.build());
  assert.deepEqual(object.symbols[kfree], {
    kind: SYMBOL_FUNCTION,
    name: "kfree",
    weak: false,
    undefined: true,
    index: 0,
    offset: 0,
    size: 0,
  });
  assert.equal(object.symbols[maybe].weak, true);
  assert.equal(object.symbols[jiffies].kind, SYMBOL_DATA);
  assert.equal(object.symbols[run].index, 2);
  assert.deepEqual(object.types[object.functions[0]], { params: [I32], results: [] });
  assert.deepEqual(
    object.segments.map(({ name, align }) => [name, align]),
    [
      [".rodata.str", 1],
      [".data.hook", 8],
      ["___ksymtab+run", 4],
    ],
  );
  assert.equal(Buffer.from(object.segments[0].bytes).toString(), "abc");
  assert.deepEqual(
    object.codeRelocations.map(({ type, symbol, addend }) => [type, symbol, addend]),
    [
      [R.FUNCTION_INDEX_LEB, kfree, 0],
      [R.MEMORY_ADDR_SLEB, text, 1],
    ],
  );
  assert.equal(object.dataRelocations.length, 2);
  assert.deepEqual(exportedNames(object), ["run"]);
  assert.deepEqual(wantedNames(object), [
    { name: "kfree", weak: false, data: false },
    { name: "maybe", weak: true, data: false },
    { name: "jiffies", weak: false, data: true },
  ]);
});

test(".modinfo: tags in order, some of them more than once", () => {
  const builder = new ObjectBuilder();
  builder.module("my_module", { depends: "mii,crc32", alias: "pci:v1", kpi_abi: "1" });
  builder.data("more", "alias=pci:v2\0\0broken\0=x\0author=Jane = Doe\0", { segment: ".modinfo", align: 1 });
  const info = ModInfo.of(readObject(builder.build()));
  assert.equal(info.get("name"), "my_module");
  assert.deepEqual(info.depends, ["mii", "crc32"]);
  assert.deepEqual(info.all("alias"), ["pci:v1", "pci:v2"]);
  assert.equal(info.get("author"), "Jane = Doe");
  assert.equal(info.entries.length, 8);
  assert.equal(moduleName("/a/snd-hda.ko"), "snd_hda");
});

test("files that are no objects", () => {
  refused(new Uint8Array(), /^the file is empty$/);
  refused(Buffer.from("\x7fELF\x01\x01\x01"), /^an ELF object for a processor/);
  refused(Buffer.from("#!/bin/sh\nexit 1\n"), /^not a wasm object/);
  refused(Uint8Array.of(0, 0x61, 0x73), /^truncated at byte 3$/);
  refused(Uint8Array.of(0, 0x61, 0x73, 0x6d, 2, 0, 0, 0), /^not a wasm object/);
  const image = new ObjectBuilder();
  image.without.add("linking");
  refused(image, /^a linked wasm image or a part of an object/);
});

test("an object that was cut between two sections", () => {
  const builder = new ObjectBuilder();
  builder.without.add("target_features");
  refused(builder, /^truncated at byte \d+: its last section, target_features, is missing$/);
  builder.without.add("relocations");
  refused(builder, /^truncated at byte/);
});

test("what no C module has", () => {
  refused(new ObjectBuilder().section(6, [1, I32, 1, 0x41, 0, 0x0b]), /defines wasm globals/);
  const pic = new ObjectBuilder();
  pic.importGlobal("__memory_base", I32, false);
  refused(pic, /imports the wasm global __memory_base, as position-independent code does/);
  const foreign = new ObjectBuilder();
  foreign.importFunction("open", [I32], [], { module: "wasi" });
  refused(foreign, /import open is of module wasi/);
  const comdat = new ObjectBuilder();
  comdat.linking.push({ kind: 7, bytes: [1, 0] });
  refused(comdat, /COMDAT/);
  const constructors = new ObjectBuilder();
  constructors.linking.push({ kind: 6, bytes: [1, 0, 0] });
  refused(constructors, /constructors/);
});

test("symbols and segments that contradict the object", () => {
  const outside = new ObjectBuilder();
  outside.data("table", new Uint8Array(8));
  outside.dataAt("end", 0, 8, 0);
  readObject(outside.build());
  outside.dataAt("beyond", 0, 4, 8);
  refused(outside, /symbol beyond lies outside its segment/);
  const nowhere = new ObjectBuilder();
  nowhere.dataAt("ghost", 3, 0, 0);
  refused(nowhere, /symbol ghost lies in segment 3, which does not exist/);
  const wide = new ObjectBuilder();
  wide.data("wide", new Uint8Array(8), { align: 8192 });
  refused(wide, /segment .data.wide asks for an alignment of 2\^13 bytes/);
});

test("many imports and symbols do not take quadratic time", { timeout: 20_000 }, () => {
  const builder = new ObjectBuilder();
  for (let i = 0; i < 30_000; i++) builder.importFunction("f", []);
  assert.equal(readObject(builder.build()).symbols.length, 30_000);
});
