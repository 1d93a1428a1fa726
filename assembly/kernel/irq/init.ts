// What the vectors are (drivers/irqchip in Linux): the four PCI lines of the boot block are levels, all others are
// edges: the timer, the host's own events, message-signalled interrupts, and what else a board delivers.

import { ENOSPC } from "../../abi";
import { BOOT_PCI_INTX, VECTOR_PCI_FIRST } from "../../arch/wasm/memory";
import { messages_in_row } from "../../drivers/pci/msi/message";
import { WARN } from "../panic";
import { __mutex_init } from "../locking/mutex";
import { resource_init } from "../resource";
import { wait_bit_init } from "../sched/wait_bit";
import { init_waitqueue_head } from "../sched/wait";
import { autoprobe_init } from "./autoprobe";
import { VECTOR_LEVEL, VECTOR_MESSAGE, mutex_of, nr_vectors, vector, wait_of } from "./vector";

/** linux/irqnr.h. `int nr_irqs`: one more than the highest interrupt number. */
export const nr_irqs: usize = memory.data(4, 4);

/** The timer of the boot CPU: an edge that the core raises itself (kernel/time/tick). */
export const VECTOR_TIMER: u32 = 0;

function wire(irq: u32, chip: usize, state: u32): void {
  const v = vector(irq);
  v.chip = chip;
  v.hwirq = irq;
  v.state = state;
  v.depth = 1;
  init_waitqueue_head(wait_of(v));
  __mutex_init(mutex_of(v), cstr("desc->request_mutex"), 0);
}

/** Readies what this area's other inits stand on, then the vectors. */
export function irq_init(): void {
  resource_init();
  autoprobe_init();
  wait_bit_init();
  store<u32>(nr_irqs, nr_vectors());
  for (let irq: u32 = 0; irq < nr_vectors(); irq++) wire(irq, cstr("KPI"), 0);
  for (let line: u32 = 0; line < 4; line++) {
    const irq = <u32>load<u8>(BOOT_PCI_INTX + line);
    if (irq) wire(irq, cstr("PCI-INTx"), VECTOR_LEVEL);
  }
}

/** Whether these vectors have messages, and nobody has or may get any of them. */
function free_run(first: u32, count: u32): bool {
  if (!messages_in_row(first, count)) return false;
  for (let irq = first; irq < first + count; irq++) {
    if (vector(irq).action || vector(irq).state & (VECTOR_LEVEL | VECTOR_MESSAGE)) return false;
  }
  return true;
}

function set_message(irq: u32, chip: usize, hwirq: u32, state: u32): void {
  const v = vector(irq);
  v.chip = chip;
  v.hwirq = hwirq;
  v.state = state;
  v.trigger = v.wake_depth = v.affinity = 0;
  v.taken0 = v.taken1 = v.taken2 = v.taken3 = 0; // a number that comes again is another interrupt
}

/** Takes `count` (a power of two) unused vectors in a row, aligned to `count`, as edges of the message-signalled
 *  interrupts `hwirq` and up. Returns the first, or -ENOSPC. */
export function irq_alloc_vectors(count: u32, hwirq: u32): i32 {
  for (let first = (VECTOR_PCI_FIRST + count - 1) & ~(count - 1); first + count <= nr_vectors(); first += count) {
    if (!free_run(first, count)) continue;
    for (let i: u32 = 0; i < count; i++) set_message(first + i, cstr("PCI-MSI"), hwirq + i, VECTOR_MESSAGE);
    return first;
  }
  return -ENOSPC;
}

/** Gives back what irq_alloc_vectors took. Every interrupt must have been freed. */
export function irq_free_vectors(first: u32, count: u32): void {
  for (let irq = first; irq < first + count; irq++) {
    if (vector(irq).action) WARN(cstr("irq_free_vectors: a handler is still installed"));
    else set_message(irq, cstr("KPI"), irq, 0);
  }
}
