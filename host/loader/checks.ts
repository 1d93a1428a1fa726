// What the loader checks of a module before it is placed, as check_modinfo() and resolve_symbol() do in Linux.

import { imports, isGplCompatible } from "./exports.ts";
import type { ModInfo } from "./modinfo.ts";
import type { SymbolProvider, SymbolTable } from "./symbols.ts";

/** Ends the loading with an error that says why. */
export type Refuse = (why: string, code?: string) => never;

/** What the version magic of a module says behind the release: asm/vermagic.h and linux/vermagic.h. */
export const MAGIC = "SMP mod_unload wasm32 ";
/** Releases whose drivers the core serves. Which of them it is decides nothing: the layouts' stamp does. */
const SERIES = "6.1";

export function checkVersion(info: ModInfo, refuse: Refuse): void {
  const magic = info.get("vermagic") ?? "";
  const space = magic.indexOf(" ");
  const release = magic.slice(0, Math.max(0, space));
  if (release.startsWith(`${SERIES}.`) && magic.slice(space + 1) === MAGIC) return;
  refuse(`Invalid module format: version magic '${magic}' should be '${SERIES}.* ${MAGIC}'`);
}

export function checkStamp(info: ModInfo, stamp: string, refuse: Refuse): void {
  const own = info.get("kpi_abi");
  if (own === undefined || !/^[0-9a-f]{16}$/.test(own)) {
    return refuse("it has no layout stamp (kpi_abi); build it with: kpi build");
  }
  if (own === stamp) return;
  const remedy = "build module and core from the same tree: kpi build";
  refuse(`its struct layouts (kpi_abi ${own}) are not the core's (${stamp}); ${remedy}`);
}

/** A symbol of a module that taints the kernel, which taints whoever uses it. */
export interface Inherited {
  readonly symbol: string;
  readonly from: SymbolProvider;
}

/** Refuses symbols of other modules that this one may not use. (Differs: the core's own are free for all.) */
export function checkRights(
  info: ModInfo,
  wanted: readonly string[],
  symbols: SymbolTable,
  refuse: Refuse,
): Inherited | undefined {
  const free = isGplCompatible(info);
  let gplOnly = false;
  let inherited: Inherited | undefined;
  for (const name of wanted) {
    const provider = symbols.find(name)?.provider;
    const found = provider?.exported(name);
    if (!provider || !found) continue;
    if (found.gplOnly && !free) {
      const license = info.get("license") ?? "unspecified";
      refuse(`Unknown symbol in module: ${name} is for GPL modules only, and its license is '${license}'`, "ENOENT");
    }
    if (!imports(info, found.namespace)) {
      refuse(`module uses symbol (${name}) from namespace ${found.namespace}, but does not import it`, "EINVAL");
    }
    gplOnly ||= found.gplOnly;
    if (provider.proprietary) inherited ??= { symbol: name, from: provider };
  }
  if (inherited && gplOnly) {
    const { symbol, from } = inherited;
    refuse(`module using GPL-only symbols uses symbols ${symbol} from proprietary module ${from.name}`, "ENOENT");
  }
  return inherited;
}
