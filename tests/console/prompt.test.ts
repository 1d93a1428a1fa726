// The console at a terminal, driven through a pseudo-terminal as somebody types: script(1) makes one.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { complete } from "../../host/console/completion.ts";
import { History } from "../../host/cli/history.ts";
import { node26, repoRoot } from "../../tools/setup/paths.mjs";
import { command } from "../cli/process.ts";
import { boot } from "../run/harness.ts";

const noTerminal = spawnSync("script", ["--version"]).status !== 0 && "no script(1) here";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "kpi-console-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const PATIENCE_MS = 120_000;

/** Types `send` when `wait` has appeared, pair by pair. What the terminal showed, and the exit code. */
function typed(cache: string, steps: [wait: string, send: string][]): Promise<{ code: number | null; shown: string }> {
  const words = [node26, ...command, "run", "--loglevel", "3"].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qfec", words, "/dev/null"], {
    cwd: repoRoot,
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, KPI_CACHE: cache, KPI_LINUX: process.env.KPI_LINUX ?? "", TERM: "xterm" },
  });
  return new Promise((resolve, reject) => {
    // A terminal that shows something else than is waited for would be waited for for ever.
    const late = setTimeout(() => child.kill(), PATIENCE_MS);
    let [shown, seen] = ["", 0];
    const left = [...steps];
    child.stdout.setEncoding("utf8").on("data", (text) => {
      shown += text;
      for (let at; left.length > 0 && (at = shown.indexOf(left[0]![0], seen)) >= 0;) {
        seen = at + left[0]![0].length;
        child.stdin.write(left.shift()![1]);
      }
    });
    child.once("error", reject).once("close", (code) => {
      clearTimeout(late);
      resolve({ code, shown });
    });
  });
}

const CTRL_C = "\x03";
const CTRL_D = "\x04";
const UP = "\x1b[A";

test("Tab, history over two sessions, Ctrl-D", { skip: noTerminal }, async (t) => {
  const cache = folder(t);
  const first = await typed(cache, [
    ["# ", "lsm\t"],
    ["lsmod ", "\r"],
    ["Used by", "hist\t"],
    ["history ", "\r"],
    ["    2  history", " echo not kept\r"],
    ["# ", CTRL_D],
  ]);
  assert.equal(first.code, 0, first.shown);
  assert.match(first.shown, / {4}1 {2}lsmod\r\n {4}2 {2}history\r\n/);
  assert.match(first.shown, /reboot: Power down\r\n$/);
  assert.equal(readFileSync(join(cache, "history"), "utf8"), "lsmod\nhistory\n");
  const second = await typed(cache, [
    ["# ", `${UP}${UP}`],
    ["lsmod", "\r"],
    ["Used by", CTRL_D],
  ]);
  assert.equal(second.code, 0, second.shown);
});

test(
  "a command that fails leaves the console; Ctrl-C ends a command, drops a line, and shuts down in order",
  {
    skip: noTerminal,
  },
  async (t) => {
    const { code, shown } = await typed(folder(t), [
      ["# ", "frob\r"],
      ["frob: command not found", "dmesg -w\r"],
      ["Memory:", CTRL_C],
      ["# ", "half a line"],
      ["half a line", CTRL_C],
      ["^C", CTRL_C],
      ["(Ctrl-C again, Ctrl-D or poweroff switches the board off)", CTRL_C],
    ]);
    assert.equal(code, 130, shown);
    assert.match(shown, /reboot: Power down\r\nkpi: interrupted\r\n$/);
  },
);

test("poweroff at the prompt ends with 0", { skip: noTerminal }, async (t) => {
  const { code, shown } = await typed(folder(t), [["# ", "poweroff\r"]]);
  assert.equal(code, 0, shown);
});

test("what Tab offers: commands, modules, parameters, paths, interfaces, words", async () => {
  const { run, system } = await boot();
  const offered = async (line: string): Promise<string[]> => (await complete(system, line))[0];
  assert.deepEqual(await offered("ls"), ["lsmod ", "lspci ", "ls "]);
  assert.deepEqual(await offered("dmesg; mod"), ["modprobe ", "modinfo "]);
  assert.deepEqual(await offered("modprobe 8139"), ["8139cp ", "8139too "]);
  assert.deepEqual(await offered("modprobe 8139cp de"), ["debug="]);
  assert.deepEqual(await offered("cat /pr"), ["/proc/"]);
  assert.deepEqual(await offered("cat /proc/v"), ["/proc/version ", "/proc/vmallocinfo "]);
  assert.deepEqual(await offered("cat /proc/net/dev"), ["/proc/net/dev ", "/proc/net/dev_mcast "]);
  assert.deepEqual(await offered("ip link set e"), []);
  await run("modprobe 8139cp");
  assert.deepEqual(await offered("ip link set e"), ["eth0 "]);
  assert.deepEqual(await offered("ip link set eth0 mt"), ["mtu "]);
  assert.deepEqual(await offered("ip link set eth0 promisc o"), ["on ", "off "]);
  assert.deepEqual(await offered("ethtool -S "), ["eth0 "]);
  assert.deepEqual(await offered("ethtool -G eth0 rx-"), ["rx-mini ", "rx-jumbo "]);
  assert.deepEqual(await offered("rmmod "), ["mii ", "8139cp "]);
  assert.deepEqual(await offered("cat /sys/class/net/eth0/stat"), ["/sys/class/net/eth0/statistics/"]);
  assert.deepEqual(await offered("cat /sys/class/net/e"), ["/sys/class/net/eth0/"]);
  assert.deepEqual(await offered("echo 1 > /sys/class/net/eth0/mt"), ["/sys/class/net/eth0/mtu "]);
  assert.deepEqual(await offered("timeout 5 dm"), ["dmesg "]);
  assert.deepEqual(await offered("dmesg -l w"), ["warn "]);
  assert.deepEqual(await offered("frob "), []);
  assert.deepEqual(await offered("cat '/proc/ver"), ["/proc/version "]);
  await system.shutdown();
  assert.deepEqual(await offered("ip link show "), [], "a board that is off has nothing to offer");
});

test("history: kept within bounds, and a file that cannot be written is no end of a session", (t) => {
  const file = join(folder(t), "deep", "history");
  const history = new History(file);
  for (const line of ["a", "a", "", " secret", "b"]) history.add(line);
  assert.deepEqual(new History(file).lines, ["a", "b"]);
  writeFileSync(file, Array.from({ length: 5000 }, (_, i) => `line ${i}`).join("\n"));
  const long = new History(file);
  assert.deepEqual([long.lines.length, long.lines.at(-1)], [1000, "line 4999"]);
  for (let i = 0; i < 1001; i++) long.add(`new ${i}`);
  assert.equal(readFileSync(file, "utf8").split("\n").length, 1001);
  const nowhere = new History("/proc/nowhere/history");
  nowhere.add("x");
  assert.deepEqual(nowhere.lines, ["x"]);
});
