// A bounds-checked reader of the wasm binary format. Whatever the bytes, it either reads or throws ObjectError.

/** The file is not what it claims to be; the message says where it breaks. */
export class ObjectError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ObjectError";
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** What would break a message out of its line. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Twice what the kernel takes for a symbol's name (KSYM_NAME_LEN); a longer one would drown the message it stands in. */
const NAME_MAX = 1024;

export class Reader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get more(): boolean {
    return this.at < this.end;
  }

  #need(count: number): void {
    if (count > this.end - this.at) throw new ObjectError(`truncated at byte ${this.at}`);
  }

  u8(): number {
    this.#need(1);
    return this.bytes[this.at++];
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw new ObjectError(`number out of range at byte ${this.at}`);
  }

  /** A signed LEB128 of up to 32 bits. */
  s32(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return byte & 0x40 ? value | (-1 << (shift + 7)) : value;
    }
    // Four bits are left; the bits above them must repeat the sign.
    const last = this.u8();
    if (last > 0x07 && (last < 0x78 || last > 0x7f)) throw new ObjectError(`number out of range at byte ${this.at}`);
    return value | (last << 28);
  }

  take(count: number): Uint8Array {
    this.#need(count);
    const view = this.bytes.subarray(this.at, this.at + count);
    this.at += count;
    return view;
  }

  name(): string {
    const bytes = this.take(this.u32());
    if (bytes.length > NAME_MAX) throw new ObjectError(`a name of ${bytes.length} bytes at byte ${this.at}`);
    let name: string;
    try {
      name = utf8.decode(bytes);
    } catch {
      throw new ObjectError(`a name is not UTF-8 at byte ${this.at}`);
    }
    if (CONTROL.test(name)) throw new ObjectError(`a name has control characters at byte ${this.at}`);
    return name;
  }

  /** A reader of the next `count` bytes, which this one skips. */
  sub(count: number): Reader {
    this.#need(count);
    const reader = new Reader(this.bytes, this.at, this.at + count);
    this.at += count;
    return reader;
  }

  /** Reads a counted vector; a count that the rest of the section cannot hold is refused before any work. */
  vector<T>(item: (reader: this) => T): T[] {
    const count = this.u32();
    this.#need(count);
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(item(this));
    return items;
  }
}
