// A device's registers as a table: name, offset, width, which bits software changes, what a read or a write does.
// Accesses of 1, 2 and 4 bytes reach registers of any width: a byte write to half of a word register arrives at its
// handler as a value and a mask of the bits that were written, so write-one-to-clear and the like need no cases.

export interface Register<D> {
  /** The datasheet's name. */
  readonly name: string;
  readonly offset: number;
  /** Width in bytes, 1 to 4. */
  readonly bytes: number;
  /** Value after reset; 0 unless said. */
  readonly reset?: number;
  /** Bits that a plain write stores; none unless said. Registers with a `write` handler decide themselves. */
  readonly writable?: number;
  /** The only access width at which a write counts, where the datasheet restricts it. */
  readonly writeWidth?: number;
  readonly read?: (device: D) => number;
  /** `value` is 0 outside of `mask`. */
  readonly write?: (device: D, value: number, mask: number) => void;
}

/** A mask of `bytes` bytes. */
function byteMask(bytes: number): number {
  return bytes === 4 ? 0xffffffff : (1 << (8 * bytes)) - 1;
}

export class RegisterFile<D> {
  /** The stored value of each register, by its offset. */
  readonly value: Uint32Array;

  readonly table: readonly Register<D>[];
  readonly #device: D;
  /** For each byte: which register of the table it belongs to, -1 if reserved. */
  readonly #owner: Int16Array;

  constructor(device: D, table: readonly Register<D>[], size: number) {
    this.table = table;
    this.value = new Uint32Array(size);
    this.#device = device;
    this.#owner = new Int16Array(size).fill(-1);
    table.forEach((register, index) => {
      for (let i = 0; i < register.bytes; i++) {
        if (this.#owner[register.offset + i] !== -1) throw new Error(`register ${register.name} overlaps another`);
        this.#owner[register.offset + i] = index;
      }
    });
    this.reset();
  }

  /** Gives each register for which `which` is true its reset value. */
  reset(which: (register: Register<D>) => boolean = () => true): void {
    for (const register of this.table) {
      if (which(register)) this.value[register.offset] = register.reset ?? 0;
    }
  }

  /** Reserved bytes read as 0. */
  read(offset: number, width: number): number {
    const end = Math.min(offset + width, this.#owner.length);
    let result = 0;
    for (let at = offset; at < end;) {
      const index = this.#owner[at]!;
      if (index < 0) {
        at++;
        continue;
      }
      const register = this.table[index]!;
      const skip = at - register.offset;
      const take = Math.min(register.bytes - skip, end - at);
      const stored = register.read === undefined ? this.value[register.offset]! : register.read(this.#device);
      result |= ((stored >>> (8 * skip)) & byteMask(take)) << (8 * (at - offset));
      at += take;
    }
    return result >>> 0;
  }

  write(offset: number, width: number, value: number): void {
    const end = Math.min(offset + width, this.#owner.length);
    for (let at = offset; at < end;) {
      const index = this.#owner[at]!;
      if (index < 0) {
        at++;
        continue;
      }
      const register = this.table[index]!;
      const skip = at - register.offset;
      const take = Math.min(register.bytes - skip, end - at);
      const mask = (byteMask(take) << (8 * skip)) >>> 0;
      const bits = (((value >>> (8 * (at - offset))) << (8 * skip)) & mask) >>> 0;
      at += take;
      if (register.writeWidth !== undefined && register.writeWidth !== width) continue;
      if (register.write !== undefined) register.write(this.#device, bits, mask);
      else if (register.writable !== undefined) this.store(register.offset, bits, mask & register.writable);
    }
  }

  /** Replaces the bits of `mask`. */
  store(offset: number, value: number, mask: number): void {
    this.value[offset] = (this.value[offset]! & ~mask) | (value & mask);
  }

  save(): Record<string, number> {
    const state: Record<string, number> = {};
    for (const register of this.table) state[register.name] = this.value[register.offset]!;
    return state;
  }

  restore(state: Readonly<Record<string, number>>): void {
    for (const register of this.table) this.value[register.offset] = state[register.name] ?? register.reset ?? 0;
  }
}
