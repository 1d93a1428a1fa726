// The order of the image's functions. gzip looks back 32 KiB, a sixth of the code, so functions that are alike go next
// to each other: within a folder of the sources, each is followed by the one that repeats most of its code. What names
// a function by its number (calls, exports, the table, the name section) is written anew.

import { ObjectError, Reader } from "../../host/loader/reader.ts";
import { Writer } from "../../host/loader/writer.ts";
import { readImage } from "./image.ts";
import { skipInstruction } from "./instruction.ts";

interface Body {
  /** Its number in the old order, imports not counted. */
  old: number;
  type: number;
  code: Uint8Array;
  folder: string;
}

const CALL = 0x10;

/** "assembly/net/core" of "assembly/net/core/dev/netif_rx". */
const folderOf = (name: string): string => name.split("/").slice(0, 3).join("/");

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function likeness(a: Body, b: Body): number {
  return compare(a.folder, b.folder) || a.type - b.type || a.code.length - b.code.length || a.old - b.old;
}

/** The runs of four bytes, gzip's usual match and more, that a function's code has. */
function runsOf({ code }: Body): Set<number> {
  const view = new DataView(code.buffer, code.byteOffset, code.length);
  return new Set(Array.from({ length: Math.max(code.length - 3, 0) }, (_, i) => view.getInt32(i)));
}

/** The functions of a folder, each behind the one that it has most in common with for its size. */
function chain(folder: readonly Body[]): Body[] {
  const left = new Map(folder.map((body) => [body, runsOf(body)]));
  const chained: Body[] = [];
  for (let next: Body | undefined = folder[0]; next;) {
    const last: Set<number> = left.get(next)!;
    chained.push(next);
    left.delete(next);
    next = undefined;
    let most = -1;
    for (const [body, runs] of left) {
      let common = 0;
      for (const run of runs) if (last.has(run)) common++;
      const worth = common / Math.sqrt(runs.size + 1);
      if (worth <= most) continue;
      most = worth;
      next = body;
    }
  }
  return chained;
}

/** The code of a function with its calls renumbered. */
function withCalls(code: Uint8Array, renumber: (old: number) => number): number[] {
  const r = new Reader(code);
  const out = new Writer();
  r.vector((v) => [v.u32(), v.u8()]); // locals
  let copied = 0;
  while (r.more) {
    if (code[r.at] !== CALL) {
      skipInstruction(r);
      continue;
    }
    r.u8();
    out.raw(code.subarray(copied, r.at)).u32(renumber(r.u32()));
    copied = r.at;
  }
  return out.raw(code.subarray(copied)).bytes;
}

function exportSection(r: Reader, renumber: (old: number) => number): number[] {
  const out = new Writer();
  const entries = r.vector((v) => ({ name: v.name(), kind: v.u8(), index: v.u32() }));
  const write = ({ name, kind, index }: (typeof entries)[number]): void => {
    out.name(name).u8(kind);
    out.u32(kind === 0 ? renumber(index) : index);
  };
  return out.vector(entries, write).bytes;
}

/** Active segments of the one table, at constant offsets: what asc writes. */
function elementSection(r: Reader, renumber: (old: number) => number): number[] {
  const out = new Writer();
  const segments = r.vector((v) => {
    if (v.u32() !== 0 || v.u8() !== 0x41) throw new ObjectError("an element segment without a constant offset");
    const offset = v.s32();
    v.u8();
    return { offset, slots: v.vector(() => v.u32()) };
  });
  const write = ({ offset, slots }: (typeof segments)[number]): void => {
    out.u8(0).u8(0x41).s32(offset).u8(0x0b);
    out.vector(slots, (slot) => out.u32(renumber(slot)));
  };
  return out.vector(segments, write).bytes;
}

/** The name section with its function names in the new order. */
function nameSection(r: Reader, renumber: (old: number) => number): number[] {
  const out = new Writer().name(r.name());
  while (r.more) {
    const kind = r.u8();
    const part = r.take(r.u32());
    if (kind === 2) throw new ObjectError("an image with names of locals");
    if (kind !== 1) {
      out.u8(kind).counted(part);
      continue;
    }
    const names = new Reader(part).vector((v) => ({ index: renumber(v.u32()), name: v.name() }));
    names.sort((a, b) => a.index - b.index);
    const inner = new Writer();
    inner.vector(names, ({ index, name }) => inner.u32(index).name(name));
    out.u8(kind).counted(inner.bytes);
  }
  return out.bytes;
}

/** The image with its functions in order. */
export function inOrder(image: Uint8Array): Uint8Array {
  const { imports, functionNames } = readImage(image);
  const imported = imports.filter(({ kind }) => kind === "function").length;
  const sections: { id: number; body: Uint8Array }[] = [];
  for (const r = new Reader(image, 8); r.more;) sections.push({ id: r.u8(), body: r.take(r.u32()) });
  const section = (id: number): Reader => new Reader(sections.find((one) => one.id === id)?.body ?? Uint8Array.of(0));

  const types = section(3).vector((v) => v.u32());
  const byLikeness = section(10)
    .vector((v) => v.take(v.u32()))
    .map((code, old): Body => {
      return { old, type: types[old], code, folder: folderOf(functionNames.get(imported + old) ?? "") };
    })
    .sort(likeness);
  const bodies = [...Map.groupBy(byLikeness, ({ folder }) => folder).values()].flatMap(chain);
  const numbers = new Map(bodies.map(({ old }, i) => [imported + old, imported + i]));
  const renumber = (old: number): number => numbers.get(old) ?? old;

  const typesInOrder = new Writer();
  typesInOrder.vector(bodies, ({ type }) => typesInOrder.u32(type));
  const code = new Writer();
  code.vector(bodies, (body) => code.counted(withCalls(body.code, renumber)));
  const rewritten: Record<number, (r: Reader) => number[]> = {
    0: (r) => nameSection(r, renumber),
    3: () => typesInOrder.bytes,
    7: (r) => exportSection(r, renumber),
    9: (r) => elementSection(r, renumber),
    10: () => code.bytes,
  };
  const out = new Writer().raw(image.subarray(0, 8));
  for (const { id, body } of sections) out.u8(id).counted(rewritten[id]?.(new Reader(body)) ?? body);
  return Uint8Array.from(out.bytes);
}
