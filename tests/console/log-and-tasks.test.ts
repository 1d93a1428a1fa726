// dmesg, ps, sysrq, timeout, sleep: the kernel's log, its tasks, board time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { logRecords } from "../../host/inspect/log.ts";
import { tasks } from "../../host/inspect/tasks.ts";
import { boot, untimed } from "../run/harness.ts";

test("dmesg: levels, times, what is cleared, what follows", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp");
  const all = await run("dmesg");
  assert.match(all[0]!, /^\[    0\.000000\] Linux KPI 6\.1\.176 on wasm32, 1 CPU, not preemptive, debug$/);
  assert.equal(all.length, logRecords(system.machine).length);
  assert.deepEqual(await run("dmesg -l notice"), all.slice(0, 1));
  assert.match((await run("dmesg -t -l notice,info"))[1]!, /^Memory: \d{5}K\/65536K available$/);
  assert.deepEqual(await run("dmesg -x -l notice"), [`kern  :notice: ${all[0]}`]);
  assert.deepEqual(await run("dmesg -r -l notice"), [`<5>${all[0]}`]);
  assert.match(
    (await run("dmesg -T"))[1]!,
    /^\[\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d 19(69|70)\] Memory: \d{5}K\/65536K available$/,
  );
  assert.deepEqual(await run("dmesg -c"), all);
  assert.deepEqual(await run("dmesg"), []);
  await run("ip link set eth0 up");
  assert.deepEqual((await run("dmesg")).map(untimed), [
    "8139cp 0000:00:03.0 eth0: link up, 100Mbps, full-duplex, lpa 0x45E1",
  ]);
  await run("dmesg -C; dmesg -n 4");
  // What comes while it follows, of what the console does not show.
  const following = run("timeout 3 dmesg -w -l info");
  await system.wait(1);
  await run("ip link set eth0 down; ip link set eth0 up");
  assert.deepEqual((await following).map(untimed), [
    "8139cp 0000:00:03.0 eth0: link up, 100Mbps, full-duplex, lpa 0x45E1",
  ]);
  await assert.rejects(run("dmesg -l frob"), { exitCode: 2, message: /^dmesg: unknown level 'frob'; known: emerg, / });
  await assert.rejects(run("dmesg -w -c"), { exitCode: 2 });
  await assert.rejects(run("dmesg -n 9"), { exitCode: 2 });
  await system.shutdown();
});

test("ps and sysrq t: tasks that sleep, with their states", async () => {
  const { run, system, lines } = await boot();
  assert.deepEqual(await run("ps"), ["    PID STAT CLS RTPRIO NI WCHAN                  TIME CMD"]);
  const loading = run("insmod sleepers");
  while (!lines.some((line) => line.endsWith("work begins"))) await system.wait(0.001);
  const found = tasks(system.machine);
  const [idle, ...others] = found.map(({ comm, state }) => `${comm} ${state}`);
  assert.deepEqual([idle, others], ["swapper/0 R", ["kpi_insmod D", "kworker/0:0 D"]]);
  const table = await run("ps");
  assert.deepEqual(
    table.slice(1).map((line) => line.replace(/^ +\d+ /, "")),
    [
      "D    TS      -   0  init_module      00:00:00 [kpi_insmod]",
      "D    TS      -   0  msleep           00:00:00 [kworker/0:0]",
    ],
  );
  const report = (await run("sysrq t")).map(untimed);
  assert.equal(report[0], "sysrq: Show State");
  const pid = found[1]!.pid;
  const line = `task:kpi_insmod      state:D stack:0     pid:${`${pid}`.padEnd(5)} ppid:0      flags:0x00000000`;
  assert.equal(report[1], line);
  assert.equal(report[2], "Call Trace:");
  assert.ok(
    report.some((frame) => /^ init_module\+0x[0-9a-f]+\/0x[0-9a-f]+ \[sleepers\]$/.test(frame)),
    report.join("\n"),
  );
  assert.deepEqual((await run("sysrq w")).map(untimed).filter((text) => text.startsWith("task:")).length, 2);
  await loading;
  assert.deepEqual(await run("ps"), table.slice(0, 1));
  await system.shutdown();
});

test("ps and sysrq t in the release flavour: the same, without stacks", async () => {
  const { run, system, lines } = await boot(["rtl8139"], "release");
  const loading = run("insmod sleepers");
  while (!lines.some((line) => line.endsWith("work begins"))) await system.wait(0.001);
  assert.deepEqual(
    (await run("ps")).slice(1).map((line) => line.replace(/^ +\d+ /, "")),
    [
      "D    TS      -   0  -                00:00:00 [kpi_insmod]",
      "D    TS      -   0  -                00:00:00 [kworker/0:0]",
    ],
  );
  const report = (await run("sysrq t")).map(untimed).filter((line) => /^(sysrq|task|  pwq):?/.test(line));
  assert.equal(report.length, 4);
  await loading;
  await system.shutdown();
});

test("CPU time is that of the task which used it", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp");
  const before = tasks(system.machine)[0]!.time;
  await system.wait(5);
  const [idle] = tasks(system.machine);
  assert.ok(idle!.time - before > 4.99, "a board that waits is idle");
  assert.match((await run("cat /proc/uptime"))[0]!, /^5\.00 (4\.99|5\.00)$/);
  await system.shutdown();
});

test("sysrq m and others; the log has them whatever the console shows", async () => {
  const { run, system } = await boot();
  const memory = (await run("echo m > /proc/sysrq-trigger")).map(untimed);
  assert.equal(memory[0], "sysrq: Show Memory");
  assert.equal(memory[1], "Mem-Info:");
  assert.match(
    memory.find((line) => line.startsWith("Normal: "))!,
    /^Normal: (\d+\*\d+kB ){11}= \d+kB$/,
  );
  const [free] = memory.flatMap((line) => / free:(\d+) /.exec(line)?.[1] ?? []);
  const now = /^MemFree: +(\d+) kB$/.exec((await run("cat /proc/meminfo"))[1]!)![1];
  assert.ok(Math.abs(Number(now) - Number(free) * 4) <= 64, "whoever asks takes a few pages");
  await run("dmesg -n 1");
  assert.equal((await run("sysrq m")).length, memory.length);
  assert.deepEqual((await run("echo x > /proc/sysrq-trigger")).map(untimed), [
    "sysrq: HELP : show-all-locks(d) show-memory-usage(m) show-task-states(t) show-blocked-tasks(w) ",
  ]);
  await assert.rejects(run("sysrq x"), { exitCode: 2, message: "sysrq: unknown key x; known: t w m d" });
  await system.shutdown();
});

test("sleep and timeout: board time, and what is left ends at once", async () => {
  const { run, system } = await boot();
  const { clock } = system.machine;
  await run("sleep 2.5");
  assert.ok(Math.abs(clock.now() - 2.5e9) < 1e6);
  await assert.rejects(run("timeout 1 sleep 100"), { message: "timeout: sleep ended" });
  assert.ok(Math.abs(clock.now() - 3.5e9) < 1e6);
  // Nothing is left that would let board time run on.
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(clock.now() < 4e9);
  await assert.rejects(run("sleep 1e9"), { exitCode: 2 });
  await assert.rejects(run("timeout 5 frob"), { exitCode: 2, message: /^frob: command not found/ });
  await system.shutdown();
});

test("help names every command; a word that nobody knows is answered with the nearest", async () => {
  const { run, system } = await boot();
  const help = (await run("help")).join("\n");
  for (const word of [
    "insmod",
    "modprobe",
    "rmmod",
    "lsmod",
    "modinfo",
    "dmesg",
    "lspci",
    "ip",
    "ethtool",
    "ping",
    "cat",
    "ls",
    "echo",
    "ps",
    "sysrq",
    "sleep",
    "timeout",
    "history",
    "clear",
    "poweroff",
  ]) {
    assert.match(help, new RegExp(`^${word}( |$)`, "m"));
  }
  assert.deepEqual(await run("help sleep"), ["sleep SECONDS", "  let board time pass"]);
  await assert.rejects(run("lsmdo"), { exitCode: 2, message: "lsmdo: command not found; did you mean lsmod?" });
  await assert.rejects(run("qqqq"), { exitCode: 2, message: "qqqq: command not found; try: help" });
  assert.deepEqual(await run("modinfo -F license 8139cp mii"), ["GPL", "GPL"]);
  await assert.rejects(run("modinfo nosuch"), { exitCode: 1, message: "modinfo: ERROR: Module nosuch not found." });
  await system.shutdown();
});
