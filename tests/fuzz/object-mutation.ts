// Mutations of an object's tree (object-tree.ts). One is a path to a node and what becomes of it, as plain data.

import { bytes, encode, name, type Node } from "./object-tree.ts";
import { NAMES, type Random } from "../random.ts";

export interface Mutation {
  /** Which child at each level. */
  readonly path: readonly number[];
  readonly how: string;
  /** What `how` needs: numbers drawn when the case was made. */
  readonly a: number;
  readonly b: number;
}

const MODINFO = [
  "name=__proto__",
  "name=",
  "name=a b",
  `name=${"x".repeat(60)}`,
  "name=\u001b[31m",
  "depends=mii",
  "depends=m,m,m",
  "depends=../x",
  "depends=__proto__",
  "license=",
  "license=GPL",
  "kpi_abi=",
  "kpi_abi=0000000000000000",
  "vermagic=",
  "parmtype=a:int",
  "parm=:",
  "alias=pci:v*",
  "alias=(",
  "import_ns=X",
  "=",
  "intree=Y",
  "\u0000",
  "é=é",
];

const OF_KIND: Record<Node["kind"], readonly string[]> = {
  number: ["set", "set", "add", "add", "overlong"],
  bytes: ["flip", "flip", "byte", "set32", "cut", "extend", "name", "modinfo", "fill"],
  list: ["drop", "double", "swap", "empty", "many"],
  counted: ["claim", "drop", "double", "swap", "empty", "many"],
  sized: ["claim", "claim", "empty", "name", "modinfo"],
};

/** Chooses a place, each section as likely as the others, mostly deep inside, and something to do to it. `sections`:
 *  only in those that it is true for. */
export function mutation(random: Random, root: Node, sections?: (id: number, section: Node) => boolean): Mutation {
  const path: number[] = [];
  let node = root;
  while (node.kind !== "number" && node.kind !== "bytes" && node.items.length > 0 && !random.once(20)) {
    let index = random.below(node.items.length);
    // What has parts is where the rest of the file is.
    if (!("items" in node.items[index]!) && !random.once(4)) index = random.below(node.items.length);
    // The file's first bytes are not worth more than a case in some hundred.
    if (path.length === 0 && index === 0 && !random.once(20)) continue;
    if (path.length === 0 && sections) {
      index = random.pick(node.items.flatMap((item, i) => (i > 0 && sections(encode(item)[0]!, item) ? [i] : [])));
    }
    path.push(index);
    node = node.items[index]!;
  }
  return { path, how: random.pick(OF_KIND[node.kind]), a: random.number(), b: random.u32() };
}

/** How many copies `many` makes: enough to find what takes too long, few enough to be quick. */
const MANY = 300;
/** And of how many bytes at most: copies may be made of copies. */
const MANY_BYTES = 1 << 18;

function change(node: Node, { how, a, b }: Mutation): Node {
  if (how === "name")
    return node.kind === "sized" ? name(NAMES[b % NAMES.length]!) : bytes(Buffer.from(NAMES[b % NAMES.length]!));
  if (how === "modinfo") return bytes(Buffer.from(`${MODINFO[b % MODINFO.length]}\0`));
  if (how === "claim" && node.kind !== "number" && node.kind !== "bytes") return { ...node, claim: a };
  if (node.kind === "number") return changeNumber(node, how, a, b);
  if (node.kind === "bytes") return bytes(changeBytes(node.bytes, how, a, b));
  const { items } = node;
  if (items.length === 0) return node;
  const [at, other] = [b % items.length, a % items.length];
  if (how === "drop") return { ...node, items: items.toSpliced(at, 1) };
  if (how === "double") return { ...node, items: items.toSpliced(other, 0, items[at]!) };
  if (how === "swap") return { ...node, items: items.with(at, items[other]!).with(other, items[at]!) };
  if (how === "many") {
    const copies = Math.min(MANY, Math.floor(MANY_BYTES / (encode(items[at]!).length + 1)));
    return { ...node, items: [...items, ...Array<Node>(copies).fill(items[at]!)] };
  }
  return { ...node, items: [] };
}

function changeNumber(node: Node & { kind: "number" }, how: string, a: number, b: number): Node {
  const plain = { kind: "number", signed: node.signed } as const;
  if (how === "set") return { ...plain, value: a };
  if (how === "add") return { ...plain, value: node.value + (b % 2 ? 1 : -1) };
  // The same number in more bytes than it needs.
  const short = encode({ ...plain, value: node.value });
  const long = [...short.subarray(0, -1), short.at(-1)! | 0x80, ...Array<number>(b % 8).fill(0x80), 0];
  return { ...plain, value: node.value, bytes: Uint8Array.from(long) };
}

function changeBytes(old: Uint8Array, how: string, a: number, b: number): Uint8Array {
  if (how === "cut") return old.subarray(0, b % (old.length + 1));
  if (how === "extend") return Uint8Array.from([...old, ...Array<number>(a % 64).fill(b)]);
  if (old.length === 0) return Uint8Array.of(a);
  const copy = old.slice();
  const at = b % copy.length;
  if (how === "flip") copy[at]! ^= 1 << (a % 8);
  else if (how === "byte") copy[at] = a;
  else if (how === "fill") copy.fill(a, at);
  else for (let i = 0; i < 4; i++) if (at + i < copy.length) copy[at + i] = a >>> (8 * i);
  return copy;
}

/** A place that an earlier mutation took away stays as it is. */
export function mutate(node: Node, step: Mutation, depth = 0): Node {
  if (depth === step.path.length) return change(node, step);
  if (node.kind === "number" || node.kind === "bytes") return node;
  const index = step.path[depth]!;
  const child = node.items[index];
  if (!child) return node;
  return { ...node, items: node.items.with(index, mutate(child, step, depth + 1)) };
}
