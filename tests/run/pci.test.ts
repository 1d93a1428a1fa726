// The device model from a driver's side: probing in turn, sleeping and waking, what goes with the driver.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, untimed } from "./harness.ts";

const own = /^(pcimodel|pcimodel 0000:00:0[34]\.0): /;

/** What the driver said. */
function said(lines: string[]): string[] {
  return lines.map(untimed).filter((line) => own.test(line) && !line.includes("taints kernel"));
}

test("a driver is bound, deferred, put to sleep, and leaves nothing", async () => {
  const { system, run, lines } = await boot(["rtl8139", "rtl8139"]);
  await run("modprobe pcimodel");
  await system.wait(0.05);
  assert.deepEqual(said(lines), [
    "pcimodel 0000:00:04.0: probed by kpi_ins, data 7, in use 2",
    "pcimodel 0000:00:04.0: D3hot: 0, state 3",
    "pcimodel 0000:00:04.0: D0: 0, state 0, BAR as before: 1, 20 ms at least: 1",
    "pcimodel 0000:00:04.0: may wake: 1, wake from D3: 0",
    "pcimodel 0000:00:04.0: enabling device (0000 -> 0003)",
    "pcimodel 0000:00:04.0: claimed: 0, length 256, mapped 1",
    "pcimodel 0000:00:03.0: probed by kworker, data 7, in use 2",
  ]);
  assert.match((await run("cat /proc/iomem")).join("\n"), /^ {4}[0-9a-f]{8}-[0-9a-f]{8} : pcimodel$/m);
  lines.length = 0;
  await run("rmmod pcimodel");
  assert.deepEqual(said(lines), [
    "pcimodel 0000:00:03.0: removed, data 3",
    "pcimodel 0000:00:04.0: removed, data 4",
    "pcimodel: released second",
    "pcimodel: released first",
  ]);
  assert.doesNotMatch((await run("cat /proc/iomem")).join("\n"), /pcimodel/);
  assert.doesNotMatch((await run("cat /proc/interrupts")).join("\n"), /pcimodel/);
  await run("modprobe 8139cp; ip link set eth0 up; ping -c 1 10.0.2.2");
  assert.match(lines.join("\n"), /1 packets transmitted, 1 received/);
  assert.doesNotMatch(lines.join("\n"), /WARNING|BUG|Oops|iommu/);
  await system.shutdown();
  await system.powerOff();
});
