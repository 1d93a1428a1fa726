// Sources and Makefiles that are none: pipes and devices, which would never end, and Makefiles made to use up memory.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { prepareTree } from "../../tools/kbuild/environment.ts";
import { makePlans } from "../../tools/kbuild/plan.ts";

const env = await prepareTree();
const folder = mkdtempSync(join(tmpdir(), "kpi-hostile-"));
after(() => rmSync(folder, { recursive: true }));

/** A folder with that Makefile, or with what `make` puts in its place. */
function project(name: string, makefile: string | ((file: string) => void), source = "int x;\n"): string {
  const path = join(folder, name);
  mkdirSync(path);
  if (typeof makefile === "string") writeFileSync(join(path, "Makefile"), makefile);
  else makefile(join(path, "Makefile"));
  writeFileSync(join(path, "a.c"), source);
  return path;
}

const pipe = (path: string): void => void execFileSync("mkfifo", [path]);

test("pipes and devices are not read", () => {
  pipe(join(folder, "pipe.c"));
  assert.throws(() => makePlans(env, [join(folder, "pipe.c")]), /pipe\.c: Not a regular file$/);
  assert.throws(() => makePlans(env, [project("pipe", pipe)]), /Makefile: Not a regular file$/);
  const zero = project("zero", (file) => symlinkSync("/dev/zero", file));
  assert.throws(() => makePlans(env, [zero]), /Makefile: Not a regular file$/);
  const source = project("source", "obj-m := a.o b.o\n");
  pipe(join(source, "b.c"));
  assert.throws(() => makePlans(env, [source]), /b\.c: Not a regular file$/);
});

test("variables that double at each step, and refer to themselves", () => {
  const steps = Array.from({ length: 60 }, (_, i) => `A${i + 1} := $(A${i})$(A${i})`);
  const doubling = project("doubling", ["A0 := x", ...steps, "obj-m := a.o"].join("\n"));
  assert.throws(() => makePlans(env, [doubling]), /doubling: its Makefile has a variable without an end$/);
  const itself = project("itself", "A = $(B)\nB = $(A)\nobj-m := $(A) a.o\n");
  assert.deepEqual(
    makePlans(env, [itself]).map(({ name }) => name),
    ["a"],
  );
});

test("an else without an if, and an endif", () => {
  assert.throws(
    () => makePlans(env, [project("else", "else\nobj-m := a.o\n")]),
    /its Makefile has an else without an if$/,
  );
  assert.equal(makePlans(env, [project("endif", "endif\nobj-m := a.o\n")]).length, 1);
});
