// Sleeping where that is forbidden, and functions of a driver that do not leave locks and interrupts as they found them:
// reports of the debug flavour.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PacketRing } from "../../host/net/packet-ring.ts";
import { boot, untimed, type Run } from "./harness.ts";

const logOf = ({ lines }: Run): string => lines.map(untimed).join("\n");

describe("what may sleep says so when it is called with a spinlock held", () => {
  const cases: [what: string, function_: string, state?: string][] = [
    ["kmalloc", "kmalloc"],
    ["pages", "alloc_pages"],
    ["vmalloc", "kmalloc"],
    ["mutex", "mutex_lock"],
    ["rwsem", "down_read"],
    ["semaphore", "down"],
    ["completion", "wait_for_completion"],
    ["wait_event", "wait_event"],
    ["flush_work", "flush_work"],
    ["cancel_work", "cancel_work_sync"],
    ["rcu", "synchronize_rcu"],
    ["irqs-off", "kmalloc", "in_atomic(): 0, irqs_disabled(): 1"],
  ];
  for (const [what, function_, state = "in_atomic(): 1, irqs_disabled(): 0"] of cases) {
    test(what, async () => {
      const own = await boot();
      own.bugsExpected = true;
      await own.run(`modprobe atomic_sleep what=${what}`);
      const lines = own.lines.map(untimed);
      const at = lines.indexOf(`BUG: sleeping function called from invalid context at ${function_}`);
      assert.ok(at >= 0, lines.join("\n"));
      assert.match(lines[at + 1], new RegExp(`^${RegExp.escape(state)}, non_block: 0, pid: \\d+, name: kpi_insmod$`));
      assert.match(lines[at + 2], new RegExp(`^preempt_count: ${what === "irqs-off" ? 0 : 1}, expected: 0$`));
      if (what === "irqs-off") {
        assert.match(lines[at + 3], /^CPU: 0 /);
      } else {
        assert.match(lines[at + 3], /^1 lock held by kpi_insmod\/\d+:$/);
        assert.match(
          lines[at + 4],
          /^ #0: [0-9a-f]{8} \(lock\)\{\+\.\+\.\}-\{3:3\}, at: init_module\S+ \[atomic_sleep\]$/,
        );
      }
      assert.match(lines.slice(at).join("\n"), /^ (init_module|call)\S+ \[atomic_sleep\]$/m);
      assert.ok(own.system.machine.bugs >= 1);
      await own.system.shutdown();
    });
  }

  test("not what never sleeps", async () => {
    const own = await boot();
    await own.run("modprobe atomic_sleep what=atomic; rmmod atomic_sleep");
    assert.doesNotMatch(logOf(own), /BUG/);
    await own.system.shutdown();
  });

  test("scheduling is the end of the task", async () => {
    const own = await boot();
    await assert.rejects(own.run("modprobe atomic_sleep what=msleep"), /kernel panic/);
    assert.match(logOf(own), /^BUG: scheduling while atomic: kpi_insmod\/\d+\/0x00000001$/m);
    assert.match(logOf(own), /^ #0: [0-9a-f]{8} \(lock\)\{\+\.\+\.\}-\{3:3\}, at: init_module\S+ \[atomic_sleep\]$/m);
    await own.system.powerOff();
  });
});

/** Makes the core call every function of keeps_lock. */
async function exercise({ system, run }: Run, where: string, what: string): Promise<void> {
  await run(`modprobe keeps_lock where=${where} what=${what} irq=40`);
  system.machine.lines.edge(40);
  await system.wait(0.1);
  await run("ip link set eth0 up");
  PacketRing.shared(system.machine).send(system.interfaces.named("eth0").ifindex, new Uint8Array(60));
  await system.wait(0.1);
  await run("ip link set eth0 down; rmmod keeps_lock");
}

/** The fixture's functions, as a report names them, and what Linux says besides. */
const FUNCTIONS: [where: string, name: string, also?: RegExp][] = [
  ["init", "init_module|keeps_lock_init", /^initcall \S+ \[keeps_lock\] returned with preemption imbalance $/m],
  ["exit", "cleanup_module|keeps_lock_exit"],
  ["probe", "probe"],
  ["remove", "remove"],
  ["open", "open"],
  ["stop", "stop"],
  ["rx_mode", "set_rx_mode"],
  ["xmit", "xmit"],
  ["poll", "poll"],
  ["irq", "handle"],
  ["timer", "run_timer", /^timer: run_timer\S+ \[keeps_lock\] preempt leak: 00000100 -> 00000101$/m],
  ["hrtimer", "run_hrtimer"],
  ["tasklet", "run_tasklet"],
  [
    "work",
    "run_work",
    /^BUG: workqueue leaked lock or atomic: kworker\/0:0\/0x00000001\/\d+\n {5}last function: run_work/m,
  ],
];

describe("a function of a driver that returns with preemption disabled is named", () => {
  for (const [where, name, also] of FUNCTIONS) {
    test(where, async () => {
      const own = await boot();
      own.bugsExpected = true;
      await exercise(own, where, "preempt");
      const leak = new RegExp(String.raw`^BUG: (${name})\+0x0 \[keeps_lock\] leaked lock or atomic: `, "m");
      assert.match(logOf(own), leak);
      if (also) assert.match(logOf(own), also);
      assert.match(logOf(own), /^ preempt_count: [0-9a-f]+, when it was called: [0-9a-f]+$/m);
      assert.equal(own.system.machine.bugs, 1, logOf(own));
      await own.system.shutdown();
    });
  }

  test("one that leaves all as it was is not", async () => {
    const own = await boot();
    await exercise(own, "none", "preempt");
    assert.doesNotMatch(logOf(own), /BUG|leak/);
    await own.system.shutdown();
  });
});

describe("and with a lock held, or interrupts changed", () => {
  test("a spinlock, by name and place", async () => {
    const own = await boot();
    own.bugsExpected = true;
    await exercise(own, "work", "lock");
    assert.match(logOf(own), /^BUG: run_work\S+ \[keeps_lock\] leaked lock or atomic: kworker\/0:0\/0x00000001\/\d+$/m);
    assert.match(logOf(own), /^ #0: [0-9a-f]{8} \(&lock\)\{\+\.\+\.\}-\{3:3\}, at: keep\S+ \[keeps_lock\]$/m);
    await own.system.powerOff();
  });

  test("a mutex", async () => {
    const own = await boot();
    own.bugsExpected = true;
    await exercise(own, "open", "mutex");
    assert.match(logOf(own), /^BUG: open\+0x0 \[keeps_lock\] leaked lock or atomic: kpi_netdev_up\/0x00000000\/\d+$/m);
    assert.match(logOf(own), /^ #1: [0-9a-f]{8} \(&sleeping\)\{\+\.\+\.\}-\{4:4\}, at: keep\S+ \[keeps_lock\]$/m);
    assert.match(logOf(own), /^WARNING: lock held when returning to user space!$/m);
    assert.match(logOf(own), /^kpi_netdev_up\/\d+ is leaving the kernel with locks still held!$/m);
    await own.system.powerOff();
  });

  test("interrupts that a handler enabled", async () => {
    const own = await boot();
    own.bugsExpected = true;
    await exercise(own, "irq", "irqs");
    assert.match(logOf(own), /^irq 40 handler handle\+0x0 \[keeps_lock\] enabled interrupts$/m);
    assert.match(logOf(own), /^ interrupts: enabled, when it was called: disabled$/m);
    await own.system.shutdown();
  });

  test("interrupts that probe disabled", async () => {
    const own = await boot();
    own.bugsExpected = true;
    await exercise(own, "probe", "irqs");
    assert.match(logOf(own), /^ interrupts: disabled, when it was called: enabled$/m);
    assert.equal(own.system.machine.bugs, 1, logOf(own));
    await own.system.shutdown();
  });
});
