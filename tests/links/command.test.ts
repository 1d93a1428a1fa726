// `kpi run --link`, `--netdev`: two boards in two processes, and what is said when something is not as it should be.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { begun, type Running } from "../../tools/lab/namespace.ts";
import { unless } from "../../tools/lab/requirements.ts";
import { node26, repoRoot } from "../../tools/setup/paths.mjs";
import { command } from "../cli/process.ts";
import { moduleFile } from "../run/harness.ts";

const folder = mkdtempSync(join(tmpdir(), "kpi-links-"));
const runs: Running[] = [];
after(() => {
  for (const { child } of runs) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const linux = process.platform === "linux" ? false : "koffi's calls are Linux's";

function kpi(args: readonly string[], node: readonly string[] = []): Running {
  const run = begun(node26, [...node, ...command, "run", ...args], { cwd: repoRoot });
  runs.push(run);
  return run;
}

const board = (device: string, driver: string): string[] => ["--device", device, "--insmod", moduleFile(driver)];
const e1000 = board("e1000", "e1000");
const address = (ip: string): string[] => ["--exec", `ip addr flush dev eth0; ip addr add ${ip}/24 dev eth0`];

/** Its exit code, and what it says on stderr. */
async function said(run: Running): Promise<[number | null, string]> {
  const { code, err } = await run.ended;
  return [code, err];
}

/** Two boards, each with a card and a driver of its own, and the cable between them; the second pings the first. */
async function pinged(first: readonly string[], second: readonly string[]): Promise<void> {
  const one = kpi([...first, ...address("10.9.0.1"), "--exec", "ip link set eth0 up", "--for", "600"]);
  await one.said(/eth0/);
  const { code, out, err } = await kpi([...second, ...address("10.9.0.2"), "--ping", "10.9.0.1"]).ended;
  assert.match(out, / 5 received/);
  assert.deepEqual([code, err], [0, ""]);
  one.child.kill("SIGTERM");
  assert.deepEqual(await said(one), [128 + 15, "kpi: interrupted\n"]);
}

const rtl8139 = "rtl8139,mac=52:54:00:00:00:02";

test("two boards, e1000 and 8139cp, joined by a stream, ping each other", async () => {
  const path = join(folder, "cable");
  await pinged(
    [...e1000, "--link", `stream-listen:unix:${path}`],
    [...board(rtl8139, "8139cp"), "--link", `stream:unix:${path}`],
  );
  assert.ok(!existsSync(path));
});

test("a board with QEMU's e1000 and one with our rtl8139", { skip: unless("qemu-system-x86_64") }, async () => {
  const path = join(folder, "cable");
  await pinged(
    ["--board", "qemu", ...e1000, "--link", `stream-listen:unix:${path}`],
    [...board(rtl8139, "8139cp"), "--link", `stream:unix:${path}`],
  );
});

test("two boards joined by datagrams, past what a board that was killed has left", { skip: linux }, async () => {
  const [one, two] = [join(folder, "one"), join(folder, "two")];
  const ends = (own: string, other: string): string[] => ["--link", `dgram:unix:${other},local=unix:${own}`];
  const killed = kpi([...e1000, ...ends(one, two), "--for", "600"]);
  await killed.said(/eth0/);
  // Somebody is there.
  const [code, err] = await said(kpi([...e1000, ...ends(one, two)]));
  assert.deepEqual([code, err], [1, `kpi: link dgram:unix:${two}: cannot bind to local=: Address already in use\n`]);
  killed.child.kill("SIGKILL");
  await killed.ended;
  assert.ok(existsSync(one));
  await pinged([...e1000, ...ends(one, two)], [...board(`${rtl8139},revision=0x10`, "8139too"), ...ends(two, one)]);
  assert.deepEqual([existsSync(one), existsSync(two)], [false, false]);
});

test("a capture of a run that was killed can be read, one that the disk has no room for too", async () => {
  const file = join(folder, "x.pcapng");
  const killed = kpi([...e1000, "--link", `peer,pcap=${file}`, "--clock", "real", "--for", "600"]);
  await killed.said(/eth0/);
  killed.child.kill("SIGKILL");
  await killed.ended;
  assert.equal(readFileSync(file).readUInt32LE(0), 0x0a0d0d0a);

  const most = 40_000;
  const flood = "ip link set eth0 up; sleep 3; ping -c 50 -q -s 1400 peer";
  const args = [...command, "run", ...e1000, "--link", `peer,pcap=${file}`, "--exec", flood];
  const { code, err } = await begun("prlimit", [`--fsize=${most}`, node26, ...args], { cwd: repoRoot }).ended;
  assert.deepEqual([code, err], [1, `kpi: pcap=${file}: cannot write it: File too large\n`]);
  const bytes = readFileSync(file);
  assert.ok(bytes.length > most - 1600 && bytes.length <= most, String(bytes.length));
  let at = 0;
  while (at < bytes.length) at += bytes.readUInt32LE(at + 4);
  assert.equal(at, bytes.length, "whole blocks");
});

test("an interface that never appears, a card that is not there", async () => {
  assert.deepEqual(await said(kpi([...e1000, "--netdev", "eth7=hub:x", "--for", "600"])), [
    1,
    "kpi: --netdev eth7: no interface of that name has appeared; there is eth0\n",
  ]);
  assert.deepEqual(await said(kpi(["--device", "e1000", "--insmod", moduleFile("8139cp"), "--netdev", "eth0=hub:x"])), [
    1,
    "kpi: --netdev eth0: no interface of that name has appeared; there is none; a driver makes one: --insmod\n",
  ]);
  assert.deepEqual(await said(kpi([...e1000, "--link", "peer", "--link", "none"])), [
    2,
    "kpi: more links than network cards: e1000\n",
  ]);
});

/** A machine that has no koffi. */
const WITHOUT_KOFFI = `import { registerHooks } from "node:module";
registerHooks({ resolve(name, context, next) {
  if (name === "koffi") throw new Error("Cannot find module 'koffi'");
  return next(name, context);
} });`;

test("without koffi: one line from what needs it, all else works", async () => {
  const node = ["--import", `data:text/javascript,${encodeURIComponent(WITHOUT_KOFFI)}`];
  for (const [link, name] of [
    ["tap:wire0", "tap:wire0"],
    ["dgram:127.0.0.1:9,local=127.0.0.1:0", "dgram:127.0.0.1:9"],
  ] as const) {
    assert.deepEqual(await said(kpi([...e1000, "--link", link], node)), [
      1,
      `kpi: link ${name} needs the npm package koffi, which does not load here: Cannot find module 'koffi'\n`,
    ]);
  }
  const listening = ["--link", `stream-listen:unix:${join(folder, "socket")}`];
  assert.deepEqual(await said(kpi([...e1000, ...listening, "--for", "0.1"], node)), [0, ""]);
});
