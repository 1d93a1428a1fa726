// `kpi build` for programs: a driver's C source to a module, set-up of kernel source and compiler included.

import { buildModules as build, type BuiltModule } from "../../tools/kbuild/build.ts";
import { isDriverScript } from "../../tools/kbuild/typescript/build.ts";
import { setUpBuild } from "../../tools/setup/setup.mjs";
import { builtModules } from "../built-modules.ts";

export type { BuiltModule } from "../../tools/kbuild/build.ts";

export interface BuildModulesOptions {
  /** Where the .ko files go; default: where insmod and modprobe look for names. */
  readonly out?: string;
  /** Of a folder's modules, only these. */
  readonly modules?: readonly string[];
}

/** Whether a path is something to build: a C file, a driver in TypeScript, or a folder. */
export function isSource(path: string): boolean {
  return path.endsWith(".c") || path.endsWith("/") || isDriverScript(path);
}

/**
 * Builds kernel modules: a C file is a module, so is a driver in TypeScript; a folder has a Kbuild Makefile. Paths are of the host, or else of the
 * kernel tree ("drivers/net/mii.c"). What has not changed comes from the cache. Fails with what the compiler says.
 */
export async function buildModules(
  sources: string | readonly string[],
  { out = builtModules.folder, modules }: BuildModulesOptions = {},
): Promise<readonly BuiltModule[]> {
  const wanted = typeof sources === "string" ? [sources] : sources;
  if (!wanted.every(isDriverScript)) await setUpBuild();
  const built = await build({ sources: wanted, out, known: [builtModules.folder], ...(modules && { modules }) });
  return built.modules;
}
