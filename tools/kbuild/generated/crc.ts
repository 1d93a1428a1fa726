// lib/crc32table.h and lib/crc64table.h: what each byte does to a checksum, worked out from the polynomials alone.
// Row j of a table is the effect of a byte that j more bytes follow, so that a loop may take several bytes at a time.

/** A polynomial of up to 64 bits, the highest power left out; "le": bit 0 stands for the highest power. */
interface Polynomial {
  readonly bits: number;
  readonly order: "le" | "be";
  readonly value: bigint;
}

const CRC32_LE: Polynomial = { bits: 32, order: "le", value: 0xedb88320n };
const CRC32_BE: Polynomial = { bits: 32, order: "be", value: 0x04c11db7n };
const CRC32C_LE: Polynomial = { bits: 32, order: "le", value: 0x82f63b78n };
const CRC64_ECMA182: Polynomial = { bits: 64, order: "be", value: 0x42f0e1eba9ea3693n };
const CRC64_ROCKSOFT: Polynomial = { bits: 64, order: "le", value: 0x9a6c9329ac4bc9b5n };

/** The remainder after one more zero bit. */
function shifted(crc: bigint, { bits, order, value }: Polynomial): bigint {
  if (order === "le") return crc & 1n ? (crc >> 1n) ^ value : crc >> 1n;
  const out = crc >> BigInt(bits - 1);
  return BigInt.asUintN(bits, crc << 1n) ^ (out ? value : 0n);
}

/** `rows` tables, indexed by the next `width` bits of a message. */
function tables(polynomial: Polynomial, width: number, rows: number): bigint[][] {
  const { bits, order } = polynomial;
  // Remainders add up (by exclusive or): those of single bits, from the last one on, make all others.
  const first = [0n];
  let crc = order === "le" ? 1n : 1n << BigInt(bits - 1);
  for (let i = 0; i < width; i++) {
    crc = shifted(crc, polynomial);
    const bit = 1 << (order === "le" ? width - 1 - i : i);
    if (order === "be") for (let low = 0; low < bit; low++) first[bit + low] = first[low]! ^ crc;
    else for (let high = 0; high < 1 << width; high += 2 * bit) first[high + bit] = first[high]! ^ crc;
  }
  const after = (crc: bigint) =>
    order === "le"
      ? first[Number(crc & 255n)]! ^ (crc >> 8n)
      : first[Number(crc >> BigInt(bits - 8))]! ^ BigInt.asUintN(bits, crc << 8n);
  const all = [first];
  while (all.length < rows) all.push(all.at(-1)!.map(after));
  return all;
}

function rowText(row: readonly bigint[], word: (value: bigint) => string): string {
  const lines: string[] = [];
  for (let i = 0; i < row.length; i += 4)
    lines.push(
      `\t${row
        .slice(i, i + 4)
        .map(word)
        .join(", ")},`,
    );
  return lines.join("\n");
}

function crc32Table(name: string, polynomial: Polynomial, bits: number, macro: string): string {
  const width = Math.min(bits, 8);
  const rows = Math.max(1, bits / 8);
  const word = (value: bigint) => `${macro}(0x${value.toString(16).padStart(8, "0")}L)`;
  const body = tables(polynomial, width, rows).map((row) => `{\n${rowText(row, word)}\n}`);
  return `static const u32 ____cacheline_aligned ${name}[${rows}][${1 << width}] = {\n${body.join(",\n")}\n};\n`;
}

/** lib/crc32table.h for an algorithm that takes that many bits at a time (lib/crc32defs.h); one needs no table. */
export function crc32table(bits: number): string {
  if (bits === 1) return "";
  return [
    crc32Table("crc32table_le", CRC32_LE, bits, "tole"),
    crc32Table("crc32table_be", CRC32_BE, bits, "tobe"),
    crc32Table("crc32ctable_le", CRC32C_LE, bits, "tole"),
  ].join("\n");
}

/** lib/crc64table.h. */
export function crc64table(): string {
  const table = (name: string, polynomial: Polynomial) => {
    const word = (value: bigint) => `0x${value.toString(16).padStart(16, "0")}ULL`;
    const body = rowText(tables(polynomial, 8, 1)[0]!, word);
    return `static const u64 ____cacheline_aligned ${name}[256] = {\n${body}\n};\n`;
  };
  return [
    "#include <linux/types.h>\n#include <linux/cache.h>\n",
    table("crc64table", CRC64_ECMA182),
    table("crc64rocksofttable", CRC64_ROCKSOFT),
  ].join("\n");
}
