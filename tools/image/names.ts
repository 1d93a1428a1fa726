// The names of an image's functions, for reports of faults (boards/firmware/symbols.c has the format).

import { plain } from "./to-c.ts";

export interface NamedFunction {
  /** From the start of the image. */
  at: number;
  bytes: number;
  /** Without its path, which would take three times the room. */
  name: string;
  /** Where its path begins: "assembly" for the core's, else the driver's name; "": it has none. */
  from: string;
}

/** `path`: "assembly/mm/slub/kmalloc", "e1000/e1000_probe". */
export function named(at: number, bytes: number, path: string): NamedFunction {
  const slash = path.indexOf("/");
  return { at, bytes, name: path.slice(path.lastIndexOf("/") + 1), from: path.slice(0, Math.max(slash, 0)) };
}

/** Of "w2c_board_assembly0x2Fmm0x2Fslub0x2Fkmalloc.part.0". */
const pathIn = (symbol: string): string =>
  plain(symbol.replace(/\.(isra|constprop|part|cold)\.?\d*/g, "")).replace(/^w2c_board_/, "");

/** `nm`: what nm -n -S prints of the linked code. */
export function namesOf(nm: string): NamedFunction[] {
  const base = parseInt(/^([0-9a-f]+) (?:[0-9a-f]+ )?\w image_start$/m.exec(nm)![1]!, 16);
  return [...nm.matchAll(/^([0-9a-f]+) (?:([0-9a-f]+) )?[tT] (?!\.L)(\S+)$/gm)].map(([, at, bytes = "0", symbol]) =>
    named(parseInt(at!, 16) - base, parseInt(bytes, 16), pathIn(symbol!)),
  );
}

/** `functions`: in order of their places. */
export function symbolTable(functions: readonly NamedFunction[]): Buffer {
  const table = Buffer.alloc(4 + 8 * functions.length);
  table.writeUInt32LE(functions.length, 0);
  const known = new Map<string, number>();
  const texts: Buffer[] = [];
  let end = table.length;
  functions.forEach(({ at, name }, i) => {
    let text = known.get(name);
    if (text === undefined) {
      known.set(name, (text = end));
      const bytes = Buffer.from(`${name}\0`);
      texts.push(bytes);
      end += bytes.length;
    }
    table.writeUInt32LE(at, 4 + 8 * i);
    table.writeUInt32LE(text, 8 + 8 * i);
  });
  return Buffer.concat([table, ...texts]);
}
