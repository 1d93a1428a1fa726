// The main job: Linux's 8139cp, unmodified, on the RTL8139C+ model.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FLAVOURS, type Flavour } from "../../host/flavour.ts";
import { boot, untimed } from "./harness.ts";

const SCRIPT = [
  "modprobe 8139cp",
  "lspci -k",
  "ip link set eth0 up",
  "ping -c 5 10.0.2.2",
  "cat /proc/interrupts",
  "cat /proc/modules",
  "ip -s link",
  "ip link set eth0 down",
  "rmmod 8139cp",
  "rmmod mii",
];

async function wholeRun(flavour: Flavour = "debug"): Promise<string[]> {
  const { system, run, lines } = await boot(["rtl8139"], flavour);
  try {
    for (const line of SCRIPT) {
      lines.push(`# ${line}`);
      await run(line);
    }
    await system.shutdown();
  } finally {
    await system.powerOff();
  }
  assert.equal(system.machine.oopses, 0);
  return lines;
}

for (const flavour of FLAVOURS)
  test(`8139cp probes, brings its link up, pings, and goes (${flavour})`, async () => {
    const text = (await wholeRun(flavour)).map(untimed).join("\n");
    assert.equal(/^Linux KPI .*, debug$/m.test(text), flavour === "debug");
    assert.match(text, /8139cp 0000:00:03\.0 eth0: RTL-8139C\+ at 0x[0-9a-f]+, 52:54:00:12:34:56, IRQ \d+/);
    assert.match(text, /00:03\.0 Ethernet controller: .*\n(\t.*\n)*\tKernel driver in use: 8139cp/);
    assert.match(text, /8139cp 0000:00:03\.0 eth0: link up, 100Mbps, full-duplex, lpa 0x45E1/);
    assert.match(text, /64 bytes from 10\.0\.2\.2: icmp_seq=5 ttl=64 time=/);
    assert.match(text, /5 packets transmitted, 5 received, 0% packet loss/);
    assert.match(text, /^ +\d+: +[1-9]\d* .*eth0$/m);
    assert.match(text, /^8139cp \d+ 0 - Live 0x/m);
    assert.match(text, /^mii \d+ 1 8139cp, Live 0x/m);
    assert.doesNotMatch(text, /WARNING|BUG|Oops|iommu/);
  });

test("a run repeats exactly under the virtual clock, however slow the host is", async (t) => {
  const quick = await wholeRun();
  let now = performance.now();
  t.mock.method(performance, "now", () => (now += 10));
  assert.deepEqual(await wholeRun(), quick);
});

test("the board answers pings from the peer", async () => {
  const { system, run, board } = await boot();
  await run("modprobe 8139cp; ip link set eth0 up");
  const peer = board.cables[0].peer!;
  const ping = peer.ping("10.0.2.15", { count: 20, interval: 10 });
  const { rtt, ...counts } = await system.machine.whileRunning(ping.done);
  assert.ok(rtt!.min > 0);
  assert.deepEqual(counts, {
    transmitted: 20,
    received: 20,
    duplicates: 0,
    corrupted: 0,
    errors: 0,
    ok: true,
  });
  await system.shutdown();
});

test("the interface goes down and up, the module out and in", async () => {
  const { system, run } = await boot();
  for (let round = 0; round < 5; round++) {
    await run("modprobe 8139cp; ip link set eth0 up; ping -c 2 10.0.2.2; ip link set eth0 down");
    await run("ip link set eth0 up; ping -c 2 peer; rmmod 8139cp");
  }
  assert.equal(system.machine.oopses, 0);
  await system.shutdown();
});

test("two cards, two interfaces", async () => {
  const { system, run } = await boot(["rtl8139", "rtl8139,mac=52:54:00:00:00:42"]);
  await run("modprobe 8139cp");
  const links = (await run("ip link")).join("\n");
  assert.match(links, /eth0: .*\n.*52:54:00:12:34:56/);
  assert.match(links, /eth1: .*\n.*52:54:00:00:00:42/);
  await system.shutdown();
});

test("parameters reach the driver, and a wrong one is named", async () => {
  const { system, run, lines } = await boot();
  await assert.rejects(run("modprobe 8139cp debug=many"), /Invalid argument/);
  assert.ok(
    lines.some((line) => untimed(line) === "8139cp: `many' invalid for parameter `debug'"),
    lines.join("\n"),
  );
  await run("modprobe 8139cp debug=1 nonsense=2");
  assert.ok(
    lines.some((line) => untimed(line) === "8139cp: unknown parameter 'nonsense' ignored"),
    lines.join("\n"),
  );
  await system.shutdown();
});
