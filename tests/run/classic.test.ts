// The same card without its C+ mode, under Linux's older driver 8139too: one byte ring to receive, four slots to send.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, memoryOf, untimed } from "./harness.ts";

const CLASSIC = "rtl8139,revision=0x10";

test("8139too probes, brings its link up, pings at every size, and goes", async () => {
  const own = await boot([CLASSIC]);
  const { system, run, lines } = own;
  await run("modprobe 8139too; ip link set eth0 up");
  const text = lines.map(untimed).join("\n");
  assert.match(text, /8139too 0000:00:03\.0 eth0: RealTek RTL8139 at 0x[0-9a-f]+, 52:54:00:12:34:56, IRQ 19/);
  assert.match(text, /8139too 0000:00:03\.0 eth0: link up, 100Mbps, full-duplex, lpa 0x45E1/);
  for (let size = 0; size <= 1472; size += 46) await run(`ping -c 1 -s ${size} peer`);
  assert.match((await run("cat /proc/interrupts")).join("\n"), /^ 19: +[1-9]\d* +PCI-INTx +19-level +eth0$/m);
  await run("ip link set eth0 down; rmmod 8139too");
  assert.doesNotMatch(lines.join("\n"), /WARNING|BUG|iommu/);
  await system.shutdown();
});

test("10,000 frames both ways through four slots and a ring of bytes, and memory returns", async () => {
  const own = await boot([CLASSIC]);
  const { system, run, board } = own;
  await run("modprobe 8139too; ip link set eth0 up; ping -c 1 peer");
  const before = memoryOf(own).objects;
  const flood = board.cables[0].peer!.ping("10.0.2.15", { count: 10_000, interval: 1, size: 1000 });
  assert.equal((await system.machine.whileRunning(flood.done)).received, 10_000);
  // The core keeps up to 64 free buffers at hand (NAPI's cache).
  assert.ok(memoryOf(own).objects <= before + 64);
  await system.shutdown();
});

test("each driver leaves the other's card alone and says which one to use", async () => {
  const { system, run, lines } = await boot([CLASSIC, "rtl8139"]);
  await run("modprobe 8139too; rmmod 8139too; modprobe 8139cp; modprobe 8139too");
  const text = lines.map(untimed).join("\n");
  assert.match(text, /8139too 0000:00:04\.0: This \(id 10ec:8139 rev 20\) is an enhanced 8139C\+ chip, use 8139cp/);
  assert.match(
    text,
    /8139cp 0000:00:03\.0: This \(id 10ec:8139 rev 10\) is not an 8139C\+ compatible chip, use 8139too/,
  );
  const drivers = (await run("lspci -k")).filter((line) => line.includes("in use")).map((line) => line.trim());
  assert.deepEqual(drivers, ["Kernel driver in use: 8139too", "Kernel driver in use: 8139cp"]);
  await system.shutdown();
});

test("8139too and 8139cp on one board: both ping at once, over lines of their own, and one goes without the other", async () => {
  const { system, run, lines } = await boot([CLASSIC, "rtl8139"]);
  await run("modprobe 8139too; modprobe 8139cp; ip link set eth0 up; ip link set eth1 up");
  await run("ip addr add 10.0.2.16/24 dev eth1");
  const drivers = (await run("lspci -k")).filter((line) => line.includes("in use")).map((line) => line.trim());
  assert.deepEqual(drivers, ["Kernel driver in use: 8139too", "Kernel driver in use: 8139cp"]);
  await run("ping -c 3 -I eth0 peer; ping -c 3 -I eth1 peer");
  const interrupts = (await run("cat /proc/interrupts")).join("\n");
  for (const name of ["eth0", "eth1"]) assert.match(interrupts, new RegExp(`^ \\d+: +[1-9]\\d* .*${name}$`, "m"));
  await run("rmmod 8139cp; ping -c 3 -I eth0 peer");
  assert.match((await run("ip link")).join("\n"), /eth0/);
  assert.doesNotMatch((await run("ip link")).join("\n"), /eth1/);
  await run(
    "modprobe 8139cp; ip link set eth1 up; ip addr add 10.0.2.16/24 dev eth1; ping -c 3 -I eth1 peer; rmmod 8139too; ping -c 1 -I eth1 peer",
  );
  assert.doesNotMatch(lines.join("\n"), /WARNING|BUG|iommu/);
  await system.shutdown();
});
