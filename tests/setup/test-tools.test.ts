// The programs that tests run are installed by `npm test` as root only, announced first, and never instead of others.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { folder, program } from "./fixtures.ts";

const module = new URL("../../tools/setup/test-tools.mjs", import.meta.url);

/** Runs set-up for tests with an apt-get of ours, on a PATH without the tools; what it said and what apt-get was told. */
function setUp(t: TestContext, { uid = 0, aptGet = "exit 0", env = {} as Record<string, string> }) {
  const bin = folder(t);
  const log = join(bin, "log");
  program(join(bin, "apt-get"), `echo $DEBIAN_FRONTEND "$@" >> ${log}\n${aptGet}`);
  const script = `
    process.getuid = () => ${uid};
    const { setUpTestTools } = await import("${module}");
    await setUpTestTools();`;
  const all = { ...process.env, KPI_APT: "", ...env, PATH: bin };
  const node = spawnSync(process.execPath, ["--input-type=module", "-e", script], { env: all, encoding: "utf8" });
  assert.equal(node.status, 0, node.stderr);
  return { stderr: node.stderr, calls: existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [] };
}

test("what is missing is announced and installed, without questions and taking nothing away", (t) => {
  const { stderr, calls } = setUp(t, {});
  assert.match(stderr, /^Tools for tests: apt-get installs .*qemu-system-x86.* as root\.\nKPI_APT=no refuses that/);
  assert.equal(calls.length, 1);
  assert.match(calls[0]!, /^noninteractive install .*-y .*--no-remove .*qemu-system-x86.* iperf3\b/);
});

test("old package lists are fetched anew, once", (t) => {
  const aptGet = "case $* in *update*) exit 0;; esac; echo 'E: Unable to locate package passt' >&2; exit 100";
  const { stderr, calls } = setUp(t, { aptGet });
  assert.deepEqual(
    calls.map((call) => call.split(" ")[1]),
    ["install", "update", "install"],
  );
  assert.match(stderr, /^apt-get cannot install .*: Unable to locate package passt$/m);
});

test("nothing is installed by somebody who is not root, or who says KPI_APT=no", (t) => {
  assert.deepEqual(setUp(t, { uid: 1000 }), { stderr: "", calls: [] });
  assert.deepEqual(setUp(t, { env: { KPI_APT: "no" } }), { stderr: "", calls: [] });
});
