// tools/asc: where the transforms put constants, texts and bss, and what a function is as a value.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readImage } from "../../tools/build/image.ts";

const SOURCE = `
const word = memory.data(4, 4);
const area = memory.data(4096, 64);
const table = memory.data<u16>([1, 2, 3]);
export function text(): usize { return cstr("to be shared"); }
export function same(): usize { return cstr("to be shared"); }
export function ending(): usize { return cstr("shared"); }
export function other(): usize { return cstr("shared, not"); }
export function numbers(): usize { return table; }
export function bss(): usize { return word; }
export function large(): usize { return area; }
function answer(): u32 { return 42; }
export function slot(): u32 { return answer.index; }
export function again(): u32 { return answer.index; }
`;
const BASE = 0x20000;

async function compile(): Promise<Uint8Array> {
  const { default: asc } = await import("assemblyscript/asc");
  let image: Uint8Array | undefined;
  let messages = "";
  const stderr = { write: (text: string): boolean => ((messages += text), true) };
  const { error } = await asc.main(
    [
      "layout.ts",
      "--config",
      "none.json",
      "--outFile",
      "layout.wasm",
      "--runtime",
      "stub",
      "--importMemory",
      "--importTable",
      "--tableBase",
      "1",
      "--memoryBase",
      String(BASE),
      "--initialMemory",
      "16",
      "--transform",
      "linuxkpi-asc/cstr",
      "--transform",
      "linuxkpi-asc/layout",
    ],
    {
      stderr,
      readFile: (name: string) => (name === "layout.ts" ? SOURCE : null),
      writeFile: (_name: string, contents: Uint8Array) => void (image = contents),
    } as never,
  );
  assert.ok(image && !error, messages);
  return image;
}

const image = await compile();
const memory = new WebAssembly.Memory({ initial: 16 });
const table = new WebAssembly.Table({ initial: 8, element: "anyfunc" });
const env = { memory, table, abort: () => {} };
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(image as Uint8Array<ArrayBuffer>), { env });
const call = (name: string): number => (exports[name] as () => number)();
const bytes = new Uint8Array(memory.buffer);
const textAt = (at: number): string => Buffer.from(bytes.subarray(at, bytes.indexOf(0, at))).toString();

test("a text is stored once, and so is one that ends another", () => {
  assert.equal(textAt(call("text")), "to be shared");
  assert.equal(call("same"), call("text"));
  assert.equal(call("ending"), call("text") + 6);
  assert.equal(textAt(call("other")), "shared, not");
  assert.notEqual(call("other"), call("ending"));
});

test("constants lie in one segment, aligned; bss lies behind them in none", () => {
  const { data } = readImage(image);
  const constants = data.filter((segment) => segment.bytes.some((byte) => byte !== 0));
  assert.deepEqual(
    constants.map(({ address }) => address),
    [BASE],
  );
  assert.deepEqual([...new Uint16Array(memory.buffer, call("numbers"), 3)], [1, 2, 3]);
  assert.equal(call("bss") % 4, 0);
  assert.equal(call("large") % 64, 0);
  assert.ok(call("bss") >= BASE + 0x10000 && call("large") >= call("bss") + 4);
  assert.ok(call("numbers") < BASE + 0x10000 && call("other") < BASE + 0x10000);
});

test("a function as a value is its table slot", () => {
  assert.equal(call("slot"), 1);
  assert.equal(call("again"), 1);
  assert.equal(table.get(1)!(), 42);
});
