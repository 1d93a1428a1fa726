// Kind WASM: the linked wasm as it is, with tables that let the firmware's interpreter run it in place
// (boards/firmware/interpreter.h). The body of the image:
//
//   struct image │ steps, data runs, names │ function table │ struct function … │ struct branch … │ module │ the drivers' data

import { KpiError } from "../../host/error.ts";
import { MODULE_SLOTS } from "../../host/machine/boot-block.ts";
import { readImage } from "../build/image.ts";
import { splitNames } from "../build/names.ts";
import type { AotOptions } from "./aot.ts";
import { HOST_FUNCTIONS } from "./host-functions.ts";
import { IMAGE_WORDS, imageHeader } from "./image-header.ts";
import { KERNEL_ENTRIES } from "./kernel-entries.ts";
import { named, type NamedFunction } from "./names.ts";
import { readCode, type WasmCode } from "./wasm-code.ts";

const FUNCTION_BYTES = 20;
const BRANCH_BYTES = 6;
const CARRIES = 0x8000;
const EMPTY_SLOT = 0xffff;
/** `code` of a branch is 16 bits. */
const REACH = 0x7fff;

const padded = (length: number): number => (length + 3) & ~3;

/** Parts that lie one behind the other, at multiples of 4. */
class Layout {
  readonly #parts: Buffer[] = [];
  at: number;

  constructor(first: number) {
    this.at = first;
  }

  add(bytes: Uint8Array): number {
    const at = this.at;
    const part = Buffer.alloc(padded(bytes.length));
    part.set(bytes);
    this.#parts.push(part);
    this.at += part.length;
    return at;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

const words = (values: readonly number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);

function branchTable({ code }: WasmCode): Buffer {
  const all = code.flatMap(({ branches }) => branches);
  const out = Buffer.alloc(all.length * BRANCH_BYTES);
  all.forEach(({ code: to, height, carries, next }, i) => {
    if (Math.abs(to) > REACH || Math.abs(next) > REACH || height >= CARRIES) {
      throw new KpiError("a function is too large for the interpreter: make an image of machine code");
    }
    out.writeInt16LE(to, i * BRANCH_BYTES);
    out.writeUInt16LE(height | (carries ? CARRIES : 0), i * BRANCH_BYTES + 2);
    out.writeInt16LE(next, i * BRANCH_BYTES + 4);
  });
  return out;
}

function functionTable(wasm: WasmCode, hosts: readonly number[], branchesAt: number, moduleAt: number): Buffer {
  const out = Buffer.alloc(wasm.functions.length * FUNCTION_BYTES);
  let branch = 0;
  wasm.functions.forEach((type, i) => {
    const code = wasm.code[i - wasm.imported];
    const { params, results } = wasm.types[type]!;
    const at = i * FUNCTION_BYTES;
    out.writeUInt32LE(code ? moduleAt + code.start : 0, at);
    out.writeUInt32LE(code ? moduleAt + code.end : 0, at + 4);
    out.writeUInt32LE(code ? branchesAt + branch * BRANCH_BYTES : hosts[i]!, at + 8);
    out.writeUInt16LE(type, at + 12);
    out.writeUInt16LE(code?.slots ?? params, at + 14);
    out.writeUInt16LE(code?.operands ?? 0, at + 16);
    out.writeUInt8(params, at + 18);
    out.writeUInt8(results, at + 19);
    branch += code?.branches.length ?? 0;
  });
  return out;
}

/** Slots of the core, then of the drivers. */
function slotTable({ table }: WasmCode): { bytes: Buffer; core: number; all: number } {
  const slots = [...table.keys()];
  const core = Math.max(...slots.filter((slot) => slot < MODULE_SLOTS)) + 1;
  const end = Math.max(MODULE_SLOTS - 1, ...slots) + 1;
  const numbers = [
    ...Array.from({ length: core }, (_, i) => i),
    ...Array.from({ length: end - MODULE_SLOTS }, (_, i) => MODULE_SLOTS + i),
  ];
  const bytes = Buffer.from(Uint16Array.from(numbers, (slot) => table.get(slot) ?? EMPTY_SLOT).buffer);
  return { bytes, core, all: numbers.length };
}

/** Of each imported function: which one of the firmware's it is. */
function hostFunctions(module: Uint8Array): number[] {
  const imports = readImage(module).imports.filter(({ kind }) => kind === "function");
  return imports.map(({ module: from, name }) => {
    const index = HOST_FUNCTIONS.indexOf(name);
    if (from !== "host" || index < 0) throw new KpiError(`the image imports ${from}.${name}, which the firmware lacks`);
    return index;
  });
}

export interface InterpretedBody {
  body: Buffer;
  functions: NamedFunction[];
}

export function interpretedBody(linked: Uint8Array, options: AotOptions): InterpretedBody {
  // Names are in the table that all kinds have.
  const { code: module } = splitNames(linked);
  const wasm = readCode(module, options.memoryBytes);
  const { functionNames } = readImage(linked);
  const own = readImage(module).data;
  const layout = new Layout(IMAGE_WORDS * 4);
  const names = options.steps.map(({ name }) => layout.add(Buffer.from(`${name}\0`)));
  const steps = layout.add(
    words(options.steps.flatMap(({ slot, argument, base, bytes }, i) => [slot, argument, names[i]!, base, bytes])),
  );
  const slots = slotTable(wasm);
  const table = layout.add(slots.bytes);
  const branches = branchTable(wasm);
  const functionsAt = layout.at;
  const branchesAt = functionsAt + wasm.functions.length * FUNCTION_BYTES;
  const runsAt = branchesAt + padded(branches.length);
  const moduleAt = runsAt + 12 * (own.length + options.data.length);
  layout.add(functionTable(wasm, hostFunctions(module), branchesAt, moduleAt));
  layout.add(branches);
  let at = moduleAt + padded(module.length);
  const runs = [
    ...own.map(({ address, bytes }) => [address, bytes.length, moduleAt + offsetIn(module, bytes)]),
    ...options.data.map(({ address, bytes }) => {
      const from = at;
      at += padded(bytes.length);
      return [address, bytes.length, from];
    }),
  ];
  layout.add(words(runs.flat()));
  layout.add(module);
  for (const { bytes } of options.data) layout.add(bytes);
  const header = imageHeader({
    memoryBytes: options.memoryBytes,
    globals: wasm.globals,
    entries: KERNEL_ENTRIES.map((name) => wasm.exports.get(name)!),
    data: [runsAt, runs.length],
    steps: [steps, options.steps.length],
    scratch: options.scratch,
    arena: options.arena,
    table: [table, slots.core, slots.all],
    functions: functionsAt,
    halts: options.halts,
    rmmod: options.rmmod,
  });
  const functions = wasm.code.map(({ start, end, branches: own }, i): NamedFunction =>
    named(
      moduleAt + start,
      end - start + FUNCTION_BYTES + own.length * BRANCH_BYTES,
      functionNames.get(wasm.imported + i) ?? `f${i}`,
    ),
  );
  return { body: Buffer.concat([header, layout.bytes]), functions };
}

/** Where a view of the module's bytes begins. */
const offsetIn = (module: Uint8Array, view: Uint8Array): number => view.byteOffset - module.byteOffset;
