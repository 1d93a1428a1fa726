// Child processes of set-up end with it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import test from "node:test";

const module = new URL("../../tools/setup/process.mjs", import.meta.url);

/** Whether a process runs; one that is dead and waits for its parent to notice does not. */
function runs(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} ends set-up by that signal, and a child that would not hear it`, async () => {
    // What npm does with SIGINT: it goes on.
    const deaf = "for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});";
    const stubborn = `${deaf} setInterval(() => {}, 1000); console.log("up")`;
    const script = `
      import { start } from "${module}";
      const child = start(process.execPath, ["-e", ${JSON.stringify(stubborn)}]);
      child.stdout.once("data", () => console.log(child.pid));`;
    const node = [process.execPath, ["--input-type=module", "-e", script]] as const;
    const setUp = spawn(...node, { stdio: ["ignore", "pipe", "inherit"] });
    const pid = Number(await new Promise((resolve) => setUp.stdout.once("data", resolve)));
    assert.ok(runs(pid));
    setUp.kill(signal);
    const ended = await new Promise((resolve) => setUp.once("close", (_code, by) => resolve(by)));
    assert.equal(ended, signal);
    for (let tries = 0; runs(pid) && tries < 50; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(!runs(pid));
  });
}
