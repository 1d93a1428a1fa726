// What the debug flavour says of locks: orders that could end in a deadlock before one does, in lockdep's words, and tasks
// that do wait for each other, with the way from one to the next.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, untimed, type Run } from "./harness.ts";

/** The log of a board on which the fixture does `what`, or tries to. */
async function logOf(what: string): Promise<{ own: Run; log: string }> {
  const own = await boot();
  own.bugsExpected = true;
  await own.run(`modprobe lock_bugs what=${what}`).catch(() => {});
  const log = own.lines
    .map((line) =>
      untimed(line)
        .replace(/\b[0-9a-f]{8}\b/g, "*")
        .replace(/\+0x\w+\/0x\w+/g, ""),
    )
    .join("\n");
  return { own, log };
}

test("an order of locks against one that was seen", async () => {
  const { own, log } = await logOf("order");
  assert.match(log, /^WARNING: possible circular locking dependency detected$/m);
  assert.match(
    log,
    /^kpi_insmod\/\d+ is trying to acquire lock:\n\* \(mutex_a\)\{\+\.\+\.\}-\{4:4\}, at: order \[lock_bugs\]$/m,
  );
  assert.match(
    log,
    /^but task is already holding lock:\n\* \(mutex_c\)\{\+\.\+\.\}-\{4:4\}, at: order \[lock_bugs\]$/m,
  );
  assert.match(log, /^-> #2 \(mutex_c\)\{\+\.\+\.\}-\{4:4\}:\n {7}order \[lock_bugs\]\n\n-> #1 \(mutex_b\)/m);
  assert.match(log, /^Chain exists of:\n {2}mutex_a --> mutex_b --> mutex_c$/m);
  assert.match(log, /^ \*\*\* DEADLOCK \*\*\*$/m);
  assert.equal(own.system.machine.bugs, 1);
});

test("a spinlock of a softirq that a task takes with softirqs enabled", async () => {
  const { own, log } = await logOf("irq");
  assert.match(log, /^WARNING: inconsistent lock state$/m);
  assert.match(log, /^inconsistent \{IN-SOFTIRQ-W\} -> \{SOFTIRQ-ON-W\} usage\.$/m);
  assert.match(
    log,
    /^kpi_insmod\/\d+ \[HC0\[0\]:SC0\[0\]:HE1:SE1\] takes:\n\* \(spin_a\)\{\+\.\?\.\}-\{3:3\}, at: \w+ \[lock_bugs\]$/m,
  );
  assert.equal(own.system.machine.bugs, 1);
});

test("an unlock of what is not locked", async () => {
  const { own, log } = await logOf("unlock");
  assert.match(log, /^WARNING: bad unlock balance detected!$/m);
  assert.match(log, /\(mutex_a\) at:\ninit_module \[lock_bugs\]\nbut there are no more locks to release!$/m);
  assert.equal(own.system.machine.bugs, 1);
});

test("nested locks that say so are none", async () => {
  const { own, log } = await logOf("nested");
  assert.doesNotMatch(log, /WARNING|BUG/);
  assert.equal(own.system.machine.bugs, 0);
});

for (const [what, count] of [
  ["pair", 2],
  ["circle", 3],
] as const) {
  test(`${count} tasks that wait for each other`, async () => {
    const { own, log } = await logOf(what);
    assert.match(log, /^\[ BUG: circular locking deadlock detected! \]$/m);
    const waiters = [...log.matchAll(/^(\d)\) member\/(\d)\/\d+ is blocked on this lock:\n\* \(mutex_(\w)\)/gm)];
    assert.deepEqual(
      waiters.map(([, number]) => number),
      Array.from({ length: count }, (_, i) => String(i + 1)),
    );
    for (const [, , task, lock] of waiters) assert.equal(lock, "abc"[(Number(task) + 1) % count]);
    assert.equal(log.match(/^ member \[lock_bugs\]$/gm)?.length! >= count, true, log);
    await own.system.powerOff();
  });
}

test("a reader of an rwsem and its writer that wait for each other", async () => {
  const { own, log } = await logOf("reader");
  assert.match(log, /^\[ BUG: circular locking deadlock detected! \]$/m);
  assert.match(log, /^1\) kpi_insmod\/\d+ is blocked on this lock:\n\* \(rwsem_a\)/m);
  assert.match(log, /^2\) writer\/\d+ is blocked on this lock:\n\* \(mutex_a\)/m);
  await own.system.powerOff();
});

test("a task that takes a lock that it holds", async () => {
  for (const [what, said] of [
    ["self", "locks mutex 0x\\w+ \\(mutex_a\\), which it already holds"],
    ["self-rwsem", "waits for rwsem 0x\\w+ \\(rwsem_a\\), which it holds for writing"],
  ]) {
    const { own, log } = await logOf(what!);
    assert.match(log, /^WARNING: possible recursive locking detected$/m);
    assert.match(log, new RegExp(`^BUG: kpi_insmod/\\d+ ${said}$`, "m"));
    assert.match(log, /^1 lock held by kpi_insmod\/\d+, never to be released:$/m);
    assert.equal(own.system.machine.oopses, 1);
  }
});

test("a spinlock held across a sleep", async () => {
  const { log } = await logOf("spin-sleep");
  assert.match(log, /^BUG: scheduling while atomic: kpi_insmod\/\d+\/0x00000001$/m);
  assert.match(log, /^ msleep\n init_module \[lock_bugs\]$/m);
  assert.match(log, /^ #0: \* \(spin_a\)\{\+\.\+\.\}-\{3:3\}, at: init_module \[lock_bugs\]$/m);
});

test("a completion that nobody completes: reported when nothing is left that could happen", async () => {
  const { own, log } = await logOf("never");
  assert.match(log, /^INFO: task kpi_insmod:\d+ blocked for ever: nothing is left that could wake it\.$/m);
  assert.match(log, /^task:kpi_insmod +state:D /m);
  assert.match(log, /^ wait_for_completion\n init_module \[lock_bugs\]$/m);
  assert.match(log, /^kpi_insmod\/\d+ waits for the completion never\.\n1 lock held by kpi_insmod\/\d+:$/m);
  assert.equal(own.system.complaint?.exitCode, 1);
  await own.run("ip link").catch(() => {});
  assert.equal(own.system.machine.bugs, 1, "and once");
  await own.system.powerOff();
});

/** What Linux's khungtaskd sees: tasks that nobody waits for. */
const HUNG: [what: string, task: string, waits: RegExp][] = [
  [
    "pair",
    "member/1",
    /^member\/1\/\d+ is blocked on this lock:\n\* \(mutex_a\).*\nwhich member\/0\/\d+ holds, which is dead\.$/m,
  ],
  ["queue", "waiter", /^waiter\/\d+ waits for the wait queue nobody\.$/m],
];
for (const [what, task, waits] of HUNG) {
  test(`a kthread that hangs is reported after two minutes, with what it waits for: ${what}`, async () => {
    const { own } = await logOf(what);
    const before = own.system.machine.bugs;
    await own.run("sleep 100");
    assert.equal(own.system.machine.bugs, before);
    await own.run("sleep 160");
    const log = own.lines.map((line) => untimed(line).replace(/\b[0-9a-f]{8}\b/g, "*")).join("\n");
    assert.match(log, new RegExp(`^INFO: task ${task}:\\d+ blocked for more than 120 seconds\\.$`, "m"));
    assert.match(log, waits);
    assert.equal(own.system.machine.bugs, before + 1);
    assert.equal(own.system.complaint?.exitCode, 1);
    await own.system.powerOff();
  });
}

test("a board at rest for an hour hangs nowhere", async () => {
  const own = await boot();
  await own.run("modprobe 8139cp; ip link set eth0 up; ping -c 1 peer; sleep 3600");
  assert.doesNotMatch(own.lines.join("\n"), /INFO: task/);
  await own.system.shutdown();
});

test("a lock of a hardirq before one that is taken with interrupts enabled", async () => {
  const { own, log } = await logOf("safe");
  assert.match(log, /^WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected$/m);
  assert.match(log, /^ \(spin_a\)\{-\.\.\.\}-\{3:3\} -> \(spin_b\)\{\+\.\+\.\}-\{3:3\}$/m);
  assert.match(log, /^\.\.\. which became HARDIRQ-irq-safe at:\n {2}take_in_hardirq \[lock_bugs\]$/m);
  assert.match(
    log,
    /^ {2}lock\(spin_b\);\n +local_irq_disable\(\);\n +lock\(spin_a\);\n +lock\(spin_b\);\n {2}<Interrupt>$/m,
  );
  assert.equal(own.system.machine.bugs, 1);
});

test("a hardirq that takes a lock before which another one was taken with interrupts enabled", async () => {
  const { own, log } = await logOf("inversion");
  assert.match(log, /^WARNING: possible irq lock inversion dependency detected$/m);
  assert.match(
    log,
    /just changed the state of lock:\n\* \(spin_a\)\{-\.\.\.\}-\{3:3\}, at: take_in_hardirq \[lock_bugs\]$/m,
  );
  assert.match(log, /^but this lock took another, HARDIRQ-unsafe lock in the past:\n \(spin_b\)\{\+\.\+\.\}-\{3:3\}$/m);
  assert.equal(own.system.machine.bugs, 1);
});

test("a spinlock, which sleeps under PREEMPT_RT, inside a raw one", async () => {
  const { own, log } = await logOf("context");
  assert.match(log, /^\[ BUG: Invalid wait context \]$/m);
  assert.match(log, /^kpi_insmod\/\d+ is trying to lock:\n\* \(spin_b\)\{\.\.\.\.\}-\{3:3\}, at: /m);
  assert.match(log, /^context-\{5:5\}\n2 locks held by kpi_insmod\/\d+:\n #0: \* \(&raw_a\)\{\+\.\+\.\}-\{2:2\}/m);
  assert.equal(own.system.machine.bugs, 1);
});

for (const [what, lock] of [
  ["frees", "&device->lock"],
  ["frees-small", "lock"],
] as const) {
  test(`memory that is freed with a lock in it that is held: ${what}`, async () => {
    const { own, log } = await logOf(what);
    assert.match(log, /^WARNING: held lock freed!$/m);
    assert.match(log, /^kpi_insmod\/\d+ is freeing memory \*-\*, with a lock still held there!$/m);
    assert.ok(log.includes(`\n* (${lock}){+.+.}-{4:4}, at: init_module [lock_bugs]\n`), log);
    assert.match(log, /^ kfree\n init_module \[lock_bugs\]$/m);
    await own.system.powerOff();
  });
}

test("a module that goes with a lock in it that is held, by a task that is gone", async () => {
  const { own } = await logOf("leaves");
  const said = (await own.run("rmmod lock_bugs")).map((line) => untimed(line).replace(/\b[0-9a-f]{8}\b/g, "*"));
  const log = said.join("\n");
  assert.match(log, /^WARNING: held lock freed!$/m);
  assert.match(log, /^kpi_rmmod\/\d+ is freeing memory \*-\*, with a lock still held there!\n\* \(mutex_b\)/m);
  assert.match(log, /^1 lock held by kpi_insmod\/\d+:\n #0: \* \(mutex_b\)/m);
  assert.doesNotMatch(own.lines.join("\n"), /returned with/);
  assert.doesNotMatch((await own.run("sysrq d")).join("\n"), /mutex_b/);
  await own.system.powerOff();
});

test("sysrq d lists who holds what and who waits", async () => {
  const own = await boot();
  own.bugsExpected = true;
  await own.run("modprobe lock_bugs what=keeps").catch(() => {});
  const said = (await own.run("sysrq d")).map(untimed).join("\n");
  assert.match(said, /^sysrq: Show Locks Held$/m);
  assert.match(said, /^Showing all locks held in the system:$/m);
  assert.match(said, /^1 lock held by kpi_insmod\/\d+:\n #0: [0-9a-f]{8} \(&device->lock\)\{\+\.\+\.\}-\{4:4\}, at: /m);
  await own.system.powerOff();
});
