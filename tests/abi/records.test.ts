// The parser of clang's record dump, and the accessors that come of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { emitClass, emitConstant } from "../../tools/abi/emit.ts";
import { findRecord, parseRecords } from "../../tools/abi/records.ts";
import { memberType } from "../../tools/abi/types.ts";

const dump = `
*** Dumping AST Record Layout
         0 | struct list_head
         0 |   struct list_head * next
         4 |   struct list_head * prev
           | [sizeof=8, align=4]

*** Dumping AST Record Layout
         0 | struct probe
         0 |   unsigned char kind
     1:0-2 |   unsigned int flags
     1:3-9 |   unsigned int 
         4 |   union probe::(anonymous at include/probe.h:7:2) 
         4 |     struct list_head list
         4 |       struct list_head * next
         8 |       struct list_head * prev
         4 |     unsigned long long stamp
        12 |   struct probe::(unnamed struct at include/probe.h:11:2) pair
        12 |     int first
        16 |     _Bool class
        20 |   int (*)(struct probe *, void *) function
        24 |   char[16] name
        40 |   struct list_head[2] heads
        56 |   struct empty nothing (empty)
           | [sizeof=56, align=8]
`;

test("reads nesting, bit-fields and members without a name", () => {
  const probe = findRecord(parseRecords(dump), "probe")!;
  assert.equal(probe.size, 56);
  assert.deepEqual(
    probe.members.map(({ name, offset }) => [name, offset]),
    [
      ["kind", 0],
      ["flags", 1],
      ["", 1],
      ["", 4],
      ["pair", 12],
      ["function", 20],
      ["name", 24],
      ["heads", 40],
      ["nothing", 56],
    ],
  );
  assert.deepEqual(probe.members[1]!.bits, [0, 2]);
  assert.deepEqual(
    probe.members[3]!.members.map(({ name }) => name),
    ["list", "stamp"],
  );
  assert.deepEqual(
    probe.members[3]!.members[0]!.members.map(({ name }) => name),
    ["next", "prev"],
  );
});

test("writes accessors of the right type, and offsets", () => {
  const records = parseRecords(dump);
  const { text, constants, uses } = emitClass("probe", findRecord(records, "probe")!, {
    enums: new Map(),
    recordSize: (name) => findRecord(records, name)?.size,
    hasClass: (name) => name === "list_head",
  });
  const has = (line: string) => assert.ok(text.includes(line), `${line}\n--- is not in\n${text}`);
  has("get kind(): u8 { return load<u8>(changetype<usize>(this), 0); }");
  has("get flags(): u32 { return <u32>((load<u8>(changetype<usize>(this), 1)) & 0x7); }");
  has("get list(): list_head { return changetype<list_head>(changetype<usize>(this) + 4); }");
  has("get stamp(): u64 { return load<u64>(changetype<usize>(this), 4); }");
  has("get pair_first(): i32 { return load<i32>(changetype<usize>(this), 12); }");
  has("get function_(): usize { return load<usize>(changetype<usize>(this), 20); }");
  has("get name(): usize { return changetype<usize>(this) + 24; }");
  has("heads_at(i: usize): list_head { return changetype<list_head>(changetype<usize>(this) + i * 8 + 40); }");
  assert.deepEqual([...uses], ["list_head"]);
  const place = new Map(constants);
  assert.equal(place.get("sizeof_probe"), 56);
  assert.equal(place.get("offsetof_probe_list"), 4);
  assert.equal(place.get("offsetof_probe_function"), 20);
  assert.equal(place.has("offsetof_probe_flags"), false);
});

test("C types map to what a load of them is", () => {
  const scalar = (type: string) => {
    const mapped = memberType(type, new Map([["tiny", { size: 1, signed: true }]]));
    return mapped.kind === "scalar" ? mapped.scalar : mapped.kind;
  };
  assert.equal(scalar("const volatile unsigned long"), "u32");
  assert.equal(scalar("char"), "u8");
  assert.equal(scalar("signed char"), "i8");
  assert.equal(scalar("long long"), "i64");
  assert.equal(scalar("const struct net_device_ops *"), "usize");
  assert.equal(scalar("enum tiny"), "i8");
  assert.equal(scalar("enum other"), "u32");
  assert.equal(scalar("int (*[4])(void)"), "array");
  assert.equal(scalar("struct foo"), "record");
});

test("constants keep their width and sign", () => {
  const emit = (value: bigint, size: number, signed: boolean, type?: "i32") =>
    emitConstant({ name: "X", value, size, signed }, type).trim();
  assert.equal(emit(7n, 4, true), "export const X: u32 = 7;");
  assert.equal(emit(7n, 4, true, "i32"), "export const X: i32 = 7;");
  assert.equal(emit(-7n, 4, true), "export const X: i32 = -7;");
  assert.equal(emit(1n << 40n, 8, false), "export const X: u64 = 0x10000000000;");
});
