// The command as a user meets it: what it prints, where, and its exit codes: 0 well, 1 the run failed, 2 a wrong use.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { moduleBytes, moduleFile } from "../loader/drivers.ts";
import { I32, ObjectBuilder } from "../loader/object-builder.ts";
import { SURFACE } from "../symbols/surface.ts";
import { kpi, refused } from "./process.ts";

function folder(t: TestContext, files: Record<string, Uint8Array | string>): string {
  const dir = mkdtempSync(join(tmpdir(), "kpi-cli-"));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(dir, name), bytes);
  return dir;
}

describe("wrong uses end with 2 and one line", { concurrency: 2 }, () => {
  const cases: [RegExp, ...string[]][] = [
    [/unknown command 'frobnicate'/, "frobnicate"],
    [/unknown option '--frob'/, "run", "--frob"],
    [/unknown option '--jsn' \(Did you mean --json\?\)/, "symbols", "--jsn"],
    [/missing required argument 'module'/, "modinfo"],
    [/missing required argument 'module'/, "missing"],
    [/missing required argument 'name'/, "resolve"],
    [/missing required argument 'sources'/, "build"],
    [/too many arguments for 'modinfo'/, "modinfo", "mii", "8139cp"],
    [/'--mem <MiB>' argument '-3' is invalid/, "run", "--mem", "-3"],
    [/'--mem <MiB>' argument 'much' is invalid/, "run", "--mem", "much"],
    [/must be a whole number from 4 to 512\. \(see kpi run --help\)$/m, "run", "--mem", "513"],
    [/'--loglevel <level>' argument '0' is invalid/, "run", "--loglevel", "0"],
    [/'--for <seconds>' argument '1e9' is invalid/, "run", "--for", "1e9"],
    [/must be an IPv4 address, or peer/, "run", "--ping", "nowhere"],
    [/unknown device model "foo"; known: /, "run", "--device", "foo"],
    [/device rtl8139: revision=zz is not a number of 8 bits/, "run", "--device", "rtl8139,revision=zz"],
    [/mac=01:00:5e:00:00:01: not a MAC address/, "run", "--device", "rtl8139,mac=01:00:5e:00:00:01"],
    [/frob: command not found; try: help/, "run", "--exec", "lspci; frob"],
    [/argument 'name'\. It is empty/, "resolve", ""],
    [/Allowed choices are desktop/, "run", "--board", "x"],
    [/Allowed choices are real, virtual/, "run", "--clock", "lunar"],
  ];
  for (const [message, ...args] of cases) test(`kpi ${args.join(" ")}`, () => refused(2, message, ...args));
});

test("kpi --help is a success, kpi alone is not", async () => {
  const help = await kpi("--help");
  assert.deepEqual([help.code, help.err], [0, ""]);
  for (const command of ["run", "build", "modinfo", "missing", "symbols", "resolve"])
    assert.match(help.out, new RegExp(`^  ${command} `, "m"));
  const bare = await kpi();
  assert.equal(bare.code, 2);
  assert.match(bare.err, /^Usage: kpi /);
});

test("kpi modinfo: the columns of the real tool, and JSON", async () => {
  const { code, out, err } = await kpi("modinfo", moduleFile("8139cp"));
  assert.deepEqual([code, err], [0, ""]);
  const lines = out.trimEnd().split("\n");
  assert.equal(lines[0], `filename:       ${moduleFile("8139cp")}`);
  for (const line of [
    "license:        GPL",
    "depends:        mii",
    "name:           8139cp",
    "description:    RealTek RTL-8139C+ series 10/100 PCI Ethernet driver",
    "parm:           debug:8139cp: bitmapped message enable number (int)",
    "alias:          pci:v000010ECd00008139sv*sd*bc*sc*i*",
  ])
    assert.ok(lines.includes(line), line);
  const json = JSON.parse((await kpi("modinfo", "--json", moduleFile("8139cp"))).out);
  assert.equal(json.filename, moduleFile("8139cp"));
  assert.ok(json.entries.some(([tag, value]: string[]) => tag === "author" && value.startsWith("Jeff Garzik")));
  const debug = { name: "debug", description: "8139cp: bitmapped message enable number", type: "int" };
  assert.deepEqual(json.parameters[0], debug);
});

test("kpi modinfo of what is no module", async (t) => {
  const hostile = new ObjectBuilder();
  hostile.module("m", { description: "\x1b[2Jnew\x9bscreen" });
  const dir = folder(t, {
    "cut.ko": moduleBytes("mii").subarray(0, 5000),
    "empty.ko": "",
    "elf.ko": "\x7fELF\x01\x01\x01",
    "text.ko": "hello\n",
    "hostile.ko": hostile.build(),
  });
  mkdirSync(join(dir, "folder.ko"));
  await refused(1, /cut\.ko: truncated at byte \d+/, "modinfo", join(dir, "cut.ko"));
  await refused(1, /empty\.ko: the file is empty/, "modinfo", join(dir, "empty.ko"));
  await refused(
    1,
    /elf\.ko: an ELF object for a processor, not a wasm module; build it with: kpi build/,
    "modinfo",
    join(dir, "elf.ko"),
  );
  await refused(1, /text\.ko: not a wasm object/, "modinfo", join(dir, "text.ko"));
  await refused(1, /folder\.ko: Is a directory/, "modinfo", join(dir, "folder.ko"));
  await refused(1, /none\.ko: no such file/, "modinfo", join(dir, "none.ko"));
  await refused(
    1,
    /module nosuch is not in build\/modules; build it with: kpi build FILE\.c\|FOLDER/,
    "modinfo",
    "nosuch",
  );
  assert.match((await kpi("modinfo", join(dir, "hostile.ko"))).out, /^description: {4}\\x1b\[2Jnew\\x9bscreen$/m);
});

test("kpi missing: exit 1 and the names, sorted; siblings and weak names count as there", async (t) => {
  const wanting = new ObjectBuilder();
  for (const name of ["zeta", "kfree", "alpha", "from_sibling"]) wanting.importFunction(name, [I32]);
  wanting.importFunction("perhaps", [], [], { weak: true });
  wanting.undefinedData("beta");
  wanting.module("wanting");
  const sibling = new ObjectBuilder();
  sibling.export("from_sibling", sibling.func("from_sibling", [I32], [], []));
  const dir = folder(t, { "wanting.ko": wanting.build(), "sibling.ko": sibling.build(), "broken.ko": "junk" });
  mkdirSync(join(dir, "folder.ko"));
  const text = await kpi("missing", join(dir, "wanting.ko"));
  assert.deepEqual([text.code, text.out], [1, "alpha\nbeta\nzeta\n"]);
  const json = await kpi("missing", "--json", join(dir, "wanting.ko"), join(dir, "sibling.ko"));
  assert.deepEqual([json.code, JSON.parse(json.out)], [1, { missing: ["alpha", "beta", "zeta"] }]);
  const drivers = await kpi("missing", "--json", moduleFile("8139cp"), moduleFile("mii"));
  assert.deepEqual([drivers.code, JSON.parse(drivers.out)], [0, { missing: [] }]);
  await refused(1, /broken\.ko: not a wasm object/, "missing", join(dir, "broken.ko"));
});

test("kpi resolve: a macro, and what serves it", async () => {
  const { code, out, err } = await kpi("resolve", "kmalloc");
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^kmalloc: a macro in Linux \(an inline function\), linux\/slab\.h; no module imports it$/m);
  assert.match(out, /^ {2}expands to {2}__kmalloc\(size, flags\); with a constant size kmalloc_trace\(/m);
  assert.match(out, /^ {2}served by {3}__kmalloc +assembly\/mm\/\S+, __kmalloc +2 arguments +\(i32, i32\) -> i32$/m);
  assert.match(out, /^ +kmalloc_trace +assembly\/mm\/\S+, kmalloc_trace +3 arguments +\(i32, i32, i32\) -> i32$/m);
  assert.match(out, /^ +kmalloc_caches +assembly\/mm\/\S+, kmalloc_caches +variable/m);
  assert.match(
    out,
    /^ {2}also +kmalloc +assembly\/mm\/\S+, kmalloc +2 arguments +\(i32, i32\) -> i32, for modules without the kernel's headers$/m,
  );
  const json = JSON.parse((await kpi("resolve", "--json", "kmalloc")).out);
  assert.equal(json.kind, "macro");
  assert.equal(json.header, "linux/slab.h");
  assert.deepEqual(
    json.servedBy.map((entry: { name: string }) => entry.name),
    ["__kmalloc", "kmalloc_trace", "kmalloc_caches", "kmalloc"],
  );
});

test("kpi resolve: a function, a variable, a name that nobody has", async () => {
  const free = await kpi("resolve", "free_irq");
  assert.equal(free.code, 0);
  assert.match(
    free.out,
    /^free_irq: a function of the core, linux\/interrupt\.h\n {2}served by {3}free_irq {2}assembly\/kernel\/irq\/\S+, free_irq {2}2 arguments {2}\(i32, i32\) -> i32$/m,
  );
  assert.match(free.out, /^ {2}context {5}\S/m);
  assert.match((await kpi("resolve", "jiffies")).out, /^jiffies: a variable of the core, linux\/jiffies\.h$/m);
  await refused(1, /^kpi: nothing in the core serves kmaloc; did you mean kmalloc/, "resolve", "kmaloc");
  await refused(1, /^kpi: nothing in the core serves qqqqqqqq; see: kpi symbols$/m, "resolve", "qqqqqqqq");
  const json = await kpi("resolve", "--json", "kmaloc");
  assert.equal(json.code, 1);
  assert.deepEqual(JSON.parse(json.out).servedBy, []);
});

test("kpi symbols: a line each, and JSON", async () => {
  const text = await kpi("symbols");
  assert.deepEqual([text.code, text.err], [0, ""]);
  assert.match(text.out, /^kfree +\(i32\) -> \(\) +linux\/slab\.h +assembly\/mm\/slub\.ts$/m);
  const rows: { name: string }[] = JSON.parse((await kpi("symbols", "--json")).out).symbols;
  assert.equal(text.out.trimEnd().split("\n").length, rows.length);
  const names = new Set(rows.map(({ name }) => name));
  assert.deepEqual(
    SURFACE.filter((name) => !names.has(name)),
    [],
  );
});
