// Links drivers to the core at image time: each gets its memory and table slots once and for all, where the loader of a
// running board (host/loader/module.ts) takes them from the core's allocators.

import { sizeof_page } from "../../assembly/abi/const/mm.ts";
import { IOMMU_TABLE, PERCPU_BASE, SMALL_RAM } from "../../assembly/arch/wasm/memory.ts";
import { KpiError } from "../../host/error.ts";
import { readCoreImage } from "../../host/machine/core-image.ts";
import { Core } from "../../host/machine/core.ts";
import { MODULE_SLOTS } from "../../host/machine/boot-block.ts";
import { checkRights, checkStamp, checkVersion, type Inherited, type Refuse } from "../../host/loader/checks.ts";
import { dropDebugCalls } from "../../host/loader/debug-calls.ts";
import { exportsOf, isGplCompatible, type ModuleExport } from "../../host/loader/exports.ts";
import { addressTaken, link } from "../../host/loader/link.ts";
import { ModInfo, moduleName } from "../../host/loader/modinfo.ts";
import { SYMBOL_DATA, SYMBOL_FUNCTION, type ObjectSymbol, type WasmObject } from "../../host/loader/object.ts";
import { isPerCpu } from "../../host/loader/module.ts";
import { ModuleRecord } from "../../host/loader/module-record.ts";
import { LINKER_NAMES, SymbolTable, wantedNames, type SymbolProvider } from "../../host/loader/symbols.ts";
import { readModule } from "../../host/loader/read-module.ts";
import { writeImage } from "../../host/loader/writer.ts";
import type { CoreSymbol } from "../../host/machine/core.ts";
import { nonZero, type DataSegment } from "./data.ts";
import { taints } from "../../host/loader/taints.ts";

const PAGE = 4096;

/** What wasm-merge calls the core. */
export const CORE = "core";

export interface Driver {
  name: string;
  file: string;
  /** Arguments as insmod takes them. */
  args: string;
}

/** A driver, linked. */
export interface LinkedDriver {
  name: string;
  wasm: Uint8Array;
  /** Address of its ModuleImage, kpi_insmod's argument. */
  record: number;
  /** Its part of memory. */
  base: number;
  bytes: number;
}

/** What the names of a driver's functions begin with, as those of the core's do with their files' paths. */
export const pathOf = (driver: string): string => `${driver}/`;

export interface LinkedImage {
  core: Uint8Array;
  drivers: LinkedDriver[];
  /** The drivers' part of memory as it is at first, where it is not zero. */
  data: DataSegment[];
  /** Core functions by the table slot that they got beyond the core's own. */
  slots: Map<number, string>;
  /** How many slots the table needs. */
  tableSize: number;
  /** Slots of the core's functions that the firmware has tasks run. */
  entry(name: string): number;
  /** A page of memory that is the firmware's. */
  scratch: number;
  /** Where the arena begins. */
  arena: number;
  /** Bytes of memory without which the core cannot boot. */
  least: number;
}

const coreTable = (): WebAssembly.Table => new WebAssembly.Table({ initial: MODULE_SLOTS, element: "anyfunc" });

/** Instantiates the core for its symbols: nothing in it runs but what sets constants. */
function openCore(bytes: Uint8Array<ArrayBuffer>, table: WebAssembly.Table): Core {
  const module = new WebAssembly.Module(bytes);
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = { env: {}, host: {} };
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind === "function") imports[from]![name] = () => 0;
  }
  imports.env = {
    memory: new WebAssembly.Memory({ initial: 32, maximum: 8192, shared: true }),
    table,
    __stack_pointer: new WebAssembly.Global({ value: "i32", mutable: true }, 0),
  };
  return new Core(module, imports, table);
}

/** The stamp of a core's struct layouts: modules of another are refused. */
export function layoutStamp(coreFile: string): string {
  return openCore(readCoreImage(coreFile), coreTable()).abiStamp;
}

class PlacedDriver implements SymbolProvider {
  readonly name: string;
  readonly object: WasmObject;
  readonly info: ModInfo;
  readonly uses = new Set<PlacedDriver>();
  base = 0;
  size = 0;
  segments: number[] = [];
  /** Slots by function index. */
  readonly slots = new Map<number, number>();
  inherited: Inherited | undefined;
  readonly #exports: Map<string, ModuleExport>;
  /** Gives slots out, one after the other. */
  readonly #takeSlot: () => number;

  constructor(name: string, object: WasmObject, info: ModInfo, takeSlot: () => number) {
    this.name = name;
    this.object = object;
    this.info = info;
    this.#takeSlot = takeSlot;
    this.#exports = new Map(exportsOf(object).map((entry) => [entry.name, entry]));
  }

  get proprietary(): boolean {
    return this.inherited !== undefined || !isGplCompatible(this.info);
  }

  own(name: string, kind: number): ObjectSymbol | undefined {
    return this.object.symbols.find((s) => s.name === name && s.kind === kind && !s.undefined);
  }

  address(name: string): number {
    const symbol = this.own(name, SYMBOL_DATA);
    if (!symbol) throw new KpiError(`${this.name} has no ${name}; build it with: kpi build`);
    return this.segments[symbol.index]! + symbol.offset;
  }

  symbol(name: string): CoreSymbol | undefined {
    if (!this.#exports.has(name)) return undefined;
    const symbol = this.own(name, SYMBOL_DATA);
    if (symbol) return { kind: "data", address: this.address(name) };
    return this.own(name, SYMBOL_FUNCTION) && { kind: "function", value: () => {} };
  }

  exported(name: string): ModuleExport | undefined {
    return this.#exports.get(name);
  }

  slot(name: string): number {
    return this.slotOf(this.own(name, SYMBOL_FUNCTION)!.index);
  }

  slotOf(index: number): number {
    const known = this.slots.get(index);
    if (known !== undefined) return known;
    const slot = this.#takeSlot();
    this.slots.set(index, slot);
    return slot;
  }

  segment(name: string): { address: number; size: number } {
    const index = this.object.segments.findIndex((segment) => segment.name === name);
    return index < 0
      ? { address: 0, size: 0 }
      : { address: this.segments[index]!, size: this.object.segments[index]!.bytes.length };
  }
}

const align = (value: number, to: number): number => Math.ceil(value / to) * to;

/** Where the segments lie, and the record for kpi_insmod with its texts behind them; returns the end. */
function place(driver: PlacedDriver, base: number, extra: number): number {
  let at = base;
  driver.base = base;
  driver.segments = driver.object.segments.map((segment) => {
    at = align(at, segment.align);
    const address = at;
    at += segment.bytes.length;
    // A board with an image has one CPU: what lies here is its copy.
    return isPerCpu(segment) ? PERCPU_BASE + address : address;
  });
  driver.size = Math.max(PAGE, align(at - base, PAGE));
  return align(base + driver.size + extra, 16);
}

/** What kpi_insmod is told of a driver, with its texts behind it. */
function record(driver: PlacedDriver, args: string, at: number): DataSegment {
  const { info, inherited } = driver;
  const owner = inherited?.from as PlacedDriver | undefined;
  const told = new ModuleRecord({
    place: [driver.address("__this_module"), driver.base, driver.size, driver.object.code.length],
    params: driver.segment("__param"),
    args,
    taints: taints(info),
    info,
    inherits: owner && { mod: owner.address("__this_module"), symbol: inherited!.symbol },
    uses: [...driver.uses].map((used) => used.address("__this_module")),
    suites: driver.segment(".kunit_test_suites"),
    sites: { first: 0, count: 0 },
  });
  const words = Uint32Array.from(told.words(at, at + told.bytes));
  return { address: at, bytes: Buffer.concat([Buffer.from(words.buffer), told.texts]) };
}

/** As long as a record gets at most, before anything has its place; a driver uses others of the image. */
function recordBytes({ info, inherited }: PlacedDriver, args: string, drivers: number): number {
  const nowhere = { address: 0, size: 0 };
  const told = new ModuleRecord({
    place: [0, 0, 0, 0],
    params: nowhere,
    args,
    taints: 0,
    info,
    inherits: inherited && { mod: 0, symbol: inherited.symbol },
    uses: Array.from({ length: drivers }, () => 0),
    suites: nowhere,
    sites: { first: 0, count: 0 },
  });
  return told.bytes + told.texts.length;
}

function checked(driver: PlacedDriver, core: Core, symbols: SymbolTable, file: string): Inherited | undefined {
  const refuse: Refuse = (why) => {
    throw new KpiError(`${file}: ${why}`);
  };
  checkStamp(driver.info, core.abiStamp, refuse);
  checkVersion(driver.info, refuse);
  const wanted = wantedNames(driver.object);
  const missing = wanted.filter(({ name, weak }) => !weak && !LINKER_NAMES.has(name) && !symbols.find(name));
  if (missing.length > 0) refuse(`Unknown symbol in module: ${missing.map(({ name }) => name).join(", ")}`);
  return checkRights(
    driver.info,
    wanted.map(({ name }) => name),
    symbols,
    refuse,
  );
}

/** Where the drivers' data begins, and the arena behind it: behind the core's data, and behind the words of the IOMMU's
 *  table that this much RAM needs, if they lie there and leave no room. */
function findRoom(core: Core, bytes: number, ramBytes: number): { low: number; arena: number } {
  const end = core.exports.kpi_core_end();
  if (end > IOMMU_TABLE) throw new KpiError("the core's data does not fit its memory map");
  const low = align(end, PAGE);
  if (ramBytes < SMALL_RAM) return { low, arena: low + bytes };
  const tableEnd = align(IOMMU_TABLE + (ramBytes / PAGE) * 4, PAGE);
  if (low + bytes <= IOMMU_TABLE) return { low, arena: tableEnd };
  return { low: tableEnd, arena: tableEnd + bytes };
}

/** Pages of the arena that the core's allocators take before they get what it does not use of its static areas. */
const FIRST_PAGES = 2;

/** The least memory that has an arena with room for its page array, and for what boots first. */
function leastMemory(arena: number): number {
  const needed = (bytes: number): number => arena + align((bytes / PAGE) * sizeof_page, PAGE) + FIRST_PAGES * PAGE;
  let bytes = arena;
  while (bytes < needed(bytes)) bytes = needed(bytes);
  return bytes;
}

/** Links `drivers`, in the order in which they shall be loaded. */
export function linkImage(coreFile: string, drivers: readonly Driver[], ramBytes: number): LinkedImage {
  const coreBytes = readCoreImage(coreFile);
  const table = coreTable();
  const core = openCore(coreBytes, table);
  const slots = new Map<number, string>();
  core.onSlot = (name, slot) => slots.set(slot, name);
  const symbols = new SymbolTable(core);
  let next = MODULE_SLOTS;
  const placed: PlacedDriver[] = [];
  for (const { name, file } of drivers) {
    const object = readModule(file);
    const driver = new PlacedDriver(moduleName(name), object, ModInfo.of(object), () => next++);
    driver.inherited = checked(driver, core, symbols, file);
    symbols.add(driver);
    placed.push(driver);
  }
  let size = 0;
  placed.forEach(
    (driver, i) => (size = place(driver, align(size, PAGE), recordBytes(driver, drivers[i]!.args, drivers.length))),
  );
  // A page for the firmware comes first.
  const { low: scratch, arena } = findRoom(core, PAGE + align(size, PAGE), ramBytes);
  const data: DataSegment[] = [];
  let at = scratch + PAGE;
  const linked = placed.map((driver, i): LinkedDriver => {
    const end = place(driver, align(at, PAGE), recordBytes(driver, drivers[i]!.args, drivers.length));
    const out = linkDriver(driver, symbols, data);
    const recordAt = driver.base + driver.size;
    data.push(record(driver, drivers[i]!.args, recordAt));
    at = end;
    return { name: driver.name, wasm: out, record: recordAt, base: driver.base, bytes: end - driver.base };
  });
  return {
    core: coreBytes,
    drivers: linked,
    data: data.flatMap(nonZero),
    slots,
    get tableSize() {
      return next;
    },
    entry: (name) => core.slot(name),
    scratch,
    arena,
    least: leastMemory(arena),
  };
}

function linkDriver(driver: PlacedDriver, symbols: SymbolTable, data: DataSegment[]): Uint8Array {
  const { object } = driver;
  const imported = object.imports.filter((entry) => entry.kind === "function").length;
  const elements: number[] = [];
  let tableBase = 0;
  for (const index of addressTaken(object)) {
    const symbol = object.symbols[index];
    if (symbol?.kind !== SYMBOL_FUNCTION || symbol.undefined || elements.includes(symbol.index)) continue;
    const slot = driver.slotOf(symbol.index);
    tableBase ||= slot;
    elements.push(symbol.index);
  }
  const find = (name: string): ReturnType<SymbolTable["find"]> => {
    const found = symbols.find(name);
    if (found?.provider) driver.uses.add(found.provider as PlacedDriver);
    return found;
  };
  const { code, segments } = link(object, {
    segments: driver.segments,
    dataAddress: (symbol) => {
      const found = find(symbol.name)?.symbol;
      return found?.kind === "data" ? found.address : 0;
    },
    tableSlot: (symbol) => {
      if (!symbol.undefined) return driver.slotOf(symbol.index);
      return find(symbol.name) ? symbols.slot(symbol.name) : 0;
    },
  });
  dropDebugCalls(object, code);
  segments.forEach((bytes, i) => {
    const address = driver.segments[i]!;
    data.push({ address: isPerCpu(object.segments[i]!) ? address - PERCPU_BASE : address, bytes });
  });
  const exports = new Map<string, number>();
  for (const { kind, name, index, undefined: foreign } of object.symbols) {
    if (kind === SYMBOL_FUNCTION && !foreign && index >= imported && driver.exported(name)) exports.set(name, index);
  }
  const imports = object.imports.map((entry) => {
    if (entry.kind !== "function") return entry;
    const found = find(entry.name);
    return { ...entry, module: found ? (found.provider?.name ?? CORE) : "absent" };
  });
  return writeImage(
    { ...object, imports },
    { name: driver.name, path: pathOf(driver.name), code, exports, tableBase, elements },
  );
}
