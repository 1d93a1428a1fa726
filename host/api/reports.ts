// What the kernel complains about, as data: log lines gathered into reports. A report is a title and what belongs to it,
// from the line that begins it to its end trace or to the first line that is another matter.

import type { LogLine } from "./events.ts";

export type ReportKind = "panic" | "oops" | "bug" | "warning" | "hung task" | "leak" | "iommu";

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
  [/^unreferenced object|\bleak(s|ed)?\b|objects? remaining/i, "leak"],
  [/^INFO: task .* blocked for more than/, "hung task"],
  [/^(kernel )?BUG\b/, "bug"],
  [/^bad (MMIO|port) access/, "bug"],
  [/^irq \d+: nobody cared|^Trying to vfree\(\)|^dma_pool_destroy .* busy/, "bug"],
  [/^iommu: /, "iommu"],
  [/^WARNING: /, "warning"],
];

/** Lines that go on with the report that stands above them: indented ones, and those that every report has. */
const MORE = /^\s|^(CPU: \d|Call Trace:|Oops: |Hardware name|The C stack of|Workqueue: |\d+ locks? held by|handlers:|\[<)/;

/** KERN_ERR: a line of a lower level begins a report only after "cut here" or as a warning. */
const KERN_WARNING = 4;

interface Open {
  kind: ReportKind;
  title: string;
  lines: string[];
  time: number;
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
    const kind = level <= KERN_WARNING ? TITLES.find(([pattern]) => pattern.test(text))?.[1] : undefined;
    const open = this.#open;
    if (open?.untitled) {
      Object.assign(open, { kind: kind ?? "bug", title: text, untitled: false });
      open.lines.push(text);
    } else if (CUT_HERE.test(text)) {
      this.flush();
      this.#open = { kind: "bug", title: text, lines: [text], time, untitled: true };
    } else if (open && END.test(text)) {
      open.lines.push(text);
      this.flush();
    } else if (open && (MORE.test(text) || continues(open, kind))) {
      // The trap that a BUG() ends in belongs to it; it is the trap that killed somebody.
      if (kind === "oops") open.kind = "oops";
      open.lines.push(text);
    } else {
      this.flush();
      if (kind) this.#open = { kind, title: text, lines: [text], time, untitled: false };
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

/** Whether a line of its own kind is part of the open report: the text of a WARN, the trap of a BUG. */
function continues(open: Open, kind: ReportKind | undefined): boolean {
  if (open.kind === "warning") return kind === undefined && open.lines.length === 2;
  return kind === "oops" && open.kind === "bug" && open.title.startsWith("kernel BUG");
}
