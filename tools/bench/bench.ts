// What a benchmark is, and what it reports. A case is one question; its subjects answer it in the same run, in turn, so
// that a machine that changes speed meanwhile changes it for all of them.

import type { Bed } from "./bed.ts";

/** One of the things that a case compares. */
export interface Subject {
  /** The row's name. */
  readonly name: string;
  /** Does `count` times what is measured; may return how often it really was. */
  run(count: number): Promise<number | void> | number | void;
  /** A fixed count for each sample, for what takes long or must not be repeated at will. */
  readonly count?: number;
  /** What has to happen before and after each sample, and is not part of it. */
  readonly before?: () => Promise<void>;
  readonly after?: () => Promise<void>;
  readonly close?: () => Promise<void> | void;
}

export type Unit = "ns" | "µs" | "ms" | "/s" | "Mbit/s" | "MB" | "KiB" | "B" | "×" | "";

export interface Case {
  /** What the filter goes by. */
  readonly name: string;
  /** What one unit of work is measured in; "/s": work per second. */
  readonly unit: Unit;
  /** Samples; 15 unless said. */
  readonly samples?: number;
  /** Makes the subjects ready, or says why a row cannot be measured. */
  prepare(bed: Bed): Promise<readonly (Subject | Missing)[]>;
}

/** A row without a figure. */
export interface Missing {
  readonly name: string;
  readonly missing: string;
}

/** A case that finds its figures itself: sizes, counts, what other processes do. */
export interface FactCase {
  readonly name: string;
  facts(bed: Bed): Promise<readonly (Omit<Row, "case"> | Missing)[]>;
}

/** A line of the table, and of --json. */
export interface Row {
  readonly case: string;
  readonly name: string;
  readonly unit?: Unit;
  /** What is neither: a size, a count. */
  readonly value?: number;
  readonly valueNoise?: number;
  /** The median by the clock on the wall, and by CPU time of the whole process, garbage collector and all. */
  readonly wall?: number;
  readonly cpu?: number;
  /** The median absolute deviation of the two. */
  readonly wallNoise?: number;
  readonly cpuNoise?: number;
  /** Time against the case's first row, by CPU time, pair by pair. */
  readonly ratio?: number;
  readonly note?: string;
  readonly missing?: string;
}
