// Module parameters of every type, on a module that was built with the kernel's macros: what they accept, what they
// refuse and in which words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, untimed } from "./harness.ts";

const DEFAULTS = [
  "params: number=7 flag=0 text=none list=0:0,0",
  "params: small=1 i16v=-1 u16v=1 u32v=1 i32l=-1 u32l=1 u64v=1 hex=1",
  "params: inverse=1 once=0 bint=0 buffer=abc names=0:, bytes=0,0 even=2 renamed=1",
];

test("each type: its defaults, its largest values, and text with blanks", async () => {
  const { system, run } = await boot();
  const said = async (args: string): Promise<string[]> =>
    (await run(`modprobe params ${args}; rmmod params`)).map(untimed).filter((line) => /^params: .*=/.test(line));
  assert.deepEqual(await said(""), DEFAULTS);
  const least = "number=-2147483648 small=0 i16v=-32768 u16v=0 u32v=0 i32l=-2147483648 u32l=0 u64v=0 hex=0";
  assert.deepEqual((await said(least)).slice(0, 2), [
    "params: number=-2147483648 flag=0 text=none list=0:0,0",
    "params: small=0 i16v=-32768 u16v=0 u32v=0 i32l=-2147483648 u32l=0 u64v=0 hex=0",
  ]);
  const most =
    "number=0x7fffffff small=255 i16v=077777 u16v=65535 u32v=4294967295 i32l=2147483647 u32l=0xffffffff " +
    "u64v=18446744073709551615 hex=0xfeedf00d";
  assert.deepEqual((await said(most)).slice(0, 2), [
    "params: number=2147483647 flag=0 text=none list=0:0,0",
    "params: small=255 i16v=32767 u16v=65535 u32v=4294967295 i32l=2147483647 u32l=4294967295 " +
      "u64v=18446744073709551615 hex=feedf00d",
  ]);
  const others =
    'flag text="two words" list=1,-2,3,4 inverse=1 once bint=Y buffer=1234567 names=a,"b c" bytes=1,2 even=4 other-name=9';
  assert.deepEqual(await said(others), [
    "params: number=7 flag=1 text=two words list=4:1,-2",
    DEFAULTS[1],
    "params: inverse=0 once=1 bint=1 buffer=1234567 names=2:a,b c bytes=1,2 even=4 renamed=9",
  ]);
  assert.match((await said('"text=quoted whole"'))[0]!, / text=quoted whole /);
  assert.match((await said("inverse=0"))[2]!, /inverse=1/);
  await system.shutdown();
});

const INVALID = "Invalid argument";
const RANGE = "Numerical result out of range";
const REFUSED: [args: string, why: string, says: string][] = [
  ["number=x", INVALID, "params: `x' invalid for parameter `number'"],
  ["number=", INVALID, "params: `' invalid for parameter `number'"],
  ["number", INVALID, "params: `' invalid for parameter `number'"],
  ["number=2147483648", RANGE, "params: `2147483648' invalid for parameter `number'"],
  ["small=256", RANGE, "params: `256' invalid for parameter `small'"],
  ["small=-1", INVALID, "params: `-1' invalid for parameter `small'"],
  ["i16v=32768", RANGE, "params: `32768' invalid for parameter `i16v'"],
  ["u16v=65536", RANGE, "params: `65536' invalid for parameter `u16v'"],
  ["u32l=4294967296", RANGE, "params: `4294967296' invalid for parameter `u32l'"],
  ["u64v=18446744073709551616", RANGE, "params: `18446744073709551616' invalid for parameter `u64v'"],
  ["flag=2", INVALID, "params: `2' invalid for parameter `flag'"],
  ["inverse", INVALID, "params: `' invalid for parameter `inverse'"],
  ["buffer=12345678", "No space left on device", "params: `12345678' too large for parameter `buffer'"],
  ["list=1,2,3,4,5", INVALID, "params: `1' invalid for parameter `list'"],
  ["list=1,x", INVALID, "params: `1' invalid for parameter `list'"],
  ["bytes=1,256", RANGE, "params: `1' invalid for parameter `bytes'"],
  ["even=3", RANGE, "params: `3' invalid for parameter `even'"],
  [`text=${"x".repeat(1025)}`, "No space left on device", "text: string parameter too long"],
];

test("what is refused, in the kernel's words, and that nothing stays", async () => {
  const { system, run, lines } = await boot();
  for (const [args, why, says] of REFUSED) {
    lines.length = 0;
    await assert.rejects(run(`modprobe params ${args}`), (error: Error) => {
      assert.equal(error.message, `modprobe: ERROR: could not insert 'params': ${why}`, args);
      return true;
    });
    assert.ok(lines.map(untimed).includes(says), `${args}: ${lines.join("\n")}`);
  }
  assert.equal(system.loader.modules.size, 0);
  assert.match(
    (await run("modprobe params nosuch=1 number=5")).join("\n"),
    /params: unknown parameter 'nosuch' ignored/,
  );
  await system.shutdown();
});

test("a string parameter is the module's own copy, also after others were loaded", async () => {
  const { system, run } = await boot();
  const memory = system.machine.text;
  const module = await system.loader.modprobe("params", 'text="kept for good" names=one,two');
  await run("modprobe 8139cp");
  const at = module.object.symbols.find(({ name }) => name === "text")!;
  const pointer = system.machine.words.u32(module.address("text")!);
  assert.equal(at.kind, 1);
  assert.equal(memory.read(pointer, "kept for good".length), "kept for good");
  await system.shutdown();
});
