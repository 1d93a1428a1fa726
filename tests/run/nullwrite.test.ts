// Stores through NULL outside of tasks: found when the function that did it returns.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, untimed } from "./harness.ts";

for (const where of ["timer", "tasklet", "work"]) {
  test(`a store through NULL in a ${where}'s function is found when that returns`, async () => {
    const own = await boot();
    own.bugsExpected = true;
    const { run, system, lines } = own;
    await run(`modprobe nullwrite where=${where}`);
    await system.wait(0.1);
    const log = lines.map(untimed);
    const at = log.indexOf("BUG: kernel NULL pointer dereference, address: 00000120");
    assert.ok(at > 0, log.join("\n"));
    assert.equal(
      log[at + 1],
      `#PF: supervisor write access in kernel mode: 00001234, found when ${where}_function [nullwrite] returned`,
    );
    assert.equal(system.machine.bugs, 1);
    await run("rmmod nullwrite");
    await system.shutdown();
  });
}
