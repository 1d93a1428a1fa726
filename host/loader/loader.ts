// insmod and rmmod as the host does them: checks, dependencies, placement; the core runs init and exit.

import { dirname } from "node:path";
import { KpiError } from "../error.ts";
import { errorName, errorText } from "../errno.ts";
import { TaskKilled } from "../machine/faults.ts";
import type { Machine } from "../machine/machine.ts";
import { MACROS } from "../symbols/macros.ts";
import { ModInfo, moduleName } from "./modinfo.ts";
import { Module } from "./module.ts";
import { readModuleFile } from "./module-file.ts";
import { SYMBOL_DATA, readObject, type WasmObject } from "./object.ts";
import { ObjectError } from "./reader.ts";
import { ModuleStore } from "./store.ts";
import { LINKER_NAMES, SymbolTable, exportedNames, wantedNames } from "./symbols.ts";

/** How many unloaded modules keep their memory out of use, so that a stale pointer finds its own ruins. */
const QUARANTINE = 8;

const TAINT_PROPRIETARY_MODULE = 0;
const TAINT_OOT_MODULE = 12;
const GPL_COMPATIBLE = new Set(["GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"]);

/** How many missing symbols one message names: more than any driver lacks, and less than nobody would scroll through. */
const NAMED = 256;

/** What Linux takes for one: a file's name, less than MODULE_NAME_LEN. */
const MODULE_NAME = /^\w{1,55}$/;

export class ModuleLoader {
  readonly symbols: SymbolTable;
  readonly store: ModuleStore;
  readonly modules = new Map<string, Module>();
  /** Called when a module's init has succeeded, and when the module is gone. */
  onChange: (module: Module, loaded: boolean) => void = () => {};
  #machine: Machine;
  #quarantine: Module[] = [];

  constructor(machine: Machine, store: ModuleStore) {
    this.#machine = machine;
    this.store = store;
    this.symbols = new SymbolTable(machine.core);
    machine.addNames((slot) => {
      for (const module of this.modules.values()) {
        const name = module.nameOfSlot(slot);
        if (name) return name;
      }
      return undefined;
    });
  }

  /** modprobe: loads what `name` depends on, then `name`; a module that is loaded already is left alone. */
  async modprobe(name: string, args = ""): Promise<Module> {
    const stores = isPath(name) ? [new ModuleStore(dirname(name)), this.store] : [this.store];
    return this.#modprobe(isPath(name) ? name : moduleName(name), args, stores, []);
  }

  /** What a file depends on is looked for beside it first. */
  async #modprobe(name: string, args: string, stores: ModuleStore[], askedBy: string[]): Promise<Module> {
    const loaded = this.modules.get(moduleName(name));
    if (loaded) return loaded;
    const chain = [...askedBy, name];
    if (askedBy.includes(name)) throw new KpiError(`modprobe: FATAL: modules depend on each other: ${chain.join(" ")}`);
    const [file] = isPath(name) ? [name] : stores.flatMap((store) => store.find(name) ?? []);
    if (!file) {
      const by = askedBy.length > 0 ? ` (${askedBy.at(-1)} depends on it)` : "";
      const where = `not found in ${this.store.folder}${by}; build it with: kpi build`;
      throw new KpiError(`modprobe: FATAL: Module ${name} ${where}`, 1, "ENOENT");
    }
    const bytes = readModule(file);
    const refusal = isPath(name) ? insmodRefusal(file) : `modprobe: ERROR: could not insert '${name}'`;
    const info = ModInfo.of(parse(bytes, refusal));
    for (const dependency of info.depends) await this.#modprobe(moduleName(dependency), "", stores, chain);
    return this.load(file, bytes, args, refusal);
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
    const missing = this.missing(object);
    if (missing.length > 0) {
      const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : "";
      const named = missing.slice(0, NAMED).map(withMacro).join(", ");
      refuse(`Unknown symbol in module: ${named}${more}; try: kpi missing ${file}`, "ENOENT");
    }
    const module = new Module(this.#machine, name, object, info);
    if (!object.symbols.some((s) => s.name === "__this_module" && s.kind === SYMBOL_DATA && !s.undefined)) {
      refuse("it has no __this_module; build it with: kpi build");
    }
    for (const symbol of exportedNames(object)) {
      const owner = this.symbols.find(symbol);
      if (owner) refuse(`exports duplicate symbol ${symbol} (owned by ${owner.provider?.name ?? "kernel"})`);
    }
    try {
      module.place(this.symbols);
    } catch (error) {
      if (error instanceof ObjectError) refuse(`Invalid module format: ${error.message}`);
      if (error instanceof KpiError) refuse(error.message);
      throw error;
    }
    this.symbols.add(module);
    this.modules.set(name, module);
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
    const uses = [...module.uses].map((used) => (used as Module).address("__this_module")!);
    const params = module.segment("__param");
    // ModuleImage (assembly/kernel/module/load.ts), then the array of used modules, then the arguments for as long as
    // the module lives: charp parameters point into them.
    const text = Buffer.from(`${args}\0`);
    const words = IMAGE_WORDS + uses.length;
    const argsAt = machine.hostCall((core) => core.__kmalloc(text.length, GFP_KERNEL)) >>> 0;
    const image = machine.hostCall((core) => core.__kmalloc(words * 4, GFP_KERNEL)) >>> 0;
    if (argsAt === 0 || image === 0) {
      for (const address of [argsAt, image]) machine.hostCall((core) => core.kfree(address));
      this.#forget(module);
      throw new KpiError(`no memory to load ${module.name}; raise --mem`);
    }
    machine.text.bytes.set(text, argsAt);
    module.own(argsAt);
    const mod = module.address("__this_module")!;
    const code = module.object.code.length;
    const own = [mod, module.base, module.size, code, params.address, params.size, argsAt, taints(module.info)];
    const record = [...own, image + 4 * IMAGE_WORDS, uses.length, ...uses];
    record.forEach((word, i) => machine.words.setU32(image + 4 * i, word));
    try {
      return await machine.callExport("kpi_insmod", [image]);
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

/** Ends with a KpiError that begins as insmod's or rmmod's messages do; `code`: the error's name. */
type Refuse = (why: string, code?: string) => never;

/** Words of a ModuleImage. */
const IMAGE_WORDS = 10;
const GFP_KERNEL = 0xcc0;

/** Whether a module is given by its file, not by its name. */
function isPath(given: string): boolean {
  return given.includes("/") || given.endsWith(".ko");
}

function readModule(file: string): Uint8Array {
  try {
    return readModuleFile(file);
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

function checkStamp(info: ModInfo, stamp: string, refuse: Refuse): void {
  const own = info.get("kpi_abi");
  if (own === undefined || !/^[0-9a-f]{16}$/.test(own)) return refuse("it has no layout stamp (kpi_abi); build it with: kpi build");
  if (own !== stamp) {
    refuse(`its struct layouts (kpi_abi ${own}) are not the core's (${stamp}); build module and core from the same tree: kpi build`);
  }
}

/** Says of a missing name that is a macro in Linux which header the module should have included. */
function withMacro(name: string): string {
  const macro = MACROS.find((row) => row.name === name);
  return macro ? `${name} (a macro of ${macro.header})` : name;
}

function taints(info: ModInfo): number {
  const free = info.all("license").some((license) => GPL_COMPATIBLE.has(license));
  const inTree = info.get("intree") !== undefined;
  return (free ? 0 : 1 << TAINT_PROPRIETARY_MODULE) | (inTree ? 0 : 1 << TAINT_OOT_MODULE);
}
