// Reads clang's -fdump-record-layouts text: the layout of every struct and union that a translation unit asks for.

const canonical = ["-fsyntax-only", "-Xclang", "-fdump-record-layouts-canonical", "-Xclang"] as const;

/** The compiler flags that make it, for parseRecords. */
export const recordDump = [...canonical, "-fdump-record-layouts"] as const;

/**
 * The flags that name every record which is defined, for recordNames. Not for layouts: this dump comes before the
 * attributes behind a definition count ("} ____cacheline_aligned;").
 */
export const nameDump = [...canonical, "-fdump-record-layouts-complete"] as const;

export interface Member {
  /** Empty for an anonymous struct, union or bit-field. */
  readonly name: string;
  /** The canonical C type, without places in files. */
  readonly type: string;
  /** Bytes from the start of the outermost record. */
  readonly offset: number;
  /** First and last bit, counted from bit 0 of the byte at `offset`. */
  readonly bits?: readonly [number, number];
  /** Members of a struct or union member. */
  readonly members: Member[];
  /** Whether the type is a struct or union (by value, and not an array of them). */
  readonly record: boolean;
}

export interface RecordLayout {
  readonly type: string;
  readonly size: number;
  readonly align: number;
  readonly members: readonly Member[];
}

const line = /^\s*(\d+)(?::(\d+)-(\d+)|:-)? \|( +)(.*)$/;
/** How newer and older versions of clang write a type without a name. */
const nameless = /\((?:anonymous|unnamed)[^()]*\)/g;
const unnamed = /\((?:anonymous|unnamed)/;
const empty = / \(empty\)$/;

/** Splits "unsigned int len" into type and name; a nameless member ends in its type. */
function split(text: string): { type: string; name: string } {
  const bare = text.replace(nameless, "(anonymous)").replace(empty, "");
  const match = /^(.*[ )])(\w+)$/.exec(bare);
  if (!match || /\(anonymous\)$/.test(bare) || /(^| )$/.test(bare)) return { type: bare.trimEnd(), name: "" };
  return { type: match[1]!.trimEnd(), name: match[2]! };
}

function parseRecord(block: string): RecordLayout | null {
  const size = /\[sizeof=(\d+), align=(\d+)/.exec(block);
  const [head, ...rows] = rowsOf(block);
  if (!size || !head) return null;
  const members: Member[] = [];
  const open: { depth: number; members: Member[] }[] = [{ depth: head.depth, members }];
  rows.forEach((row, index) => {
    while (open.length > 1 && open.at(-1)!.depth >= row.depth) open.pop();
    const record =
      (rows[index + 1]?.depth ?? 0) > row.depth || empty.test(row.text) || /^(struct|union) [^*[(]*$/.test(row.text);
    const member: Member = {
      ...split(row.text),
      offset: row.offset,
      members: [],
      record,
      ...(row.bits && { bits: row.bits }),
    };
    open.at(-1)!.members.push(member);
    if (record) open.push({ depth: row.depth, members: member.members });
  });
  return { type: head.text.replace(empty, ""), size: Number(size[1]), align: Number(size[2]), members };
}

interface Row {
  readonly depth: number;
  readonly offset: number;
  readonly bits?: readonly [number, number];
  readonly text: string;
}

function rowsOf(block: string): Row[] {
  const rows: Row[] = [];
  for (const text of block.split("\n")) {
    const match = line.exec(text);
    if (!match) continue;
    const [, offset, first, last, indent, rest] = match;
    const bits = first === undefined ? undefined : ([Number(first), Number(last)] as const);
    rows.push({ depth: indent!.length, offset: Number(offset), text: rest!, ...(bits && { bits }) });
  }
  return rows;
}

const holder = "kpi_holder_";

/** C that makes clang lay out typedefs of structs without a tag, such as atomic_t; their names end in _t. */
export function typedefHolders(names: readonly string[]): string {
  return names
    .filter((name) => name.endsWith("_t"))
    .map((name) => `struct ${holder}${name} { ${name} value; };\n`)
    .join("");
}

function blocks(dump: string): string[] {
  return dump.split("*** Dumping AST Record Layout");
}

/** Every record with a name, by its C name ("struct sk_buff", "atomic_t"). */
export function parseRecords(dump: string): Map<string, RecordLayout> {
  const records = new Map<string, RecordLayout>();
  for (const block of blocks(dump)) {
    const record = parseRecord(block);
    if (!record || unnamed.test(record.type)) continue;
    const typedef = record.type.startsWith(`struct ${holder}`) ? record.type.slice(`struct ${holder}`.length) : null;
    if (typedef) records.set(typedef, { ...record, type: typedef, members: record.members[0]!.members });
    else records.set(record.type, record);
  }
  return records;
}

/** Types that the compiler brings along. */
const builtin = /^struct (__NSConstantString_tag|__va_list_tag)$/;

/** The C names of the records in a dump, as a sizeof takes them. */
export function recordNames(dump: string): string[] {
  const names = blocks(dump).flatMap((block) => parseRecord(block)?.type ?? []);
  return [...new Set(names)].filter((name) => /^(struct|union) \w+$/.test(name) && !builtin.test(name));
}

/** A record by its name without `struct` or `union`. */
export function findRecord(records: ReadonlyMap<string, RecordLayout>, name: string): RecordLayout | undefined {
  return records.get(`struct ${name}`) ?? records.get(`union ${name}`) ?? records.get(name);
}
