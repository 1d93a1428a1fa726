// Namespaces of tests: real programs run in them, and nothing of them stays, whatever ends the process that made them.

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { node26 } from "../../tools/setup/paths.mjs";
import { begun, Namespace } from "../../tools/lab/namespace.ts";
import { unless } from "../../tools/lab/requirements.ts";

const exists = (name: string): boolean => existsSync(`/run/netns/${name}`);

test(
  "programs reach each other between two namespaces, which close takes away",
  { skip: unless("ping", "namespaces") },
  async () => {
    const [a, b] = [await Namespace.make(), await Namespace.make()];
    await a.ip("link", "add", "kpi0", "type", "veth", "peer", "name", "kpi1");
    await b.adopt(a, "kpi1");
    await a.configure("kpi0", "10.9.0.1/24");
    await b.configure("kpi1", "10.9.0.2/24");
    assert.match(await a.output("ping", ["-c", "1", "10.9.0.2"]), /1 received/);
    const sleeper = b.start("sleep", ["1000"]);
    await assert.rejects(a.output("ping", ["-c", "1", "-w", "1", "10.10.0.2"]), /ping -c 1 .* ended with [12]: /);
    a.close();
    b.close();
    assert.deepEqual([exists(a.name), exists(b.name)], [false, false]);
    // What ran in one went with it.
    assert.equal((await sleeper.ended).code, null);
  },
);

/** A process that makes a namespace with something in it, says its name and waits. */
function owner() {
  const script = `
    const { Namespace } = await import("${new URL("../../tools/lab/namespace.ts", import.meta.url)}");
    const own = await Namespace.make();
    own.start("sleep", ["1000"]);
    console.log(own.name);
    setInterval(() => {}, 1000);`;
  return begun(node26, ["--import", "tsx", "--input-type=module", "-e", script]);
}

test("a signal takes them away", { skip: unless("namespaces") }, async () => {
  const own = owner();
  const [name] = await own.said(/kpi-\S+/);
  assert.ok(exists(name));
  own.child.kill("SIGTERM");
  await own.ended;
  assert.equal(own.child.signalCode, "SIGTERM");
  assert.ok(!exists(name));
});

test("those of a process that was killed go when the next is made", { skip: unless("namespaces") }, async () => {
  const own = owner();
  const [name] = await own.said(/kpi-\S+/);
  own.child.kill("SIGKILL");
  // Its pipes stay open as long as what it started runs.
  await new Promise((resolve) => own.child.once("exit", resolve));
  assert.ok(exists(name));
  const next = owner();
  const [other] = await next.said(/kpi-\S+/);
  assert.ok(!exists(name));
  next.child.kill("SIGTERM");
  await Promise.all([own.ended, next.ended]);
  assert.deepEqual(
    readdirSync("/run/netns").filter((entry) => entry === name || entry === other),
    [],
  );
});
