// Linux's own acceptance test of PCI, unmodified: the driver pci_endpoint_test on the endpoint that it is made for, and what
// tools/pci/pcitest.sh asks of it: base addresses, interrupts of each kind, DMA both ways.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Board, type DeviceFile } from "../../host/index.ts";
import { buildModules } from "../../tools/kbuild/build.ts";

const modules = mkdtempSync(join(tmpdir(), "kpi-modules-"));
after(() => rmSync(modules, { recursive: true, force: true }));
await buildModules({ sources: ["drivers/misc/pci_endpoint_test.c"], out: modules });

/** uapi/linux/pcitest.h */
const PCITEST_BAR = 0x5001;
const PCITEST_LEGACY_IRQ = 0x5002;
const PCITEST_MSI = 0x40045003;
const PCITEST_WRITE = 0x40045004;
const PCITEST_READ = 0x40045005;
const PCITEST_COPY = 0x40045006;
const PCITEST_MSIX = 0x40045007;
const PCITEST_SET_IRQTYPE = 0x40045008;
const PCITEST_GET_IRQTYPE = 0x5009;
const PCITEST_CLEAR_IRQ = 0x5010;
const LEGACY = 0;
const MSI = 1;
const MSIX = 2;

const SIZES = [1, 1024, 1025, 1024000, 1024001];

async function endpoint(device = "pci-epf-test"): Promise<{ board: Board; file: DeviceFile }> {
  const board = await Board.boot({ devices: [device], modules });
  await board.modprobe("pci_endpoint_test");
  return { board, file: await board.open("/dev/pci-endpoint-test.0") };
}

/** struct pci_endpoint_test_xfer_param */
function transfer(size: number): Uint8Array {
  const param = new Uint8Array(8);
  new DataView(param.buffer).setUint32(0, size, true);
  return param;
}

/** What pcitest prints of each: OKAY or NOT OKAY. */
async function okay(file: DeviceFile, command: number, args: readonly (number | Uint8Array)[]): Promise<string> {
  const results: string[] = [];
  for (const arg of args) results.push((await file.ioctl(command, arg)) === 1 ? "OKAY" : "NOT OKAY");
  return results.join(" ");
}

const times = (count: number, text: string): string => Array(count).fill(text).join(" ");
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
const transfers = SIZES.map(transfer);

test("pcitest.sh: everything is OKAY", async () => {
  const { board, file } = await endpoint();
  await using _ = board;
  assert.equal(await okay(file, PCITEST_BAR, [0, 1, 2, 3, 4, 5]), times(6, "OKAY"));

  assert.equal(await file.ioctl(PCITEST_GET_IRQTYPE), MSI);
  assert.equal(await okay(file, PCITEST_SET_IRQTYPE, [LEGACY]), "OKAY");
  assert.equal(await okay(file, PCITEST_LEGACY_IRQ, [0]), "OKAY");
  const [legacy] = board.interrupts.filter(({ actions }) => actions.includes("pci-endpoint-test.0"));
  assert.deepEqual([legacy!.irq, legacy!.counts], [19, [1]], "INTA of slot 3");

  assert.equal(await okay(file, PCITEST_SET_IRQTYPE, [MSI]), "OKAY");
  assert.equal(await okay(file, PCITEST_MSI, upTo(32)), times(32, "OKAY"));
  assert.equal(await okay(file, PCITEST_SET_IRQTYPE, [MSIX]), "OKAY");
  assert.equal(await okay(file, PCITEST_MSIX, upTo(64)), times(64, "OKAY"));
  const vectors = board.interrupts.filter(({ actions }) => actions.includes("pci-endpoint-test.0"));
  assert.deepEqual(
    vectors.map(({ counts }) => counts[0]),
    Array(64).fill(1),
  );

  for (const type of [LEGACY, MSI, MSIX]) {
    assert.equal(await okay(file, PCITEST_SET_IRQTYPE, [type]), "OKAY");
    assert.equal(await okay(file, PCITEST_READ, transfers), times(5, "OKAY"));
    assert.equal(await okay(file, PCITEST_WRITE, transfers), times(5, "OKAY"));
    assert.equal(await okay(file, PCITEST_COPY, transfers), times(5, "OKAY"));
  }
});

test("wide base addresses and ports: what the driver cannot map is NOT OKAY, as on any such device", async () => {
  const { board, file } = await endpoint("pci-epf-test,bars=64,msi=4,msix=0");
  await using _ = board;
  const lines = (await board.read("/sys/bus/pci/devices/0000:00:03.0/resource")).split("\n");
  assert.match(lines[1]!, /^0x000000000000c[0-9a-f]00 0x000000000000c[0-9a-f]ff 0x0000000000040101$/, "256 ports");
  assert.match(lines[2]!, /0x000000000014220c$/, "64 bits, prefetchable");
  assert.match(lines[3]!, /^0x0+ 0x0+ 0x0+$/, "its upper half");
  assert.match(lines[4]!, /0x0000000000140204$/, "64 bits");
  assert.equal(await okay(file, PCITEST_BAR, [0, 1, 2, 3, 4, 5]), "OKAY NOT OKAY OKAY NOT OKAY OKAY NOT OKAY");
  assert.equal(await okay(file, PCITEST_MSI, [1, 4, 5]), "OKAY OKAY NOT OKAY", "it has four");
  assert.equal(await okay(file, PCITEST_SET_IRQTYPE, [MSIX]), "NOT OKAY");
  assert.ok(board.log.some(({ text }) => text.endsWith("Failed to get MSI-X interrupts")));
});

test("a device that fails: a transfer it could not do, an access that the bus refused, an interrupt that got lost", async () => {
  const { board, file } = await endpoint();
  await using _ = board;
  assert.equal(await okay(file, PCITEST_SET_IRQTYPE, [MSI]), "OKAY");
  for (const fault of ["descriptor-error", "dma-error", "lost-interrupt"] as const) {
    board.fault(fault);
    assert.equal(await okay(file, PCITEST_MSI, [1]), fault === "lost-interrupt" ? "NOT OKAY" : "OKAY");
    assert.equal(await okay(file, PCITEST_WRITE, [transfer(1024)]), fault === "lost-interrupt" ? "OKAY" : "NOT OKAY");
    assert.equal(await okay(file, PCITEST_READ, [transfer(1024)]), "OKAY");
  }
});

test("a device file: what cannot be done fails with its errno, and it holds the module", async () => {
  const { board, file } = await endpoint();
  await using _ = board;
  assert.equal(await file.ioctl(PCITEST_CLEAR_IRQ), 1);
  await assert.rejects(file.ioctl(0x1234), { code: "EINVAL" });
  await assert.rejects(file.read(1), { code: "EINVAL" });
  await assert.rejects(file.seek(1), { code: "ESPIPE" });
  assert.deepEqual(await file.poll(["in"]), ["in"], "without poll() it never waits");
  await assert.rejects(board.open("/dev/nothing"), { code: "ENOENT" });
  await assert.rejects(board.rmmod("pci_endpoint_test"), { code: "EWOULDBLOCK" });
  await file.close();
  await assert.rejects(file.ioctl(PCITEST_GET_IRQTYPE), { code: "EBADF" });
  await board.rmmod("pci_endpoint_test");
  await assert.rejects(board.open("/dev/pci-endpoint-test.0"), { code: "ENOENT" });
});

test("a device of another number gets the driver by new_id, and by driver_override", async () => {
  const board = await Board.boot({ devices: ["pci-epf-test,device=0x1234", "pci-epf-test,device=0x5678"], modules });
  await using _ = board;
  await board.modprobe("pci_endpoint_test");
  const drivers = (): unknown[] => board.pci.slice(1).map(({ driver }) => driver);
  assert.deepEqual(drivers(), [undefined, undefined]);
  await board.write("/sys/bus/pci/drivers/pci-endpoint-test/new_id", "104c 1234");
  assert.deepEqual(drivers(), ["pci-endpoint-test", undefined]);
  await board.write("/sys/bus/pci/devices/0000:00:04.0/driver_override", "pci-endpoint-test");
  await board.write("/sys/bus/pci/drivers/pci-endpoint-test/bind", "0000:00:04.0");
  assert.deepEqual(drivers(), ["pci-endpoint-test", "pci-endpoint-test"]);
  assert.deepEqual(await board.exec("ls /dev"), ["pci-endpoint-test.0", "pci-endpoint-test.1"]);
  assert.equal(await board.read("/proc/misc"), "126 pci-endpoint-test.1\n127 pci-endpoint-test.0\n");
  await board.write("/sys/bus/pci/devices/0000:00:03.0/remove", "1");
  assert.deepEqual(await board.exec("ls /dev"), ["pci-endpoint-test.1"]);
  await board.write("/sys/bus/pci/rescan", "1");
  assert.deepEqual(drivers(), ["pci-endpoint-test", "pci-endpoint-test"]);
  await using file = await board.open("/dev/pci-endpoint-test.0");
  assert.equal(await okay(file, PCITEST_MSI, [1]), "OKAY", "it works again");
});
