// The MSI capability, PCI Local Bus Specification 3.0, 6.8.1: with 64-bit addresses and a mask bit for each vector.
//
//   +0 id, next    +2 control    +4 address    +8 upper address    +c data    +10 mask bits    +14 pending bits
import { addCapability } from "./capability.ts";
import type { ConfigSpace } from "./config-space.ts";

const PCI_CAP_ID_MSI = 0x05;
const FLAGS = 2;
const FLAGS_ENABLE = 1 << 0;
const FLAGS_QMASK_SHIFT = 1;
const FLAGS_QSIZE_SHIFT = 4;
const FLAGS_QSIZE = 0x70;
const FLAGS_64BIT = 1 << 7;
const FLAGS_MASKBIT = 1 << 8;
const ADDRESS_LO = 4;
const ADDRESS_HI = 8;
const DATA = 12;
const MASK = 16;
const PENDING = 20;

/** A memory write of the device's. */
export type SendMessage = (address: number, data: number) => void;

export class Msi {
  readonly where: number;
  readonly #config: ConfigSpace;
  readonly #vectors: number;
  readonly #send: SendMessage;

  /** `vectors` is a power of two up to 32. */
  constructor(config: ConfigSpace, where: number, vectors: number, send: SendMessage) {
    this.#config = config;
    this.#vectors = vectors;
    this.#send = send;
    this.where = where;
    addCapability(config, PCI_CAP_ID_MSI, where);
    config.define(where + FLAGS, 2, FLAGS_64BIT | FLAGS_MASKBIT | (Math.log2(vectors) << FLAGS_QMASK_SHIFT));
    config.allow(where + FLAGS, 2, FLAGS_ENABLE | FLAGS_QSIZE);
    config.allow(where + ADDRESS_LO, 4, 0xfffffffc);
    config.allow(where + ADDRESS_HI, 4, 0xffffffff);
    config.allow(where + DATA, 2, 0xffff);
    config.allow(where + MASK, 4, 2 ** vectors - 1);
  }

  get enabled(): boolean {
    return (this.#flags & FLAGS_ENABLE) !== 0;
  }

  get #flags(): number {
    return this.#config.get16(this.where + FLAGS);
  }

  /** How many vectors software has given to the device. */
  get allotted(): number {
    return Math.min(1 << ((this.#flags & FLAGS_QSIZE) >> FLAGS_QSIZE_SHIFT), this.#vectors);
  }

  /** Raises a vector, from 0 on; a masked one is pending. Whether the device may. */
  raise(vector: number): boolean {
    if (!this.enabled || vector >= this.allotted) return false;
    const pending = this.#config.get32(this.where + PENDING);
    this.#config.set(this.where + PENDING, 4, pending | (1 << vector));
    this.deliver();
    return true;
  }

  /** Sends what is pending and not masked; also when software has written to the capability. */
  deliver(): void {
    if (!this.enabled) return;
    const { where } = this;
    const pending = this.#config.get32(where + PENDING);
    let ready = pending & ~this.#config.get32(where + MASK);
    if (ready === 0) return;
    this.#config.set(where + PENDING, 4, pending & ~ready);
    const address = this.#config.get32(where + ADDRESS_HI) * 0x100000000 + this.#config.get32(where + ADDRESS_LO);
    const data = this.#config.get16(where + DATA) & ~(this.allotted - 1);
    for (; ready !== 0; ready &= ready - 1) this.#send(address, data | (31 - Math.clz32(ready & -ready)));
  }
}
