// The entry points of set-up as a user meets them: exit codes, and one line where something is in the way.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
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

test("apt-get is announced before it runs, downloads only, and can be refused", (t) => {
  const bin = folder(t);
  const log = join(bin, "log");
  symlinkSync(process.execPath, join(bin, "node"));
  for (const name of ["apt-get", "dpkg-deb", "apt", "sudo"])
    program(join(bin, name), `echo ${name} "$@" >> ${log}; exit 100`);
  program(join(bin, "clang"), "case $1 in --version) echo clang version 19.1.7;; *) echo '  wasm32 - x';; esac");
  program(join(bin, "wasm-ld"), "echo LLD 19.1.7");
  const { status, stderr } = run(t, ["setup"], { PATH: `${bin}:/bin:/usr/bin` });
  assert.equal(status, 1);
  const [what, how, ...rest] = stderr.split("\n");
  assert.match(
    what!,
    /^Linux's source: apt-get downloads linux-source-6\.1 into .*; nothing is installed, root is not needed\.$/,
  );
  assert.match(how!, /^KPI_APT=no refuses that/);
  assert.match(rest.join("\n"), /apt-get cannot find linux-source-6\.1/);
  const calls = readFileSync(log, "utf8").trim().split("\n");
  assert.deepEqual(
    [...new Set(calls.map((call) => /^(\S+) .* (download|update|install)\b/.exec(call)?.slice(1).join(" ")))].sort(),
    ["apt-get download", "apt-get update"],
  );
  const refused = run(t, ["setup"], { PATH: `${bin}:/bin:/usr/bin`, KPI_APT: "no" });
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /^KPI_APT=no leaves nothing to fetch Linux's source: .* set KPI_LINUX to its folder\n$/);
  assert.equal(readFileSync(log, "utf8").trim().split("\n").length, calls.length, "and nothing has run");
  const tree = write(folder(t), kernelFiles());
  assert.equal(run(t, ["setup"], { PATH: `${bin}:/bin:/usr/bin`, KPI_APT: "no", KPI_LINUX: tree }).status, 0);
  assert.equal(run(t, ["setup"], { KPI_APT: "perhaps" }).status, 2);
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
