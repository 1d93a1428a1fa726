// What udev does at boot: loads drivers for the devices that have none, and for those that appear when a driver has its
// device, on a bus of its own. A driver that nobody has built yet is built from the kernel tree.

import { KpiError } from "../error.ts";
import { listFolder, readFile } from "../inspect/files.ts";
import { pciDevices } from "../inspect/pci.ts";
import type { System } from "../system.ts";
import { provideDrivers } from "./provide.ts";

type Modprobe = (name: string) => Promise<void>;

/** Has drivers loaded for the functions without one, until each has one or no other will do: first those that are
 *  there, then those of the kernel tree. Bridges are the core's. */
export async function coldplug(system: System, modprobe: Modprobe): Promise<void> {
  const BRIDGE = 0x06;
  const boundTo = (bdf: number) => pciDevices(system).find((device) => device.bdf === bdf)?.driver;
  for (const device of pciDevices(system).filter((found) => found.class >> 8 !== BRIDGE)) {
    const tried = new Set<string>();
    for (const find of [async () => device.modules, () => provideDrivers(system, device)]) {
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
  await coldplugBehind(system, modprobe);
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString().trim();

/** The modaliases of devices on other buses that have no driver. */
async function lonely(system: System): Promise<string[]> {
  const found: string[] = [];
  for (const { name: bus } of await listFolder(system, "/sys/bus")) {
    if (bus === "pci") continue;
    const devices = `/sys/bus/${bus}/devices`;
    for (const { name } of await listFolder(system, devices)) {
      const entries = await listFolder(system, `${devices}/${name}/`);
      const has = (entry: string): boolean => entries.some((one) => one.name === entry);
      if (!has("driver") && has("modalias")) found.push(text(await readFile(system, `${devices}/${name}/modalias`)));
    }
  }
  return found;
}

/** Does the same for what a driver has found behind its device, as virtio_pci does, and for what is behind that. Not every
 *  such device needs a driver: a PHY is its card's. */
async function coldplugBehind(system: System, modprobe: Modprobe): Promise<void> {
  const tried = new Set<string>();
  for (;;) {
    const alias = (await lonely(system)).find((one) => !tried.has(one));
    if (alias === undefined) return;
    tried.add(alias);
    try {
      await modprobe(alias);
    } catch (error) {
      if (!(error instanceof KpiError) || error.code !== "ENOENT") throw error;
    }
  }
}
