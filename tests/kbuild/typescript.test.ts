// `kpi build driver.ts`: what a driver in TypeScript can do, and what its author is told when it cannot.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ModInfo } from "../../host/loader/modinfo.ts";
import { readModule } from "../../host/loader/read-module.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { boot, untimed } from "../run/harness.ts";

const home = mkdtempSync(join(tmpdir(), "kpi-typescript-"));
after(() => rmSync(home, { recursive: true, force: true }));

const NAMES = `module_init, module_exit, module_param, MODULE_PARM_DESC, MODULE_LICENSE, MODULE_AUTHOR, MODULE_ALIAS,
  MODULE_DEVICE_TABLE, PCI_DEVICE, pci_device_table, pr_info, pr_err, printk, cstr, kmalloc, kfree, jiffies, ptr,
  timer_setup, timer_list, mod_timer, del_timer_sync, sizeof_timer_list, GFP_KERNEL`;

/** Writes and builds a driver; the file of its module. */
async function build(name: string, text: string): Promise<string> {
  const source = join(home, `${name}.ts`);
  writeFileSync(
    source,
    `import { ${NAMES.replaceAll("\n", "")} } from "linuxkpi/driver";\n${text}\nMODULE_LICENSE("GPL");\n`,
  );
  const { modules } = await buildModules({ sources: [source], out: home });
  return modules[0]!.file;
}

/** What the author of a driver reads: its last line. */
async function refusal(name: string, text: string): Promise<string> {
  try {
    await build(name, text);
  } catch (error) {
    return (error as Error).message.split("\n").at(-1)!.replaceAll(`${home}/`, "");
  }
  return "it was built";
}

const FEATURES = `
let small: u32 = 7;
module_param(small, 0o644);
MODULE_PARM_DESC(small, "a number");
let wide: u64 = 1;
module_param(wide, 0o444);
let on: bool = false;
module_param(on, 0o444);
let text: usize = cstr("none");
module_param(text, 0o444);
MODULE_AUTHOR("somebody");
MODULE_ALIAS("features-alias");

@unmanaged class Point { x: i32; y: i64; }

let loads: u32 = 0;
let half: f64 = 0.5;
const table: StaticArray<u16> = [10, 20, 30];
const point = changetype<Point>(memory.data(offsetof<Point>(), 8));
const double = (x: u32): u32 => x * 2;
const timer = changetype<timer_list>(memory.data(sizeof_timer_list, 8));
let expired: u32 = 0;

function twice(fn: (x: u32) => u32, x: u32): u32 {
  return fn(fn(x));
}

function tick(t: timer_list): void {
  expired++;
}

loads++;
point.y = -5;
timer_setup(timer, tick, 0);

module_init((): i32 => {
  half *= 3;
  pr_info("small %u wide %llu on %d text %s\\n", small, wide, on, text);
  pr_info("loads %u y %lld half %d table %u twice %u\\n", loads, point.y, <i32>(half * 10), table[2], twice(double, 3));
  pr_info("plain, and %s\\n", "a text");
  mod_timer(ptr(timer), load<u32>(jiffies) + 1);
  return 0;
});

module_exit((): void => {
  del_timer_sync(ptr(timer));
  pr_info("expired %u\\n", expired);
});`;

test("variables, parameters, constants, functions as values, timers, statements of the file", async () => {
  const file = await build("features", FEATURES);
  const info = ModInfo.of(readModule(file));
  assert.deepEqual(info.all("parmtype"), ["small:uint", "wide:ullong", "on:bool", "text:charp"]);
  assert.deepEqual(
    ["author", "alias", "parm", "license", "name"].map((tag) => info.get(tag)),
    ["somebody", "features-alias", "small:a number", "GPL", "features"],
  );
  const { system, run, lines } = await boot([]);
  for (const args of ["", "small=12 wide=12345678901234 on=1 text=given"]) {
    await run(`insmod ${file} ${args}`);
    await run("sleep 1");
    if (args) assert.deepEqual(await run("cat /sys/module/features/parameters/small"), ["12"]);
    await run("rmmod features");
  }
  const said = lines.map(untimed).filter((line) => /^(small|loads|plain|expired) ?/.test(line));
  const rest = ["loads 1 y -5 half 15 table 30 twice 12", "plain, and a text", "expired 1"];
  assert.deepEqual(said, [
    "small 7 wide 1 on 0 text none",
    ...rest,
    "small 12 wide 12345678901234 on 1 text given",
    ...rest,
  ]);
  await system.shutdown();
});

test("a trap is an oops that names the driver's functions", async () => {
  const file = await build(
    "traps",
    `const sizes: StaticArray<u32> = [1, 2];
function inner(i: u32): u32 { return sizes[i] * i; }
module_init((): i32 => <i32>(inner(load<u32>(jiffies)) + inner(load<u32>(jiffies) / 3)));`,
  );
  const { system, run, lines } = await boot([]);
  await assert.rejects(run(`insmod ${file}`), /its init trapped: unreachable/);
  assert.match(lines.map(untimed).join("\n"), /^ inner\+0x[0-9a-f]+\/0x[0-9a-f]+ \[traps\]$/m);
  await system.powerOff();
});

test("a leak is reported with the driver's function", async () => {
  const file = await build(
    "leaks",
    `module_init((): i32 => { keep(); return 0; });
function keep(): void { kmalloc(100, GFP_KERNEL); }`,
  );
  const own = await boot([]);
  own.bugsExpected = true;
  await own.run(`insmod ${file}; rmmod leaks`);
  assert.match(own.lines.map(untimed).join("\n"), /100 bytes.* anonymous_\d\+0x[0-9a-f]+\/0x[0-9a-f]+ \[leaks\]/);
  assert.equal(own.system.machine.bugs, 1);
  await own.system.powerOff();
});

test("what nobody exports, with what was meant; what is declared in another way", async () => {
  assert.equal(
    await refusal(
      "absent",
      'declare function kmaloc(n: usize): usize;\ndeclare const jifies: usize;\npr_info("%d\\n", kmaloc(load<u32>(jifies)));',
    ),
    "absent.ts: nobody has jifies (did you mean jiffies?), kmaloc (did you mean kmalloc, __kmalloc?); see: kpi symbols",
  );
  assert.equal(
    await refusal("wrong", "declare function vfree(p: usize, n: u32): i32;\nvfree(0, 1);"),
    "wrong.ts: vfree is declared as (i32, i32) -> i32, and is (i32) -> ()",
  );
});

test("AssemblyScript's memory manager, with the line that needs it", async () => {
  const remedy = "a driver has no garbage collector: use kmalloc, memory.data, @unmanaged classes and cstr()";
  const cases: [string, string, RegExp][] = [
    [
      "object",
      "class A { x: i32 = 1; }\nlet a: A | null = null;\nmodule_init((): i32 => { a = new A(); return 0; });",
      /^object\.ts:4: needs/,
    ],
    [
      "strings",
      'let n: i32 = 1;\nmodule_init((): i32 => {\n  n = ("a" + n.toString()).length;\n  return 0;\n});',
      /^strings\.ts:4: needs/,
    ],
    [
      "arrays",
      "let n: i32 = 1;\nmodule_init((): i32 => {\n  const list = [n, n];\n  list.push(n);\n  return list.length;\n});",
      /^arrays\.ts/,
    ],
  ];
  for (const [name, text, place] of cases) {
    const said = await refusal(name, text);
    assert.match(said, place);
    assert.ok(said.endsWith(remedy), said);
  }
});

test("metadata that cannot be read", async () => {
  assert.equal(await refusal("license", "MODULE_AUTHOR(1);"), "license.ts:2: MODULE_AUTHOR() takes a text in quotes");
  assert.equal(await refusal("param", "module_param(nobody, 0o444);"), "param.ts: nobody is no variable of this file");
  assert.equal(
    await refusal("kind", 'let f: f32 = 1;\nmodule_param(f, 0o444);\npr_info("%d\\n", <i32>f);'),
    "parameter f is of type f32; a parameter is one of i32, u32, u64, bool, usize",
  );
  assert.match(
    await refusal("table", "const t = pci_device_table(5);"),
    /^table\.ts:2: pci_device_table\(\) takes entries/,
  );
  assert.match(
    await refusal("format", "let s: usize = 0;\npr_info(s);"),
    /^format\.ts:3: pr_info\(\) takes a format in quotes$/,
  );
  assert.match(await refusal("many", 'pr_info("%d", 1, 2, 3, 4, 5, 6, 7);'), /takes at most 6 values$/);
});

test("what asc says of a mistake, and arithmetic with an address that no relocation can express", async () => {
  assert.match(await refusal("typo", "module_init((): i32 => { retrun 0; });"), /typo\.ts does not compile$/);
  assert.match(
    await refusal("half", "const a = memory.data(16);\nmodule_init((): i32 => <i32>(a >> 4));"),
    /computes with an address at compile time, which no relocation can express$/,
  );
});

test("whoever builds a driver goes on meanwhile: a board that runs is not taken for one that hangs", async () => {
  let turns = 0;
  let built = false;
  const turn = (): void => {
    turns++;
    if (!built) setImmediate(turn);
  };
  turn();
  await build("meanwhile", `module_init((): i32 => { pr_info("${Math.random()}\\n"); return 0; });`);
  built = true;
  assert.ok(turns > 1000, `${turns} turns of the event loop`);
});

test("a file that is not there, or of a name that no module can have", async () => {
  await assert.rejects(buildModules({ sources: [join(home, "nothing.ts")], out: home }), /nothing\.ts: no such file$/);
  assert.match(await refusal("a.b", ""), /a\.b is no name of a module/);
});
