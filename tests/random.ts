// Numbers that a seed determines, and the shapes of input that break programs. Each case of a target has a generator of
// its own, made of the seed and the case's number, so that any case repeats alone.

/** What is one off somewhere: limits of widths, signs, sizes and counts. */
const EDGES = [
  0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 511, 512, 1023, 1024, 1500, 1514, 4095, 4096,
  8191, 8192, 32767, 32768, 65535, 65536, 0xfffff, 0x100000, 0x3fffffff, 0x40000000, 0x7ffffffe, 0x7fffffff, 0x80000000,
  0x80000001, 0xfffffffc, 0xfffffffe, 0xffffffff,
];

/** Names that mean something to JavaScript, to the loader, to the kernel, or to a terminal. */
export const NAMES = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "__defineGetter__",
  "length",
  "name",
  "__this_module",
  "init_module",
  "cleanup_module",
  "memory",
  "__indirect_function_table",
  "__stack_pointer",
  "env",
  "__ksymtab_kfree",
  "__ksymtab___proto__",
  "__ksymtab_",
  "kfree",
  "__kmalloc",
  "jiffies",
  "kpi_boot",
  "_printk",
  "",
  " ",
  "a",
  "..",
  "../../../etc/passwd",
  "a".repeat(300),
  "a".repeat(70_000),
  "\u2028",
  "\u001b[2J",
  "\u0000",
  "é\u0301",
  ".modinfo",
  ".data..percpu",
  "__param",
  "__ksymtab",
  "linking",
  "reloc.CODE",
  "reloc.DATA",
  "target_features",
  "%s%n",
];

/** sfc32: fast, and its streams are independent of each other. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = 0x9e3779b9 | 0;
    for (let i = 0; i < 12; i++) this.u32();
  }

  u32(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** 0 up to `limit`, that excluded. */
  below(limit: number): number {
    return this.u32() % limit;
  }

  /** True once in `n`. */
  once(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** A list of `least` to `most` items. */
  list<T>(least: number, most: number, item: (i: number) => T): T[] {
    return Array.from({ length: least + this.below(most - least + 1) }, (_, i) => item(i));
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.u32();
    return bytes;
  }

  /** A 32-bit number, more often than not one that programs trip over. */
  number(): number {
    switch (this.below(4)) {
      case 0:
        return this.u32();
      case 1:
        return this.below(256);
      case 2:
        return (1 << this.below(32)) >>> 0;
      default:
        return this.pick(EDGES);
    }
  }

  /** Up to `most` characters of `alphabet`. */
  text(alphabet: string, most: number): string {
    let text = "";
    for (let n = this.below(most + 1); n > 0; n--) text += alphabet[this.below(alphabet.length)];
    return text;
  }
}
