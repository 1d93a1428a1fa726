// Atomics of an image for one core: loads become plain ones; what reads, modifies and writes becomes a call of a function
// that does so, for no other wasm code comes between.
//
//   i32.atomic.rmw.add offset=8      becomes      i32.const 8; call $i32.atomic.rmw.add
//   i32.atomic.store                 becomes      i32.store; atomic.fence
//
// Devices and trap handlers do come between, so fences stay: nothing that is optimized, compiled or run moves an access
// across one. A driver has them where a device's memory is its own too (dma_rmb, wmb); and that the core forgets an
// interrupt (a store) has to be done before it looks for others (loads). A trap handler writes words that wasm code only
// reads, or only clears.

import { ObjectError, Reader } from "../../host/loader/reader.ts";
import { Writer } from "../../host/loader/writer.ts";
import { readImage } from "../build/image.ts";
import { skipInstruction } from "../build/instruction.ts";

const I32 = 0x7f;
const I64 = 0x7e;
const ATOMIC = 0xfe;
const NOTIFY = 0x00;
const WAIT32 = 0x01;
const WAIT64 = 0x02;
const FENCE = 0x03;

/** Plain loads and stores in the order of the atomic ones: i32, i64, i32 8/16, i64 8/16/32. */
const LOADS = [0x28, 0x29, 0x2d, 0x2f, 0x31, 0x33, 0x35];
const STORES = [0x36, 0x37, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e];
const ALIGN = [2, 3, 0, 1, 0, 1, 2];
const isWide = (width: number): boolean => width === 1 || width > 3;
const FIRST_LOAD = 0x10;
const FIRST_STORE = 0x17;
const FIRST_RMW = 0x1e;
const WIDTHS = 7;
const XCHG = 5;
const CMPXCHG = 6;

/** add, sub, and, or, xor of i32 and of i64. */
const OPERATIONS = [0x6a, 0x6b, 0x71, 0x72, 0x73];
const TO_I64 = 0x7c - 0x6a;

const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const LOCAL_TEE = 0x22;
const I32_ADD = 0x6a;
const CALL = 0x10;
const I32_CONST = 0x41;
const END = 0x0b;
const DROP = 0x1a;
/** Of a memory's limits: that it has a maximum; it would be 3 if the memory were shared, too. */
const BOUNDED = 1;
/** atomic.fence; and what stands for it while the image is optimized, since binaryen takes fences for nothing: a
 *  memory.atomic.notify of whoever waits at 0. */
const KEPT_FENCE = [ATOMIC, FENCE, 0];
const MARK = [I32_CONST, 0, I32_CONST, 0, ATOMIC, NOTIFY, 2, 0, DROP];

/** (address, value [, replacement], offset) -> what was there. */
function rmwBody(operation: number, width: number): Writer {
  const wide = isWide(width);
  const args = operation === CMPXCHG ? 3 : 2;
  const old = args + 1;
  const body = new Writer()
    .u32(1)
    .u32(1)
    .u8(wide ? I64 : I32);
  const access = (op: number): Writer => body.u8(op).u8(ALIGN[width]!).u32(0);
  body.u8(LOCAL_GET).u32(0).u8(LOCAL_GET).u32(args).u8(I32_ADD).u8(LOCAL_TEE).u32(0);
  access(LOADS[width]!).u8(LOCAL_SET).u32(old);
  if (operation === CMPXCHG) {
    // if (old == expected, cut to the width) store
    body.u8(LOCAL_GET).u32(old).u8(LOCAL_GET).u32(1);
    const bits = 8 << ALIGN[width]!;
    if (bits < (wide ? 64 : 32)) {
      body.u8(wide ? 0x42 : I32_CONST);
      if (bits === 32) body.raw([0xff, 0xff, 0xff, 0xff, 0x0f]);
      else body.s32(2 ** bits - 1);
      body.u8(wide ? 0x83 : 0x71);
    }
    body
      .u8(wide ? 0x51 : 0x46)
      .u8(0x04)
      .u8(0x40);
    body.u8(LOCAL_GET).u32(0).u8(LOCAL_GET).u32(2);
    access(STORES[width]!).u8(END);
  } else {
    body.u8(LOCAL_GET).u32(0);
    if (operation === XCHG) body.u8(LOCAL_GET).u32(1);
    else
      body
        .u8(LOCAL_GET)
        .u32(old)
        .u8(LOCAL_GET)
        .u32(1)
        .u8(OPERATIONS[operation]! + (wide ? TO_I64 : 0));
    access(STORES[width]!);
  }
  return body.u8(LOCAL_GET).u32(old).u8(END);
}

interface Helper {
  index: number;
  operation: number;
  width: number;
}

class Helpers {
  readonly all = new Map<number, Helper>();
  readonly #first: number;

  constructor(first: number) {
    this.#first = first;
  }

  of(code: number): Helper {
    const known = this.all.get(code);
    if (known) return known;
    const [operation, width] = [Math.floor((code - FIRST_RMW) / WIDTHS), (code - FIRST_RMW) % WIDTHS];
    const helper = { index: this.#first + this.all.size, operation, width };
    this.all.set(code, helper);
    return helper;
  }
}

function lowerBody(code: Uint8Array, helpers: Helpers): Uint8Array {
  const r = new Reader(code);
  r.vector((v) => [v.u32(), v.u8()]); // locals
  let out: Writer | undefined;
  let copied = 0;
  while (r.more) {
    const at = r.at;
    if (code[at] !== ATOMIC) {
      skipInstruction(r);
      continue;
    }
    out ??= new Writer();
    out.raw(code.subarray(copied, at));
    r.u8();
    const kind = r.u32();
    const [align, offset] = kind === FENCE ? [r.u8(), 0] : [r.u32(), r.u32()];
    if (kind === NOTIFY) {
      out.u8(DROP).u8(DROP).u8(I32_CONST).u8(0); // drop, drop: nobody waits
    } else if (kind === WAIT32 || kind === WAIT64) {
      throw new ObjectError("the image waits for another thread, and there is none");
    } else if (kind >= FIRST_LOAD && kind < FIRST_STORE) {
      out
        .u8(LOADS[kind - FIRST_LOAD]!)
        .u8(align)
        .u32(offset);
    } else if (kind >= FIRST_STORE && kind < FIRST_RMW) {
      out
        .u8(STORES[kind - FIRST_STORE]!)
        .u8(align)
        .u32(offset)
        .raw(MARK);
    } else if (kind === FENCE) {
      out.raw(MARK);
    } else {
      out.u8(I32_CONST).s32(offset).u8(CALL).u32(helpers.of(kind).index);
    }
    copied = r.at;
  }
  return out ? Uint8Array.from(out.raw(code.subarray(copied)).bytes) : code;
}

type Sections = { id: number; body: Uint8Array }[];

function sectionsOf(image: Uint8Array): Sections {
  const sections: Sections = [];
  for (const r = new Reader(image, 8); r.more;) sections.push({ id: r.u8(), body: r.take(r.u32()) });
  return sections;
}

function withSections(image: Uint8Array, sections: Sections, replaced: Readonly<Record<number, Writer>>): Uint8Array {
  const parts = sections.flatMap(({ id, body }) => {
    const bytes = replaced[id] ? Uint8Array.from(replaced[id].bytes) : body;
    return [Uint8Array.from(new Writer().u8(id).u32(bytes.length).bytes), bytes];
  });
  return new Uint8Array(Buffer.concat([image.subarray(0, 8), ...parts]));
}

const sectionOf = (sections: Sections, id: number): Reader =>
  new Reader(sections.find((one) => one.id === id)?.body ?? Uint8Array.of(0));

/** The image without atomics, but with marks where fences are to be; it may be optimized so, since its memory is shared yet.
 *  Then withFences. */
export function lowerAtomics(image: Uint8Array): Uint8Array {
  const sections = sectionsOf(image);
  const section = (id: number): Reader => sectionOf(sections, id);
  const imported = readImage(image).imports.filter(({ kind }) => kind === "function").length;
  const functions = section(3).vector((v) => v.u32());
  const types = section(1);
  const typeCount = types.u32();
  const helpers = new Helpers(imported + functions.length);
  const bodies = section(10).vector((v) => lowerBody(v.take(v.u32()), helpers));
  const added = [...helpers.all.values()];

  const typeSection = new Writer().u32(typeCount + added.length).raw(types.bytes.subarray(types.at));
  for (const { operation, width } of added) {
    const value = isWide(width) ? I64 : I32;
    const params = operation === CMPXCHG ? [I32, value, value, I32] : [I32, value, I32];
    typeSection.u8(0x60).counted(params).counted([value]);
  }
  const functionSection = new Writer();
  functionSection.vector([...functions, ...added.map((_, i) => typeCount + i)], (type) => functionSection.u32(type));
  const code = new Writer();
  code.vector([...bodies, ...added.map(({ operation, width }) => rmwBody(operation, width).bytes)], (body) =>
    code.counted(body),
  );
  return withSections(image, sections, { 1: typeSection, 3: functionSection, 10: code });
}

function fencesIn(code: Uint8Array): Uint8Array {
  const r = new Reader(code);
  r.vector((v) => [v.u32(), v.u8()]); // locals
  const out = new Writer();
  let copied = 0;
  while (r.more) {
    const at = r.at;
    skipInstruction(r);
    if (code[at] !== ATOMIC || code[at + 1] === FENCE) continue;
    const start = r.at + 1 - MARK.length;
    const mark = code.subarray(start, r.at + 1);
    if (Buffer.compare(mark, Uint8Array.from(MARK)) !== 0) throw new ObjectError("an atomic that has not been lowered");
    out.raw(code.subarray(copied, start)).raw(KEPT_FENCE);
    copied = r.at + 1;
  }
  return Uint8Array.from(out.raw(code.subarray(copied)).bytes);
}

/** What lowerAtomics made, optimized, as what the board runs: with fences, and a memory of its own. */
export function withFences(image: Uint8Array): Uint8Array {
  const sections = sectionsOf(image);
  const bodies = sectionOf(sections, 10).vector((v) => fencesIn(v.take(v.u32())));
  const code = new Writer();
  code.vector(bodies, (body) => code.counted(body));
  const memory = sectionOf(sections, 5);
  memory.take(2); // their number, and the limits of the one
  const limits = new Writer().u32(1).u8(BOUNDED).raw(memory.bytes.subarray(memory.at));
  return withSections(image, sections, { 5: limits, 10: code });
}
