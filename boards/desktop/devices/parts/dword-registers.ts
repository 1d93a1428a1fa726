// A device's registers where every register is one aligned dword, as on Intel's network controllers: name, offset,
// which bits software changes, what a read or a write does. An access is two table look-ups, whatever the size of
// the map. A narrower read gives its bytes of the dword; a narrower write has no meaning there and is ignored.

export interface DwordRegister<D> {
  /** The manual's name. */
  readonly name: string;
  readonly offset: number;
  /** Dwords in a row, of an array; 1 unless said. */
  readonly count?: number;
  /** Other addresses of the same register or array. */
  readonly aliases?: readonly number[];
  /** Value after reset; 0 unless said. */
  readonly reset?: number;
  /** Bits that a plain write stores; none unless said. Registers with a `write` handler decide themselves. */
  readonly writable?: number;
  /** `at` is the dword's place in `value`. */
  readonly read?: (device: D, at: number) => number;
  readonly write?: (device: D, value: number, at: number) => void;
}

export class DwordRegisters<D> {
  /** The stored value of each register, by offset / 4. */
  readonly value: Uint32Array;
  readonly table: readonly DwordRegister<D>[];

  readonly #device: D;
  /** For each dword of the map: where its register is kept. What is reserved is kept behind the end, and is 0. */
  readonly #home: Uint16Array;
  readonly #writable: Uint32Array;
  /** For each kept dword: its handlers, as indices; 0 is none. */
  readonly #reader: Uint8Array;
  readonly #writer: Uint8Array;
  readonly #readers: (((device: D, at: number) => number) | undefined)[] = [undefined];
  readonly #writers: (((device: D, value: number, at: number) => void) | undefined)[] = [undefined];

  /** `bytes` is the size of the map. */
  constructor(device: D, table: readonly DwordRegister<D>[], bytes: number) {
    const dwords = bytes >>> 2;
    this.table = table;
    this.#device = device;
    this.value = new Uint32Array(dwords + 1);
    this.#home = new Uint16Array(dwords).fill(dwords);
    this.#writable = new Uint32Array(dwords + 1);
    this.#reader = new Uint8Array(dwords + 1);
    this.#writer = new Uint8Array(dwords + 1);
    for (const register of table) this.#add(register);
    this.reset();
  }

  #add(register: DwordRegister<D>): void {
    const { name, offset, count = 1, aliases = [], read, write } = register;
    const reader = read === undefined ? 0 : indexOf(this.#readers, read);
    const writer = write === undefined ? 0 : indexOf(this.#writers, write);
    for (let i = 0; i < count; i++) {
      const home = (offset >>> 2) + i;
      for (const place of [offset, ...aliases]) {
        const dword = (place >>> 2) + i;
        if (this.#home[dword] !== this.#home.length) throw new Error(`register ${name} overlaps another`);
        this.#home[dword] = home;
      }
      this.#writable[home] = register.writable ?? 0;
      this.#reader[home] = reader;
      this.#writer[home] = writer;
    }
  }

  /** Gives each register for which `which` is true its reset value. */
  reset(which: (register: DwordRegister<D>) => boolean = () => true): void {
    for (const register of this.table) {
      const { offset, count = 1, reset = 0 } = register;
      if (which(register)) this.value.fill(reset, offset >>> 2, (offset >>> 2) + count);
    }
  }

  read(offset: number, width: number): number {
    const dword = offset >>> 2;
    if (dword >= this.#home.length) return 0;
    const at = this.#home[dword]!;
    const reader = this.#readers[this.#reader[at]!];
    const value = reader === undefined ? this.value[at]! : reader(this.#device, at) >>> 0;
    if (width === 4) return value;
    return (value >>> (8 * (offset & 3))) & (width === 2 ? 0xffff : 0xff);
  }

  write(offset: number, width: number, value: number): void {
    const dword = offset >>> 2;
    if (dword >= this.#home.length || width !== 4) return;
    const at = this.#home[dword]!;
    const writer = this.#writers[this.#writer[at]!];
    if (writer === undefined) this.store(at, value);
    else writer(this.#device, value, at);
  }

  /** Changes the bits that software may change. */
  store(at: number, value: number): void {
    const mask = this.#writable[at]!;
    this.value[at] = (this.value[at]! & ~mask) | (value & mask);
  }

  save(): Record<string, number[]> {
    const state: Record<string, number[]> = {};
    for (const { name, offset, count = 1 } of this.table) {
      state[name] = Array.from(this.value.subarray(offset >>> 2, (offset >>> 2) + count));
    }
    return state;
  }

  restore(state: Readonly<Record<string, readonly number[]>>): void {
    this.reset();
    for (const { name, offset } of this.table) this.value.set(state[name] ?? [], offset >>> 2);
  }
}

/** The place of `handler` in `list`, where it is added if need be. */
function indexOf<T>(list: T[], handler: T): number {
  const at = list.indexOf(handler);
  if (at >= 0) return at;
  if (list.length > 0xff) throw new Error("more than 255 different handlers");
  return list.push(handler) - 1;
}
