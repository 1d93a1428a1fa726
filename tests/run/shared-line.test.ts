// Four cards of two drivers on one interrupt line: each handler sees its own card's interrupts, whoever comes and goes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, type Run } from "./harness.ts";

/** Device numbers four apart meet on the same line. */
const CARDS = ["rtl8139,addr=3", "rtl8139,revision=0x10,addr=7", "rtl8139,addr=0xb", "rtl8139,revision=0x10,addr=0xf"];

/** A network of its own for each interface and the peer at its cable. */
function address({ system, board }: Run): void {
  system.interfaces.all().forEach(({ stack }, i) => {
    stack.removeAddress("10.0.2.15/24");
    stack.addAddress(`10.1.${i}.15/24`);
    const cable = board.cables.find(({ nic }) => nic.mac.every((byte, at) => byte === stack.mac[at]))!;
    cable.peer.stack.removeAddress("10.0.2.2/24");
    cable.peer.stack.addAddress(`10.1.${i}.2/24`);
  });
}

test("they share the line under load, and the rest goes on when one driver leaves", async () => {
  const own = await boot(CARDS);
  const { system, run, board, lines } = own;
  await run(
    "modprobe 8139cp; modprobe 8139too; ip link set eth0 up; ip link set eth1 up; ip link set eth2 up; ip link set eth3 up",
  );
  address(own);
  const pings = board.cables.map(({ peer }, i) => {
    const own = peer.stack.addresses[0].address & ~0xff;
    const target = [24, 16, 8, 0].map((shift) => ((own | 15) >>> shift) & 255).join(".");
    return peer.ping(target, { count: 300, interval: 1 + i / 3 }).done;
  });
  for (const { received } of await system.machine.whileRunning(Promise.all(pings))) assert.equal(received, 300);
  const interrupts = (await run("cat /proc/interrupts")).join("\n");
  assert.match(interrupts, /^ 19: +\d+ +PCI-INTx +19-level +eth0, eth1, eth2, eth3$/m);
  // eth0 and eth1 are 8139cp's.
  await run("rmmod 8139cp; ping -c 3 10.1.2.2; ping -c 3 10.1.3.2");
  assert.match((await run("cat /proc/interrupts")).join("\n"), /^ 19: +\d+ +PCI-INTx +19-level +eth2, eth3$/m);
  assert.doesNotMatch(lines.join("\n"), /WARNING|BUG|nobody cared/);
  await system.shutdown();
});
