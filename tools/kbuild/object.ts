// Reads what the build has to know of a wasm object file: its symbols with their types, and its data.
// Format: WebAssembly core specification, and tool-conventions/Linking.md for the "linking" section.
import { KpiError } from "../../host/error.ts";

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128" | "funcref" | "externref";

export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface ObjectSymbol {
  readonly kind: "function" | "data" | "global" | "section" | "event" | "table";
  readonly name: string;
  readonly defined: boolean;
  readonly weak: boolean;
  readonly local: boolean;
  /** A function's signature. */
  readonly type?: FunctionType;
  /** Where a defined data symbol lies. */
  readonly segment?: number;
  readonly offset?: number;
  readonly size?: number;
}

export interface Segment {
  name: string;
  alignment: number;
  readonly bytes: Uint8Array;
}

export interface ObjectFile {
  readonly symbols: readonly ObjectSymbol[];
  readonly segments: readonly Segment[];
}

const valueTypes: Record<number, ValueType> = {
  0x7f: "i32", 0x7e: "i64", 0x7d: "f32", 0x7c: "f64", 0x7b: "v128", 0x70: "funcref", 0x6f: "externref",
};
const symbolKinds = ["function", "data", "global", "section", "event", "table"] as const;

const WEAK = 1;
const LOCAL = 2;
const UNDEFINED = 0x10;
const EXPLICIT_NAME = 0x40;
const ABSOLUTE = 0x200;

class Reader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    if (this.at >= this.end) throw new RangeError("truncated");
    return this.bytes[this.at++]!;
  }

  leb(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError("LEB128 number too long");
  }

  take(length: number): Uint8Array {
    if (this.at + length > this.end) throw new RangeError("truncated");
    return this.bytes.subarray(this.at, (this.at += length));
  }

  text(): string {
    return new TextDecoder().decode(this.take(this.leb()));
  }

  section(length: number): Reader {
    const start = this.at;
    this.take(length);
    return new Reader(this.bytes, start, start + length);
  }

  types(): ValueType[] {
    return Array.from({ length: this.leb() }, () => valueTypes[this.byte()]!);
  }
}

class Parser {
  readonly types: FunctionType[] = [];
  readonly functions: { name: string; type: FunctionType }[] = [];
  readonly otherImports: Record<"global" | "table" | "event", string[]> = { global: [], table: [], event: [] };
  readonly segments: Segment[] = [];
  readonly symbols: ObjectSymbol[] = [];

  parse(bytes: Uint8Array): ObjectFile {
    const file = new Reader(bytes);
    if (new TextDecoder("latin1").decode(file.take(4)) !== "\0asm") throw new RangeError("not a wasm file");
    file.take(4);
    while (file.at < file.end) {
      const id = file.byte();
      this.#section(id, file.section(file.leb()));
    }
    return this;
  }

  #section(id: number, section: Reader): void {
    if (id === 0 && section.text() === "linking") this.#linking(section);
    else if (id === 1) this.#types(section);
    else if (id === 2) this.#imports(section);
    else if (id === 3) {
      for (let left = section.leb(); left > 0; left--) this.functions.push({ name: "", type: this.types[section.leb()]! });
    } else if (id === 11) this.#data(section);
  }

  #types(section: Reader): void {
    for (let left = section.leb(); left > 0; left--) {
      section.byte();
      this.types.push({ params: section.types(), results: section.types() });
    }
  }

  #imports(section: Reader): void {
    const limits = () => {
      const flags = section.byte();
      section.leb();
      if (flags & 1) section.leb();
    };
    for (let left = section.leb(); left > 0; left--) {
      section.text();
      const name = section.text();
      const kind = section.byte();
      if (kind === 0) this.functions.push({ name, type: this.types[section.leb()]! });
      else if (kind === 1) {
        section.byte();
        limits();
        this.otherImports.table.push(name);
      } else if (kind === 2) limits();
      else if (kind === 3) {
        section.take(2);
        this.otherImports.global.push(name);
      } else throw new RangeError(`import kind ${kind}`);
    }
  }

  #data(section: Reader): void {
    for (let left = section.leb(); left > 0; left--) {
      if (section.leb() !== 0) throw new RangeError("data segment that is not active");
      // The offset is `i32.const N; end`, and means nothing in an object file.
      section.byte();
      while (section.byte() & 0x80);
      section.byte();
      this.segments.push({ name: "", alignment: 1, bytes: section.take(section.leb()) });
    }
  }

  #linking(section: Reader): void {
    if (section.leb() !== 2) throw new RangeError("version of the linking section");
    while (section.at < section.end) {
      const id = section.byte();
      const part = section.section(section.leb());
      if (id === 5) this.#segmentInfo(part);
      else if (id === 8) for (let left = part.leb(); left > 0; left--) this.symbols.push(this.#symbol(part));
    }
  }

  #segmentInfo(part: Reader): void {
    const count = part.leb();
    for (let index = 0; index < count; index++) {
      this.segments[index]!.name = part.text();
      this.segments[index]!.alignment = 2 ** part.leb();
      part.leb();
    }
  }

  #symbol(part: Reader): ObjectSymbol {
    const kind = symbolKinds[part.byte()]!;
    const flags = part.leb();
    const common = { kind, defined: !(flags & UNDEFINED), weak: !!(flags & WEAK), local: !!(flags & LOCAL) };
    if (kind === "data") {
      const name = part.text();
      if (!common.defined) return { ...common, name };
      const place = { segment: part.leb(), offset: part.leb(), size: part.leb() };
      return flags & ABSOLUTE ? { ...common, name } : { ...common, name, ...place };
    }
    const index = part.leb();
    if (kind === "section") return { ...common, name: "" };
    const named = common.defined || flags & EXPLICIT_NAME;
    if (kind === "function") {
      return { ...common, name: named ? part.text() : this.functions[index]!.name, type: this.functions[index]!.type };
    }
    return { ...common, name: named ? part.text() : (this.otherImports[kind][index] ?? "") };
  }
}

export function parseObject(bytes: Uint8Array, file: string): ObjectFile {
  try {
    return new Parser().parse(bytes);
  } catch (error) {
    throw new KpiError(`${file}: not a wasm object file: ${(error as Error).message}`);
  }
}
