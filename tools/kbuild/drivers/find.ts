// Which modules of a kernel tree drive a PCI device. Text says which sources may: they mention the device's number, or
// the name that linux/pci_ids.h has for it. The device tables of those, compiled, say which do.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { KpiError } from "../../../host/error.ts";
import { aliasMatches, pciModalias, type PciIds } from "../../../host/loader/aliases.ts";
import { readObject } from "../../../host/loader/object.ts";
import { compileUnit } from "../compile.ts";
import type { Environment } from "../environment.ts";
import { treeAbi } from "../layout.ts";
import { deviceAliases } from "../modinfo.ts";
import { makePlans } from "../plan.ts";
import { driverIndex, moduleOf, type ModulePlace } from "./index.ts";

/** How a source may mention an id: by a name that pci_ids.h gives it, else as a number, mostly of four digits. */
interface Mention {
  readonly named: RegExp;
  readonly exact: RegExp;
  readonly plain: RegExp;
}

function mention(number: number, ids: string, prefix: "PCI_VENDOR_ID_" | "PCI_DEVICE_ID_"): Mention {
  const digits = number.toString(16).replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
  const values = ids.matchAll(new RegExp(`^#define\\s+${prefix}(\\w+)\\s+0x0*${digits}\\s`, "gm"));
  // PCI_VDEVICE(INTEL, …) has only the end of the name.
  const names = [...values].flatMap(([, name]) => [prefix + name, ...(prefix === "PCI_VENDOR_ID_" ? [name!] : [])]);
  const zeros = "0".repeat(4 - number.toString(16).length);
  const pattern = (...forms: string[]) => new RegExp(`\\b(?:${[...forms, ...names].join("|")})\\b`);
  const exact = pattern(`0x${zeros}${digits}`);
  return { named: names.length > 0 ? pattern() : exact, exact, plain: pattern(`0x0*${digits}`) };
}

/** How likely a source has a table entry for a device: 0, it has not. */
function likelihood(env: Environment, file: string, vendor: Mention, device: Mention): number {
  const path = join(env.tree, file);
  const text = readFileSync(path, "latin1");
  if (vendor.exact.test(text) && device.named.test(text)) return 5;
  if (vendor.exact.test(text) && device.exact.test(text)) return 4;
  const folder = dirname(path);
  const headers = readdirSync(folder).filter((name) => name.endsWith(".h"));
  const around = headers.map((name) => readFileSync(join(folder, name), "latin1"));
  if (![text, ...around].some((source) => vendor.plain.test(source))) return 0;
  if (around.some((source) => device.exact.test(source))) return 3;
  if ([text, ...around].some((source) => device.plain.test(source))) return 2;
  // A table of any device, or of a class of them.
  return /\bPCI_ANY_ID\b|\bPCI_DEVICE_CLASS\b/.test(text) ? 1 : 0;
}

/** The aliases of a source's device tables; none if it does not compile: it may be for another processor. */
async function aliasesOf(env: Environment, place: ModulePlace, file: string): Promise<string[]> {
  const [plan] = makePlans(env, [join(env.tree, place.folder)], [place.module]);
  const unit = plan!.units.find(({ source }) => source === join(env.tree, file))!;
  try {
    const { bytes } = await compileUnit(env, unit);
    return deviceAliases(readObject(bytes), await treeAbi(env));
  } catch (error) {
    if (error instanceof KpiError) return [];
    throw error;
  }
}

/** The modules for a device of a virtio bus, by its modalias. */
export async function virtioDriversOf(env: Environment, modalias: string): Promise<ModulePlace[]> {
  const found: ModulePlace[] = [];
  for (const file of driverIndex(env.tree).virtio) {
    const place = moduleOf(env, file);
    if (!place?.module || !mentionsVirtio(env, file, modalias)) continue;
    const aliases = await aliasesOf(env, place, file);
    if (aliases.some((alias) => aliasMatches(alias, modalias))) found.push(place);
  }
  return found;
}

/** Whether a source has the name that linux/virtio_ids.h gives a device's number, which each table uses. */
function mentionsVirtio(env: Environment, file: string, modalias: string): boolean {
  const number = parseInt(/^virtio:d([0-9A-F]{8})/.exec(modalias)?.[1] ?? "", 16);
  const header = join(env.tree, "include/uapi/linux/virtio_ids.h");
  const names = readFileSync(header, "latin1").matchAll(/^#define\s+(VIRTIO_ID_\w+)\s+(\d+)\s/gm);
  const text = readFileSync(join(env.tree, file), "latin1");
  return [...names].some(([, name, id]) => Number(id) === number && new RegExp(`\\b${name}\\b`).test(text));
}

/** The modules whose tables have a device, by name. */
export async function driversOf(env: Environment, device: PciIds): Promise<ModulePlace[]> {
  const header = join(env.tree, "include/linux/pci_ids.h");
  const ids = existsSync(header) ? readFileSync(header, "latin1") : "";
  const vendor = mention(device.vendor, ids, "PCI_VENDOR_ID_");
  const number = mention(device.device, ids, "PCI_DEVICE_ID_");
  const ranked = new Map<number, string[]>();
  for (const file of driverIndex(env.tree).pci) {
    const rank = likelihood(env, file, vendor, number);
    if (rank > 0) ranked.set(rank, [...(ranked.get(rank) ?? []), file]);
  }
  const modalias = pciModalias(device);
  for (const rank of [5, 4, 3, 2, 1]) {
    const found: ModulePlace[] = [];
    for (const file of ranked.get(rank) ?? []) {
      const place = moduleOf(env, file);
      if (!place) continue;
      const aliases = await aliasesOf(env, place, file);
      if (aliases.some((alias) => aliasMatches(alias, modalias))) found.push(place);
    }
    if (found.length > 0) return found.sort((a, b) => (basename(a.module) < basename(b.module) ? -1 : 1));
  }
  return [];
}
