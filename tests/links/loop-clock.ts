// What a board would lend to links, where there is none.
import { loopClock } from "../../boards/links/loop-clock.ts";
import type { LinkServices } from "../../boards/links/link.ts";

/** The first failure is kept. */
export class LoopServices implements LinkServices {
  readonly clock = loopClock;
  readonly reports: string[] = [];
  readonly failed: Promise<Error>;
  fail!: (error: Error) => void;

  constructor() {
    this.failed = new Promise((resolve) => (this.fail = resolve));
  }

  report(message: string): void {
    this.reports.push(message);
  }
}

/** Resolves when `condition` holds; the test runner's limit is the only one. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
