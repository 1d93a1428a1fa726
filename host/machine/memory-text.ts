// Text in linear memory.

/** UTF-8 in and out of shared memory; TextDecoder refuses shared views, so text is copied first. */
export class MemoryText {
  readonly bytes: Uint8Array;
  #encoder = new TextEncoder();
  #decoder = new TextDecoder();

  constructor(memory: WebAssembly.Memory) {
    this.bytes = new Uint8Array(memory.buffer);
  }

  read(address: number, length: number): string {
    return this.#decoder.decode(this.bytes.slice(address >>> 0, (address >>> 0) + length));
  }

  readCString(address: number, limit = 4096): string {
    const start = address >>> 0;
    const end = this.bytes.indexOf(0, start);
    return this.read(start, Math.min(limit, end < 0 ? 0 : end - start));
  }

  /** Writes as much of `text` as fits and returns the number of bytes, without a NUL. */
  write(text: string, address: number, size: number): number {
    const encoded = this.#encoder.encode(text).subarray(0, size);
    this.bytes.set(encoded, address >>> 0);
    return encoded.length;
  }
}
