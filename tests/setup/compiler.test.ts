// Which compiler is taken, with made-up clangs on a made-up PATH.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { findClang } from "../../tools/setup/compiler.mjs";
import { environment, folder, program, write } from "./fixtures.ts";

/** A PATH of two folders, a cache, and makers of programs that log each time they are run. */
function machine(t: TestContext) {
  const dir = folder(t);
  const log = join(dir, "log");
  write(dir, { log: "" });
  environment(t, { PATH: `${dir}/a:${dir}/none:${dir}/b:`, KPI_CACHE: join(dir, "cache"), KPI_CLANG: undefined });
  return {
    dir,
    clang(file: string, version: string, targets = "    wasm32     - WebAssembly 32-bit") {
      program(
        join(dir, file),
        `echo run >>${log}
        case $1 in
        --version) echo "Debian clang version ${version} (3~deb12u1)" ;;
        --print-targets) echo "  Registered Targets:"; echo "    x86-64     - 64-bit X86"; echo "${targets}" ;;
        esac`,
      );
    },
    wasmLd(file: string, version: string) {
      program(join(dir, file), `echo run >>${log}; echo "Debian LLD ${version}"`);
    },
    runs: () => readFileSync(log, "utf8").length / "run\n".length,
  };
}

test("the newest clang with wasm32 and a wasm-ld of its version", (t) => {
  const { dir, clang, wasmLd } = machine(t);
  clang("a/clang", "14.0.6");
  clang("a/clang-18", "18.1.8");
  wasmLd("a/wasm-ld-18", "18.1.8");
  clang("b/clang-19", "19.1.7");
  wasmLd("b/wasm-ld-19", "19.1.7");
  clang("b/clang-20", "20.1.0", "    aarch64    - AArch64");
  wasmLd("b/wasm-ld-20", "20.1.0");
  clang("b/clang-21", "21.1.0");
  const expected = { kind: "native", clang: `${dir}/b/clang-19`, wasmLd: `${dir}/b/wasm-ld-19`, version: "19.1.7" };
  assert.deepEqual(findClang(), expected);
});

test("plain clang goes before numbered ones; any wasm-ld that is not older will do", (t) => {
  const { dir, clang, wasmLd } = machine(t);
  clang("b/clang", "17.0.6");
  clang("a/clang-19", "19.1.7");
  wasmLd("a/wasm-ld-16", "16.0.6");
  wasmLd("b/wasm-ld-19", "19.1.7");
  const expected = { kind: "native", clang: `${dir}/b/clang`, wasmLd: `${dir}/b/wasm-ld-19`, version: "17.0.6" };
  assert.deepEqual(findClang(), expected);
});

test("asks the programs once, and again when one of them has changed", (t) => {
  const { clang, wasmLd, runs } = machine(t);
  clang("a/clang-14", "14.0.6");
  assert.equal(findClang(), null);
  const asked = runs();
  assert.ok(asked > 0);
  assert.equal(findClang(), null);
  assert.equal(runs(), asked);
  clang("a/clang-19", "19.1.7");
  wasmLd("a/wasm-ld-19", "19.1.7");
  assert.equal(findClang()?.version, "19.1.7");
});

test("without a clang, the npm package when it is in the cache", (t) => {
  const { dir } = machine(t);
  assert.equal(findClang(), null);
  const version = "22.0.0-git20542-10";
  const module = `cache/yowasp-clang-${version}/node_modules/@yowasp/clang/gen/bundle.js`;
  write(dir, { [module]: "" });
  assert.deepEqual(findClang(), { kind: "yowasp", module: join(dir, module), version });
});

test("KPI_CLANG decides, by path, by name, or for the npm package; one that cannot be used is refused", (t) => {
  const { dir, clang, wasmLd } = machine(t);
  clang("a/clang", "19.1.7");
  wasmLd("a/wasm-ld", "19.1.7");
  clang("b/clang-18", "18.1.8");
  wasmLd("b/wasm-ld-18", "18.1.8");
  clang("b/clang-14", "14.0.6");
  clang("c/clang", "22.1.0");
  program(join(dir, "b/other"), "echo 'other 99 version 99'");
  const pick = (name: string) => {
    process.env.KPI_CLANG = name;
    return findClang();
  };
  assert.equal(pick("clang-18")?.version, "18.1.8");
  assert.equal(pick(`${dir}/a/clang`)?.version, "19.1.7");
  assert.equal(pick("yowasp"), null);
  const refusal = (name: string, why: RegExp) => assert.throws(() => pick(name), { name: "SetupError", message: why });
  refusal("clang-14", /^KPI_CLANG=clang-14 is clang 14\.0\.6, older than 17: name a clang .*$/);
  refusal("clang-77", /^KPI_CLANG=clang-77 is not a program: .*$/);
  refusal("other", /^KPI_CLANG=other is not a clang that runs: .*$/);
  refusal(`${dir}/c/clang`, /has no wasm-ld of its version beside it: .*$/);
});
