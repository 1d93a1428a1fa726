// kpi run --device without --insmod: the driver is found by the device's id, and built if nobody has built it.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createBoard, parseDeviceSpec } from "../../boards/index.ts";
import { coldplug } from "../../host/cli/coldplug.ts";
import { provideModule } from "../../host/cli/provide.ts";
import { pciDevices } from "../../host/inspect/pci.ts";
import { storeAliases } from "../../host/loader/aliases.ts";
import { ModuleStore } from "../../host/loader/store.ts";
import { System } from "../../host/system.ts";

const folder = mkdtempSync(join(tmpdir(), "kpi-coldplug-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function boot(devices: string[]): Promise<{ system: System; load: () => Promise<string[]> }> {
  const system = await System.boot({
    board: createBoard("desktop", devices.map(parseDeviceSpec)),
    memoryMiB: 64,
    virtualClock: true,
    logLevel: 4,
    modules: new ModuleStore(folder),
  });
  const load = async (): Promise<string[]> => {
    const names: string[] = [];
    await coldplug(system, async (name) => void names.push((await system.loader.modprobe(name)).name));
    return names;
  };
  return { system, load };
}

const drivers = (system: System): (string | undefined)[] =>
  pciDevices(system)
    .slice(1)
    .map(({ driver }) => driver);

test("two cards of one id: each gets the driver that takes it, built with what it depends on", async () => {
  const { system, load } = await boot(["rtl8139", "rtl8139,revision=0x10"]);
  assert.deepEqual(await load(), ["8139cp", "8139too"]);
  assert.deepEqual(drivers(system), ["8139cp", "8139too"]);
  assert.deepEqual(readdirSync(folder).sort(), ["8139cp.ko", "8139too.ko", "mii.ko"]);
  assert.deepEqual(await load(), [], "every device has one");
  await system.shutdown();
});

test("a driver of another vendor's card, and modprobe by the device's alias", async () => {
  const { system, load } = await boot(["e1000"]);
  assert.deepEqual(await load(), ["e1000"]);
  assert.deepEqual(drivers(system), ["e1000"]);
  await system.loader.rmmod("e1000");
  await system.loader.modprobe("pci:v00008086d0000100Esv00008086sd0000001Ebc02sc00i00");
  assert.deepEqual(drivers(system), ["e1000"]);
  const nobody = system.loader.modprobe("pci:v00001234d00005678sv00000000sd00000000bc02sc00i00");
  await assert.rejects(nobody, /^KpiError: modprobe: FATAL: Module pci:v00001234.* not found in /);
  await system.shutdown();
});

test("a card that its drivers do not take, and one that has none", async () => {
  const { system, load } = await boot(["rtl8139,vendor=0x8086,device=0x100e"]);
  const notE1000 = "^KpiError: no driver for 0000:00:03\\.0 \\(.*\\): not e1000; name one with --insmod$";
  await assert.rejects(load(), new RegExp(notE1000));
  await system.shutdown();
  const other = await boot(["rtl8139,vendor=0x1d17,device=0xfff3"]);
  await assert.rejects(other.load(), /\): the kernel tree has none; name one with --insmod$/);
  await other.system.shutdown();
});

test("where those that are built do not take a card, the kernel tree may have another", async () => {
  rmSync(join(folder, "8139too.ko"));
  const { system, load } = await boot(["rtl8139,revision=0x10"]);
  assert.deepEqual(await load(), ["8139cp", "8139too"]);
  assert.deepEqual(drivers(system), ["8139too"]);
  await system.shutdown();
});

const text = (name: string): string => readFileSync(join(folder, `${name}.ko`), "latin1");

function replaceIn(name: string, from: string, to: string): void {
  assert.ok(text(name).includes(from));
  writeFileSync(join(folder, `${name}.ko`), text(name).replace(from, to), "latin1");
}

const OTHER = `kpi_abi=${"0".repeat(16)}`;

test("a driver built for other layouts counts as not built", async () => {
  const { system, load } = await boot(["rtl8139,revision=0x10"]);
  const { abiStamp } = system.machine.core;
  replaceIn("8139too", `kpi_abi=${abiStamp}`, OTHER);
  assert.ok(!storeAliases(new ModuleStore(folder), abiStamp).some(([module]) => module === "8139too"));
  await load();
  assert.deepEqual(drivers(system), ["8139too"]);
  assert.ok(text("8139too").includes(`kpi_abi=${abiStamp}`), "built anew");
  await system.shutdown();
});

test("so does a module that is asked for by name, unless its source is somebody's own", async () => {
  const { system } = await boot(["rtl8139,revision=0x10"]);
  system.loader.onMissing = (name) => provideModule(system, name);
  const { abiStamp } = system.machine.core;
  replaceIn("mii", `kpi_abi=${abiStamp}`, OTHER);
  await system.loader.modprobe("8139too");
  assert.ok(text("mii").includes(`kpi_abi=${abiStamp}`), "built anew");
  await system.loader.rmmod("8139too");
  await system.loader.rmmod("mii");
  replaceIn("mii", `kpi_abi=${abiStamp}`, OTHER);
  replaceIn("mii", "intree=Y", "intree=N");
  await assert.rejects(system.loader.modprobe("8139too"), /its struct layouts .* are not the core's/);
  assert.ok(text("mii").includes(OTHER), "left alone");
  await system.shutdown();
});
