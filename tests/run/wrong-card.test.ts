// Drivers of other cards, unmodified too, on hardware that is not theirs: an RTL8139 under another name. Each finds out
// in its own way, in probe or later; none finds a symbol missing, and none harms the board.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { buildModules } from "../../tools/kbuild/build.ts";
import { boot, untimed } from "./harness.ts";

interface Case {
  driver: string;
  sources: string[];
  /** Vendor and device that it looks for. */
  id: string;
  /** What it says of the card. */
  says: RegExp;
}

const DRIVERS = "drivers/net/ethernet";
const CASES: Case[] = [
  {
    driver: "ne2k-pci",
    sources: [`${DRIVERS}/8390/8390.c`, `${DRIVERS}/8390/ne2k-pci.c`],
    id: "vendor=0x10ec,device=0x8029",
    says: /^ne2k-pci 0000:00:03\.0: Card failure \(no reset ack\)\.$/m,
  },
  {
    driver: "natsemi",
    sources: [`${DRIVERS}/natsemi/natsemi.c`],
    id: "vendor=0x100b,device=0x0020",
    says: /^natsemi eth0: NatSemi DP8381\[56\] at 0xe0000000 \(0000:00:03\.0\), 00:00:00:00:00:00, IRQ 19$/m,
  },
  {
    driver: "sis900",
    sources: ["drivers/net/mii.c", `${DRIVERS}/sis/sis900.c`],
    id: "vendor=0x1039,device=0x0900",
    says: /^0000:00:03\.0: No MII transceivers found!$/m,
  },
  {
    driver: "pcnet32",
    sources: ["drivers/net/mii.c", `${DRIVERS}/amd/pcnet32.c`],
    id: "vendor=0x1022,device=0x2000",
    says: /^pcnet32: No access methods$/m,
  },
];

const out = mkdtempSync(join(tmpdir(), "kpi-drivers-"));
after(() => rmSync(out, { recursive: true, force: true }));
await buildModules({ sources: [...new Set(CASES.flatMap(({ sources }) => sources))], out });

for (const { driver, id, says } of CASES) {
  test(driver, async () => {
    const { system, run, lines } = await boot([`rtl8139,${id}`, "rtl8139"]);
    await run(`modprobe ${join(out, `${driver}.ko`)}; ip link set eth0 up`).catch(() => {});
    await system.wait(1);
    await run(`rmmod ${driver}; modprobe 8139cp; ip link set eth0 up; ping -c 2 peer`);
    const text = lines.map(untimed).join("\n");
    assert.match(text, says);
    assert.doesNotMatch(text, /BUG|Oops|WARNING/);
    await system.shutdown();
  });
}
