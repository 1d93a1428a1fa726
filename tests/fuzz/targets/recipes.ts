// How a driver starts each model's transmitter and receiver, with rings wherever the case likes: without that, random
// traffic hardly ever gets past a card's own checks. Registers have their datasheets' names in the models.

import {
  COMMAND,
  DST_ADDR,
  FLAGS,
  IRQ_NUMBER,
  IRQ_TYPE,
  SIZE,
  SRC_ADDR,
} from "../../../boards/desktop/devices/pci-epf-test/registers.ts";
import type { CardStep } from "../card.ts";
import type { Random } from "../../random.ts";

type Address = (random: Random) => number;

const write = (offset: number, width: number, value: number): CardStep => ({
  write: offset,
  width,
  value: value >>> 0,
});

/** C+ mode or C mode; an RTL8139C ignores what it does not have. */
function rtl8139(random: Random, address: Address): CardStep[] {
  const plus = random.once(3) ? 0 : 3;
  const rings = plus ? [0x20, 0x28, 0xe4] : [0x20, 0x24, 0x28, 0x2c, 0x30];
  return [
    write(0xe0, 2, (random.u32() & 0x7b) | plus),
    ...rings.map((offset) => write(offset, 4, address(random))),
    ...(plus ? [0x24, 0x2c, 0xe8].map((offset) => write(offset, 4, random.once(8) ? random.u32() : 0)) : []),
    write(0x37, 1, 0x0c),
    write(0x44, 4, random.u32() | (random.once(8) ? 0 : 0x3f)),
    write(0x40, 4, random.once(4) ? random.u32() : random.once(2) ? 0x03060600 : 0x03000600),
    write(0x3c, 2, random.u32()),
    plus ? write(0xd9, 1, 0xc1) : write(0x10 + 4 * random.below(4), 4, random.below(0x2000)),
    ...(plus ? [] : [write(0x38, 2, random.u32())]),
  ];
}

/** RDBAL … RDT and TDBAL … TDT, in an order that starts both rings; lengths that are a ring's, or not. */
function e1000(random: Random, address: Address): CardStep[] {
  const ring = (base: number): CardStep[] => [
    write(base, 4, address(random)),
    write(base + 4, 4, random.once(8) ? random.u32() : 0),
    write(base + 8, 4, random.once(4) ? random.number() : 128 * (1 + random.below(8))),
    write(base + 0x10, 4, random.once(4) ? random.number() : random.below(8)),
  ];
  return [
    write(0x0000, 4, random.once(4) ? random.u32() : 0x0040),
    ...ring(0x2800),
    ...ring(0x3800),
    write(0x0100, 4, random.u32() | (random.once(8) ? 0 : 0x801a)),
    write(0x0400, 4, random.u32() | (random.once(8) ? 0 : 0x000a)),
    write(0x00d0, 4, random.u32()),
    write(0x2818, 4, random.once(4) ? random.number() : random.below(16)),
    write(0x3818, 4, random.once(4) ? random.number() : random.below(16)),
  ];
}

/** A command that reads, writes or copies, and reports by any kind of interrupt. */
function pciEpfTest(random: Random, address: Address): CardStep[] {
  return [
    write(SRC_ADDR, 4, address(random)),
    write(DST_ADDR, 4, address(random)),
    ...[SRC_ADDR + 4, DST_ADDR + 4].map((upper) => write(upper, 4, random.once(8) ? random.u32() : 0)),
    write(SIZE, 4, random.once(4) ? random.u32() : random.below(0x3000)),
    write(IRQ_TYPE, 4, random.once(8) ? random.u32() : random.below(3)),
    write(IRQ_NUMBER, 4, random.once(8) ? random.u32() : random.below(34)),
    write(FLAGS, 4, random.once(4) ? random.u32() : 0),
    write(COMMAND, 4, random.once(4) ? random.u32() : 1 << random.below(6)),
    { ns: 2e6 },
  ];
}

export const RECIPES: Readonly<Record<string, (random: Random, address: Address) => CardStep[]>> = {
  rtl8139,
  e1000,
  "pci-epf-test": pciEpfTest,
};
