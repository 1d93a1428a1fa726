// The command as a process: a driver that never comes back, and a user who has seen enough.

import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleFile, untimed } from "./harness.ts";
import { kpiRun } from "./kpi-run.ts";

/** A board that pings until somebody stops it. */
const PINGING = [
  ...["--clock", "real", "--device", "rtl8139", "--insmod", moduleFile("8139cp")],
  ...["--exec", "ip link set eth0 up; ping -c 1000000 -i 0.01 peer"],
];

test("a loop without interrupt windows: the watchdog names it and ends the process", async () => {
  const trap = `insmod ${moduleFile("trap_where")} where=timer how=spin`;
  const { code, err } = await kpiRun(["--exec", trap, "--for", "1", "--watchdog", "1"]);
  const report = [
    "watchdog: BUG: soft lockup - CPU#0 stuck for 1s without an interrupt window",
    "Call Trace:",
    / go_wrong\+0x[0-9a-f]+\/0x[0-9a-f]+ \[trap_where\]/,
    / timer_function\+0x[0-9a-f]+\/0x[0-9a-f]+ \[trap_where\]/,
  ];
  err
    .split("\n")
    .slice(0, report.length)
    .forEach((line, i) => assert.match(line, new RegExp(report[i])));
  assert.match(err, /Kernel panic - not syncing: softlockup: hung tasks\n$/);
  assert.equal(code, 1);
});

test("Ctrl-C ends a ping, with its statistics, and the board shuts down in order", async () => {
  const { code, out } = await kpiRun(PINGING, (child, text) => {
    if (text.includes("icmp_seq=3 ") && !child.killed) child.kill("SIGINT");
  });
  assert.equal(code, 130);
  assert.match(out, /^\d+ packets transmitted, \d+ received, /m);
  assert.match(untimed(out.trimEnd().split("\n").at(-1)!), /^reboot: Power down$/);
});

test("a signal that comes twice at once, as from timeout(1), is one: the board shuts down in order", async () => {
  const { code, out } = await kpiRun(PINGING, (child, text) => {
    if (!text.includes("icmp_seq=3 ") || child.killed) return;
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGTERM"), 2);
  });
  assert.equal(code, 143);
  assert.match(untimed(out.trimEnd().split("\n").at(-1)!), /^reboot: Power down$/);
});

test("Ctrl-C also ends a driver that polls for ever", async () => {
  const script = `insmod ${moduleFile("trap_where")} where=init how=poll`;
  const { code } = await kpiRun(["--clock", "real", "--exec", script], (child, text) => {
    if (text.includes("trap_where: loading") && !child.killed) child.kill("SIGINT");
  });
  assert.equal(code, 130);
});

test("a module that waits for ever on the real clock is reported, not waited for", async () => {
  const { code, err } = await kpiRun(["--clock", "real", "--insmod", moduleFile("hang_init")]);
  assert.match(err, /it never returned: every task sleeps, and nothing is left that could wake one\n$/);
  assert.equal(code, 1);
});
