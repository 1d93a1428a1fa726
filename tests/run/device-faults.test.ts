// Unmodified drivers on devices that fail, through the console's `fault`: each sees what it can see, loses what it has
// to, and works again.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { boot, untimed, type Run } from "./harness.ts";
import { pass } from "./traffic.ts";

/** What each says of a link that goes, and how many of three frames get through when the first has an error: 8139too
 *  counts it in the interrupt, finds it with the next and counts it again, and resets the receiver with both in it. */
const DRIVERS = [
  { driver: "e1000", device: "e1000", down: /e1000: eth0 NIC Link is Down$/, through: 2, counted: 1 },
  { driver: "8139cp", device: "rtl8139", down: /eth0: link down$/, through: 2, counted: 1 },
  { driver: "8139too", device: "rtl8139,revision=0x10", down: /eth0: link down$/, through: 1, counted: 2 },
] as const;

/** What the driver itself counts, by its name below /sys/class/net/eth0/statistics. */
async function statistic(own: Run, name: string): Promise<number> {
  return Number((await own.run(`cat /sys/class/net/eth0/statistics/${name}`)).at(-1));
}

const pings = (own: Run): Promise<string[]> => own.run("ping -c 3 -i 0.01 peer");

for (const { driver, device, down, through, counted } of DRIVERS) {
  /** A board with the driver up, and a board that works at the end. */
  const onBoard = (name: string, work: (own: Run) => Promise<void>): void =>
    void test(name, async () => {
      const own = await boot([device]);
      await own.run(`modprobe ${driver}; ip link set eth0 up`);
      await pass(own, 3e9);
      await pings(own);
      await work(own);
      await pass(own, 5e9);
      await pings(own);
      await own.system.shutdown();
      assert.equal(own.system.machine.oopses, 0);
      assert.doesNotMatch(own.lines.join("\n"), /BUG|Oops|WARNING/);
    });

  describe(driver, () => {
    onBoard("link-flap: the driver says so, and what is sent meanwhile is lost", async (own) => {
      assert.deepEqual(await own.run("fault link-flap 4"), ["0000:00:03.0: link-flap 4 s"]);
      await pass(own, 3e9);
      assert.ok(own.lines.some((line) => down.test(untimed(line))));
      assert.match((await own.run("ip link")).join("\n"), /NO-CARRIER/);
      await assert.rejects(pings(own), /0 of 3 answers/);
      await pass(own, 5e9);
      assert.doesNotMatch((await own.run("ip link")).join("\n"), /NO-CARRIER/);
    });

    onBoard("lost-interrupt: what waits is found after the driver's own time, or a reset", async (own) => {
      await own.run("fault lost-interrupt");
      await pings(own).catch(() => {});
      await pass(own, 20e9);
      await own.run("ip link set eth0 down; ip link set eth0 up");
    });

    onBoard("descriptor-error: the driver drops the frame and counts it", async (own) => {
      const before = await statistic(own, "rx_errors");
      await own.run("fault descriptor-error");
      // The answer to the first request has the error.
      await assert.rejects(pings(own), new RegExp(`${through} of 3 answers`));
      // e1000 asks its card every two seconds.
      await pass(own, 3e9);
      assert.equal((await statistic(own, "rx_errors")) - before, counted);
    });

    onBoard("dma-error: the card stands still at most until it is reset", async (own) => {
      await own.run("fault dma-error 2");
      await pings(own).catch(() => {});
      await pass(own, 20e9);
      await own.run("ip link set eth0 down; ip link set eth0 up");
    });

    onBoard("slow-dma: frames come late, none is lost", async (own) => {
      const ping = own.board.cables[0].peer.ping("10.0.2.15", { count: 20, interval: 1 });
      await own.run("fault slow-dma 0.003");
      const { received, corrupted } = await own.system.machine.whileRunning(ping.done);
      assert.ok(received >= 16 && corrupted === 0, `${received} of 20`);
    });

    onBoard("removal: the driver goes without harm, and takes the card again when it is back", async (own) => {
      await own.run("fault removal 10 -s 00:03.0");
      await assert.rejects(pings(own));
      await own.run(`ip -s link; ip link set eth0 down; rmmod ${driver}`);
      await pass(own, 11e9);
      await own.run(`modprobe ${driver}; ip link set eth0 up`);
    });
  });
}

test("fault: a list in help, and what it refuses", async () => {
  const own = await boot(["e1000", "pci-epf-test"]);
  const { run } = own;
  assert.match(
    (await run("help fault")).join("\n"),
    /^ {2}slow-dma \[SECONDS\] +others have the bus for so long \(0\.001\)$/m,
  );
  assert.deepEqual(await run("fault removal ever -s 0000:00:04.0"), ["0000:00:04.0: removal ever"]);
  assert.match((await run("lspci -n")).join("\n"), /^00:04\.0 .*ffff:ffff|^(?!.*00:04\.0)/m);
  for (const [line, message] of [
    ["fault", /usage: fault FAULT/],
    ["fault slow", /unknown fault "slow"; known: slow-dma/],
    ["fault slow-dma soon", /soon is no amount/],
    ["fault lost-interrupt 1.5", /1\.5 is not a whole number from 0 to 1000000/],
    [
      "fault link-flap -s 00:04.0",
      /00:04\.0 cannot have the fault link-flap; it has: descriptor-error, lost-interrupt/,
    ],
    ["fault link-flap -s 00:00.0", /00:00\.0 cannot have the fault link-flap; it has none/],
    ["fault removal -s 00:09.0", /there is no device 00:09\.0; see: lspci/],
  ] as const)
    await assert.rejects(run(line), message);
  await own.system.shutdown();
});
