// Writes AssemblyScript: a class of accessors for each struct, and constants.
import type { Constant } from "./constants.ts";
import { safeMember, safeName } from "./names.ts";
import type { Member, RecordLayout } from "./records.ts";
import { type EnumTypes, type MemberType, memberType, type Scalar, sizeOf } from "./types.ts";

export interface ClassContext {
  readonly enums: EnumTypes;
  /** The size of any record of the kernel, by its name without struct. */
  recordSize(name: string): number | undefined;
  /** Whether a class is generated for a record. */
  hasClass(name: string): boolean;
}

/** A member that gets an accessor. Structs without a tag are unfolded, as outer_inner if the member has a name. */
interface Leaf {
  readonly name: string;
  readonly member: Member;
}

function leaves(members: readonly Member[], prefix = ""): Leaf[] {
  return members.flatMap((member): Leaf[] => {
    const unnamedType = member.record && /\(anonymous\)/.test(member.type);
    if (!member.name) return unnamedType ? leaves(member.members, prefix) : [];
    const name = prefix + member.name;
    return [{ name, member }, ...(unnamedType ? leaves(member.members, `${name}_`) : [])];
  });
}

const PTR = "changetype<usize>(this)";

/** The C type for a comment: where an unnamed type stands in a file says nothing. */
function commentType(type: string): string {
  return type.replace(/(struct|union|enum) (?:(?:\w+|\(anonymous\))::)*\(anonymous\)/g, "$1 {…}");
}

function bitfield(name: string, { offset, bits, type }: Member, enums: EnumTypes): string[] {
  const [first, last] = bits!;
  const width = last - first + 1;
  const unit = [8, 16, 32, 64].find((size) => last < size)!;
  const holder = `u${unit}`;
  const declared = memberType(type, enums);
  const scalar: Scalar = declared.kind === "scalar" ? declared.scalar : "u32";
  const mask = (1n << BigInt(width)) - 1n;
  const literal = `0x${mask.toString(16)}`;
  const loaded = `load<${holder}>(${PTR}, ${offset})`;
  const field = `(${first ? `${loaded} >> ${first}` : loaded}) & ${literal}`;
  const shifted = `0x${(mask << BigInt(first)).toString(16)}`;
  const read = {
    bool: `return ((${field}) != 0);`,
    signed: `return <${scalar}>((<i32>(${field}) << ${32 - width}) >> ${32 - width});`,
    unsigned: `return <${scalar}>(${field});`,
  }[scalar === "bool" ? "bool" : scalar.startsWith("i") ? "signed" : "unsigned"];
  const value = `(<${holder}>v & ${literal})${first ? ` << ${first}` : ""}`;
  const write = `store<${holder}>(${PTR}, (${loaded} & ~${shifted}) | (${value}), ${offset});`;
  return [
    `@inline get ${name}(): ${scalar} { ${read} } // ${commentType(type)} : ${width}`,
    `@inline set ${name}(v: ${scalar}) { ${write} }`,
  ];
}

function arrayAt(name: string, offset: number, type: MemberType & { kind: "array" }, ctx: ClassContext): string[] {
  const { element } = type;
  const size = sizeOf(element, ctx.recordSize);
  if (size === undefined) return [];
  const place = `${PTR} + i * ${size}`;
  if (element.kind === "scalar") {
    const { scalar } = element;
    return [
      `@inline ${name}_at(i: usize): ${scalar} { return load<${scalar}>(${place}, ${offset}); }`,
      `@inline set_${name}_at(i: usize, v: ${scalar}): void { store<${scalar}>(${place}, v, ${offset}); }`,
    ];
  }
  if (element.kind === "record" && ctx.hasClass(element.record)) {
    const cls = safeName(element.record);
    return [`@inline ${name}_at(i: usize): ${cls} { return changetype<${cls}>(${place} + ${offset}); }`];
  }
  return [`@inline ${name}_at(i: usize): usize { return ${place} + ${offset}; }`];
}

function accessors(leaf: Leaf, name: string, ctx: ClassContext): string[] {
  const { member } = leaf;
  if (member.bits) return bitfield(name, member, ctx.enums);
  const type = memberType(member.type, ctx.enums);
  const { offset } = member;
  const comment = ` // ${commentType(member.type)}`;
  if (type.kind === "scalar") {
    return [
      `@inline get ${name}(): ${type.scalar} { return load<${type.scalar}>(${PTR}, ${offset}); }${comment}`,
      `@inline set ${name}(v: ${type.scalar}) { store<${type.scalar}>(${PTR}, v, ${offset}); }`,
    ];
  }
  if (type.kind === "record" && ctx.hasClass(type.record)) {
    const cls = safeName(type.record);
    return [`@inline get ${name}(): ${cls} { return changetype<${cls}>(${PTR} + ${offset}); }`];
  }
  const address = `@inline get ${name}(): usize { return ${PTR} + ${offset}; }${comment}`;
  return type.kind === "array" ? [address, ...arrayAt(name, offset, type, ctx)] : [address];
}

export interface EmittedClass {
  readonly text: string;
  /** sizeof_ and offsetof_ constants. */
  readonly constants: readonly [string, number][];
  /** Classes that its accessors return. */
  readonly uses: ReadonlySet<string>;
}

export function emitClass(name: string, layout: RecordLayout, ctx: ClassContext): EmittedClass {
  const lines: string[] = [];
  const constants: [string, number][] = [[`sizeof_${name}`, layout.size]];
  const uses = new Set<string>();
  const taken = new Set<string>();
  for (const leaf of leaves(layout.members)) {
    let accessor = safeMember(leaf.name);
    // A union may unfold the same name twice, as outer_inner and as itself.
    while (taken.has(accessor)) accessor += "_";
    taken.add(accessor);
    lines.push(...accessors(leaf, accessor, ctx).map((line) => `  ${line}`));
    if (!leaf.member.bits) constants.push([`offsetof_${name}_${leaf.name}`, leaf.member.offset]);
    let type = memberType(leaf.member.type, ctx.enums);
    while (type.kind === "array") type = type.element;
    if (type.kind === "record" && ctx.hasClass(type.record)) uses.add(type.record);
  }
  const text =
    `/** ${layout.type}: ${layout.size} bytes, aligned to ${layout.align}. */\n` +
    `@unmanaged export class ${safeName(name)} {\n${lines.join("\n")}\n}\n`;
  return { text, constants, uses };
}

/** Powers of two and wide numbers read better in hexadecimal. */
function literal(value: bigint): string {
  const mask = value > 9n && ((value & (value - 1n)) === 0n || value > 0xffffn);
  return mask ? `0x${value.toString(16)}` : value.toString();
}

export function emitConstant({ name, value, size, signed }: Constant, type: "u32" | "i32" = "u32"): string {
  const scalar = size === 8 ? (signed ? "i64" : "u64") : value < 0n ? "i32" : type;
  return `export const ${safeName(name)}: ${scalar} = ${literal(value)};\n`;
}
