// `npm pack`, installed into an empty folder: the command, builds, and tests in JavaScript and TypeScript.
import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { files, project, sh, size } from "./installed.ts";

const readme = readFileSync(join(repoRoot, "README.md"), "utf8");

test("what is in it: the built core, no object of a driver, nothing for development", () => {
  const paths = files.map(({ path }) => path);
  for (const path of ["LICENSE", "README.md", "bin/kpi.mjs", "dist/host/index.d.ts", "dist/build/kpi.debug.wasm"]) {
    assert.ok(paths.includes(path), path);
  }
  const strangers = paths.filter((path) => !/^(LICENSE|README\.md|package\.json|bin\/kpi\.mjs|dist\/)/.test(path));
  assert.deepEqual(strangers, []);
  // What asc compiles drivers in TypeScript against, the self-test, lwIP on boards, and the firmware.
  const library = /^dist\/(driver|selftest|modules|assembly\/abi|boards\/(firmware|mps2-an385|riscv-virt))\//;
  assert.deepEqual(
    paths.filter(
      (path) =>
        !library.test(path) && /\.(ko|o|c)$|(?<!\.d)\.ts$|tests\/|\.test\.|assembly\/(?!arch|abi\/const)/.test(path),
    ),
    [],
  );
  assert.ok(size < 1_300_000, `${size} bytes`);
});

test("npx kpi run", () => {
  const { status, stdout, stderr } = sh("npx kpi run --exec lspci </dev/null");
  // npm may have something to say of the user's own configuration.
  assert.equal(stderr.replace(/^npm warn .*\n/gm, ""), "");
  assert.match(stdout, /^00:03\.0 Ethernet controller: Intel/m);
  assert.equal(status, 0);
});

test("a board of two CPUs", () => {
  const { status, stdout, stderr } = sh('npx kpi run --cpus 2 --exec "cat /proc/interrupts" </dev/null');
  assert.match(stdout, /CPU1 is up$/m, stderr);
  assert.match(stdout, /^\s+CPU0\s+CPU1\s*$/m);
  assert.equal(status, 0);
});

test("the command by itself, with whatever Node is on the PATH, hands over to Node 26", () => {
  const { status, stdout } = sh("./node_modules/.bin/kpi --version && ./node_modules/.bin/kpi resolve kmalloc");
  assert.match(stdout, /^kpi \d+\.\d+\.\d+\nkmalloc: a macro in Linux/);
  assert.equal(status, 0);
});

test("a driver in TypeScript, without clang and without the kernel's source", () => {
  copyFileSync(join(repoRoot, "examples/typescript/ticker.ts"), join(project, "ticker.ts"));
  const build = sh("KPI_CACHE=$PWD/cache KPI_LINUX=/nonexistent KPI_CLANG=/nonexistent npx kpi build ticker.ts");
  assert.match(build.stderr, /^ {2}LD \[M\] {2}build\/modules\/ticker\.ko$/m);
  assert.equal(build.status, 0);
  const { status, stdout } = sh(
    'npx kpi run --device rtl8139 --insmod ticker period_us=500 --exec "sleep 1; rmmod ticker" </dev/null',
  );
  assert.match(stdout, /ticker 0000:00:03\.0: 19\d\d ticks$/m);
  assert.equal(status, 0);
});

test("the self-test, without clang and without the kernel's source, here and on a board: the same text", () => {
  const without = "KPI_CACHE=$PWD/cache KPI_LINUX=/nonexistent KPI_CLANG=/nonexistent";
  const desktop = sh(`${without} npx kpi selftest`);
  assert.equal(desktop.status, 0, desktop.stderr);
  const board = sh(`${without} npx kpi selftest --board riscv-virt`);
  assert.deepEqual([board.status, board.stdout], [0, desktop.stdout], board.stderr);
});

test("every npx kpi command of the README, in its order", () => {
  copyFileSync(join(repoRoot, "examples/ticker.c"), join(project, "my_driver.c"));
  const commands = [...readme.matchAll(/^ {4}(npx kpi .*?)(?: +#.*)?$/gm)].map(([, command]) => command!);
  assert.ok(commands.length >= 4);
  for (const command of commands) {
    const { status, stdout, stderr } = sh(`${command} </dev/null`);
    assert.equal(status, 0, `${command}\n${stdout}${stderr}`);
  }
});

test("the README's unit test, as TypeScript and as JavaScript, by npm test", () => {
  const snippet = /```ts\n([^]*?)```/.exec(readme)![1]!;
  assert.ok(snippet.trim().split("\n").length <= 15, "ten lines and its imports");
  writeFileSync(join(project, "driver.test.ts"), snippet);
  writeFileSync(join(project, "driver.test.mjs"), snippet);
  const { status, stdout, stderr } = sh("npm test --silent");
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /pass 2\b/);
});

test("its types hold in a strict project without the DOM, which is not told to skip libraries", () => {
  const compilerOptions = {
    module: "nodenext",
    target: "esnext",
    lib: ["esnext"],
    types: ["node"],
    strict: true,
    noEmit: true,
  };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["driver.test.ts"] }));
  const { status, stdout } = sh(`${join(repoRoot, "node_modules/.bin/tsc")} -p .`);
  assert.equal(stdout, "");
  assert.equal(status, 0);
});

test("an older Node is told what to do", () => {
  const script =
    'delete WebAssembly.promising; import("linuxkpi").catch((e) => { console.error(e.message); process.exit(3) })';
  const { status, stderr } = sh(`node -e '${script}'`);
  assert.match(
    stderr,
    /^linuxkpi needs Node 26 \(JSPI\), this is v\d+\.\d+\.\d+: use .* npm test, or npx node --test$/m,
  );
  assert.equal(status, 3);
});
