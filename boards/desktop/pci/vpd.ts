// The VPD capability, PCI Local Bus Specification 3.0, appendix I: an EEPROM of Vital Product Data behind an address and
// a data register. The flag in the address says which way a dword goes, and turns when it has gone.
//
//   +0 id, next    +2 flag 15, address 14..0    +4 data
import { addCapability } from "./capability.ts";
import type { ConfigSpace } from "./config-space.ts";

const PCI_CAP_ID_VPD = 0x03;
const ADDRESS = 2;
const ADDRESS_FLAG = 0x8000;
const DATA = 4;

export class VitalProductData {
  readonly where: number;
  readonly bytes: Uint8Array;
  readonly #config: ConfigSpace;
  readonly #view: DataView;

  constructor(config: ConfigSpace, where: number, bytes: Uint8Array<ArrayBuffer>) {
    this.where = where;
    this.bytes = bytes;
    this.#config = config;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    addCapability(config, PCI_CAP_ID_VPD, where);
    config.allow(where + ADDRESS, 2, 0xffff);
    config.allow(where + DATA, 4, 0xffffffff);
  }

  /** Software has written configuration space at `where`. */
  written(where: number, width: number): void {
    const at = this.where + ADDRESS;
    if (where > at + 1 || where + width <= at + 1) return;
    const address = this.#config.get16(at);
    const offset = address & ~(ADDRESS_FLAG | 3);
    const inside = offset + 4 <= this.bytes.length;
    if ((address & ADDRESS_FLAG) !== 0) {
      if (inside) this.#view.setUint32(offset, this.#config.get32(this.where + DATA), true);
    } else {
      this.#config.set(this.where + DATA, 4, inside ? this.#view.getUint32(offset, true) : 0xffffffff);
    }
    this.#config.set(at, 2, address ^ ADDRESS_FLAG);
  }
}

/** The product's name and its read-only keywords, with a checksum, as an EEPROM has them. */
export function vitalProductData(name: string, keywords: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const fields = Object.entries(keywords).flatMap(([key, text]) => [
    ...Buffer.from(key),
    text.length,
    ...Buffer.from(text),
  ]);
  const size = fields.length + 4; // RV, its length, and one byte
  const bytes = [0x82, name.length, 0, ...Buffer.from(name), 0x90, size & 0xff, size >> 8, ...fields, 0x52, 0x56, 1];
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  const data = new Uint8Array(256).fill(0xff);
  data.set([...bytes, -sum & 0xff, 0x78]);
  return data;
}
