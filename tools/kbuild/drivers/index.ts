// What the driver sources of a kernel tree say of themselves, found by reading their text once: which have a table of
// PCI devices, and which file exports a symbol. A hundred megabytes are read, so the answer is kept in the cache.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { moduleName } from "../../../host/loader/modinfo.ts";
import { repoRoot } from "../../setup/paths.mjs";
import { kernelSubtrees } from "../subtrees.mjs";
import { digest, writeWhole } from "../cache.ts";
import { cacheFolder, type Environment } from "../environment.ts";
import { parseKbuild } from "../makefile.ts";

export interface DriverIndex {
  /** C files with a MODULE_DEVICE_TABLE(pci, …), relative to the tree. */
  readonly pci: readonly string[];
  /** C files with a MODULE_DEVICE_TABLE(virtio, …). */
  readonly virtio: readonly string[];
  /** Folders with a Makefile. */
  readonly makefiles: readonly string[];
  /** Exported symbols, and the C file that defines each. */
  readonly exporters: Readonly<Record<string, string>>;
}

/** A module, as `kpi build FOLDER --module NAME` takes it. */
export interface ModulePlace {
  /** Relative to the tree, or absolute. */
  readonly folder: string;
  readonly module: string;
  /** Part of the kernel itself in this configuration. It can be a module all the same if nobody else has its symbols. */
  readonly builtIn?: boolean;
}

const TABLE = /\bMODULE_DEVICE_TABLE\s*\(\s*(pci|virtio)\s*,/;
const EXPORT = /^EXPORT_SYMBOL(?:_GPL|_NS|_NS_GPL)?\s*\(\s*(\w+)/gm;

/** The folders and files with drivers, libraries and protocols, of those that set-up unpacks. */
const roots = kernelSubtrees.filter((path) => /^(drivers|lib|net)\b.*(\/|\.c)$/.test(path));

/** What changes when a driver is added, moved or taken away. */
function stamp(tree: string): string {
  const folders = roots.flatMap((root) => {
    const top = join(tree, root);
    if (!existsSync(top)) return [];
    if (!root.endsWith("/")) return [top];
    const below = readdirSync(top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [top, ...below.map((entry) => join(entry.parentPath, entry.name))];
  });
  return digest(...folders.map((folder) => `${folder} ${statSync(folder).mtimeMs}`));
}

function scan(tree: string): DriverIndex {
  const tables: { pci: string[]; virtio: string[] } = { pci: [], virtio: [] };
  const makefiles: string[] = [];
  const exporters: Record<string, string> = {};
  for (const root of roots.filter((path) => existsSync(join(tree, path)))) {
    const files = root.endsWith("/") ? readdirSync(join(tree, root), { recursive: true, encoding: "utf8" }) : [""];
    const paths = files.map((file) => join(root, file));
    makefiles.push(...paths.filter((path) => basename(path) === "Makefile").map((path) => dirname(path)));
    for (const path of paths.filter((name) => name.endsWith(".c")).sort()) {
      const text = readFileSync(join(tree, path), "latin1");
      const bus = TABLE.exec(text)?.[1] as keyof typeof tables | undefined;
      if (bus) tables[bus].push(path);
      for (const [, symbol] of text.matchAll(EXPORT)) exporters[symbol!] = path;
    }
  }
  return { ...tables, makefiles: makefiles.sort(), exporters };
}

/** The index of a tree; made when it is first asked for, and when folders have changed. */
export function driverIndex(tree: string): DriverIndex {
  const file = join(cacheFolder(), `drivers-${digest("2", tree, stamp(tree))}.json`);
  try {
    return JSON.parse(readFileSync(file, "utf8")) as DriverIndex;
  } catch {
    const index = scan(tree);
    writeWhole(file, JSON.stringify(index));
    return index;
  }
}

/** The module that a C file is part of: by the Makefile beside it, or one above. */
export function moduleOf(env: Environment, file: string): ModulePlace | undefined {
  const path = join(env.tree, file);
  for (let folder = dirname(path); folder.startsWith(env.tree + sep); folder = dirname(folder)) {
    const makefile = join(folder, "Makefile");
    if (!existsSync(makefile)) continue;
    const { config, tree } = env;
    const { modules } = parseKbuild(readFileSync(makefile, "utf8"), { config, tree, folder });
    const found = modules.filter(({ sources }) => sources.includes(relative(folder, path)));
    const [module] = (["m", "", "y"] as const).flatMap((state) => found.filter((one) => one.state === state));
    if (module)
      return { folder: relative(tree, folder), module: module.name, ...(module.state === "y" && { builtIn: true }) };
  }
  return undefined;
}

/** Modules that are not part of the kernel but of this project, a folder each. */
const ownModules = join(repoRoot, "modules");

/** The module of that name; dashes and underscores are alike. */
export function moduleNamed(env: Environment, name: string): ModulePlace | undefined {
  const { config, tree } = env;
  const own = join(ownModules, moduleName(name));
  if (existsSync(join(own, "Makefile"))) return { folder: own, module: moduleName(name) };
  const mentioned = new RegExp(`\\b${moduleName(name).replaceAll("_", "[-_]")}\\.o\\b`);
  for (const folder of driverIndex(tree).makefiles) {
    const text = readFileSync(join(tree, folder, "Makefile"), "utf8");
    if (!mentioned.test(text)) continue;
    const { modules } = parseKbuild(text, { config, tree, folder: join(tree, folder) });
    const found = modules.find((module) => moduleName(module.name) === moduleName(name) && module.state !== "y");
    if (found) return { folder, module: found.name };
  }
  return undefined;
}
