// Linux's e1000, unmodified, on the 82540EM model: probe, link, pings, up and down, reload, jumbo frames, self-test.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertMemoryIs, boot, memoryOf, untimed, type Run } from "./harness.ts";
import { OWN_MAC, PEER_MAC, atHost, atWire, fromHost, fromWire, makeFrame, pass } from "./traffic.ts";
import { Random } from "../random.ts";

const LINK_UP = "e1000: eth0 NIC Link is Up 1000 Mbps Full Duplex, Flow Control: RX";
const COMPLAINT = /WARNING|BUG|Oops|iommu|Hang|Reset adapter/;

/** The driver looks for its link every two seconds. */
const linkSettled = (own: Run): Promise<void> => pass(own, 3e9);

async function up(device = "e1000"): Promise<Run> {
  const own = await boot([device]);
  await own.run("modprobe e1000; ip link set eth0 up");
  await linkSettled(own);
  return own;
}

const said = (own: Run, line: string): number => own.lines.filter((one) => untimed(one) === line).length;

async function down({ system, lines }: Run): Promise<void> {
  await system.shutdown();
  assert.equal(system.machine.oopses, 0);
  assert.doesNotMatch(lines.join("\n"), COMPLAINT);
}

test("probe, link, 1000 pings each way", async () => {
  const own = await up("e1000,mac=52:54:00:ab:cd:ef");
  const { system, run, board, lines } = own;
  const text = lines.map(untimed).join("\n");
  assert.match(text, /^e1000 0000:00:03\.0 eth0: \(PCI:33MHz:32-bit\) 52:54:00:ab:cd:ef$/m);
  assert.match(text, /^e1000 0000:00:03\.0 eth0: Intel\(R\) PRO\/1000 Network Connection$/m);
  assert.equal(said(own, LINK_UP), 1);
  assert.match((await run("lspci -k")).join("\n"), /82540EM .*\n(\t.*\n)*\tKernel driver in use: e1000$/m);
  const pings = await run("ping -c 1000 -i 0.001 peer");
  assert.match(pings.join("\n"), /1000 packets transmitted, 1000 received, 0% packet loss/);
  const ping = board.cables[0].peer.ping("10.0.2.15", { count: 1000, interval: 1 });
  const { rtt, ...counts } = await system.machine.whileRunning(ping.done);
  assert.ok(rtt!.min > 0);
  assert.deepEqual(counts, {
    transmitted: 1000,
    received: 1000,
    duplicates: 0,
    corrupted: 0,
    errors: 0,
    ok: true,
  });
  assert.match((await run("cat /proc/interrupts")).join("\n"), /^ 19: +[1-9]\d* +PCI-INTx +19-level +eth0$/m);
  await down(own);
});

test("20 times down and up: nothing is left, and it still works", async () => {
  const own = await up();
  const { run } = own;
  const round = async (): Promise<void> => {
    await run("ip link set eth0 down; ip link set eth0 up");
    await linkSettled(own);
    await run("ping -c 2 -i 0.01 peer");
  };
  for (let i = 0; i < 3; i++) await round();
  const before = memoryOf(own);
  for (let i = 0; i < 20; i++) await round();
  assertMemoryIs(own, before);
  assert.equal(said(own, LINK_UP), 24);
  await down(own);
});

test("5 times rmmod and insmod in the middle of traffic", async () => {
  const own = await up();
  const { system, run, board } = own;
  const round = async (): Promise<void> => {
    const ping = board.cables[0].peer.ping("10.0.2.15", { count: 400, interval: 1 });
    await system.wait(0.05);
    await run("rmmod e1000; modprobe e1000; ip link set eth0 up");
    assert.ok((await system.machine.whileRunning(ping.done)).received > 40);
    await linkSettled(own);
    await run("ping -c 5 -i 0.01 peer");
  };
  // The loader keeps some unloaded modules out of use.
  for (let i = 0; i < 10; i++) await round();
  const before = memoryOf(own);
  for (let i = 0; i < 5; i++) await round();
  assertMemoryIs(own, before);
  await down(own);
});

test("the cable is pulled and put in again", async () => {
  const own = await up();
  const { run, board } = own;
  for (let round = 1; round <= 5; round++) {
    board.cables[0].wire.plug(false);
    await linkSettled(own);
    assert.equal(said(own, "e1000: eth0 NIC Link is Down"), round);
    assert.match((await run("ip link")).join("\n"), /<NO-CARRIER,BROADCAST,MULTICAST,UP> .* state DOWN/);
    await assert.rejects(run("ping -c 1 peer"), /0 of 1 answers/);
    board.cables[0].wire.plug(true);
    await linkSettled(own);
    assert.equal(said(own, LINK_UP), round + 1);
    await run("ping -c 1 peer");
  }
  await down(own);
});

test("jumbo frames: every buffer size of the driver, whole and unharmed both ways", async () => {
  const own = await up();
  const { run } = own;
  const random = new Random(9);
  for (const mtu of [9000, 1500, 4000, 16110]) {
    await run(`ip link set eth0 mtu ${mtu}`);
    await linkSettled(own);
    if (mtu <= 9000) await run(`ping -c 3 -i 0.01 -s ${mtu - 28} peer`);
    const lengths = [60, 1514, 2047, 2048, 2049, 4095, 4096, 4097, 8192, 8193, 9014, 12_288, 16_124];
    const frames = (to: Uint8Array, from: Uint8Array): Uint8Array[] =>
      lengths.filter((length) => length <= mtu + 14).map((length) => makeFrame(random, length, to, from));
    const [rx, tx] = [atHost(own), atWire(own)];
    const [in_, out] = [frames(OWN_MAC, PEER_MAC), frames(PEER_MAC, OWN_MAC)];
    await fromWire(own, in_);
    await fromHost(own, out);
    assert.deepEqual(
      rx.map(({ length }) => length),
      in_.map(({ length }) => length),
      `mtu ${mtu}`,
    );
    assert.deepEqual([rx, tx], [in_, out], `mtu ${mtu}`);
    // Back to those who were there before.
    const { stack } = own.system.interfaces.named("eth0");
    delete (stack as { receive?: unknown }).receive;
    own.board.cables[0].wire.b.onReceive = (frame) => own.board.cables[0].peer.stack.receive(frame);
  }
  await assert.rejects(run("ip link set eth0 mtu 16111"), /Invalid argument/);
  await down(own);
});
