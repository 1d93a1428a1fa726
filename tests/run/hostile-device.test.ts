// Hardware that fails or lies: DMA where nothing is mapped, an interrupt line that sticks, a card that is pulled out.
// Each has its one report; the driver and the host live, and what is mended works again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, untimed, type Run } from "./harness.ts";

const PING = "modprobe 8139cp; ip link set eth0 up; ping -c 1 peer";
/** Datasheet names of the ring registers, and the descriptors that 8139cp gives the card. */
const [RDSAR, TNPDS, DESCRIPTORS] = [0xe4, 0x20, 64];

const count = ({ lines }: Run, what: RegExp): number => lines.filter((line) => what.test(line)).length;

/** A register of the card, under the driver's nose. */
function registers(own: Run): Record<number, number> {
  return (own.board.cables[0].nic as unknown as { regs: { value: Record<number, number> } }).regs.value;
}

test("receive descriptors that point where nothing is mapped: the run ends with exit code 1", async () => {
  const own = await boot();
  own.bugsExpected = true;
  const { system, run } = own;
  await run(PING);
  const { words } = system.machine;
  const ring = registers(own)[RDSAR] >>> 0;
  const addresses = Array.from({ length: DESCRIPTORS }, (_, i) => ring + 16 * i + 8);
  const before = addresses.map((at) => words.u32(at));
  for (const at of addresses) words.setU32(at, 0x300000);
  await assert.rejects(run("ping -c 3 peer"), /0 of 3 answers/);
  const refusal = /^iommu: 0000:00:03\.0 \[10ec:8139\] write to 0x300000 refused: not mapped for the device$/;
  assert.equal(count(own, refusal), 1);
  assert.equal(count(own, /8139cp 0000:00:03\.0 eth0: PCI bus error/), 3);
  addresses.forEach((at, i) => words.setU32(at, before[i]));
  await run("ping -c 3 peer");
  await system.shutdown();
  assert.equal(system.complaint?.message, "1 bug was reported; the log has what");
  assert.equal(system.complaint.exitCode, 1);
});

for (const [name, register] of [
  ["receive", RDSAR],
  ["transmit", TNPDS],
] as const) {
  test(`a ${name} ring where there is no memory`, async () => {
    const own = await boot();
    own.bugsExpected = true;
    await own.run(PING);
    registers(own)[register] = 0xf0000000 | 0;
    await own.run("ping -c 3 peer").catch(() => {});
    await own.system.wait(10);
    assert.equal(count(own, /^iommu: .* read from 0xf00000[0-9a-f]{2} refused: no memory there$/), 1);
    await own.run("ip link set eth0 down; ip link set eth0 up; ping -c 3 peer");
    await own.system.shutdown();
  });
}

test("an interrupt line that sticks is switched off, and polled", async () => {
  const own = await boot();
  own.bugsExpected = true; // nobody cares
  const { system, run, lines } = own;
  await run(PING);
  const { words } = system.machine;
  const level = words.level;
  words.level = (vector, asserted) => level.call(words, vector, vector === 19 || asserted);
  system.machine.lines.level(19, true);
  await system.wait(0.5);
  const text = lines.map(untimed).join("\n");
  assert.match(text, /^irq 19: nobody cared \(try booting with the "irqpoll" option\)$/m);
  assert.match(text, /^handlers:\n.* cp_interrupt \[8139cp\]\nDisabling IRQ #19$/m);
  await run("ping -c 2 peer");
  words.level = level;
  system.machine.lines.level(19, false);
  await run(`rmmod 8139cp; ${PING}`);
  assert.match((await run("cat /proc/interrupts")).join("\n"), /^ 19: +100\d\d\d +PCI-INTx +19-level +eth0$/m);
  await system.shutdown();
});

test("an interrupt line that sticks while its driver says each time that it was for it: time passes, others run", async () => {
  const own = await boot();
  const { system, run } = own;
  own.bugsExpected = true; // trap_where does not free its interrupt
  await run("modprobe trap_where where=irq how=nothing irq=40");
  system.machine.lines.level(40, true);
  await run("modprobe sleepers; rmmod sleepers");
  system.machine.lines.level(40, false);
  await run(PING);
  await system.shutdown();
});

test("a card that is pulled out answers all ones; another one in its place works", async () => {
  const own = await boot();
  own.bugsExpected = true; // its interrupt stays asserted, and nobody cares
  const { system, run, board, lines } = own;
  await run(PING);
  const { pciRead, mmioRead, mmioWrite } = board;
  const ones = (width: number): number => 2 ** (8 * width) - 1;
  board.pciRead = (_bdf, _where, width) => ones(width);
  board.mmioRead = (_address, width) => ones(width);
  board.mmioWrite = () => {};
  board.cables[0].wire.plug(false);
  await assert.rejects(run("ping -c 2 peer"));
  await system.wait(10);
  await run("ip -s link; lspci; ip link set eth0 down; rmmod 8139cp");
  await run("modprobe 8139cp");
  assert.match(lines.map(untimed).join("\n"), /^8139cp: probe of 0000:00:03\.0 failed with error -5$/m);
  await run("rmmod 8139cp");
  Object.assign(board, { pciRead, mmioRead, mmioWrite });
  board.cables[0].wire.plug(true);
  await run(PING);
  assert.doesNotMatch(lines.join("\n"), /WARNING|BUG|Oops/);
  await system.shutdown();
});

test("a card's state is saved and taken up again in the middle of traffic", async () => {
  const { system, run, board } = await boot();
  await run(PING);
  const ping = board.cables[0].peer.ping("10.0.2.15", { count: 500, interval: 1 });
  for (let i = 0; i < 100; i++) {
    board.restore(structuredClone(board.save()));
    await system.wait(0.004);
  }
  const { rtt, ...counts } = await system.machine.whileRunning(ping.done);
  assert.ok(rtt!.min > 0);
  assert.deepEqual(counts, {
    transmitted: 500,
    received: 500,
    duplicates: 0,
    corrupted: 0,
    errors: 0,
    ok: true,
  });
  await system.shutdown();
});
