// An asc transform: where the core's static data lies. asc puts every `memory.data` where the last one ended, as a
// segment of its own. Here, from asc's --memoryBase up:
//
//   base         ┌──────────────────────┐
//                │ constants            │  one segment; a text that ends another is not stored twice
//   base + room  ├──────────────────────┤
//                │ bss                  │  in no segment: memory begins as zeros
//                └──────────────────────┘
//
// And a function as a value is its table slot alone, not an object of asc's runtime that holds the slot.

import { Transform } from "assemblyscript/transform";
import { Compiler, MemorySegment } from "assemblyscript/dist/assemblyscript.js";

const { i64_new, i64_low } = /** @type {any} */ (globalThis);

/** What the constants may take. It is memory of every board, so the release flavour, which small ones have, gets no more
 *  than it needs. @param {any} options of asc */
const roomFor = (options) => (options.globalAliases?.get("KPI_DEBUG") === "0" ? 0x7000 : 0x10000);

/** The constants of one compilation. */
class Constants {
  #bytes;
  #used = 0;
  /** Every ending of every text, with the offset where it lies. @type {Map<string, number>} */
  #texts = new Map();

  /** @param {number} room */
  constructor(room) {
    this.#bytes = new Uint8Array(room);
  }

  get segmentBytes() {
    return this.#bytes;
  }

  get used() {
    return this.#used;
  }

  /** The offset of a constant. @param {Uint8Array} bytes @param {number} alignment */
  place(bytes, alignment) {
    const isText = alignment === 1 && bytes.indexOf(0) === bytes.length - 1;
    const text = isText ? Buffer.from(bytes).toString("latin1") : "";
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const at = (this.#used + alignment - 1) & -alignment;
    const room = this.#bytes.length;
    if (at + bytes.length > room) throw new Error(`the core's constants need more than ${room} bytes: raise roomFor`);
    this.#bytes.set(bytes, at);
    this.#used = at + bytes.length;
    for (let i = 0; i < text.length; i++) {
      const ending = text.slice(i);
      if (!this.#texts.has(ending)) this.#texts.set(ending, at + i);
    }
    return at;
  }
}

/** @typedef {{ base: number, room: number, constants: Constants, end: number }} Layout */
/** By the program that is compiled. @type {WeakMap<any, Layout>} */
const layouts = new WeakMap();

/** @param {any} compiler @returns {Layout} */
function layoutOf(compiler) {
  let layout = layouts.get(compiler.program);
  if (!layout) {
    const room = roomFor(compiler.options);
    layout = { base: i64_low(compiler.memoryOffset), room, constants: new Constants(room), end: 0 };
    layout.end = layout.base + room;
    layouts.set(compiler.program, layout);
    compiler.memorySegments.push(new MemorySegment(layout.constants.segmentBytes, i64_new(layout.base)));
    compiler.memoryOffset = i64_new(layout.end);
  }
  return layout;
}

/** Of a compiled program: the addresses where its constants end, and where the rest begins and ends. @param {any} program */
export function extentOf(program) {
  const { base, room, constants, end } = /** @type {Layout} */ (layouts.get(program));
  return { constants: base + constants.used, data: base + room, end };
}

/** @param {Uint8Array} bytes @this {any} */
Compiler.prototype.addAlignedMemorySegment = function (bytes, alignment = 16) {
  const layout = layoutOf(this);
  const { base, constants } = layout;
  if (bytes.some((byte) => byte !== 0)) {
    return new MemorySegment(bytes, i64_new(base + constants.place(bytes, alignment)));
  }
  const at = (i64_low(this.memoryOffset) + alignment - 1) & -alignment;
  this.memoryOffset = i64_new(at + bytes.length);
  layout.end = at + bytes.length;
  return new MemorySegment(bytes, i64_new(at));
};

/** @type {WeakMap<object, number>} */
const slots = new WeakMap();

/** Programs whose functions are slots: the core, not drivers in TypeScript. @type {WeakSet<object>} */
const slotPrograms = new WeakSet();

const ensureRuntimeFunction = Compiler.prototype.ensureRuntimeFunction;

/** @param {any} instance a function @this {any} */
Compiler.prototype.ensureRuntimeFunction = function (instance) {
  if (!slotPrograms.has(this.program)) return ensureRuntimeFunction.call(this, instance);
  let slot = slots.get(instance) ?? 0;
  if (slot === 0) {
    slot = this.options.tableBase + this.functionTable.length;
    this.functionTable.push(instance);
    slots.set(instance, slot);
  }
  return i64_new(slot);
};

export default class LayoutTransform extends Transform {
  /** `fn.index` in asc's library: `load<u32>(changetype<usize>(this), …)` becomes `changetype<usize>(this)`.
   *  @param {any} parser */
  afterParse(parser) {
    slotPrograms.add(/** @type {any} */ (this).program);
    const library = parser.sources.find((/** @type {any} */ source) => source.normalizedPath === "~lib/function.ts");
    const declaration = library.statements.find((/** @type {any} */ statement) => statement.name?.text === "Function");
    const getter = declaration.members.find((/** @type {any} */ member) => member.name.text === "index");
    const result = getter.body.statements[0];
    result.value = result.value.args[0];
  }
}
