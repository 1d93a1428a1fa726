// What a driver did to its card and what came of it, phase by phase of a script: accesses to registers and to
// configuration space by name, frames that the card put on the wire, frames that the driver handed up, what tools said.

export interface Access {
  readonly op: "read" | "write";
  readonly register: string;
  readonly value: number;
}

export interface Phase {
  readonly name: string;
  readonly accesses: Access[];
  /** In hex, in their order. */
  readonly wire: string[];
  readonly host: string[];
  /** What console commands printed. */
  readonly said: string[];
}

export interface Recording {
  readonly board: string;
  readonly driver: string;
  readonly phases: readonly Phase[];
}
