// kpi run as a user meets it: what it prints, the console, JSON, and how it fails.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { node26 } from "../../tools/setup/paths.mjs";
import { moduleFile } from "../loader/drivers.ts";
import { command, kpi, kpiWith } from "./process.ts";

test("a module with parameters, then a ping", async () => {
  const { code, out, err } = await kpi(
    "run",
    "--device",
    "rtl8139",
    "--insmod",
    moduleFile("8139cp"),
    "debug=1",
    "--ping",
    "peer",
  );
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^5 packets transmitted, 5 received, 0% packet loss, time 4000ms$/m);
  assert.match(out, /\] reboot: Power down\n$/);
});

test("what insmod refuses ends the run with 1 and its own line", async () => {
  const cases: [RegExp, string, ...string[]][] = [
    [/^kpi: insmod: ERROR: could not load module none\.ko: No such file or directory$/, "none.ko"],
    [/^kpi: insmod: ERROR: could not load module \/dev\/zero: Not a regular file$/, "/dev/zero"],
    [/^kpi: insmod: ERROR: could not insert module \S+: Invalid module format: not a wasm/, import.meta.filename],
    [/^kpi: modprobe: FATAL: Module nosuch not found in \S+; build it with: kpi build FILE\.c\|FOLDER$/, "nosuch"],
    [/^kpi: insmod: ERROR: could not insert module \S+: Invalid argument$/, moduleFile("8139cp"), "debug=x"],
  ];
  for (const [message, ...words] of cases) {
    const { code, err } = await kpi("run", "--loglevel", "1", "--insmod", ...words);
    assert.equal(code, 1);
    assert.match(err.trimEnd(), message);
  }
});

test("commands from a pipe, the first that fails ends them; nothing at all is an empty console", async () => {
  const piped = await kpiWith({ input: "lspci -n\n\nfrob\nlsmod\n" }, "run", "--loglevel", "1");
  assert.equal(piped.code, 2);
  assert.match(piped.out, /^00:00\.0 0600: 8086:1237 \(rev 02\)\n00:03\.0 0200: 8086:100e \(rev 02\)\n/);
  assert.match(piped.out, /rev 02\)\n\[.*Power down\n$/);
  assert.equal(piped.err, "kpi: frob: command not found; try: help\n");
  const empty = await kpi("run", "--loglevel", "1");
  assert.deepEqual([empty.code, empty.err], [0, ""]);
});

test("poweroff ends a run; what comes after it is not done", async () => {
  const { code, out } = await kpi("run", "--loglevel", "1", "--exec", "poweroff; lspci");
  assert.equal(code, 0);
  assert.match(out, /^\[.*Power down\n$/);
});

/** What --json prints, line by line. */
function jsonLines(text: string): { [name: string]: unknown; type: string }[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("--json: a line for each log line and command, and one at the end, also when it fails", async () => {
  const load = ["--device", "rtl8139", "--insmod", moduleFile("8139cp")];
  const well = await kpi("run", "--json", ...load, "--exec", "lsmod; lspci -n", "--ping", "peer");
  assert.deepEqual([well.code, well.err], [0, ""]);
  const lines = jsonLines(well.out);
  assert.deepEqual(lines.at(-1), { type: "end", exitCode: 0, error: null, oopses: 0 });
  const found = lines.find(({ type, text }) => type === "log" && /eth0: RTL-8139C\+/.test(text as string));
  assert.deepEqual([found?.level, typeof found?.time], [6, "number"]);
  const commands = lines.filter(({ type }) => type === "command");
  const names = [`modprobe ${moduleFile("8139cp")}`, "lsmod", "lspci -n", "ip link set eth0 up", "ping -c 5 peer"];
  assert.deepEqual(
    commands.map(({ command }) => command),
    names,
  );
  assert.deepEqual(
    (commands[1]!.data as { name: string }[]).map(({ name }) => name),
    ["8139cp", "mii"],
  );
  const { transmitted, received, ok, rtt } = commands[4]!.data as Record<string, unknown>;
  assert.deepEqual([transmitted, received, ok], [5, 5, true]);
  assert.deepEqual(Object.keys(rtt as object), ["min", "avg", "max", "mdev"]);
  const failed = await kpi("run", "--json", "--exec", "lspci -n; ping peer");
  const [, ping, , end] = jsonLines(failed.out).filter(
    ({ type, text }) => type !== "log" || text === "reboot: Power down",
  );
  assert.deepEqual([failed.code, ping!.exitCode, end!.exitCode], [1, 1, 1]);
  assert.equal(ping!.error, "the board has no network interface; load a driver with insmod");
  assert.equal(failed.err, `kpi: ${end!.error}\n`);
  const wrong = await kpi("run", "--json", "--device", "foo");
  const { error, ...rest } = JSON.parse(wrong.out);
  assert.deepEqual(rest, { type: "end", exitCode: 2, oopses: 0 });
  assert.match(error, /^unknown device model "foo"; known: /);
  assert.equal(JSON.parse((await kpi("run", "--json", "--frob")).out).exitCode, 2);
});

test("--json: commands from a pipe, each answered by a line", async () => {
  const { code, out } = await kpiWith({ input: "lsmod\nfrob\nlsmod\n" }, "run", "--json");
  const lines = jsonLines(out).filter(({ type }) => type !== "log");
  assert.deepEqual(lines, [
    { type: "command", command: "lsmod", exitCode: 0, error: null, data: [] },
    { type: "command", command: "frob", exitCode: 2, error: "frob: command not found; try: help", data: null },
    { type: "end", exitCode: 2, error: "frob: command not found; try: help", oopses: 0 },
  ]);
  assert.equal(code, 2);
});

test("a reader that goes away ends the command as SIGPIPE would", async () => {
  const child = spawn(node26, [...command, "symbols"], { stdio: ["ignore", "pipe", "pipe"] });
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
  child.stdout.once("data", () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.deepEqual([code, err], [141, ""]);
});

test("kpi --version is the package's", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  assert.deepEqual(await kpi("--version"), { code: 0, out: `kpi ${version}\n`, err: "" });
});
