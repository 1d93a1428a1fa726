// A board of two CPUs as it is used: drivers of network cards, what the console shows, what there cannot be.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { bootCpus, build, moduleFile, shutDown, type Cpus } from "./board.ts";
import { System } from "../../host/system.ts";
import { createBoard } from "../../boards/index.ts";
import { node26, repoRoot } from "../../tools/setup/paths.mjs";
import { ModuleStore } from "../../host/loader/store.ts";

await build("smp_oops", "smp_stuck", "drivers/net/mii.c", "drivers/net/ethernet/realtek/8139cp.c");

/** How often each CPU has taken the interrupt of `name`, and the number of that. */
function interrupts({ system }: Cpus, name: string): { irq: number; taken: number[] } {
  const line = system
    .procRead("interrupts")
    .split("\n")
    .find((text) => text.endsWith(name))!;
  const [irq, first, second] = line
    .trim()
    .split(/[\s:]+/)
    .map(Number);
  return { irq: irq!, taken: [first!, second!] };
}

async function pings(board: Cpus): Promise<void> {
  const said = await board.run("ping -c 3 peer");
  assert.ok(
    said.some((line) => line.includes("3 packets transmitted, 3 received")),
    said.join("\n"),
  );
}

test("8139cp pings on a board of two CPUs, also when the second one takes its interrupts", async () => {
  const board = await bootCpus(2, "debug", ["rtl8139"]);
  await board.run("modprobe mii; modprobe 8139cp; ip link set eth0 up");
  await pings(board);
  const { irq, taken } = interrupts(board, "eth0");
  assert.ok(taken[0]! > 0);
  assert.equal(taken[1], 0);
  const { machine } = board.system;
  const masks = machine.core.symbol("cpu_bit_bitmap");
  assert.ok(masks?.kind === "data");
  const onlyCpu1 = masks.address + 4 * 2;
  assert.equal(await machine.callExport("irq_set_affinity", [irq, onlyCpu1]), 0);
  const before = interrupts(board, "eth0");
  await pings(board);
  const after = interrupts(board, "eth0");
  assert.ok(after.taken[1]! >= 3, String(after.taken));
  assert.equal(after.taken[0], before.taken[0]);
  await board.run("rmmod 8139cp; rmmod mii");
  await shutDown(board);
});

test("kpi run --cpus 2: lsmod, ip link and a ping, and the command ends with 0", () => {
  const modules = ["mii", "8139cp"].flatMap((name) => ["--insmod", moduleFile(name)]);
  const words = `lsmod; ip link set eth0 up; ping -c 3 peer; ip link; rmmod 8139cp`;
  const run = [
    join(repoRoot, "host/cli/main.ts"),
    "run",
    "--cpus",
    "2",
    "--device",
    "rtl8139",
    ...modules,
    "--exec",
    words,
  ];
  const { status, stdout, stderr } = spawnSync(node26, ["--import", "tsx", ...run], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^8139cp +\d+ +0$/m);
  assert.match(stdout, /^mii +\d+ +1 8139cp$/m);
  assert.match(stdout, /3 packets transmitted, 3 received, 0% packet loss/);
  assert.match(stdout, /^\d+: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc \w+ state UP /m);
});

test("both CPUs are in /proc/interrupts and /proc/softirqs", async () => {
  const board = await bootCpus(2);
  for (const file of ["interrupts", "softirqs"]) {
    assert.match(board.system.procRead(file), /^\s+CPU0\s+CPU1\s*\n/);
  }
  assert.ok(board.lines.some((line) => line.endsWith("CPU1 is up")));
  await shutDown(board);
});

test("a trap on the second CPU kills the task and names its function; the board goes on", async () => {
  const board = await bootCpus(2, "debug");
  await board.run("insmod smp_oops");
  while (!board.lines.some((line) => line.includes("---[ end trace"))) await board.system.wait(0.01);
  const said = board.lines.join("\n");
  assert.match(said, /Oops: 0000 \[#1\]/);
  assert.match(said, /CPU: 1 PID: \d+ Comm: smp_oops\/1/);
  assert.match(said, /trap_here\+0x[0-9a-f]+\/0x[0-9a-f]+ \[smp_oops\]/);
  assert.equal(board.system.machine.oopses, 1);
  assert.ok((await board.run("lsmod")).some((line) => line.startsWith("smp_oops")));
  board.expected = true;
  await shutDown(board);
});

test("two CPUs do not repeat a run: the virtual clock is refused", async () => {
  const boot = System.boot({
    board: createBoard("desktop", []),
    memoryMiB: 64,
    cpus: 2,
    virtualClock: true,
    logLevel: 7,
    modules: new ModuleStore("."),
  });
  await assert.rejects(boot, /two CPUs cannot repeat a run exactly; run them with --clock real/);
});

test("kpi run --cpus 2: the watchdog sees the second CPU too, and the command ends with 1", () => {
  const run = [join(repoRoot, "host/cli/main.ts"), "run", "--cpus", "2", "--watchdog", "2"];
  const words = [...run, "--exec", `insmod ${moduleFile("smp_stuck")}; sleep 100`];
  const { status, stdout, stderr } = spawnSync(node26, ["--import", "tsx", ...words], { encoding: "utf8" });
  assert.match(stdout, /2 CPUs, not preemptive/);
  assert.match(stderr, /watchdog: BUG: soft lockup - CPU#1 stuck for 2s without an interrupt window/);
  assert.equal(status, 1);
});
