// Reads what `clang -Xclang -ast-dump` prints, for one thing: expressions in which a function, or a pointer to one, is
// cast to a pointer to a function of another type, directly or by way of void * or an integer.

import { isFunctionType, isUnprototyped, wasmSignature } from "./signature.ts";

export interface FunctionCast {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The function, where the expression names one. */
  readonly name?: string;
  /** What it is, and what it is called as: C types. */
  readonly from: string;
  readonly to: string;
}

interface Node {
  readonly depth: number;
  readonly kind: string;
  /** With typedefs resolved. */
  readonly type: string;
  readonly isFunction: boolean;
  /** Which child of its parent it is. */
  readonly index: number;
  children: number;
}

/** A node's line: its place in the tree, its kind, then what else stands there. */
const NODE = /^([ |`-]*)(\w+) 0x[0-9a-f]+ (.*)$/;
const RANGE = /^(?:(?:parent|prev) 0x[0-9a-f]+ )*<((?:[^<>]|<[^<>]*>)*)> ?(.*)$/;
/** One of: FILE:LINE:COLUMN, line:LINE:COLUMN, col:COLUMN; what is as before is left out. */
const PLACE = /^(?:col:(\d+)|line:(\d+):(\d+)|(<[^<>]*>|[^<>,']+?):(\d+):(\d+))(?= |,|$)/;
const TYPED = /^'([^']*)'(?::'([^']*)')?(.*)$/;
const TYPEDEF = /(\w+) '([^']*)'(?::'([^']*)')?$/;

/** What passes on the value of its operand, and the function below a * or & on the way. */
const CASTS = new Set(["ImplicitCastExpr", "CStyleCastExpr"]);
const PASSING = new Set(["ParenExpr", "ConditionalOperator", "UnaryOperator", ...CASTS]);

export class CastReader {
  readonly casts: FunctionCast[] = [];
  readonly #typedefs = new Map<string, string>();
  readonly #types = new Map<string, boolean>();
  readonly #open: Node[] = [];
  #file = "";
  #line = 0;
  #column = 0;

  /** Reads one line of the dump. */
  read(text: string): void {
    const [, indent, kind, rest] = NODE.exec(text) ?? [];
    if (kind === undefined) return;
    const [, range, after] = RANGE.exec(rest!) ?? [];
    if (range === undefined) return;
    const depth = indent!.length;
    while (this.#open.length > 0 && this.#open.at(-1)!.depth >= depth) this.#open.pop();
    // Every place that is printed counts for what later ones leave out.
    let start: [string, number, number] | undefined;
    for (const place of range.split(", ")) {
      this.#moveTo(place);
      start ??= [this.#file, this.#line, this.#column];
    }
    this.#moveTo(after!);
    if (kind === "TypedefDecl") this.#typedef(after!);
    const parent = this.#open.at(-1);
    const [, sugared, plain, tail] = TYPED.exec(after!) ?? [];
    const type = plain ?? sugared ?? "";
    const isFunction = kind.endsWith("Expr") || kind.endsWith("Operator") ? this.#isFunction(type) : false;
    const node: Node = { depth, kind, type, isFunction, index: parent ? parent.children++ : 0, children: 0 };
    this.#open.push(node);
    if (isFunction && !PASSING.has(kind)) this.#follow(node, start!, /Function 0x[0-9a-f]+ '(\w+)'/.exec(tail!)?.[1]);
  }

  #moveTo(text: string): void {
    const [, column, line, lineColumn, file, fileLine, fileColumn] = PLACE.exec(text) ?? [];
    if (file !== undefined) this.#file = file;
    if (line !== undefined || fileLine !== undefined) this.#line = Number(line ?? fileLine);
    const found = column ?? lineColumn ?? fileColumn;
    if (found !== undefined) this.#column = Number(found);
  }

  #typedef(text: string): void {
    const [, name, sugared, plain] = TYPEDEF.exec(text) ?? [];
    if (name !== undefined) this.#typedefs.set(name, plain ?? sugared!);
  }

  #isFunction(type: string): boolean {
    let known = this.#types.get(type);
    if (known === undefined) this.#types.set(type, (known = isFunctionType(type)));
    return known;
  }

  /** From something of a function's type upwards, to the casts that make something else of it. */
  #follow(origin: Node, [file, line, column]: [string, number, number], name: string | undefined): void {
    let inner = origin;
    let from = origin.type;
    for (const outer of this.#open.slice(0, -1).reverse()) {
      if (!PASSING.has(outer.kind) || (outer.kind === "ConditionalOperator" && inner.index === 0)) return;
      if (outer.kind === "UnaryOperator" && !outer.isFunction) return;
      inner = outer;
      if (!outer.isFunction || isUnprototyped(outer.type)) continue;
      const [is, as] = [from, outer.type].map((type) => wasmSignature(type, this.#typedefs));
      if (is !== null && as !== null && is !== as) {
        this.casts.push({ file, line, column, ...(name && { name }), from, to: outer.type });
      }
      from = outer.type;
    }
  }
}
