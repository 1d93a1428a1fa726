// What the kernel complains about, as data: log lines gathered into reports. A report is a title and what belongs to
// it, from the line that begins it to its end trace or to the first line that is another matter.

import type { LogLine } from "./events.ts";

export type ReportKind = "panic" | "oops" | "bug" | "warning" | "hung task" | "leak" | "iommu" | "pci";

export interface Report {
  readonly kind: ReportKind;
  /** What is wrong, in one line: "BUG: wasm trap: unreachable". */
  readonly title: string;
  /** The whole of it, title and all. */
  readonly lines: readonly string[];
  /** Board time of the first line, seconds. */
  readonly time: number;
}

const CUT_HERE = /^-+\[ cut here \]-+$/;
const END = /^---\[ end /;

/** What begins a report. */
const TITLES: readonly [pattern: RegExp, kind: ReportKind][] = [
  [/^Kernel panic - not syncing/, "panic"],
  [/^BUG: wasm trap/, "oops"],
  [/^kmemleak: \d+ objects?, |objects? remaining/, "leak"],
  [/^INFO: task .* blocked for /, "hung task"],
  [/^(kernel )?BUG\b|^list_(add|del) corruption|^slab .*corrupt/, "bug"],
  [/^bad (MMIO|port) access/, "bug"],
  [/^irq \d+: nobody cared|^irq event \d+: bogus return value|^Trying to vfree\(\)|^dma_pool_destroy .* busy/, "bug"],
  [/^iommu: /, "iommu"],
  [/^pci: /, "pci"],
  [/^WARNING: /, "warning"],
];

/** The line with which a task is shown, which is news in Linux too. */
const TASK = /^task:/;

/** What less than a warning says is news, and no part of a report. */
const KERN_WARNING = 4;

/** A report is printed in one go: what comes later is another matter, seconds. */
const PAUSE_S = 0.001;

interface Open {
  kind: ReportKind;
  title: string;
  lines: string[];
  time: number;
  /** When its last line was printed. */
  last: number;
  /** "cut here" has been seen, and not yet what it is about. */
  untitled: boolean;
}

export class ReportReader {
  readonly #done: (report: Report) => void;
  #open: Open | undefined;

  constructor(done: (report: Report) => void) {
    this.#done = done;
  }

  /** Takes the next line of the log. */
  read({ text, time, level }: LogLine): void {
    const open = this.#open;
    if (level > KERN_WARNING && !(open?.kind === "hung task" && TASK.test(text))) return this.flush();
    const kind = TITLES.find(([pattern]) => pattern.test(text))?.[1];
    if (open?.untitled) {
      Object.assign(open, { kind: kind ?? "bug", title: text, untitled: false });
      open.lines.push(text);
    } else if (CUT_HERE.test(text)) {
      this.flush();
      this.#open = { kind: "bug", title: text, lines: [text], time, last: time, untitled: true };
    } else if (open && time - open.last < PAUSE_S && (kind === undefined || isItsTrap(open, kind))) {
      // The trap that a BUG() ends in is the trap that killed somebody.
      if (kind) open.kind = kind;
      open.lines.push(text);
      open.last = time;
      if (END.test(text)) this.flush();
    } else {
      this.flush();
      if (kind) this.#open = { kind, title: text, lines: [text], time, last: time, untitled: false };
    }
  }

  /** Nothing more belongs to the report that is open. */
  flush(): void {
    if (!this.#open) return;
    const { kind, title, lines, time } = this.#open;
    this.#open = undefined;
    this.#done({ kind, title, lines, time });
  }
}

/** Whether the trap belongs to the BUG() that was reported before it. */
function isItsTrap(open: Open, kind: ReportKind): boolean {
  return kind === "oops" && open.title.startsWith("kernel BUG");
}
