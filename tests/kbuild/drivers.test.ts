// Finding the driver of a PCI device in the kernel tree, and building it with what it depends on.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { coreNames } from "../../tools/build/core-names.ts";
import { aliasMatches, pciModalias } from "../../host/loader/aliases.ts";
import { ModInfo } from "../../host/loader/modinfo.ts";
import { readObject } from "../../host/loader/object.ts";
import { buildDrivers } from "../../tools/kbuild/drivers/build.ts";
import { driversOf } from "../../tools/kbuild/drivers/find.ts";
import { driverIndex, moduleOf } from "../../tools/kbuild/drivers/index.ts";
import { prepareTree } from "../../tools/kbuild/environment.ts";

const env = await prepareTree();
const NETWORK = { subvendor: 0x1af4, subdevice: 0x1100, class: 0x0200, progif: 0 };

test("aliases: what a device is called, and which patterns fit", () => {
  const id = pciModalias({ ...NETWORK, vendor: 0x10ec, device: 0x8139 });
  assert.equal(id, "pci:v000010ECd00008139sv00001AF4sd00001100bc02sc00i00");
  assert.ok(aliasMatches("pci:v000010ECd00008139sv*sd*bc*sc*i*", id));
  assert.ok(aliasMatches("pci:v*d*sv*sd*bc02sc00i*", id));
  assert.equal(aliasMatches("pci:v000010ECd00008138sv*sd*bc*sc*i*", id), false);
  assert.equal(aliasMatches("pci:v000010ECd00008139", id), false);
});

test("what the sources say: tables, exporters, and whose file is whose", () => {
  const { pci, exporters } = driverIndex(env.tree);
  assert.ok(pci.includes("drivers/net/ethernet/intel/e1000/e1000_main.c"));
  assert.equal(exporters["mii_check_media"], "drivers/net/mii.c");
  const e1000 = { folder: "drivers/net/ethernet/intel/e1000", module: "e1000" };
  assert.deepEqual(moduleOf(env, "drivers/net/ethernet/intel/e1000/e1000_hw.c"), e1000);
  assert.deepEqual(moduleOf(env, "drivers/net/mii.c"), { folder: "drivers/net", module: "mii" });
  assert.equal(moduleOf(env, "drivers/net/nosuch.c"), undefined);
});

const DEVICES: [vendor: number, device: number, modules: string[]][] = [
  [0x10ec, 0x8139, ["8139cp", "8139too"]],
  [0x8086, 0x100e, ["e1000"]],
  [0x8086, 0x1229, ["e100"]],
  [0x10ec, 0x8029, ["ne2k-pci"]],
  [0x1022, 0x2000, ["pcnet32"]],
  [0x1af4, 0x1000, ["virtio_pci"]],
  [0x104c, 0xb500, ["pci_endpoint_test"]],
];

for (const [vendor, device, modules] of DEVICES) {
  test(`${vendor.toString(16)}:${device.toString(16)} is for ${modules.join(" and ")}`, async () => {
    const places = await driversOf(env, { ...NETWORK, vendor, device });
    assert.deepEqual(
      places.map(({ module }) => module),
      modules,
    );
  });
}

test("a driver is built after what it depends on, and says so", async (context) => {
  const out = mkdtempSync(join(tmpdir(), "kpi-test-"));
  context.after(() => rmSync(out, { recursive: true }));
  const place = { folder: "drivers/net/ethernet/8390", module: "ne2k-pci" };
  const built = (await buildDrivers([place], { env, out, core: await coreNames() })).get("ne2k-pci")!;
  const depends = (name: string) => ModInfo.of(readObject(readFileSync(join(out, `${name}.ko`)))).depends;
  assert.ok(built.depends.includes("8390"));
  assert.ok(depends("ne2k-pci").includes("8390"));
});

test("a library of which the core has nothing is built from the tree, under the kernel's license", async (context) => {
  const out = mkdtempSync(join(tmpdir(), "kpi-test-"));
  context.after(() => rmSync(out, { recursive: true }));
  const core = await coreNames();
  const objagg = { folder: "lib", module: "objagg" };
  const info = (name: string) => ModInfo.of(readObject(readFileSync(join(out, `${name}.ko`))));
  const built = await buildDrivers([objagg], { env, out, core });
  assert.deepEqual([...built.keys()].sort(), ["objagg", "rhashtable"]);
  assert.deepEqual(info("objagg").depends, ["rhashtable"]);
  assert.equal(info("rhashtable").get("license"), "GPL");
  // Had the core a part of it, the rest would be the core's too.
  const partly = await buildDrivers([objagg], { env, out, core: new Set([...core, "rhashtable_walk_enter"]) });
  assert.deepEqual([...partly.keys()], ["objagg"]);
});
