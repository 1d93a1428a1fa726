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
  /** Seconds, more than a negotiation takes and the time between two looks of the driver's watchdog. */
  readonly settle: number;
  /** Seconds until the card hears frames after its receive control was written: QEMU's e1000 takes none for one. */
  readonly listening: number;
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
    settle: 2.5,
    listening: 1.1,
    namer: e1000Namer,
    timing: e1000Timing,
  },
  {
    driver: "8139cp",
    device: "rtl8139",
    sources: ["drivers/net/mii.c", `${REALTEK}/8139cp.c`],
    mtu: 1400,
    settle: 1.6,
    listening: 0,
    namer: () => rtl8139Namer(true),
    timing: rtl8139PlusTiming,
  },
  {
    driver: "8139too",
    device: "rtl8139,revision=0x10",
    sources: ["drivers/net/mii.c", `${REALTEK}/8139too.c`],
    mtu: 1400,
    settle: 1.6,
    listening: 0,
    namer: () => rtl8139Namer(false),
    timing: rtl8139Timing,
  },
];
