// kernel/irq/proc.c: /proc/interrupts, with the columns that x86 prints: number, counts, chip, hardware number and
// flow, then the names of the handlers.

import { irqaction } from "../../abi";
import { BOOT_NR_CPUS } from "../../arch/wasm/memory";
import { seq_printf, seq_putc, seq_puts } from "../../lib/seq_buf";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "../locking/spinlock";
import { VECTOR_LEVEL, Vector, irq_vector, lock_of, nr_vectors, taken_of } from "./vector";

/** Digits of an interrupt number. */
const PREC: u32 = 3;

function header(s: usize, cpus: u32): void {
  seq_printf(s, cstr("%*s"), PREC + 8, cstr(""));
  for (let cpu: u32 = 0; cpu < cpus; cpu++) seq_printf(s, cstr("CPU%-8d"), cpu);
  seq_putc(s, 0x0a);
}

function taken(v: Vector, cpus: u32): bool {
  let sum: u32 = 0;
  for (let cpu: u32 = 0; cpu < cpus; cpu++) sum |= load<u32>(taken_of(v, cpu));
  return sum != 0;
}

function line(s: usize, irq: u32, v: Vector, cpus: u32): void {
  seq_printf(s, cstr("%*d: "), PREC, irq);
  for (let cpu: u32 = 0; cpu < cpus; cpu++) seq_printf(s, cstr("%10u "), load<u32>(taken_of(v, cpu)));
  seq_printf(s, cstr(" %8s %*u-%-8s"), v.chip, PREC, v.hwirq, v.state & VECTOR_LEVEL ? cstr("level") : cstr("edge"));
  for (let at = v.action; at; at = changetype<irqaction>(at).next) {
    seq_puts(s, at == v.action ? cstr("  ") : cstr(", "));
    seq_puts(s, changetype<irqaction>(at).name);
  }
  seq_putc(s, 0x0a);
}

/** Writes /proc/interrupts to the seq_buf `s`. */
export function proc_interrupts(s: usize): void {
  const cpus = load<u32>(BOOT_NR_CPUS);
  header(s, cpus);
  for (let irq: u32 = 0; irq < nr_vectors(); irq++) {
    const v = irq_vector(irq);
    if (!changetype<usize>(v) || (!v.action && !taken(v, cpus))) continue;
    const flags = _raw_spin_lock_irqsave(lock_of(v));
    line(s, irq, v, cpus);
    _raw_spin_unlock_irqrestore(lock_of(v), flags);
  }
}
