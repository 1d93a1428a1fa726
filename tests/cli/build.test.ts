// kpi build as a user meets it: kbuild's lines, clang's words, and what is missing.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { objectName } from "../../host/cli/build.ts";
import { linuxTree } from "../../tools/setup/paths.mjs";
import { kpi, kpiWith, refused } from "./process.ts";

const GOOD = `#include <linux/module.h>
static int __init own_init(void) { pr_info("hello\\n"); return 0; }
static void __exit own_exit(void) { }
module_init(own_init);
module_exit(own_exit);
MODULE_LICENSE("GPL");
`;

function folder(t: TestContext, files: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), "kpi build-"));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dir, name, ".."), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return dir;
}

test("a module of one's own: named from here, built, then up to date, then loaded", async (t) => {
  // Text that no cache has seen.
  const dir = folder(t, { "own.c": `${GOOD}// ${Date.now()}\n` });
  const here = { cwd: dir };
  const first = await kpiWith(here, "build", "own.c", "-o", "out");
  assert.deepEqual(first, { code: 0, out: "", err: "  CC [M]  own.o\n  LD [M]  out/own.ko\n" });
  const second = await kpiWith(here, "build", "own.c", "-o", "out");
  assert.deepEqual(second, { code: 0, out: "", err: "out: up to date\n" });
  const { code, out } = await kpiWith(here, "run", "--insmod", "out/own.ko");
  assert.equal(code, 0);
  assert.match(out, /\] own: loading out-of-tree module taints kernel\.\n\[.*\] hello\n/);
});

test("objects are named as kbuild names them: from the kernel tree, or from here", () => {
  assert.equal(objectName(join(linuxTree(), "drivers/net/mii.c")), "drivers/net/mii.o");
  assert.equal(objectName(join(process.cwd(), "own/module.c")), "own/module.o");
  assert.equal(objectName("/elsewhere/module.c"), "/elsewhere/module.o");
});

test("a folder with a Kbuild Makefile", async (t) => {
  const makefile = "obj-m := two.o\ntwo-y := a.o b/c.o\n";
  const dir = folder(t, { Makefile: makefile, "a.c": `${GOOD}// ${Date.now()}\n`, "b/c.c": "int c;\n" });
  const { code, err } = await kpi("build", dir, "-o", join(dir, "out"));
  assert.equal(code, 0);
  assert.match(err, /^ {2}LD \[M\] {2}\S.*out\/two\.ko$/m);
  assert.ok(existsSync(join(dir, "out/two.ko")));
});

test("clang's words, then one line", async (t) => {
  const dir = folder(t, { "broken.c": "int f(void) { return nonsense; }\n" });
  const { code, out, err } = await kpiWith({ cwd: dir }, "build", "broken.c", "-o", "out");
  assert.deepEqual([code, out], [1, ""]);
  assert.match(err, /broken\.c:1:22: error: use of undeclared identifier 'nonsense'/);
  assert.match(err, /\nkpi: broken\.c does not compile\n$/);
});

test("warnings, a licence that is missing, and symbols that nobody has", async (t) => {
  const text = "int frobnicate(int x);\nint f(void);\nint f(void) { int unused; return frobnicate(1); }\n";
  const dir = folder(t, { "odd.c": `${text}// ${Date.now()}\n` });
  const { code, err } = await kpiWith({ cwd: dir }, "build", "odd.c", "-o", "out");
  assert.equal(code, 0);
  assert.match(err, /odd\.c:3:\d+: warning: unused variable 'unused'/);
  assert.doesNotMatch(err, /generated\./);
  assert.match(err, /^WARNING: modpost: missing MODULE_LICENSE\(\) in odd\.o$/m);
  assert.match(err, /^WARNING: modpost: odd\.ko has 1 undefined symbol; list them with: kpi missing out\/odd\.ko$/m);
});

test("what cannot be built is one line", async (t) => {
  const dir = folder(t, { "a/same.c": GOOD, "b/same.c": GOOD, "same.ts": "", "text.h": "", "none/x.c": "", file: "" });
  const out = ["-o", join(dir, "out")];
  await refused(1, /nosuch\.c: no such file or folder, here or in the kernel tree/, "build", "nosuch.c", ...out);
  await refused(1, /text\.h: not a C file/, "build", join(dir, "text.h"), ...out);
  await refused(1, /none: has no Kbuild Makefile/, "build", join(dir, "none"), ...out);
  const same = ["a/same.c", "b/same.c"].map((name) => join(dir, name));
  await refused(1, /two modules would be called same\.ko/, "build", ...same, ...out);
  await refused(1, /two modules would be called same\.ko/, "build", same[0], join(dir, "same.ts"), ...out);
  const file = ["-o", join(dir, "file")];
  await refused(1, /cannot write to .*file: File exists; name another folder with -o/, "build", same[0], ...file);
});
