// Which vectors the board has (drivers/irqchip in Linux): the four PCI lines of the boot block, the host's own events, and
// as many message-signalled interrupts as there are vectors left.

import { ENOSPC } from "../../abi";
import { BOOT_PCI_INTX, NR_VECTORS, VECTOR_PACKET, VECTOR_PCI_FIRST } from "../../arch/wasm/memory";
import { WARN } from "../panic";
import { __mutex_init } from "../locking/mutex";
import { resource_init } from "../resource";
import { wait_bit_init } from "../sched/wait_bit";
import { init_waitqueue_head } from "../sched/wait";
import { VECTOR_LEVEL, mutex_of, vector, wait_of } from "./vector";

/** The timer of the boot CPU: an edge that the core raises itself (kernel/time/tick). */
export const VECTOR_TIMER: u32 = 0;

function wire(irq: u32, chip: usize, state: u32): void {
  const v = vector(irq);
  v.chip = chip;
  v.state = state;
  v.depth = 1;
  init_waitqueue_head(wait_of(v));
  __mutex_init(mutex_of(v), cstr("desc->request_mutex"), 0);
}

/** Readies what this area's other inits stand on, then the vectors. */
export function irq_init(): void {
  resource_init();
  wait_bit_init();
  wire(VECTOR_TIMER, cstr("KPI"), 0);
  wire(VECTOR_PACKET, cstr("KPI"), 0);
  for (let line: u32 = 0; line < 4; line++) {
    const irq = <u32>load<u8>(BOOT_PCI_INTX + line);
    if (irq) wire(irq, cstr("PCI-INTx"), VECTOR_LEVEL);
  }
}

function free_run(first: u32, count: u32): bool {
  for (let irq = first; irq < first + count; irq++) {
    if (vector(irq).chip) return false;
  }
  return true;
}

/** Takes `count` (a power of two) unused vectors in a row, aligned to `count`, as edges of message-signalled interrupts.
 *  Returns the first, or -ENOSPC. */
export function irq_alloc_vectors(count: u32): i32 {
  for (let first = (VECTOR_PCI_FIRST + count - 1) & ~(count - 1); first + count <= NR_VECTORS; first += count) {
    if (!free_run(first, count)) continue;
    for (let irq = first; irq < first + count; irq++) wire(irq, cstr("PCI-MSI"), 0);
    return first;
  }
  return -ENOSPC;
}

/** Gives back what irq_alloc_vectors took. Every interrupt must have been freed. */
export function irq_free_vectors(first: u32, count: u32): void {
  for (let irq = first; irq < first + count; irq++) {
    if (vector(irq).action) WARN(cstr("irq_free_vectors: a handler is still installed"));
    else vector(irq).chip = 0;
  }
}
