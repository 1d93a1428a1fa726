// The lock of set-up: one at a time, and no lock outlives its holder.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { withLock } from "../../tools/setup/lock.mjs";
import { folder } from "./fixtures.ts";

const lockModule = new URL("../../tools/setup/lock.mjs", import.meta.url).href;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A process that takes the lock, says so, runs some code, and lets go. */
function holder(file: string, code: string) {
  const script = `import { withLock } from ${JSON.stringify(lockModule)};
    import fs from "node:fs";
    await withLock(${JSON.stringify(file)}, async () => { console.log("held"); ${code} });`;
  return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
}

test("processes hold it one after the other", async (t) => {
  const dir = folder(t);
  const log = JSON.stringify(join(dir, "log"));
  const note = (text: string) => `fs.appendFileSync(${log}, "${text}");`;
  const code = `${note("<")} await new Promise((resolve) => setTimeout(resolve, 50)); ${note(">")}`;
  const children = Array.from({ length: 4 }, () => holder(join(dir, "lock"), code));
  const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
  assert.deepEqual(codes, [0, 0, 0, 0]);
  assert.equal(readFileSync(join(dir, "log"), "utf8"), "<><><><>");
  assert.deepEqual(readdirSync(dir), ["log"]);
});

test("a holder that was killed is noticed, one that got a signal lets go", async (t) => {
  const file = join(folder(t), "lock");
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    const child = holder(file, "await new Promise((resolve) => setTimeout(resolve, 60_000));");
    await once(child.stdout, "data");
    let waitedFor = 0;
    const next = withLock(
      file,
      async () => "mine",
      (pid) => (waitedFor = pid),
    );
    await pause(50);
    assert.equal(waitedFor, child.pid);
    child.kill(signal);
    const [, by] = await once(child, "exit");
    assert.equal(by, signal);
    assert.equal(await next, "mine");
    assert.ok(!existsSync(file));
  }
});

test("a lock of another machine, or an unreadable one, counts until it has been silent for a minute", async (t) => {
  const file = join(folder(t), "lock");
  for (const text of [JSON.stringify({ pid: 1, here: "elsewhere", started: "1" }), "", "{"]) {
    writeFileSync(file, text);
    let waited = false;
    const next = withLock(
      file,
      async () => true,
      () => (waited = true),
    );
    await pause(20);
    assert.ok(waited);
    const longAgo = new Date(Date.now() - 120_000);
    utimesSync(file, longAgo, longAgo);
    assert.ok(await next);
  }
});

test("a process id that another program has by now does not keep the lock", async (t) => {
  const file = join(folder(t), "lock");
  await withLock(file, async () => {
    const mine = JSON.parse(readFileSync(file, "utf8"));
    writeFileSync(file, JSON.stringify({ ...mine, started: "1" }));
    assert.equal(await withLock(file, async () => "taken over"), "taken over");
  });
});

test("the lock is released when the work fails", async (t) => {
  const file = join(folder(t), "lock");
  await assert.rejects(
    withLock(file, async () => assert.fail("no luck")),
    /no luck/,
  );
  assert.ok(!existsSync(file));
});
