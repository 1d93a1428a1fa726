// The entry points of set-up as a user meets them: exit codes, and one line where something is in the way.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { folder, kernelFiles, program, write } from "./fixtures.ts";

const main = fileURLToPath(new URL("../../tools/setup/main.mjs", import.meta.url));

/** Runs set-up with a cache of its own. */
function run(t: TestContext, args: string[], env: Record<string, string>) {
  const all = { ...process.env, KPI_CACHE: join(folder(t), "cache"), KPI_LINUX: "", KPI_CLANG: "", ...env };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { env: all, encoding: "utf8" });
  return { status, stdout, stderr };
}

test("with everything there, set-up says nothing and changes nothing", (t) => {
  const dir = write(folder(t), kernelFiles());
  program(join(dir, "bin/clang"), "case $1 in --version) echo clang version 19.1.7;; *) echo '  wasm32 - x';; esac");
  program(join(dir, "bin/wasm-ld"), "echo LLD 19.1.7");
  const env = { KPI_LINUX: dir, PATH: join(dir, "bin") };
  assert.deepEqual(run(t, ["setup"], env), { status: 0, stdout: "", stderr: "" });
});

test("a machine without apt-get is told about KPI_LINUX", (t) => {
  const bin = folder(t);
  symlinkSync(process.execPath, join(bin, "node"));
  const { status, stderr } = run(t, ["setup"], { PATH: bin });
  assert.equal(status, 1);
  assert.match(stderr, /^no apt-get here .* set KPI_LINUX to its folder\n$/);
});

test("a KPI_LINUX or KPI_CLANG that cannot be used is one line", (t) => {
  const linux = run(t, ["start"], { KPI_LINUX: "/" });
  assert.equal(linux.status, 1);
  assert.match(linux.stderr, /^KPI_LINUX=\/ is not a Linux source tree: .*\n$/);
  const tree = write(folder(t), kernelFiles());
  const clang = run(t, ["test"], { KPI_LINUX: tree, KPI_CLANG: "/nowhere/clang" });
  assert.equal(clang.status, 1);
  assert.match(clang.stderr, /^KPI_CLANG=\/nowhere\/clang is not a program: .*\n$/);
});

test("an unknown command is a usage error", (t) => {
  for (const args of [[], ["nonsense"], ["toString"]]) {
    const { status, stderr } = run(t, args, {});
    assert.equal(status, 2);
    assert.match(stderr, /^usage: .*\n$/);
  }
});
