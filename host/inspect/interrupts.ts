// The interrupts that have been requested or have come in (/proc/interrupts).

import type { System } from "../system.ts";

export interface Interrupt {
  readonly irq: number;
  /** How often each CPU took it. */
  readonly counts: readonly number[];
  readonly chip: string;
  /** Number at the chip, and how it is signalled: 19-level. */
  readonly type: string;
  /** The handlers' names. */
  readonly actions: readonly string[];
}

export function interrupts(system: System): Interrupt[] {
  const [header = "", ...lines] = system.procRead("interrupts").split("\n").filter(Boolean);
  const cpus = header.trim().split(/ +/).length;
  return lines.map((line) => {
    const [irq = "", ...words] = line.trim().split(/ +/);
    const [chip = "", type = "", ...actions] = words.slice(cpus);
    return {
      irq: parseInt(irq, 10),
      counts: words.slice(0, cpus).map(Number),
      chip,
      type,
      actions: actions.join(" ").split(", ").filter(Boolean),
    };
  });
}
