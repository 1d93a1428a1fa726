// INTx wiring: four level lines that devices share. A line is asserted while any pin on it is (they are open-drain
// wires), and the pins are swizzled over the lines so that neighbours do not meet: line = (device + pin - 1) & 3.
import type { InterruptLines } from "../../board.ts";

export class IntxRouter {
  readonly #lines: InterruptLines;
  readonly #vectors: readonly number[];
  /** For each line, one bit per device that pulls it. */
  readonly #pulling = new Int32Array(4);

  constructor(lines: InterruptLines, vectors: readonly number[]) {
    this.#lines = lines;
    this.#vectors = vectors;
  }

  /** `pin` is 1..4, INTA..INTD. */
  set(device: number, pin: number, asserted: boolean): void {
    const line = (device + pin - 1) & 3;
    const before = this.#pulling[line]!;
    const after = asserted ? before | (1 << device) : before & ~(1 << device);
    if (after === before) return;
    this.#pulling[line] = after;
    if ((before === 0) !== (after === 0)) this.#lines.level(this.#vectors[line]!, after !== 0);
  }
}
