// A relocatable object as a tree of its numbers, names and lists, so that a mutation can lie in any structure and leave
// the rest a valid file: counts and sizes follow what they count, unless it is they that lie.
//
// Nodes never change; a mutation makes new ones on the way to the root, and what did not change keeps its bytes.

import { Reader } from "../../host/loader/reader.ts";
import { Writer } from "../../host/loader/writer.ts";

export type Node =
  /** A LEB128; `bytes` when it is written in another way than the shortest. */
  | { readonly kind: "number"; readonly value: number; readonly signed: boolean; readonly bytes?: Uint8Array }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** Items one after the other; with their number (`counted`) or size in bytes (`sized`) before them, or what `claim`
   *  says that it is. */
  | { readonly kind: "list" | "counted" | "sized"; readonly items: readonly Node[]; readonly claim?: number };

const encodings = new WeakMap<Node, Uint8Array>();

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function leb(value: number, signed: boolean): Uint8Array {
  const out = new Writer();
  return Uint8Array.from((signed ? out.s32(value) : out.u32(value)).bytes);
}

export function encode(node: Node): Uint8Array {
  if (node.kind === "bytes") return node.bytes;
  const known = encodings.get(node);
  if (known) return known;
  let bytes: Uint8Array;
  if (node.kind === "number") bytes = node.bytes ?? leb(node.value, node.signed);
  else {
    const items = join(node.items.map(encode));
    const truth = node.kind === "counted" ? node.items.length : items.length;
    bytes = node.kind === "list" ? items : join([leb(node.claim ?? truth, false), items]);
  }
  encodings.set(node, bytes);
  return bytes;
}

export const number = (value: number, signed = false): Node => ({ kind: "number", value, signed });
export const bytes = (raw: Uint8Array | number[]): Node => ({ kind: "bytes", bytes: Uint8Array.from(raw) });
export const list = (items: readonly Node[]): Node => ({ kind: "list", items });
export const sized = (items: readonly Node[]): Node => ({ kind: "sized", items });
export const name = (text: string): Node => sized([bytes(Buffer.from(text))]);

/** The number or the name as it stands in the file: clang pads what a relocation patches. */
const u32 = (r: Reader): Node => {
  const start = r.at;
  const value = r.u32();
  const raw = r.bytes.slice(start, r.at);
  return { kind: "number", value, signed: false, ...(raw.length === 5 && { bytes: raw }) };
};
const s32 = (r: Reader): Node => number(r.s32(), true);
const u8 = (r: Reader): Node => bytes([r.u8()]);
const named = (r: Reader): Node => sized([bytes(r.take(r.u32()))]);
const rest = (r: Reader): Node => bytes(r.take(r.end - r.at));

function counted(r: Reader, item: (r: Reader) => Node): Node {
  const items: Node[] = [];
  for (let count = r.u32(); count > 0; count--) items.push(item(r));
  return { kind: "counted", items };
}

function value(node: Node): number {
  return node.kind === "number" ? node.value : node.kind === "bytes" ? node.bytes[0]! : 0;
}

function imported(r: Reader): Node {
  const head = [named(r), named(r), u8(r)];
  const what = value(head[2]!);
  if (what === 0) return list([...head, u32(r)]);
  if (what === 3) return list([...head, u8(r), u8(r)]);
  if (what === 1) head.push(u8(r));
  const flags = u8(r);
  return list([...head, flags, u32(r), ...(value(flags) & 1 ? [u32(r)] : [])]);
}

/** The strings of .modinfo each by themselves; other data in pieces of four bytes at most a page. */
function contents(raw: Uint8Array): Node {
  if (/^[a-z_]+=[^\0]*\0/.test(Buffer.from(raw.subarray(0, 200)).toString("latin1"))) {
    const strings: Node[] = [];
    for (let at = 0; at < raw.length;) {
      const end = raw.indexOf(0, at) < 0 ? raw.length : raw.indexOf(0, at) + 1;
      strings.push(bytes(raw.subarray(at, end)));
      at = end;
    }
    return sized(strings);
  }
  return sized([bytes(raw)]);
}

function segment(r: Reader): Node {
  const head = [u32(r), u8(r), s32(r), u8(r)];
  return list([...head, contents(r.take(r.u32()))]);
}

function symbol(r: Reader): Node {
  const head = [u8(r), u32(r)];
  const [what, flags] = head.map(value) as [number, number];
  const absent = (flags & 0x10) !== 0;
  if (what === 1) return list([...head, named(r), ...(absent ? [] : [u32(r), u32(r), u32(r)])]);
  if (what === 3) return list([...head, u32(r)]);
  return list([...head, u32(r), ...(absent && !(flags & 0x40) ? [] : [named(r)])]);
}

function linking(r: Reader): Node {
  const parts: Node[] = [u32(r)];
  while (r.more) {
    const kind = u8(r);
    const body = r.sub(r.u32());
    if (value(kind) === 5) parts.push(list([kind, sized([counted(body, (b) => list([named(b), u32(b), u32(b)]))])]));
    else if (value(kind) === 8) parts.push(list([kind, sized([counted(body, symbol)])]));
    else parts.push(list([kind, sized([rest(body)])]));
  }
  return list(parts);
}

function relocation(r: Reader): Node {
  const type = u8(r);
  const withAddend = [3, 4, 5, 8, 9].includes(value(type));
  return list([type, u32(r), u32(r), ...(withAddend ? [s32(r)] : [])]);
}

function custom(r: Reader): Node {
  const title = named(r);
  const text = Buffer.from(encode(title).subarray(1)).toString();
  if (text === "linking") return list([title, linking(r)]);
  if (text.startsWith("reloc.")) return list([title, u32(r), counted(r, relocation)]);
  return list([title, rest(r)]);
}

const body = (r: Reader): Node => sized([rest(r.sub(r.u32()))]);

function payload(id: number, r: Reader): Node {
  if (id === 0) return custom(r);
  if (id === 1) return counted(r, (t) => list([u8(t), counted(t, u8), counted(t, u8)]));
  if (id === 2) return counted(r, imported);
  if (id === 3) return counted(r, u32);
  if (id === 10) return counted(r, body);
  if (id === 11) return counted(r, segment);
  return rest(r);
}

/** The tree of a valid object: a list of its first eight bytes and its sections. */
export function decode(file: Uint8Array): Node {
  const r = new Reader(file);
  const parts: Node[] = [bytes(r.take(8))];
  while (r.more) {
    const id = u8(r);
    const section = r.sub(r.u32());
    parts.push(list([id, sized([payload(value(id), section)])]));
  }
  return list(parts);
}
