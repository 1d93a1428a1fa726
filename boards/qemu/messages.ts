// Message-signalled interrupts. What a device writes to the address of a PC's interrupt controller (0xfee00000) goes to the
// processor, past what qtest can see. So messages go elsewhere: to edu devices, QEMU's teaching device, whose register
// 0x60 collects the bits that are written to it and holds its interrupt line for as long as there are any. Each of these has
// an IOAPIC input to itself.
//
//   vector 32 + 16n + b   ↔   bit b of helper n, in slot 0x19 + n, at 0xfe000000 + n MiB, on input 16 + n
//
// Bits, not numbers, since messages that come together are or-ed; 16, since that is how wide the data of MSI are. Nothing
// gets lost: the bits are read and cleared at once, before their handlers run.

import type { InterruptLines, Message } from "../board.ts";
import { ECAM } from "./config-space.ts";
import type { Qtest } from "./qtest.ts";

const HELPERS = 4;
const BITS = 16;
const FIRST_VECTOR = 32;
const FIRST_SLOT = 0x19;
const FIRST_INPUT = 16;

/** docs/specs/edu.txt. */
const EDU_BASE = 0xfe000000;
const EDU_BYTES = 0x100000;
const EDU_STATUS = 0x24;
const EDU_RAISE = 0x60;
const EDU_ACKNOWLEDGE = 0x64;

const PCI_COMMAND = 0x04;
const COMMAND_MEMORY = 2;
const PCI_BAR0 = 0x10;

/** Where the chipset leads the lines of slots 0x19 and up: ICH9 datasheet, 10.1.45 ff., device interrupt route registers,
 *  in the root complex block, whose place is in the LPC bridge's RCBA. */
const LPC = 0x1f << 3;
const RCBA = 0xf0;
const RCRB = 0xfed1c000;
const ROUTES = [0x3150, 0x314c, 0x3148, 0x3146] as const;

const base = (helper: number): number => EDU_BASE + helper * EDU_BYTES;

/** QEMU's arguments for them. */
export function messageDevices(): string[] {
  return Array.from({ length: HELPERS }, (_, n) => ["-device", `edu,addr=${(FIRST_SLOT + n).toString(16)}`]).flat();
}

export function messageOf(vector: number): Message | undefined {
  const index = vector - FIRST_VECTOR;
  if (index < 0 || index >= HELPERS * BITS) return undefined;
  return { address: base(Math.floor(index / BITS)) + EDU_RAISE, data: 1 << (index % BITS) };
}

export class Messages {
  readonly #qtest: Qtest;
  readonly #lines: InterruptLines;
  /** Helpers whose line is up, as bits. */
  #raised = 0;
  #collecting = false;

  constructor(qtest: Qtest, lines: InterruptLines) {
    this.#qtest = qtest;
    this.#lines = lines;
    qtest.mmioWrite(ECAM + (LPC << 12) + RCBA, 4, RCRB | 1);
    for (let helper = 0; helper < HELPERS; helper++) {
      const config = ECAM + ((FIRST_SLOT + helper) << 15);
      qtest.mmioWrite(config + PCI_BAR0, 4, base(helper));
      qtest.mmioWrite(config + PCI_COMMAND, 2, COMMAND_MEMORY);
      // Pin A to the input's line; the other pins are not used.
      qtest.mmioWrite(RCRB + ROUTES[helper]!, 2, helper);
    }
    qtest.sync();
  }

  /** An IOAPIC input changed; whether it is one of these. */
  irq(input: number, raised: boolean): boolean {
    const helper = input - FIRST_INPUT;
    if (helper < 0 || helper >= HELPERS) return false;
    if (raised) this.#raised |= 1 << helper;
    else this.#raised &= ~(1 << helper);
    return true;
  }

  /** Collects what there is, if any line is up. Waits for QEMU; not in the middle of another command. */
  collect(): void {
    if (this.#raised === 0 || this.#collecting) return;
    this.#collecting = true;
    while (this.#raised !== 0) {
      const helper = 31 - Math.clz32(this.#raised);
      const bits = this.#qtest.exchange(base(helper) + EDU_STATUS, base(helper) + EDU_ACKNOWLEDGE, (1 << BITS) - 1);
      // Together with those that came while others were collected the line falls, and is up again if there are more.
      for (let rest = bits; rest !== 0; rest &= rest - 1) {
        this.#lines.edge(FIRST_VECTOR + helper * BITS + 31 - Math.clz32(rest & -rest));
      }
    }
    this.#collecting = false;
  }
}
