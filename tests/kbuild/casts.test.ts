// The scan for functions that are cast to what they are not: which casts it names, and that it names them each time.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { headerList } from "../../tools/abi/scan.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { readCasts } from "../../tools/kbuild/casts/scan.ts";
import { wasmSignature } from "../../tools/kbuild/casts/signature.ts";
import { castsOneOf } from "../../tools/kbuild/casts/suspects.ts";
import { diagnosticsOf } from "../../tools/kbuild/diagnostics.ts";
import { prepareTree } from "../../tools/kbuild/environment.ts";
import { moduleFlags } from "../../tools/kbuild/flags.ts";

const fixture = readFileSync(join(import.meta.dirname, "wrong-casts.c"), "utf8");

/** The number of the line that has this text, and of the column where `word` stands in it. */
function place(text: string, word: string): string {
  const lines = fixture.split("\n");
  const at = lines.findIndex((line) => line.includes(text));
  return `${at + 1}:${lines[at]!.lastIndexOf(word) + 1}`;
}

test("each cast that would trap, by line and column; no other; also when nothing is compiled", async (context) => {
  const home = mkdtempSync(join(tmpdir(), "kpi-test-"));
  context.after(() => rmSync(home, { recursive: true }));
  const source = join(home, "wrong.c");
  writeFileSync(source, `${fixture}// ${Date.now()}\n`);
  const is = (at: string, name: string, from: string, to: string) =>
    `${source}:${at}: warning: '${name}' is ${from}, but is cast to ${to}: a call of it would trap`;
  const two = (at: string) => is(at, "two", "int (*)(int, void *)", "int (*)(int)");
  const expected = [
    two(place(".call = (void *)two", "two")),
    is(place("= (void *)wide", "wide"), "wide", "u64 (*)(u64)", "void (*)(dma_addr_t)"),
    two(place("one_t direct", "two")),
    two(place("(unsigned long)two", "two")),
    two(place("use(LAUNDER(two", "two")),
    two(place("direct ? two", "two")),
    is(place("use(old_style", "old_style"), "old_style", "int ()", "int (*)(int)"),
  ];
  for (const compiled of [true, false]) {
    const said: string[] = [];
    const [module] = (await buildModules({ sources: [source], out: home, events: { warning: (t) => said.push(t) } }))
      .modules;
    assert.equal(module!.cached, !compiled);
    const lines = said
      .join("\n")
      .split("\n")
      .filter((line) => /cast/.test(line));
    assert.deepEqual(lines, expected);
  }
});

test("the kernel's headers: two callbacks of CPU hotplug, which the core calls by its multi_instance argument", async () => {
  const env = await prepareTree();
  const home = mkdtempSync(join(tmpdir(), "kpi-test-"));
  try {
    const source = join(home, "headers.c");
    writeFileSync(source, headerList());
    const casts = await readCasts(env.compiler, [...env.flags, ...moduleFlags("headers", "headers")], source);
    const short = casts.map(({ file, from, to }) => `${file.slice(env.tree.length + 1)}: ${from}: ${to}`);
    const multi = "int (*)(unsigned int, struct hlist_node *): int (*)(unsigned int)";
    assert.deepEqual([...new Set(short)], [`include/linux/cpuhotplug.h: ${multi}`]);
  } finally {
    rmSync(home, { recursive: true });
  }
});

test("signatures: what differs in C but not in WebAssembly, and the other way round", () => {
  const typedefs = new Map([
    ["u64", "unsigned long long"],
    ["dma_t", "u64"],
    ["one_t", "int (*)(int)"],
  ]);
  const same = (a: string, b: string) => assert.equal(wasmSignature(a, typedefs), wasmSignature(b, typedefs));
  same("int (*)(int, void *)", "enum irqreturn (*)(int, struct net_device *)");
  same("void (one_t, const char *const *)", "void (*)(void (*)(int, long), unsigned long)");
  assert.equal(wasmSignature("dma_t (*)(u64, long long, bool, ...)", typedefs), "(i64, i64, i32, i32) -> i64");
  assert.equal(wasmSignature("void (void)", typedefs), "() -> nothing");
  assert.equal(wasmSignature("int (*)[4]", typedefs), null);
  assert.equal(wasmSignature("int (*(*)(int))(long)", typedefs), null);
});

test("which sources are looked at more closely", () => {
  const two = new Set(["two"]);
  const yes = [
    "x = (void *)two;",
    "f((unsigned long) &two, 1)",
    "y((void *)(a ? two : b))",
    "#define C(f) ((t)(void *)(f))\nx = C(two);",
  ];
  const no = [
    "x = two;",
    "x = (void *)two(1);",
    "f((void *)data, two)",
    "#define C(f) ((void *)(f))\nx = C(three);",
    "(void *)twofold;",
  ];
  for (const text of yes) assert.equal(castsOneOf(text, two), true, text);
  for (const text of no) assert.equal(castsOneOf(text, two), false, text);
});

test("clang's messages, one by one", () => {
  const found = diagnosticsOf(
    "In file included from a.c:1:\n./b.h:2:3: warning: odd [-Wodd]\n  int x;\n      ^\na.c:9:1: note: here\n" +
      "a.c:5:6: error: wrong [-Werror,-Wwrong]\n1 warning and 1 error generated.\n",
  );
  assert.deepEqual(
    found.map(({ file, flag }) => [file, flag]),
    [
      ["./b.h", "-Wodd"],
      ["a.c", "-Werror"],
    ],
  );
  assert.match(found[0]!.text, /^In file included from a\.c:1:\n[^]*note: here$/);
  assert.match(found[1]!.text, /^a\.c:5:6: error: wrong \[-Werror,-Wwrong\]$/);
});
