// What udev does at boot: loads drivers for the devices that have none. A driver that nobody has built yet is built
// from the kernel tree.

import { readFileSync } from "node:fs";
import { buildCore } from "../../tools/build/core.ts";
import { readImage } from "../../tools/build/image.ts";
import { buildDriver } from "../../tools/kbuild/drivers/build.ts";
import { driversOf } from "../../tools/kbuild/drivers/find.ts";
import { prepareTree } from "../../tools/kbuild/environment.ts";
import { KpiError } from "../error.ts";
import { type PciDevice, pciDevices } from "../inspect/pci.ts";
import { moduleName } from "../loader/modinfo.ts";
import type { System } from "../system.ts";
import { buildEvents } from "./build.ts";

/** The names of modules for a device, those that are not there yet built first. */
async function modulesOf(system: System, device: PciDevice): Promise<readonly string[]> {
  if (device.modules.length > 0) return device.modules;
  const env = await prepareTree();
  const image = readFileSync((await buildCore()).file);
  const core = new Set(readImage(image).exports.map(({ name }) => name));
  const out = system.loader.store.folder;
  const places = await driversOf(env, device);
  for (const place of places) await buildDriver(place, { env, core, out, events: buildEvents });
  return places.map(({ module }) => moduleName(module));
}

/** Has drivers loaded for the functions without one, until each has one or no other will do. Bridges are the core's. */
export async function coldplug(system: System, modprobe: (name: string) => Promise<void>): Promise<void> {
  const BRIDGE = 0x06;
  const boundTo = (bdf: number) => pciDevices(system).find((device) => device.bdf === bdf)?.driver;
  for (const device of pciDevices(system).filter((found) => found.class >> 8 !== BRIDGE)) {
    if (boundTo(device.bdf)) continue;
    const names = await modulesOf(system, device);
    const others = names.filter((name) => !system.loader.modules.has(name));
    for (const name of others) if (!boundTo(device.bdf)) await modprobe(name);
    if (boundTo(device.bdf)) continue;
    const tried = names.length > 0 ? `not ${names.join(" nor ")}` : "the kernel tree has none";
    throw new KpiError(`no driver for ${device.slot} (${device.name ?? "unknown"}): ${tried}; name one with --insmod`);
  }
}
