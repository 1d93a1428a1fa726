// How a C type of a struct member is loaded and stored in AssemblyScript.

/** An AssemblyScript scalar. */
export type Scalar =
  | "bool"
  | "i8"
  | "u8"
  | "i16"
  | "u16"
  | "i32"
  | "u32"
  | "i64"
  | "u64"
  | "f32"
  | "f64"
  | "usize"
  | "isize";

export type MemberType =
  | { readonly kind: "scalar"; readonly scalar: Scalar; readonly size: number }
  /** A struct or union by value. */
  | { readonly kind: "record"; readonly record: string }
  | { readonly kind: "array"; readonly element: MemberType; readonly count: number };

const scalars: Record<string, [Scalar, number]> = {
  _Bool: ["bool", 1],
  bool: ["bool", 1],
  char: ["u8", 1],
  "signed char": ["i8", 1],
  "unsigned char": ["u8", 1],
  short: ["i16", 2],
  "unsigned short": ["u16", 2],
  int: ["i32", 4],
  "unsigned int": ["u32", 4],
  long: ["i32", 4],
  "unsigned long": ["u32", 4],
  "long long": ["i64", 8],
  "unsigned long long": ["u64", 8],
  float: ["f32", 4],
  double: ["f64", 8],
};

/** The enums whose size or sign is not the usual unsigned int. */
export type EnumTypes = ReadonlyMap<string, { size: number; signed: boolean }>;

function enumScalar(tag: string, enums: EnumTypes): [Scalar, number] {
  const { size, signed } = enums.get(tag) ?? { size: 4, signed: false };
  return [`${signed ? "i" : "u"}${size * 8}` as Scalar, size];
}

export function memberType(ctype: string, enums: EnumTypes): MemberType {
  const type = ctype.replace(/\b(?:const|volatile|restrict)\b ?/g, "").trim();
  // An array of pointers to functions: `int (*[4])(void)`; of anything else: `char[16]`.
  const functions = /\(\*\[(\d+)\]\)/.exec(type);
  if (functions)
    return { kind: "array", count: Number(functions[1]), element: { kind: "scalar", scalar: "usize", size: 4 } };
  const array = /^([^()]*|.*\(anonymous\).*?)\[(\d*)\]((?:\[\d+\])*)$/.exec(type);
  if (array) return { kind: "array", count: Number(array[2]), element: memberType(`${array[1]}${array[3]}`, enums) };
  if (type.includes("*")) return { kind: "scalar", scalar: "usize", size: 4 };
  const enumTag = /^enum (\w+|\(anonymous\))$/.exec(type);
  const known = enumTag ? enumScalar(enumTag[1]!, enums) : scalars[type];
  if (known) return { kind: "scalar", scalar: known[0], size: known[1] };
  return { kind: "record", record: type.replace(/^(?:struct|union) /, "") };
}

/** The size of a type, given those of the records. */
export function sizeOf(type: MemberType, recordSize: (record: string) => number | undefined): number | undefined {
  if (type.kind === "scalar") return type.size;
  if (type.kind === "record") return recordSize(type.record);
  const element = sizeOf(type.element, recordSize);
  return element === undefined ? undefined : element * type.count;
}
