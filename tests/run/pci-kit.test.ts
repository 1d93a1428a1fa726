// What PCI and interrupts offer to a driver, and what is said of one that uses them wrongly: a fixture driver on the
// endpoint test function, through the kernel's own headers.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Board } from "../../host/index.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";

const modules = mkdtempSync(join(tmpdir(), "kpi-modules-"));
after(() => rmSync(modules, { recursive: true, force: true }));
await buildModules({ sources: [join(repoRoot, "tests/fixtures/endpoint.c")], out: modules });

const boot = (): Promise<Board> => Board.boot({ devices: ["pci-epf-test,bars=64"], modules });

/** What the driver said. */
function said(board: Board): string[] {
  const own = "endpoint 0000:00:03.0: ";
  return board.log.filter(({ text }) => text.startsWith(own)).map(({ text }) => text.slice(own.length));
}

test("ROM, product data, link, accessors of all widths, configuration space, reset, INTx and MSI-X", async () => {
  await using board = await boot();
  await board.insmod("endpoint");
  assert.deepEqual(said(board), [
    "enabling device (0000 -> 0003)",
    "ROM: 1024 bytes of images in 16384, begins aa55",
    "ROM decodes: 1 while mapped, 0 then",
    'VPD: 46 bytes, "PCI endpoint test"',
    "VPD: part EPF-TEST, checksum 0, keyword XY -2",
    "VPD: checksum of other data -84",
    "VPD: read back 31323334, at an odd place -22",
    "link: 4000 Mb/s, speed 15 x1; could be 15 x2",
    "4.000 Gb/s available PCIe bandwidth, limited by 5.0 GT/s PCIe x1 link at 0000:00:03.0 " +
      "(capable of 8.000 Gb/s with 5.0 GT/s PCIe x2 link)",
    "read requests: 512, set 4096: 0, now 4096, 100: -22",
    "payload: 128, set 512: -22, serial 0123456789abcdef",
    "ioread: 04 0304 0403 01020304 04030201",
    "iowrite be: b2a1 f4e3d2c1",
    "relaxed: 009a5678",
    "rep: 7788 7788, bytes 77 77 00",
    "copy: 4411225a 005a5a5a, bytes 5a 22 11",
    "range: feedc0de, one behind the end 0",
    "ports: ef 89ab 00561234, by cookie 89abcdef",
    "ports: 77, rep 22222222 22222222",
    "config: class ff, vendor 104c, odd word 135, extended 0100",
    "saved state: BAR 2 restored 1, copy gone 1",
    "BAR 2: can't reserve [mem 0xe0030000-0xe0033fff 64bit pref]",
    "regions again: -16",
    "reset: 0, register 12345678 then 00000000, D0",
    "reset of a device that is being probed: -11",
    "INTx: mask 0, unmask 1",
    "INTx asserted: unmask 0, mask 1, disabled 1",
    "MSI-X: 3 vectors, request 0, PCI-MSI 49154, fourth -22",
    "MSI-X: hard 1, threaded 1",
    "MSI-X masked: hard 1, pending 4",
    "MSI-X unmasked: hard 2, pending 0",
    "MSI-X disabled: hard 2",
    "MSI-X enabled: hard 3, threaded 3",
  ]);
  assert.match((await board.exec("lspci -v")).join("\n"), /Capabilities: \[80\] Express \(v2\) Endpoint, MSI 00$/m);
});

/** A driver's mistake: what is reported of it, and what of the log belongs to that. */
const FAULTS: readonly { fault: string; titles: string[]; has: string }[] = [
  {
    fault: "past-end",
    titles: [
      "bad MMIO access: readl of 0xa0010000 outside mapping of 0xa0000000-0xa000ffff (bus address 0xe0020000)",
      "kernel BUG: bad MMIO access",
    ],
    has: " __raw_readl",
  },
  {
    fault: "misaligned",
    titles: ["bad MMIO access: writew of 0xa0000001 is not aligned to 2 bytes", "kernel BUG: bad MMIO access"],
    has: " __raw_writew",
  },
  {
    fault: "unmapped",
    titles: [
      "bad MMIO access: readb of 0xa0016000 after iounmap of 0xa0016000-0xa0019fff (bus address 0xe0030000)",
      "kernel BUG: bad MMIO access",
    ],
    has: " __raw_readb",
  },
  {
    fault: "d3",
    titles: ["pci: 0000:00:03.0 [104c:b500]: read of BAR 0 at 0x8: the device is in D3hot"],
    has: "endpoint 0000:00:03.0: D3hot: ffffffff",
  },
  {
    fault: "off",
    titles: ["pci: 0000:00:03.0 [104c:b500]: write to BAR 0 at 0x8: memory decoding is off"],
    has: "pci: 0000:00:03.0 [104c:b500]: write to BAR 0 at 0x8: memory decoding is off",
  },
  {
    fault: "no-master",
    titles: ["pci: 0000:00:03.0 [104c:b500] waits for the bus: bus mastering is off (pci_set_master)"],
    has: "IRQ 19 device endpoint returned IRQ_WAKE_THREAD but no thread function available.",
  },
  {
    fault: "bogus",
    titles: ["irq event 19: bogus return value 40"],
    has: "handlers:",
  },
  {
    fault: "storm",
    titles: ['irq 19: nobody cared (try booting with the "irqpoll" option)'],
    has: "Disabling IRQ #19",
  },
  {
    fault: "oneshot",
    titles: [],
    has: "genirq: Threaded irq requested with handler=NULL and !ONESHOT for threaded (irq 19)",
  },
  { fault: "mismatch", titles: [], has: "genirq: Flags mismatch irq 19. 00000000 (other) vs. 00000080 (endpoint)" },
  { fault: "wake", titles: ["WARNING: CPU: 0 PID: 1 at probe [endpoint]"], has: "Unbalanced IRQ 19 wake disable" },
  { fault: "free", titles: ["WARNING: CPU: 0 PID: 1 at probe [endpoint]"], has: "Trying to free already-free IRQ 19" },
  { fault: "enable", titles: ["WARNING: CPU: 0 PID: 1 at probe [endpoint]"], has: "Unbalanced enable for IRQ 19" },
];

for (const { fault, titles, has } of FAULTS) {
  test(`a driver's mistake: ${fault}`, async () => {
    const board = await boot();
    await board.insmod("endpoint", { fault }).catch(() => undefined);
    assert.deepEqual(
      board.takeReports().map(({ title }) => title.replace(/\+0x\w+\/0x\w+/, "")),
      titles,
    );
    assert.ok(
      board.log.some(({ text }) => text.startsWith(has)),
      board.log.map(({ text }) => text).join("\n"),
    );
    await board.powerOff();
  });
}
