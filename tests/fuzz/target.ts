// What can be fuzzed: a target makes cases of random steps and does them, and knows what must hold afterwards.

import type { Random } from "../random.ts";

export interface Target<Step = unknown> {
  readonly name: string;
  /** One line for `npm run fuzz -- --list`. */
  readonly about: string;
  /** Cases in `npm test`. */
  readonly cases: number;
  /** Outcomes that a run of some length must have seen, each with its least share of the cases: without them the cases
   *  would no longer reach what they are meant to. */
  readonly expects?: Readonly<Record<string, number>>;
  open(): Promise<Bench<Step>> | Bench<Step>;
}

/** A target made ready. Everything that throws is a failure. */
export interface Bench<Step> {
  /** Whether a case's outcome may depend on the cases before it: a board that stays on. */
  readonly remembers?: boolean;
  /** The steps of case `index`. */
  make(random: Random, index: number): Step[];
  /** Does them, and returns in a word what came of it. */
  run(steps: readonly Step[]): Promise<string> | string;
  /** A step as text, for who has to find out what happened. */
  show?(step: Step): string;
  /** Whether all is well after some cases: memory, the board. Costs more than a case may. */
  check?(): Promise<void> | void;
  close?(): Promise<void> | void;
}
