// The MSI-X capability, PCI Local Bus Specification 3.0, 6.8.2: a table of messages and an array of pending bits, both
// in a base address of the function.
//
//   +0 id, next    +2 control    +4 table: offset | BAR    +8 pending bits: offset | BAR
//   an entry: +0 address    +4 upper address    +8 data    +c vector control
import { addCapability } from "./capability.ts";
import type { ConfigSpace } from "./config-space.ts";
import type { SendMessage } from "./msi.ts";

const PCI_CAP_ID_MSIX = 0x11;
const FLAGS = 2;
const FLAGS_MASKALL = 1 << 14;
const FLAGS_ENABLE = 1 << 15;
const TABLE = 4;
const PBA = 8;
const ENTRY_WORDS = 4;
const ENTRY_MASKBIT = 1;

/** Where a function has its table and its pending bits. */
export interface MsixPlace {
  readonly bar: number;
  readonly table: number;
  readonly pba: number;
}

export class Msix {
  readonly where: number;
  readonly entries: number;
  readonly place: MsixPlace;
  readonly #config: ConfigSpace;
  readonly #table: Uint32Array;
  readonly #pending: Uint32Array;
  readonly #send: SendMessage;

  constructor(config: ConfigSpace, where: number, entries: number, place: MsixPlace, send: SendMessage) {
    this.#config = config;
    this.where = where;
    this.entries = entries;
    this.place = place;
    this.#send = send;
    this.#table = new Uint32Array(entries * ENTRY_WORDS);
    this.#pending = new Uint32Array(Math.ceil(entries / 64) * 2);
    addCapability(config, PCI_CAP_ID_MSIX, where);
    config.define(where + FLAGS, 2, entries - 1);
    config.allow(where + FLAGS, 2, FLAGS_MASKALL | FLAGS_ENABLE);
    config.define(where + TABLE, 4, place.table | place.bar);
    config.define(where + PBA, 4, place.pba | place.bar);
    this.reset();
  }

  get enabled(): boolean {
    return (this.#config.get16(this.where + FLAGS) & FLAGS_ENABLE) !== 0;
  }

  /** Every entry is masked, nothing is pending. */
  reset(): void {
    this.#table.fill(0);
    for (let word = ENTRY_WORDS - 1; word < this.#table.length; word += ENTRY_WORDS) this.#table[word] = ENTRY_MASKBIT;
    this.#pending.fill(0);
  }

  /** The dword at `offset` of its BAR; undefined: it is none of the table's or the pending bits'. */
  read(offset: number): number | undefined {
    const { table, pba } = this.place;
    return this.#table[(offset - table) / 4] ?? this.#pending[(offset - pba) / 4];
  }

  /** Writes a dword; whether it is the table's or the pending bits'. */
  write(offset: number, value: number): boolean {
    const index = (offset - this.place.table) / 4;
    if (index < 0 || index >= this.#table.length) return this.read(offset) !== undefined;
    this.#table[index] = index % ENTRY_WORDS === ENTRY_WORDS - 1 ? value & ENTRY_MASKBIT : value;
    this.deliver();
    return true;
  }

  /** Raises the vector of an entry, from 0 on; a masked one is pending. Whether the device may. */
  raise(entry: number): boolean {
    if (!this.enabled || entry >= this.entries) return false;
    this.#pending[entry >>> 5]! |= 1 << (entry & 31);
    this.deliver();
    return true;
  }

  /** Sends what is pending and not masked; also when software has written to the capability. */
  deliver(): void {
    const flags = this.#config.get16(this.where + FLAGS);
    if ((flags & (FLAGS_ENABLE | FLAGS_MASKALL)) !== FLAGS_ENABLE) return;
    for (let word = 0; word < this.#pending.length; word++) {
      for (let bits = this.#pending[word]!; bits !== 0; bits &= bits - 1) {
        const bit = 31 - Math.clz32(bits & -bits);
        const at = (word * 32 + bit) * ENTRY_WORDS;
        if ((this.#table[at + 3]! & ENTRY_MASKBIT) !== 0) continue;
        this.#pending[word]! &= ~(1 << bit);
        this.#send(this.#table[at + 1]! * 0x100000000 + this.#table[at]!, this.#table[at + 2]!);
      }
    }
  }

  save(): { table: number[]; pending: number[] } {
    return { table: Array.from(this.#table), pending: Array.from(this.#pending) };
  }

  restore({ table, pending }: { table: number[]; pending: number[] }): void {
    this.#table.set(table);
    this.#pending.set(pending);
  }
}
