// Faults that a board makes its devices have on purpose, for tests of drivers. Each has an amount: a count of things
// that go wrong, or how long something does.

export interface FaultKind {
  readonly unit: "count" | "seconds";
  /** The amount when nobody says one. */
  readonly usual: number;
  readonly summary: string;
}

export const FAULTS = {
  "link-flap": { unit: "seconds", usual: 1, summary: "the cable is out for so long" },
  "lost-interrupt": { unit: "count", usual: 1, summary: "interrupts that never reach the CPU" },
  "descriptor-error": { unit: "count", usual: 1, summary: "descriptors or commands that end with an error" },
  "dma-error": { unit: "count", usual: 1, summary: "accesses to memory that end in a master abort" },
  "slow-dma": { unit: "seconds", usual: 0.001, summary: "others have the bus for so long" },
  removal: { unit: "seconds", usual: 1, summary: "the device is out of its slot for so long" },
} as const satisfies Readonly<Record<string, FaultKind>>;

export type Fault = keyof typeof FAULTS;

/** A board's way to them. */
export interface FaultInjector {
  /** The faults that the function can have; none where there is no function. */
  kinds(bdf: number): readonly Fault[];
  /** Makes it have one of those; `amount` in the fault's unit, Infinity: for good. */
  inject(bdf: number, fault: Fault, amount: number): void;
}
