// Modules that use each other, built with the kernel's macros: exports of every kind and the rules about them, weak
// symbols, per-CPU data, references that keep a module.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { buildModules } from "../../tools/kbuild/build.ts";
import { boot, untimed } from "./harness.ts";

const out = mkdtempSync(join(tmpdir(), "kpi-exports-"));
after(() => rmSync(out, { recursive: true, force: true }));

const DECLARATIONS = `#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
int shared_call(int x);
int shared_gpl(int x);
int shared_ns(int x);
extern int shared_number;
`;

/** A module whose init does this. */
const init = (name: string, body: string, license = "GPL", more = "", outside = "") => `${DECLARATIONS}${outside}
static int __init ${name}_init(void)
{
${body}
	return 0;
}
static void __exit ${name}_exit(void) { }
module_init(${name}_init);
module_exit(${name}_exit);
MODULE_LICENSE("${license}");
${more}`;

const CALL_GPL = 'pr_info("%d\\n", shared_gpl(1));';
const CALL_NS = 'pr_info("namespace %d\\n", shared_ns(1));';

const SOURCES: Record<string, string> = {
  owner: init(
    "owner",
    "",
    "GPL",
    "",
    `int shared_number = 5;
int shared_call(int x) { return x + shared_number; }
int shared_gpl(int x) { return x + 2; }
int shared_ns(int x) { return x + 3; }
EXPORT_SYMBOL(shared_number);
EXPORT_SYMBOL(shared_call);
EXPORT_SYMBOL_GPL(shared_gpl);
EXPORT_SYMBOL_NS(shared_ns, KPI_TEST);`,
  ),
  user: init("user", 'shared_number++; pr_info("user %d %d\\n", shared_call(1), shared_gpl(1));'),
  closed: init("closed", 'pr_info("closed %d\\n", shared_call(1));', "Proprietary"),
  closed_gpl: init("closed_gpl", CALL_GPL, "Proprietary"),
  spaced: init("spaced", CALL_NS, "GPL", "MODULE_IMPORT_NS(KPI_TEST);"),
  unspaced: init("unspaced", CALL_NS),
  lender: init("lender", "", "Proprietary", "", "int lent(void);\nint lent(void) { return 1; }\nEXPORT_SYMBOL(lent);"),
  borrower: init("borrower", 'pr_info("lent %d\\n", lent());', "GPL", "", "int lent(void);"),
  both: init("both", 'pr_info("%d %d\\n", lent(), shared_gpl(1));', "GPL", "", "int lent(void);"),
  per_cpu: init(
    "per_cpu",
    `	this_cpu_add(counter, 10);
	per_cpu(counter, 1) += 100;
	pr_info("per_cpu mine=%d other=%d aligned=%d\\n", this_cpu_read(counter), per_cpu(counter, 1),
		!((unsigned long)this_cpu_ptr(&wide) & 63));`,
    "GPL",
    "",
    "static DEFINE_PER_CPU(int, counter) = 7;\nstatic DEFINE_PER_CPU_ALIGNED(u64, wide);",
  ),
  keeper: init("keeper", "\t__module_get(THIS_MODULE);"),
};

/** A module of two files: what one defines weakly, the other may define for good. */
const WEAK = {
  "weak_a.c": `${DECLARATIONS}
int overridden(void);
int kept(void);
int __weak overridden(void) { return 1; }
int __weak kept(void) { return 2; }
int __weak missing(void);
extern int __weak missing_data;
static int (*volatile by_pointer)(void) = overridden;
static int (*volatile absent)(void) = missing;
static int __init weak_init(void)
{
	pr_info("weak %d %d %d %s %s\\n", overridden(), kept(), by_pointer(), absent ? "there" : "absent",
		&missing_data ? "there" : "absent");
	return 0;
}
module_init(weak_init);
static void __exit weak_exit(void) { }
module_exit(weak_exit);
MODULE_LICENSE("GPL");`,
  "weak_b.c": "int overridden(void);\nint overridden(void) { return 3; }\n",
  Makefile: "obj-m := weak.o\nweak-y := weak_a.o weak_b.o\n",
};

const home = mkdtempSync(join(tmpdir(), "kpi-sources-"));
after(() => rmSync(home, { recursive: true, force: true }));
for (const [name, text] of Object.entries(SOURCES)) writeFileSync(join(home, `${name}.c`), text);
for (const [name, text] of Object.entries(WEAK)) writeFileSync(join(home, name), text);
const said: string[] = [];
await buildModules({
  sources: [...Object.keys(SOURCES).map((name) => join(home, `${name}.c`)), home],
  out,
  events: { warning: (text) => said.push(text) },
});

const file = (name: string): string => join(out, `${name}.ko`);
/** What a module prints when it is loaded. */
async function loaded(run: (line: string) => Promise<string[]>, name: string): Promise<string[]> {
  return (await run(`modprobe ${file(name)}`)).map(untimed).filter((line) => !line.includes("out-of-tree"));
}

test("functions and data of another module, which stays as long as it is used", async () => {
  const { system, run } = await boot();
  assert.deepEqual(await loaded(run, "user"), ["user 7 3"]);
  assert.match((await run("cat /proc/modules")).join("\n"), /^owner \d+ 1 user, Live/m);
  await assert.rejects(run("rmmod owner"), /^KpiError: rmmod: ERROR: Module owner is in use by: user$/);
  await run("rmmod user; rmmod owner");
  await system.shutdown();
});

test("GPL-only exports are for GPL modules; a namespace is for those that import it", async () => {
  const { system, run } = await boot();
  assert.deepEqual(await loaded(run, "closed"), ["closed: module license 'Proprietary' taints kernel.", "closed 6"]);
  const gpl = /Unknown symbol in module: shared_gpl is for GPL modules only, and its license is 'Proprietary'$/;
  await assert.rejects(loaded(run, "closed_gpl"), gpl);
  assert.deepEqual(await loaded(run, "spaced"), ["namespace 4"]);
  const namespace = /module uses symbol \(shared_ns\) from namespace KPI_TEST, but does not import it$/;
  await assert.rejects(loaded(run, "unspaced"), namespace);
  assert.deepEqual([...system.loader.modules.keys()], ["owner", "closed", "spaced"]);
  await system.shutdown();
});

test("kpi build warns of both, as modpost does", () => {
  const text = said.join("\n");
  assert.match(text, /^WARNING: modpost: GPL-incompatible module closed_gpl\.ko uses GPL-only symbol 'shared_gpl'$/m);
  assert.match(
    text,
    /^WARNING: modpost: module unspaced uses symbol shared_ns from namespace KPI_TEST, but does not import it\.$/m,
  );
  assert.doesNotMatch(text, /closed\.ko|module spaced|borrower/);
});

test("who uses a proprietary module becomes one, and may then not use GPL-only exports", async () => {
  const { system, run } = await boot();
  const inherits = "borrower: module uses symbols lent from proprietary module lender, inheriting taint.";
  assert.deepEqual((await loaded(run, "borrower")).slice(-2), [inherits, "lent 1"]);
  assert.match((await run("cat /proc/modules")).join("\n"), /^borrower .*\(PO\)$/m);
  const refusal = /module using GPL-only symbols uses symbols lent from proprietary module lender$/;
  await assert.rejects(loaded(run, "both"), refusal);
  await system.shutdown();
});

test("weak symbols: overridden by the module's own, kept, or absent", async () => {
  const { system, run } = await boot();
  assert.deepEqual(await loaded(run, "weak"), ["weak 3 2 3 absent absent"]);
  await system.shutdown();
});

test("per-CPU data: each CPU has its own, from the same initial values, also after it was loaded before", async () => {
  const { system, run } = await boot();
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(await loaded(run, "per_cpu"), ["per_cpu mine=17 other=107 aligned=1"]);
    await run("rmmod per_cpu");
  }
  await system.shutdown();
});

test("a module that somebody holds cannot be unloaded", async () => {
  const { system, run } = await boot();
  await loaded(run, "keeper");
  await assert.rejects(run("rmmod keeper"), /^KpiError: rmmod: ERROR: Module keeper is in use$/);
  assert.match((await run("cat /proc/modules")).join("\n"), /^keeper \d+ 1 - Live/m);
  await system.powerOff();
});
