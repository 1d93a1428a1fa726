// Writes the wasm binary format.

export class Writer {
  readonly #parts: Uint8Array[] = [];

  bytes(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }

  u8(value: number): this {
    return this.bytes(Uint8Array.of(value));
  }

  u32(value: number): this {
    const out: number[] = [];
    for (; value > 0x7f; value >>>= 7) out.push((value & 0x7f) | 0x80);
    return this.bytes(Uint8Array.of(...out, value));
  }

  /** Bytes after their count. */
  counted(bytes: Uint8Array): this {
    return this.u32(bytes.length).bytes(bytes);
  }

  name(name: string): this {
    return this.counted(Buffer.from(name));
  }

  vector<T>(items: readonly T[], write: (item: T) => void): this {
    this.u32(items.length);
    for (const item of items) write(item);
    return this;
  }

  get whole(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}
