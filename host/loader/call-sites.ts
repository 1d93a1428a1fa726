// Who calls the core, for the debug flavour. wasm has no return addresses to look at, and a stack trace of the engine's
// for every allocation would cost microseconds. So each call that a module makes to a function it imports goes by a
// function of its own, which notes the call's number in the CPU's block while the call lasts:
//
//   cp_open:  … call $kmalloc …   becomes   … call $site …
//   $site:    old = CALL_SITE; CALL_SITE = number; result = kmalloc(…); CALL_SITE = old
//
// The core keeps the number as Linux keeps a return address, and asks for its text by host_symbol.

import { CPU_AREA, CPU_AREA_BYTES, CPU_CALL_SITE, SITE_BASE } from "../../assembly/arch/wasm/memory.ts";
import { FUNCTION_INDEX_LEB, patchLeb } from "./link.ts";
import { SYMBOL_FUNCTION, type WasmObject } from "./object.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

const I32 = 0x7f;
const CALL = 0x10;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const I32_LOAD = 0x28;
const I32_STORE = 0x36;
const I32_CONST = 0x41;
const END = 0x0b;

/** Calls of one image of a module, by their number from its first on. */
interface Sites {
  module: string;
  object: WasmObject;
  /** Offsets of the calls in the payload of the code section. */
  offsets: Uint32Array;
}

export interface Traced {
  /** The object with the functions that note calls behind its own, and its code that calls them. */
  object: WasmObject;
  /** On CPU `cpu`: each notes its calls in its own block. */
  code(cpu: number): Uint8Array;
  /** Number of the first call, and how many there are. */
  first: number;
  count: number;
  /** Index of the first such function: stack traces leave them out. */
  helpers: number;
}

/** Offsets of the operands of direct calls of imported functions, and which function each calls. */
function importedCalls(object: WasmObject): { offset: number; callee: number }[] {
  const imported = object.imports.filter((entry) => entry.kind === "function");
  return object.codeRelocations.flatMap(({ type, offset, symbol }) => {
    const callee = object.symbols[symbol];
    const direct = type === FUNCTION_INDEX_LEB && object.code[offset - 1] === CALL;
    if (!direct || callee?.kind !== SYMBOL_FUNCTION || !callee.undefined) return [];
    // An import of a type that is not there is for the engine to refuse.
    const typed = (imported[callee.index]?.type ?? Infinity) < object.types.length;
    return typed ? [{ offset, callee: callee.index }] : [];
  });
}

function helper(callee: number, parameters: number, site: number, cpu: number): Writer {
  const block = CPU_AREA + cpu * CPU_AREA_BYTES;
  const body = new Writer().u8(1).u32(1).u8(I32);
  const access = (op: number): Writer => body.u8(op).u8(2).u32(CPU_CALL_SITE);
  body.u8(I32_CONST).s32(block);
  access(I32_LOAD).u8(LOCAL_SET).u32(parameters);
  body.u8(I32_CONST).s32(block).u8(I32_CONST).s32(site);
  access(I32_STORE);
  for (let i = 0; i < parameters; i++) body.u8(LOCAL_GET).u32(i);
  body.u8(CALL).u32(callee).u8(I32_CONST).s32(block).u8(LOCAL_GET).u32(parameters);
  return access(I32_STORE).u8(END);
}

export class CallSites {
  #ranges: { first: number; sites: Sites }[] = [];
  #next = SITE_BASE;

  /** Has every call in `code`, the linked code of `object`, noted. */
  trace(module: string, object: WasmObject, code: Uint8Array): Traced {
    const calls = importedCalls(object);
    const first = this.#next;
    this.#next += calls.length;
    const offsets = Uint32Array.from(calls, ({ offset }) => offset);
    this.#ranges.push({ first, sites: this.#known(module, object) ?? { module, object, offsets } });
    const imports = object.imports.filter((entry) => entry.kind === "function");
    const helpers = imports.length + object.functions.length;
    const types = calls.map(({ callee }) => imports[callee].type);
    const patched = code.slice();
    calls.forEach(({ offset }, i) => patchLeb(patched, offset, helpers + i, false));
    const reader = new Reader(patched);
    const count = new Writer().u32(reader.u32() + calls.length);
    return {
      object: { ...object, functions: [...object.functions, ...types] },
      code: (cpu) => {
        const bodies = new Writer();
        calls.forEach(({ callee }, i) => {
          const body = helper(callee, object.types[types[i]].params.length, first + i, cpu);
          bodies.u32(body.bytes.length).append(body);
        });
        return Buffer.concat([
          Uint8Array.from(count.bytes),
          patched.subarray(reader.at),
          Uint8Array.from(bodies.bytes),
        ]);
      },
      first,
      count: calls.length,
      helpers,
    };
  }

  /** A module that comes and goes is remembered once. */
  #known(module: string, object: WasmObject): Sites | undefined {
    const last = this.#ranges.findLast(({ sites }) => sites.module === module)?.sites;
    return last && Buffer.compare(last.object.code, object.code) === 0 ? last : undefined;
  }

  /** "cp_open+0x3c/0x1f0 [8139cp]" for the number of a call. */
  nameOf(site: number): string | undefined {
    if (site < SITE_BASE || site >= this.#next) return undefined;
    const { first, sites } = this.#ranges.findLast((range) => range.first <= site)!;
    return placeOf(sites, sites.offsets[site - first] - 1);
  }
}

/** Functions as the relocatable object has them, so as stack traces count too. */
function placeOf({ module, object }: Sites, at: number): string {
  const imported = object.imports.filter((entry) => entry.kind === "function").length;
  const code = new Reader(object.code);
  let place = "";
  let index = imported;
  code.vector((body) => {
    const size = body.u32();
    const start = body.at;
    body.take(size);
    if (at >= start && at < body.at) {
      const symbols = object.symbols.filter((s) => s.kind === SYMBOL_FUNCTION && !s.undefined && s.index === index);
      const name = (symbols.find((s) => s.name !== "init_module" && s.name !== "cleanup_module") ?? symbols[0])?.name;
      place = `${name ?? `wasm-function[${index}]`}+0x${(at - start).toString(16)}/0x${size.toString(16)} [${module}]`;
    }
    index++;
  });
  return place;
}
