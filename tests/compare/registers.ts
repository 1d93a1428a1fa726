// Names of a card's registers, from the table of its model: both boards' accesses are told by them.

import { REGISTERS } from "../../boards/desktop/devices/e1000/register-table.ts";
import { MDIC } from "../../boards/desktop/devices/e1000/registers.ts";
import { registerTable } from "../../boards/desktop/devices/rtl8139/register-table.ts";

/** Gives the name of what an access reaches. It may remember: an index register says what its data register is. */
export type Namer = (offset: number, width: number, op: "read" | "write", value: number) => string;

const hex = (value: number): string => value.toString(16).padStart(4, "0");

export function e1000Namer(): Namer {
  const names = new Map<number, string>();
  for (const { name, offset, count = 1, aliases = [] } of REGISTERS) {
    for (const place of [offset, ...aliases]) {
      for (let i = 0; i < count; i++) names.set(place + 4 * i, count > 1 ? `${name}[${i}]` : name);
    }
  }
  // MDIC's is the register of the PHY that was asked for last.
  let phy = 0;
  return (offset, width, op, value) => {
    if (offset === MDIC && op === "write") phy = (value >>> 16) & 31;
    if (offset === MDIC) return `MDIC(${phy})`;
    const name = names.get(offset & ~3) ?? hex(offset & ~3);
    return width === 4 ? name : `${name}:${offset & 3}/${width}`;
  };
}

export function rtl8139Namer(plus: boolean): Namer {
  const table = registerTable(plus);
  return (offset, width) => {
    const register = table.find((one) => offset >= one.offset && offset < one.offset + one.bytes);
    if (register === undefined) return `${hex(offset)}/${width}`;
    const whole = register.offset === offset && register.bytes === width;
    return whole ? register.name : `${register.name}:${offset - register.offset}/${width}`;
  };
}
