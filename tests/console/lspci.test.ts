// lspci, as pciutils 3.9 prints the same configuration space.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pciDevices } from "../../host/inspect/pci.ts";
import { boot } from "../run/harness.ts";

const CARD =
  "Ethernet controller: Realtek Semiconductor Co., Ltd. RTL-8100/8101L/8139 PCI Fast Ethernet Adapter (rev 20)";

test("-v, -vv: before and after the driver took the card", async () => {
  const { run, system } = await boot();
  // The fixtures have drivers for the card too.
  const shown = async (line: string): Promise<string[]> =>
    (await run(line)).map((text) => text.replace(/^(\tKernel modules: 8139cp, 8139too).*/, "$1"));
  assert.deepEqual(await shown("lspci -v -n"), [
    "00:00.0 0600: 8086:1237 (rev 02)",
    "\tFlags: medium devsel",
    "",
    "00:03.0 0200: 10ec:8139 (rev 20)",
    "\tSubsystem: 10ec:8139",
    "\tFlags: medium devsel, IRQ 19",
    "\tI/O ports at c000 [disabled] [size=256]",
    "\tMemory at e0000000 (32-bit, non-prefetchable) [disabled] [size=256]",
    "\tCapabilities: [50] Power Management version 2",
    "\tKernel modules: 8139cp, 8139too",
    "",
  ]);
  await run("modprobe 8139cp; ip link set eth0 up");
  assert.deepEqual(await shown("lspci -vv -s 3"), [
    `00:03.0 ${CARD}`,
    "\tSubsystem: Realtek Semiconductor Co., Ltd. RTL-8100/8101L/8139 PCI Fast Ethernet Adapter",
    "\tControl: I/O+ Mem+ BusMaster+ SpecCycle- MemWINV+ VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx-",
    "\tStatus: Cap+ 66MHz- UDF- FastB2B+ ParErr- DEVSEL=medium >TAbort- <TAbort- <MAbort- >SERR- <PERR- INTx-",
    "\tLatency: 64 (8000ns min, 16000ns max), Cache Line Size: 64 bytes",
    "\tInterrupt: pin A routed to IRQ 19",
    "\tRegion 0: I/O ports at c000 [size=256]",
    "\tRegion 1: Memory at e0000000 (32-bit, non-prefetchable) [size=256]",
    "\tCapabilities: [50] Power Management version 2",
    "\t\tFlags: PMEClk- DSI- D1+ D2+ AuxCurrent=375mA PME(D0-,D1+,D2+,D3hot+,D3cold+)",
    "\t\tStatus: D0 NoSoftRst- PME-Enable- DSel=0 DScale=0 PME-",
    "\tKernel driver in use: 8139cp",
    "\tKernel modules: 8139cp, 8139too",
    "",
  ]);
  await system.shutdown();
});

test("-k, -nn, -x, -D, -s, -d", async () => {
  const { run, system } = await boot();
  assert.deepEqual((await run("lspci -nnk")).slice(1, 3), [
    `00:03.0 ${CARD.replace("controller:", "controller [0200]:").replace(" (rev", " [10ec:8139] (rev")}`,
    "\tSubsystem: Realtek Semiconductor Co., Ltd. RTL-8100/8101L/8139 PCI Fast Ethernet Adapter [10ec:8139]",
  ]);
  const dump = await run("lspci -x -n -d 10ec:");
  assert.deepEqual(dump, [
    "00:03.0 0200: 10ec:8139 (rev 20)",
    "00: ec 10 39 81 00 00 90 02 20 00 00 02 00 00 00 00",
    "10: 01 c0 00 00 00 00 00 e0 00 00 00 00 00 00 00 00",
    "20: 00 00 00 00 00 00 00 00 00 00 00 00 ec 10 39 81",
    "30: 00 00 00 00 50 00 00 00 00 00 00 00 13 01 20 40",
    "",
  ]);
  assert.equal((await run("lspci -xxx -s 0:3")).length, 1 + 16 + 1);
  assert.deepEqual(await run("lspci -D -n -s .0 -d :8139"), ["0000:00:03.0 0200: 10ec:8139 (rev 20)"]);
  assert.deepEqual(await run("lspci -s 1f:"), []);
  await assert.rejects(run("lspci -s zz"), { exitCode: 2, message: /^lspci: -s: Invalid slot number "zz"/ });
  await assert.rejects(run("lspci -d 1"), { exitCode: 2, message: /^lspci: -d: Invalid ID "1"/ });
  await assert.rejects(run("lspci -Q"), { exitCode: 2, message: /^lspci: invalid option -Q; usage: lspci / });
  await system.shutdown();
});

test("a list of capabilities that runs in circles ends", async () => {
  const { system } = await boot();
  const { board } = system.machine;
  const { pciRead } = board;
  board.pciRead = (bdf, where, width) =>
    width === 1 && where === 0x51 ? 0x50 : pciRead.call(board, bdf, where, width);
  const card = pciDevices(system).find(({ slot }) => slot === "0000:00:03.0");
  assert.deepEqual(card?.capabilities, [{ id: 1, offset: 0x50 }]);
  await system.shutdown();
});
