// Modules that somebody asks for and nobody has built yet: they are built from the kernel tree or from modules/, with what
// they depend on, as if they had been installed with the kernel.

import { isAbsolute } from "node:path";
import { coreNames } from "../../tools/build/core-names.ts";
import { buildDrivers } from "../../tools/kbuild/drivers/build.ts";
import { driversOf, virtioDriversOf } from "../../tools/kbuild/drivers/find.ts";
import { moduleNamed, type ModulePlace } from "../../tools/kbuild/drivers/index.ts";
import { type Environment, prepareTree } from "../../tools/kbuild/environment.ts";
import { setUpBuild } from "../../tools/setup/setup.mjs";
import type { PciDevice } from "../inspect/pci.ts";
import { moduleInfo } from "../loader/aliases.ts";
import { moduleName } from "../loader/modinfo.ts";
import { ModuleStore } from "../loader/store.ts";
import type { System } from "../system.ts";
import { buildEvents } from "./build.ts";

/** Builds what `find` finds into a folder; names. */
async function build(
  out: string,
  find: (env: Environment) => Promise<readonly ModulePlace[]>,
): Promise<readonly string[]> {
  // Who has only loaded finished modules so far has no kernel source yet.
  await setUpBuild();
  const env = await prepareTree();
  const core = await coreNames();
  const places = await find(env);
  await buildDrivers(places, { env, core, out, events: buildEvents });
  return places.map(({ module }) => moduleName(module));
}

/** The modules of the kernel tree for a PCI device, built into the board's store; names. */
export function provideDrivers(system: System, device: PciDevice): Promise<readonly string[]> {
  return build(system.loader.store.folder, (env) => driversOf(env, device));
}

/** Whether what lies in a folder under a name is of somebody's own source, and not the kernel's. */
function isOwn(out: string, name: string): boolean {
  const file = new ModuleStore(out).find(name);
  return file !== undefined && moduleInfo(file)?.get("intree") !== "Y";
}

/** Builds the module of that name, of the kernel tree or of this project; nothing if neither has one. */
export async function provideNamed(out: string, name: string): Promise<void> {
  await build(out, async (env) => {
    const place = moduleNamed(env, name);
    return place && (isAbsolute(place.folder) || !isOwn(out, name)) ? [place] : [];
  });
}

/** Builds what modprobe looks for: a module by its name, or those of a virtio device by its alias. What the tree has not
 *  is left to modprobe to say. */
export async function provideModule(system: System, name: string): Promise<void> {
  const { folder } = system.loader.store;
  if (/^virtio:/.test(name)) await build(folder, (env) => virtioDriversOf(env, name));
  else if (!/^(\w+:|rtnl-link-)/.test(name)) await provideNamed(folder, name);
}
