// What udev does at boot: loads drivers for the devices that have none. A driver that nobody has built yet is built
// from the kernel tree.

import { coreNames } from "../../tools/build/core-names.ts";
import { buildDrivers } from "../../tools/kbuild/drivers/build.ts";
import { driversOf } from "../../tools/kbuild/drivers/find.ts";
import { prepareTree } from "../../tools/kbuild/environment.ts";
import { setUpBuild } from "../../tools/setup/setup.mjs";
import { KpiError } from "../error.ts";
import { type PciDevice, pciDevices } from "../inspect/pci.ts";
import { moduleName } from "../loader/modinfo.ts";
import type { System } from "../system.ts";
import { buildEvents } from "./build.ts";

/** The modules of the kernel tree for a device, built into the board's store; names. */
async function built(system: System, device: PciDevice): Promise<readonly string[]> {
  // Who has only loaded finished modules so far has no kernel source yet.
  await setUpBuild();
  const env = await prepareTree();
  const core = await coreNames();
  const out = system.loader.store.folder;
  const places = await driversOf(env, device);
  await buildDrivers(places, { env, core, out, events: buildEvents });
  return places.map(({ module }) => moduleName(module));
}

/** Has drivers loaded for the functions without one, until each has one or no other will do: first those that are
 *  there, then those of the kernel tree. Bridges are the core's. */
export async function coldplug(system: System, modprobe: (name: string) => Promise<void>): Promise<void> {
  const BRIDGE = 0x06;
  const boundTo = (bdf: number) => pciDevices(system).find((device) => device.bdf === bdf)?.driver;
  for (const device of pciDevices(system).filter((found) => found.class >> 8 !== BRIDGE)) {
    const tried = new Set<string>();
    for (const find of [async () => device.modules, () => built(system, device)]) {
      if (boundTo(device.bdf)) break;
      for (const name of await find()) {
        if (tried.has(name) || boundTo(device.bdf)) continue;
        tried.add(name);
        if (!system.loader.modules.has(name)) await modprobe(name);
      }
    }
    if (boundTo(device.bdf)) continue;
    const names = tried.size > 0 ? `not ${[...tried].join(" nor ")}` : "the kernel tree has none";
    throw new KpiError(`no driver for ${device.slot} (${device.name ?? "unknown"}): ${names}; name one with --insmod`);
  }
}
