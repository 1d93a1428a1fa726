// What is compared: a driver, the card that it drives, how the card's registers are called, and which of them time moves.

import { e1000Timing, rtl8139PlusTiming, rtl8139Timing, type Timing } from "./timing.ts";
import { e1000Namer, rtl8139Namer, type Namer } from "./registers.ts";

export interface Subject {
  readonly driver: string;
  /** As --device has it. */
  readonly device: string;
  /** The same on the desktop board, if it wants more to be like QEMU's. */
  readonly own?: string;
  /** What `kpi build` wants. */
  readonly sources: readonly string[];
  /** A larger MTU that the driver takes. */
  readonly mtu: number;
  readonly namer: () => Namer;
  readonly timing: Timing;
}

const REALTEK = "drivers/net/ethernet/realtek";

export const SUBJECTS: readonly Subject[] = [
  {
    driver: "e1000",
    device: "e1000",
    // What QEMU's takes: the driver does other things when the link is up at once.
    own: "e1000,negotiation=500",
    sources: ["drivers/net/ethernet/intel/e1000"],
    mtu: 4000,
    namer: e1000Namer,
    timing: e1000Timing,
  },
  {
    driver: "8139cp",
    device: "rtl8139",
    sources: ["drivers/net/mii.c", `${REALTEK}/8139cp.c`],
    mtu: 1400,
    namer: () => rtl8139Namer(true),
    timing: rtl8139PlusTiming,
  },
  {
    driver: "8139too",
    device: "rtl8139,revision=0x10",
    sources: ["drivers/net/mii.c", `${REALTEK}/8139too.c`],
    mtu: 1400,
    namer: () => rtl8139Namer(false),
    timing: rtl8139Timing,
  },
];
