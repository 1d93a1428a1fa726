// Configuration space, through the chipset's memory-mapped window (ECAM): 4 KiB a function. The root bus shows the host
// bridge and the devices that were asked for; the rest of the chipset (LPC, AHCI, SMBus) and the board's own helpers are
// nobody's business.

import { allOnes } from "../desktop/pci/config-space.ts";
import { CONFIG_FIELDS, shiftedClass } from "../desktop/pci/fields.ts";
import type { QemuDevice } from "./devices.ts";
import type { Qtest } from "./qtest.ts";

export const ECAM = 0xb0000000;

/** The ports that reach configuration space before the window is open, and the host bridge's register for that
 *  (Q35 MCH, PCIEXBAR). */
const CONFIG_ADDRESS = 0xcf8;
const CONFIG_DATA = 0xcfc;
const PCIEXBAR = 0x60;
const ENABLE = 0x80000000;

const SLOTS = 32;

export class ConfigSpace {
  readonly #qtest: Qtest;
  readonly #visible: boolean[] = new Array<boolean>(SLOTS).fill(false);
  /** Bytes that a device's options lay over what it says, by bdf << 12 | where. */
  readonly #overrides = new Map<number, number>();

  constructor(qtest: Qtest, devices: readonly QemuDevice[]) {
    this.#qtest = qtest;
    qtest.portWrite(CONFIG_ADDRESS, 4, ENABLE | PCIEXBAR);
    qtest.portWrite(CONFIG_DATA, 4, ECAM | 1);
    this.#visible[0] = true;
    for (const { devfn, overrides } of devices) {
      if (devfn === undefined) continue;
      this.#visible[devfn >>> 3] = true;
      for (const [name, value] of Object.entries(overrides)) this.#override(devfn, name, value);
    }
  }

  #override(devfn: number, name: string, value: number): void {
    const { where, size } = CONFIG_FIELDS[name]!;
    // class=0x0200 is base class and subclass, as lspci prints them; class=0x020000 has the interface too.
    const shifted = shiftedClass(name, value);
    for (let i = 0; i < size; i++) this.#overrides.set((devfn << 12) | (where + i), (shifted >>> (8 * i)) & 0xff);
  }

  /** Whether anything may answer at all. */
  #shows(bdf: number): boolean {
    return bdf >>> 8 !== 0 || this.#visible[bdf >>> 3]!;
  }

  read(bdf: number, where: number, width: number): number {
    if (!this.#shows(bdf)) return allOnes(width);
    let value = this.#qtest.mmioRead(ECAM | (bdf << 12) | where, width);
    if (this.#overrides.size === 0) return value;
    for (let i = 0; i < width; i++) {
      const byte = this.#overrides.get((bdf << 12) | (where + i));
      if (byte !== undefined) value = (value & ~(0xff << (8 * i))) | (byte << (8 * i));
    }
    return value >>> 0;
  }

  write(bdf: number, where: number, width: number, value: number): void {
    if (this.#shows(bdf)) this.#qtest.mmioWrite(ECAM | (bdf << 12) | where, width, value);
  }
}
