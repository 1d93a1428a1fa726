// insmod and rmmod as the host does them: checks, dependencies, placement; the core runs init and exit.

import { dirname } from "node:path";
import { KpiError } from "../error.ts";
import { errorName, errorText } from "../errno.ts";
import { TaskKilled } from "../machine/faults.ts";
import type { Machine } from "../machine/machine.ts";
import { MACROS } from "../symbols/macros.ts";
import { fittingInfo, modulesFor, storeAliases } from "./aliases.ts";
import { CallSites } from "./call-sites.ts";
import { checkRights, checkStamp, checkVersion, type Refuse } from "./checks.ts";
import { exportedNames } from "./exports.ts";
import { ModInfo, moduleName } from "./modinfo.ts";
import { Module } from "./module.ts";
import { ModuleRecord } from "./module-record.ts";
import { readRegularFile } from "../regular-file.ts";
import { SYMBOL_DATA, readObject, type WasmObject } from "./object.ts";
import { ObjectError } from "./reader.ts";
import { ModuleStore } from "./store.ts";
import { LINKER_NAMES, SymbolTable, wantedNames } from "./symbols.ts";
import { taints } from "./taints.ts";

/** How many unloaded modules keep their memory out of use, so that a stale pointer finds its own ruins. */
const QUARANTINE = 8;

/** How many missing symbols one message names: more than any driver lacks, and less than nobody would scroll through. */
const NAMED = 256;

/** What Linux takes for one: a file's name, less than MODULE_NAME_LEN. */
const MODULE_NAME = /^\w{1,55}$/;

export class ModuleLoader {
  readonly symbols: SymbolTable;
  readonly store: ModuleStore;
  readonly modules = new Map<string, Module>();
  /** Called when modprobe finds no module of a name, or for an alias, that fits the core; it may put one where it looks. */
  onMissing: (name: string) => Promise<void> = async () => {};
  /** Called when a module's init has succeeded, and when the module is gone. */
  onChange: (module: Module, loaded: boolean) => void = () => {};
  #machine: Machine;
  #quarantine: Module[] = [];
  #sites: CallSites | undefined;

  constructor(machine: Machine, store: ModuleStore) {
    this.#machine = machine;
    this.store = store;
    this.symbols = new SymbolTable(machine.core);
    if (machine.core.debug) {
      const sites = new CallSites();
      machine.addNames((site) => sites.nameOf(site >>> 0));
      this.#sites = sites;
    }
    machine.addNames((slot) => {
      for (const module of this.modules.values()) {
        const name = module.nameOfSlot(slot) ?? module.nameOfData(slot >>> 0);
        if (name) return name;
      }
      return undefined;
    });
  }

  /** modprobe: loads what `name` depends on, then `name`; a module that is loaded already is left alone. The name may
   *  be an alias of a device (pci:v…) or of a kind of links (rtnl-link-…): then all modules that drive it are loaded, and the last is returned. */
  async modprobe(name: string, args = ""): Promise<Module> {
    if (/^(\w+:|rtnl-link-)/.test(name)) {
      const claimants = (): string[] => modulesFor(name, storeAliases(this.store, this.#machine.core.abiStamp));
      let names = claimants();
      if (names.length === 0) {
        await this.onMissing(name);
        names = claimants();
      }
      const refusal = `modprobe: FATAL: Module ${name} not found in ${this.store.folder}; build it with: kpi build FILE.c|FOLDER`;
      if (names.length === 0) throw new KpiError(refusal, 1, "ENOENT");
      for (const driver of names.slice(0, -1)) await this.modprobe(driver, args);
      return this.modprobe(names.at(-1)!, args);
    }
    const stores = isPath(name) ? [new ModuleStore(dirname(name)), this.store] : [this.store];
    return this.#modprobe(isPath(name) ? name : moduleName(name), args, stores, []);
  }

  /** What a file depends on is looked for beside it first. */
  async #modprobe(name: string, args: string, stores: ModuleStore[], askedBy: string[]): Promise<Module> {
    const loaded = this.modules.get(moduleName(name));
    if (loaded) return loaded;
    const chain = [...askedBy, name];
    if (askedBy.includes(name)) throw new KpiError(`modprobe: FATAL: modules depend on each other: ${chain.join(" ")}`);
    const find = (): string | undefined => stores.flatMap((store) => store.find(name) ?? [])[0];
    let file = isPath(name) ? name : find();
    if (!file || (!isPath(name) && !fittingInfo(file, this.#machine.core.abiStamp))) {
      await this.onMissing(name);
      file = find();
    }
    if (!file) {
      const by = askedBy.length > 0 ? ` (${askedBy.at(-1)} depends on it)` : "";
      const where = `not found in ${this.store.folder}${by}; build it with: kpi build FILE.c|FOLDER`;
      throw new KpiError(`modprobe: FATAL: Module ${name} ${where}`, 1, "ENOENT");
    }
    const bytes = readModule(file);
    const refusal = isPath(name) ? insmodRefusal(file) : `modprobe: ERROR: could not insert '${name}'`;
    const info = ModInfo.of(parse(bytes, refusal));
    for (const dependency of info.depends) await this.#modprobe(moduleName(dependency), "", stores, chain);
    const { pre, post } = softDependencies(info);
    for (const wish of pre) await this.#wish(wish, stores, chain);
    const module = await this.load(file, bytes, args, refusal);
    for (const wish of post) await this.#wish(wish, stores, chain);
    return module;
  }

  /** A module that another one does without where there is none. */
  async #wish(name: string, stores: ModuleStore[], askedBy: string[]): Promise<void> {
    try {
      await this.#modprobe(moduleName(name), "", stores, askedBy);
    } catch (error) {
      if (!(error instanceof KpiError) || error.code !== "ENOENT") throw error;
    }
  }

  /** insmod: loads one file, or what the store has under a name. */
  async insmod(given: string, args = ""): Promise<Module> {
    const file = isPath(given) ? given : (this.store.find(given) ?? given);
    return this.load(file, readModule(file), args);
  }

  /** insmod of a module in memory; `file` is what messages call it, `refusal` how they begin. */
  async load(file: string, bytes: Uint8Array, args = "", refusal = insmodRefusal(file)): Promise<Module> {
    const object = parse(bytes, refusal);
    const info = ModInfo.of(object);
    const name = info.get("name") ?? moduleName(file);
    const refuse: Refuse = (why, code = "ENOEXEC") => {
      throw new KpiError(`${refusal}: ${why}`, 1, code);
    };
    if (!MODULE_NAME.test(name)) refuse("Invalid module format: its name in .modinfo is not one");
    if (this.modules.has(name)) refuse("File exists", "EEXIST");
    checkStamp(info, this.#machine.core.abiStamp, refuse);
    checkVersion(info, refuse);
    const missing = this.missing(object);
    if (missing.length > 0) {
      const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : "";
      const named = missing.slice(0, NAMED).map(withMacro).join(", ");
      refuse(`Unknown symbol in module: ${named}${more}; try: kpi missing ${file}`, "ENOENT");
    }
    const wanted = wantedNames(object).map((entry) => entry.name);
    const inherited = checkRights(info, wanted, this.symbols, refuse);
    const module = new Module(this.#machine, name, object, info, inherited);
    if (!object.symbols.some((s) => s.name === "__this_module" && s.kind === SYMBOL_DATA && !s.undefined)) {
      refuse("it has no __this_module; build it with: kpi build");
    }
    for (const symbol of exportedNames(object)) {
      const owner = this.symbols.find(symbol);
      if (owner) refuse(`exports duplicate symbol ${symbol} (owned by ${owner.provider?.name ?? "kernel"})`);
    }
    try {
      module.place(this.symbols, this.#sites);
    } catch (error) {
      if (error instanceof ObjectError) refuse(`Invalid module format: ${error.message}`);
      if (error instanceof KpiError) refuse(error.message);
      throw error;
    }
    this.symbols.add(module);
    this.modules.set(name, module);
    await this.#machine.settle();
    let result: number;
    try {
      result = await this.#init(module, args);
    } catch (error) {
      if (error instanceof TaskKilled) refuse(`its init trapped: ${error.reason}`, "EFAULT");
      throw error;
    }
    if (result < 0) {
      this.#forget(module);
      refuse(errorText(result), errorName(result));
    }
    this.onChange(module, true);
    return module;
  }

  /** The names that `object` wants and nobody has. */
  missing(object: WasmObject): string[] {
    return wantedNames(object)
      .filter(({ name, weak }) => !weak && !LINKER_NAMES.has(name) && !this.symbols.find(name))
      .map(({ name }) => name)
      .sort();
  }

  async rmmod(name: string): Promise<void> {
    const module = this.modules.get(moduleName(name));
    if (!module) throw new KpiError(`rmmod: ERROR: Module ${name} is not currently loaded`, 1, "ENOENT");
    const users = [...this.modules.values()].filter((other) => other.uses.has(module)).map((other) => other.name);
    if (users.length > 0) {
      throw new KpiError(`rmmod: ERROR: Module ${name} is in use by: ${users.join(" ")}`, 1, "EWOULDBLOCK");
    }
    const refuse: Refuse = (why, code) => {
      throw new KpiError(`rmmod: ERROR: could not remove module ${name}: ${why}`, 1, code);
    };
    let result: number;
    try {
      result = await this.#withCString(module.name, (text) => this.#machine.callExport("kpi_rmmod", [text]));
    } catch (error) {
      if (error instanceof TaskKilled) refuse(`its exit trapped: ${error.reason}`, "EFAULT");
      throw error;
    }
    // References that no module's symbols account for: somebody's try_module_get().
    if (errorName(result) === "EAGAIN") throw new KpiError(`rmmod: ERROR: Module ${name} is in use`, 1, "EWOULDBLOCK");
    if (result < 0) refuse(errorText(result), errorName(result));
    this.#forget(module);
    this.onChange(module, false);
  }

  /** Modules that rmmod refuses for good, as Linux does: those with an init and no exit, and what they use. */
  permanent(): Set<Module> {
    const found = new Set<Module>();
    const add = (module: Module): void => {
      found.add(module);
      for (const used of module.uses) add(used as Module);
    };
    for (const module of this.modules.values()) {
      if (module.defines("init_module") && !module.defines("cleanup_module")) add(module);
    }
    return found;
  }

  #forget(module: Module): void {
    this.symbols.remove(module);
    this.modules.delete(module.name);
    module.bury();
    this.#quarantine.push(module);
    if (this.#quarantine.length > QUARANTINE) this.#quarantine.shift()!.release();
  }

  async #init(module: Module, args: string): Promise<number> {
    const machine = this.#machine;
    const owner = module.inherited?.from as Module | undefined;
    const record = new ModuleRecord({
      place: [module.address("__this_module")!, module.base, module.size, module.object.code.length],
      params: module.segment("__param"),
      args,
      taints: taints(module.info),
      info: module.info,
      inherits: owner && { mod: owner.address("__this_module")!, symbol: module.inherited!.symbol },
      uses: [...module.uses].map((used) => (used as Module).address("__this_module")!),
      suites: module.segment(".kunit_test_suites"),
      sites: module.sites,
    });
    const { texts } = record;
    const textsAt = machine.hostCall((core) => core.__kmalloc(texts.length, GFP_KERNEL)) >>> 0;
    const image = machine.hostCall((core) => core.__kmalloc(record.bytes, GFP_KERNEL)) >>> 0;
    if (textsAt === 0 || image === 0) {
      for (const address of [textsAt, image]) machine.hostCall((core) => core.kfree(address));
      this.#forget(module);
      throw new KpiError(`no memory to load ${module.name}; raise --mem`);
    }
    machine.text.bytes.set(texts, textsAt);
    module.own(textsAt);
    record.words(image, textsAt).forEach((word, i) => machine.words.setU32(image + 4 * i, word));
    try {
      return await machine.callSecluded("kpi_insmod", [image]);
    } finally {
      if (machine.alive) machine.hostCall((core) => core.kfree(image));
    }
  }

  async #withCString<T>(text: string, use: (address: number) => Promise<T>): Promise<T> {
    const machine = this.#machine;
    const bytes = Buffer.from(`${text}\0`);
    const address = machine.hostCall((core) => core.__kmalloc(bytes.length, GFP_KERNEL)) >>> 0;
    machine.text.bytes.set(bytes, address);
    try {
      return await use(address);
    } finally {
      if (machine.alive) machine.hostCall((core) => core.kfree(address));
    }
  }
}

const GFP_KERNEL = 0xcc0;

/** MODULE_SOFTDEP("pre: a b post: c"): what is loaded before a module, and behind it. */
function softDependencies(info: ModInfo): { pre: string[]; post: string[] } {
  const lists: { pre: string[]; post: string[] } = { pre: [], post: [] };
  for (const text of info.all("softdep")) {
    let list = lists.pre;
    for (const word of text.split(/\s+/).filter(Boolean)) {
      if (word === "pre:") list = lists.pre;
      else if (word === "post:") list = lists.post;
      else list.push(word);
    }
  }
  return lists;
}

/** Whether a module is given by its file, not by its name. */
function isPath(given: string): boolean {
  return given.includes("/") || given.endsWith(".ko");
}

function readModule(file: string): Uint8Array {
  try {
    return readRegularFile(file);
  } catch (error) {
    const { message, code } = error as KpiError;
    throw new KpiError(`insmod: ERROR: could not load module ${file}: ${message}`, 1, code);
  }
}

const insmodRefusal = (file: string): string => `insmod: ERROR: could not insert module ${file}`;

function parse(bytes: Uint8Array, refusal: string): WasmObject {
  try {
    return readObject(bytes);
  } catch (error) {
    if (!(error instanceof ObjectError)) throw error;
    throw new KpiError(`${refusal}: Invalid module format: ${error.message}`);
  }
}

/** Says of a missing name that is a macro in Linux which header the module should have included. */
function withMacro(name: string): string {
  const macro = MACROS.find((row) => row.name === name);
  return macro ? `${name} (a macro of ${macro.header})` : name;
}
