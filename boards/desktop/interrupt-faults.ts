// Interrupts that get lost between a device and the CPU: what a test of a driver's own timeouts wants.
import type { InterruptLines } from "../board.ts";

export class InterruptFaults implements InterruptLines {
  readonly #lines: InterruptLines;
  #lose = 0;

  constructor(lines: InterruptLines) {
    this.#lines = lines;
  }

  /** The next `count` interrupts never reach the CPU: of a level line, until its device has let go of it. */
  lose(count: number): void {
    this.#lose = count;
  }

  level(vector: number, asserted: boolean): void {
    if (!asserted || !this.#lost()) this.#lines.level(vector, asserted);
  }

  edge(vector: number): void {
    if (!this.#lost()) this.#lines.edge(vector);
  }

  #lost(): boolean {
    if (this.#lose === 0) return false;
    this.#lose--;
    return true;
  }
}
