// Device aliases: what a device calls itself (its modalias, as in sysfs), and the patterns by which modules say which
// devices they drive. scripts/mod/file2alias.c has the format.

import { KpiError } from "../error.ts";
import { ModInfo, moduleName } from "./modinfo.ts";
import { readModule } from "./read-module.ts";
import type { ModuleStore } from "./store.ts";

/** What a PCI function says of itself. */
export interface PciIds {
  readonly vendor: number;
  readonly device: number;
  readonly subvendor: number;
  readonly subdevice: number;
  /** Class and subclass, 16 bits. */
  readonly class: number;
  readonly progif: number;
}

/** pci:v…d…sv…sd…bc…sc…i…, as /sys/bus/pci/devices/…/modalias has it. */
export function pciModalias(ids: PciIds): string {
  const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0");
  return (
    `pci:v${hex(ids.vendor, 8)}d${hex(ids.device, 8)}sv${hex(ids.subvendor, 8)}sd${hex(ids.subdevice, 8)}` +
    `bc${hex(ids.class >> 8, 2)}sc${hex(ids.class & 255, 2)}i${hex(ids.progif, 2)}`
  );
}

/** Whether a module's alias, in which `*` stands for anything, is of this device. */
export function aliasMatches(alias: string, modalias: string): boolean {
  const pattern = alias.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${pattern}$`).test(modalias);
}

/** What a file says of itself as a module; undefined if it is none. */
export function moduleInfo(file: string): ModInfo | undefined {
  try {
    return ModInfo.of(readModule(file));
  } catch (error) {
    if (error instanceof KpiError) return undefined;
    throw error;
  }
}

/** What a module says that the core of layout stamp `abi` takes. One that it would refuse is as good as not built. */
export function fittingInfo(file: string, abi: string): ModInfo | undefined {
  const info = moduleInfo(file);
  return info?.get("kpi_abi") === abi ? info : undefined;
}

/** The aliases of a folder's modules. */
export function storeAliases(store: ModuleStore, abi: string): [module: string, alias: string][] {
  return store.files().flatMap((file): [string, string][] => {
    const aliases = fittingInfo(file, abi)?.all("alias") ?? [];
    return aliases.map((alias) => [moduleName(file), alias]);
  });
}

/** The modules of a folder that drive a device, by name. */
export function modulesFor(modalias: string, aliases: readonly [module: string, alias: string][]): string[] {
  const names = aliases.filter(([, alias]) => aliasMatches(alias, modalias)).map(([module]) => module);
  return [...new Set(names)];
}
