// Two recordings of one script, side by side: phase by phase, register by register, frame by frame. What time moves is
// folded first (timing.ts); of what is left every difference counts.

import { ETH_ZLEN } from "../../host/net/packet.ts";
import type { Explanation } from "./differences.ts";
import type { Access, Phase, Recording } from "./recording.ts";
import type { Fold, Timing } from "./timing.ts";

export interface Difference {
  readonly phase: string;
  /** "read CTRL", "frames on the wire" … */
  readonly what: string;
  /** What each of the two had, around the first place where they differ. */
  readonly first: string;
  readonly second: string;
}

const SHOWN = 6;

function foldValues(fold: Fold | undefined, values: readonly number[]): readonly number[] {
  switch (fold) {
    case "none":
      return [];
    case "or":
      return [values.reduce((bits, value) => bits | value, 0) >>> 0];
    case "sum":
      return [values.reduce((total, value) => total + value, 0)];
    case "last":
      return values.slice(-1);
    case "set":
      return [...new Set(values)].sort((a, b) => a - b);
    default:
      // How often the same is read or written again is a matter of waiting.
      return values.filter((value, i) => value !== values[i - 1]);
  }
}

/** What of `what` is hidden by those that explain it. */
class Hidden {
  readonly all: boolean;
  readonly padding: boolean;
  readonly #bits: number;
  readonly #lines: readonly RegExp[];

  constructor(what: string, explanations: readonly Explanation[]) {
    const hide = explanations.filter((one) => one.what.test(what)).map((one) => one.hide);
    this.all = hide.includes("all");
    this.padding = hide.includes("padding");
    this.#bits = hide.reduce<number>((bits, one) => (typeof one === "number" ? bits | one : bits), 0);
    this.#lines = hide.filter((one) => one instanceof RegExp);
  }

  value(value: number): number {
    return (value & ~this.#bits) >>> 0;
  }

  frame(text: string): string {
    return this.padding ? text.padEnd(2 * ETH_ZLEN, "0") : text;
  }

  shows(line: string): boolean {
    return !this.#lines.some((pattern) => pattern.test(line));
  }
}

/** Values by "read NAME" and "write NAME", folded. */
function byRegister(
  accesses: readonly Access[],
  timing: Timing,
  explanations: readonly Explanation[],
): Map<string, readonly number[]> {
  const values = new Map<string, number[]>();
  for (const { op, register, value } of accesses) {
    const key = `${op} ${register}`;
    const known = values.get(key);
    if (known) known.push(value);
    else values.set(key, [value]);
  }
  const folded = new Map<string, readonly number[]>();
  for (const [key, list] of values) {
    const [op, register] = [key.slice(0, key.indexOf(" ")), key.slice(key.indexOf(" ") + 1)];
    const rule = timing.find((one) => (one.op ?? op) === op && one.registers.test(register));
    const hidden = new Hidden(key, explanations);
    const seen = list.map((value) => hidden.value(value));
    folded.set(key, foldValues(hidden.all ? "none" : rule?.fold, seen));
  }
  return folded;
}

/** The part of two lists around the first place where they differ; undefined: they are the same. */
function differing<T>(a: readonly T[], b: readonly T[], show: (item: T) => string): [string, string] | undefined {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  if (at === a.length && at === b.length) return undefined;
  const from = Math.max(at - 1, 0);
  const part = (list: readonly T[]): string => {
    const items = list.slice(from, from + SHOWN).map(show);
    const words = [...(from > 0 ? [`…${from}`] : []), ...items, ...(list.length > from + SHOWN ? ["…"] : [])];
    return words.join(" ") || "nothing";
  };
  return [part(a), part(b)];
}

const hex = (value: number): string => value.toString(16);
/** Length, and the whole frame: a short one can be read, of a long one the eye finds where it changes. */
const frame = (text: string): string => `${text.length / 2}:${text.length > 160 ? `${text.slice(0, 160)}…` : text}`;

function comparePhase(first: Phase, second: Phase, timing: Timing, explanations: readonly Explanation[]): Difference[] {
  const found: Difference[] = [];
  const compare = <T>(what: string, a: readonly T[], b: readonly T[], show: (item: T) => string): void => {
    const both = differing(a, b, show);
    if (both) found.push({ phase: first.name, what, first: both[0], second: both[1] });
  };
  const [a, b] = [first, second].map(({ accesses }) => byRegister(accesses, timing, explanations));
  for (const key of new Set([...a!.keys(), ...b!.keys()])) compare(key, a!.get(key) ?? [], b!.get(key) ?? [], hex);
  for (const [what, list] of [
    ["frames on the wire", "wire"],
    ["frames to the host", "host"],
  ] as const) {
    const hidden = new Hidden(what, explanations);
    const [sent, theirs] = [first[list], second[list]].map((frames) => frames.map((one) => hidden.frame(one)));
    if (!hidden.all) compare(what, sent!, theirs!, frame);
  }
  const hidden = new Hidden("said", explanations);
  const [said, theirs] = [first.said, second.said].map((lines) => lines.filter((line) => hidden.shows(line)));
  compare("said", said!, theirs!, (line) => `«${line}»`);
  return found;
}

/** Every difference that none of the explanations hides. */
export function compareRecordings(
  first: Recording,
  second: Recording,
  timing: Timing,
  explanations: readonly Explanation[],
): Difference[] {
  const own = explanations.filter(({ drivers }) => drivers.test(first.driver));
  return first.phases.flatMap((phase, i) => {
    const here = own.filter((one) => one.phase?.test(phase.name) ?? true);
    return comparePhase(phase, second.phases[i]!, timing, here);
  });
}
