// lib/raid6: tables.c, arithmetic in the field of 256 elements whose polynomial is x^8 + x^4 + x^3 + x^2 + 1, and the
// unrolled int*.c that are written once, as int.uc.

/** The polynomial without x^8. */
const POLYNOMIAL = 0x1d;

function multiply(a: number, b: number): number {
  let product = 0;
  for (; b; b >>= 1) {
    if (b & 1) product ^= a;
    a = ((a << 1) & 0xff) ^ (a & 0x80 ? POLYNOMIAL : 0);
  }
  return product;
}

const bytes = (element: (index: number) => number, length = 256): number[] =>
  Array.from({ length }, (_, i) => element(i));

/** Powers of 2; the last has no exponent of its own and is 0. */
const exponents: number[] = [];
for (let power = 1; exponents.length < 255; power = multiply(power, 2)) exponents.push(power);
exponents.push(0);

/** Zero has no logarithm: 255. */
const logarithms = bytes((value) => (value === 0 ? 255 : exponents.indexOf(value)));
const inverses = bytes((value) => (value === 0 ? 0 : exponents[(255 - logarithms[value]!) % 255]!));

function list(values: readonly number[]): string {
  const lines: string[] = [];
  for (let i = 0; i < values.length; i += 16) lines.push(`\t${values.slice(i, i + 16).join(", ")},`);
  return lines.join("\n");
}

function table(name: string, dimensions: string, body: string): string {
  return `const u8 __attribute__((aligned(256))) ${name}${dimensions} = {\n${body}\n};\nEXPORT_SYMBOL(${name});\n`;
}

const rows = (row: (index: number) => number[]): string =>
  Array.from({ length: 256 }, (_, i) => `{\n${list(row(i))}\n}`).join(",\n");

/** lib/raid6/tables.c. */
export function raid6tables(): string {
  /** Products with the sixteen low nibbles, then with the sixteen high ones, as a vector shuffle wants them. */
  const nibbles = (value: number) => bytes((i) => multiply(value, i < 16 ? i : (i - 16) << 4), 32);
  return [
    "#include <linux/export.h>\n#include <linux/raid/pq.h>\n",
    table(
      "raid6_gfmul",
      "[256][256]",
      rows((value) => bytes((other) => multiply(value, other))),
    ),
    table("raid6_vgfmul", "[256][32]", rows(nibbles)),
    table("raid6_gfexp", "[256]", list(exponents)),
    table("raid6_gflog", "[256]", list(logarithms)),
    table("raid6_gfinv", "[256]", list(inverses)),
    table("raid6_gfexi", "[256]", list(bytes((exponent) => inverses[exponents[exponent]! ^ 1]!))),
  ].join("\n");
}

/** How often the lines of int.uc are repeated, one file each. */
export const UNROLLED = [1, 2, 4, 8, 16, 32];

/** A .uc file unrolled: lines with $$ come `count` times, numbered there; $# is the count, $* a dollar sign. */
export function unroll(text: string, count: number): string {
  const once = (line: string, index: number) =>
    line
      .replaceAll("$$", () => String(index))
      .replaceAll("$#", () => String(count))
      .replaceAll("$*", () => "$");
  return text
    .split("\n")
    .flatMap((line) => Array.from({ length: line.includes("$$") ? count : 1 }, (_, index) => once(line, index)))
    .join("\n");
}
