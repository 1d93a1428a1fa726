// The names of an image's functions, for reports of faults (boards/firmware/symbols.c has the format).

import { plain } from "./to-c.ts";

/** "kmalloc" of "w2c_board_assembly/mm/slub/kmalloc": paths would take three times the room. */
export function shortName(symbol: string): string {
  const name = plain(symbol.replace(/\.(isra|constprop|part|cold)\.?\d*/g, "")).replace(/^w2c_board_/, "");
  return name.slice(name.lastIndexOf("/") + 1);
}

export interface NamedFunction {
  /** From the start of the image. */
  at: number;
  name: string;
}

/** `nm`: what nm -n prints of the linked code. */
export function namesOf(nm: string): NamedFunction[] {
  const lines = [...nm.matchAll(/^([0-9a-f]+) [tT] (\S+)$/gm)].map(([, at, name]) => ({
    at: parseInt(at!, 16),
    name: name!,
  }));
  const base = parseInt(/^([0-9a-f]+) \w image_start$/m.exec(nm)![1]!, 16);
  return lines
    .filter(({ name }) => !name.startsWith(".L"))
    .map(({ at, name }) => ({ at: at - base, name: shortName(name) }));
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
