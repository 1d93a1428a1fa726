// A module that goes wrong in each way and in each context (tests/fixtures/trap_where.c). In a task, the task dies and
// the board goes on; anywhere else the machine stops. Either way the report says what happened and where.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PacketRing } from "../../host/net/packet-ring.ts";
import { boot, untimed, type Run } from "./harness.ts";

const VECTOR = 40;

/** Makes the code run that `where` has prepared; rejects with what becomes of it. */
async function provoke({ system, run }: Run, where: string, how: string): Promise<void> {
  await run(`modprobe trap_where where=${where} how=${how} irq=${VECTOR}`);
  if (where === "irq" || where === "thread") system.machine.lines.edge(VECTOR);
  if (where === "open" || where === "xmit") await run("ip link set eth0 up");
  if (where === "xmit") {
    const { ifindex } = system.interfaces.named("eth0");
    PacketRing.shared(system.machine).send(ifindex, new Uint8Array(60));
  }
  if (where === "exit") await run("rmmod trap_where");
  await system.wait(0.1);
}

const logOf = ({ lines }: Run): string => lines.map(untimed).join("\n");

describe("a task that traps dies alone", () => {
  const places: [where: string, comm: RegExp, message?: RegExp][] = [
    ["init", /Comm: kpi_insmod /, /could not insert 'trap_where': its init trapped: .*a call through NULL/],
    ["exit", /Comm: kpi_rmmod /, /could not remove module trap_where: its exit trapped: .*a call through NULL/],
    ["irqsoff", /Comm: kpi_insmod /, /its init trapped/],
    ["work", /Comm: kworker\/0:0 /],
    ["thread", /Comm: irq\/40-trap_whe /],
  ];
  for (const [where, comm, message] of places) {
    test(`in ${where}`, async () => {
      const own = await boot();
      const { system, run } = own;
      if (message) await assert.rejects(provoke(own, where, "null"), message);
      else await provoke(own, where, "null");
      assert.match(logOf(own), comm);
      assert.match(logOf(own), / go_wrong\+0x[0-9a-f]+\/0x[0-9a-f]+ \[trap_where\]/);
      assert.equal(system.machine.oopses, 1);
      await run("modprobe sleepers; modprobe 8139cp; ip link set eth0 up; ping -c 1 peer");
      await system.shutdown();
      assert.match(logOf(own), /reboot: Power down$/);
    });
  }
});

describe("where nothing can be contained, the machine stops", () => {
  const places: [where: string, panic: string][] = [
    ["irq", "Fatal exception in interrupt"],
    ["timer", "Fatal exception in softirq"],
    ["tasklet", "Fatal exception in softirq"],
    ["xmit", "Fatal exception in softirq"],
    ["bh", "Fatal exception with a spinlock held or softirqs disabled"],
    ["spinlock", "Fatal exception with a spinlock held or softirqs disabled"],
  ];
  for (const [where, panic] of places) {
    test(`in ${where}`, async () => {
      const own = await boot();
      await assert.rejects(provoke(own, where, "null"), /^KernelPanic: kernel panic/);
      assert.match(logOf(own), / go_wrong\+0x[0-9a-f]+\/0x[0-9a-f]+ \[trap_where\]/);
      assert.ok(logOf(own).includes(`Kernel panic - not syncing: ${panic}`), logOf(own));
      assert.equal(own.system.machine.alive, false);
      await own.system.powerOff();
    });
  }
});

describe("each kind of trap has its words", () => {
  const kinds: [how: string, report: RegExp][] = [
    ["bug", /^kernel BUG at .*trap_where\.c:\d+!$/m],
    ["type", /^BUG: wasm trap: .*a function of another type/m],
    ["divide", /^BUG: wasm trap: divide by zero$/m],
    [
      "wild",
      /^BUG: wasm trap: memory access out of bounds \(a wild pointer, or one from ioremap without readl or writel\)$/m,
    ],
    ["recursion", /^BUG: wasm trap: Maximum call stack size exceeded \(endless recursion\?\)$/m],
  ];
  for (const [how, report] of kinds) {
    test(how, async () => {
      const own = await boot();
      await assert.rejects(provoke(own, "mutex", how), /its init trapped/);
      assert.match(logOf(own), report);
      assert.match(logOf(own), /^1 lock held by kpi_insmod\/\d+, never to be released:$/m);
      await own.run("modprobe 8139cp; ip link set eth0 up; ping -c 1 peer");
      await own.system.powerOff();
    });
  }
});

test("sleeping in an interrupt handler is found where it sleeps", async () => {
  const own = await boot();
  await assert.rejects(provoke(own, "irq", "sleep"), /kernel panic/);
  assert.match(logOf(own), /^BUG: scheduling while atomic: swapper\/0\/0\/0x00010000$/m);
  assert.match(logOf(own), / schedule_timeout_uninterruptible\+.*\n go_wrong\+.* \[trap_where\]\n handler\+/);
  await own.system.powerOff();
});

test("a lock that died with its task is named to whoever wants it next", async () => {
  const own = await boot();
  // ndo_open runs under RTNL.
  await assert.rejects(provoke(own, "open", "null"), /ip: cannot bring up eth0: the driver trapped: /);
  assert.match(logOf(own), /^ #0: [0-9a-f]{8} \(rtnl_mutex\)/m);
  await assert.rejects(own.run("modprobe 8139cp"), /its init trapped/);
  const next =
    /^BUG: kpi_insmod\/\d+ locks mutex 0x[0-9a-f]+ \(rtnl_mutex\), which kpi_netdev_up\/\d+ held when it died$/m;
  assert.match(logOf(own), next);
  await own.system.powerOff();
});
