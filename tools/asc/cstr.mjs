// An asc transform: `cstr("text")` becomes the address of a NUL-terminated UTF-8 constant, `cstr("one", "two")` that of
// several, one behind the other.
// asc's own string literals are UTF-16 objects with a header; C code and printk want bytes.
// The call is rewritten to `memory.data<u8>([…])` while it is still syntax, so nothing remains at run time.

import { Transform } from "assemblyscript/transform";
// @ts-expect-error NodeKind is declared a const enum, but asc exports its values too.
import { Node, NodeKind, IntegerLiteralExpression } from "assemblyscript/dist/assemblyscript.js";

/** @typedef {import("assemblyscript/dist/assemblyscript.js").Range} Range */

/** The constant's bytes as an AST: `memory.data<u8>([...])`. @param {string[]} texts @param {Range} range */
export function dataCall(texts, range) {
  const name = (/** @type {string} */ id) => Node.createIdentifierExpression(id, range);
  const bytes = texts.flatMap((text) => [...Buffer.from(text, "utf8"), 0]);
  const literals = bytes.map((byte) => Node.createIntegerLiteralExpression(globalThis.i64_new(byte, 0), range));
  const type = Node.createNamedType(Node.createSimpleTypeName("u8", range), [], false, range);
  return {
    callee: Node.createPropertyAccessExpression(name("memory"), name("data"), range),
    typeArguments: [type],
    args: [Node.createArrayLiteralExpression(literals, range)],
  };
}

/** @param {any} node a call */
function rewrite(node) {
  const isText = (/** @type {any} */ arg) => arg.literalKind !== undefined && typeof arg.value === "string";
  if (node.args.length === 0 || !node.args.every(isText)) {
    throw new Error(`cstr() takes string literals (${node.range.source.normalizedPath})`);
  }
  const texts = node.args.map((/** @type {any} */ arg) => arg.value);
  const call = dataCall(texts, node.range);
  node.expression = call.callee;
  node.typeArguments = call.typeArguments;
  node.args = call.args;
}

const isCall = (/** @type {any} */ node, /** @type {string[]} */ names) =>
  node.kind === NodeKind.Call && node.expression.kind === NodeKind.Identifier && names.includes(node.expression.text);

/** Functions that print texts in debug only: `BUG(cstr("text"))` becomes `BUG(0)` in release. */
const REPORTS = ["BUG", "WARN", "corrupt", "dma_complain"];

/** @param {any} node a call of a report, in release */
function dropTexts(node) {
  node.args = node.args.map((/** @type {any} */ arg) =>
    isCall(arg, ["cstr"]) ? Node.createIntegerLiteralExpression(globalThis.i64_new(0, 0), arg.range) : arg,
  );
}

/** Visits every AST node below `node`; the AST is a tree but for `range`, `parent` and back references to sources.
 *  @param {any} node @param {boolean} debug */
function walk(node, debug) {
  if (Array.isArray(node)) {
    for (const child of node) walk(child, debug);
    return;
  }
  if (!node || typeof node !== "object") return;
  if (!debug && isCall(node, REPORTS)) dropTexts(node);
  if (isCall(node, ["cstr"])) {
    rewrite(node);
    return;
  }
  for (const key of Object.keys(node)) {
    if (key !== "range" && key !== "parent" && key !== "source" && key !== "debugInfoRef") walk(node[key], debug);
  }
}

export default class CstrTransform extends Transform {
  /** @param {import("assemblyscript/dist/assemblyscript.js").Parser} parser */
  afterParse(parser) {
    const { program } = /** @type {any} */ (this);
    const debug = program.options.globalAliases?.get("KPI_DEBUG") !== "0";
    for (const source of parser.sources) {
      if (source.text.includes("cstr(")) walk(source.statements, debug);
    }
  }
}
