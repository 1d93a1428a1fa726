// Modules that fail, each with its one clear message, and a host that lives.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { boot, moduleFile, untimed } from "./harness.ts";

test("an init that fails: the error's name, nothing left behind", async () => {
  const { system, run } = await boot();
  await assert.rejects(run("modprobe fail_init"), /could not insert 'fail_init': No such device$/);
  assert.equal((await run("cat /proc/modules")).length, 0);
  await run("modprobe params");
  await system.shutdown();
});

test("an init that traps: an oops that names function, module and held locks; the board goes on", async () => {
  const { system, run, lines } = await boot();
  await assert.rejects(run("modprobe trap_init"), /its init trapped: /);
  const log = lines.map(untimed).join("\n");
  assert.match(log, /^BUG: /m);
  assert.match(log, /^Oops: 0000 \[#1\]$/m);
  assert.match(log, /Comm: kpi_insmod Tainted: G +D/);
  assert.match(log, / (init_module|trap_init)\+0x[0-9a-f]+\/0x[0-9a-f]+ \[trap_init\]/);
  assert.match(log, /1 lock held by kpi_insmod\/\d+, never to be released:/);
  assert.match((await run("cat /proc/modules")).join("\n"), /^trap_init \d+ 1 \[permanent\], Loading 0x\w+ \(O\+\)/);
  await run("modprobe 8139cp; ip link set eth0 up; ping -c 1 peer");
  assert.equal(system.machine.oopses, 1);
  await system.powerOff();
});

test("a trap in an interrupt handler is a panic", async () => {
  const { system, run, lines } = await boot();
  await run("modprobe trap_irq irq=19");
  system.machine.lines.level(19, true);
  const stopped = await system.machine.stopped;
  assert.match(stopped!.message, /^kernel panic/);
  const log = lines.map(untimed).join("\n");
  assert.match(log, /kernel BUG at .*trap_irq\.c:\d+!/);
  assert.match(log, / trap_handler\+0x[0-9a-f]+\/0x[0-9a-f]+ \[trap_irq\]/);
  assert.match(log, /Kernel panic - not syncing: Fatal exception in interrupt/);
  await assert.rejects(run("cat /proc/modules"), /kernel panic/);
  await system.powerOff();
});

test("a C stack that overflows is found and named", async () => {
  const { system, run, lines } = await boot();
  await assert.rejects(run("modprobe deep_init"), /kernel panic/);
  assert.match(lines.join("\n"), /Kernel panic - not syncing: corrupted stack end detected/);
  await system.powerOff();
});

test("an init that waits for ever is reported when nothing can wake it", async () => {
  const own = await boot();
  own.bugsExpected = true;
  const { system, run } = own;
  await assert.rejects(run("modprobe hang_init"), /it never returned: every task sleeps/);
  await run("modprobe params; rmmod params");
  await system.powerOff();
});

test("an init that waits for ever while timers go on is reported as Linux does, then given up", async () => {
  const own = await boot();
  own.bugsExpected = true;
  const { system, run, lines } = own;
  await assert.rejects(run("modprobe hang_init ticking=1"), /it never returned: it has slept for 1200 seconds$/);
  const log = lines.map(untimed).filter((line) => /INFO|lock held| \[hang_init\]$/.test(line));
  const blocked = /^INFO: task kpi_insmod:\d+ blocked for more than 120 seconds\.$/;
  assert.equal(log.filter((line) => blocked.test(line)).length, 10);
  assert.match(log[1], /^ init_module\S+ \[hang_init\]$/);
  assert.match(log[2], /^1 lock held by kpi_insmod\/\d+:$/);
  await run("modprobe params; rmmod params");
  await system.powerOff();
});

test("tasks, work and completions sleep and wake", async () => {
  const { system, run } = await boot();
  const said = (await run("modprobe sleepers")).map(untimed).filter((line) => !line.includes("taints"));
  assert.deepEqual(said, [
    "sleepers: waiting",
    "sleepers: work begins",
    "sleepers: work ends",
    "sleepers: waited 20 ms or more",
  ]);
  await system.shutdown();
});

test("files that are no modules: one line each", async () => {
  const { system } = await boot();
  const good = readFileSync(moduleFile("params"));
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(), /the file is empty/],
    [good.subarray(0, 1000), /truncated at byte/],
    [Uint8Array.from({ length: 500 }, (_, i) => (i * 7919) & 255), /not a wasm object/],
    [Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, 0), /an ELF object for a processor/],
  ];
  for (const [bytes, message] of cases) {
    const file = moduleFile("bad");
    writeFileSync(file, bytes);
    await assert.rejects(system.loader.insmod(file), (error: Error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  }
  await system.shutdown();
});

test("a module of another tree's layouts is refused", async () => {
  const { system } = await boot();
  const bytes = Buffer.from(readFileSync(moduleFile("params")));
  const at = bytes.indexOf("kpi_abi=") + 8;
  bytes.write("0123456789abcdef", at);
  await assert.rejects(
    system.loader.load("params.ko", bytes),
    /its struct layouts \(kpi_abi 0123456789abcdef\) are not the core's/,
  );
  await system.shutdown();
});

test("a module without an exit stays until the power goes", async () => {
  const { system, run } = await boot();
  await run("modprobe trap_irq");
  await assert.rejects(run("rmmod trap_irq"), /could not remove module trap_irq: Device or resource busy$/);
  await system.shutdown();
  assert.ok(system.loader.modules.has("trap_irq"));
});

test("rmmod: not loaded, and in use", async () => {
  const { system, run } = await boot();
  await assert.rejects(run("rmmod 8139cp"), /Module 8139cp is not currently loaded/);
  await run("modprobe 8139cp");
  await assert.rejects(run("rmmod mii"), /Module mii is in use by: 8139cp/);
  await assert.rejects(run("insmod 8139cp"), /File exists/);
  await system.shutdown();
});

test("a trap in a call of the host's own is a panic with a report", async () => {
  const { system, run, lines } = await boot();
  // The list of modules leads out of memory.
  await run("modprobe params");
  const { machine } = system;
  const params = system.loader.modules.get("params")!.address("__this_module")!;
  for (let at = params; at < params + 64; at += 4) machine.words.setU32(at, 0xfffffff0);
  await assert.rejects(run("cat /proc/modules"), /kernel panic/);
  const log = lines.map(untimed).join("\n");
  assert.match(
    log,
    /^BUG: wasm trap: memory access out of bounds \(a wild pointer, or one from ioremap without readl or writel\)$/m,
  );
  assert.match(log, /^ proc_modules\+0x/m);
  assert.match(log, /^Kernel panic - not syncing: Fatal exception in a call of the host$/m);
  assert.equal(machine.alive, false);
  await system.powerOff();
});
