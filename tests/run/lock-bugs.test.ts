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
