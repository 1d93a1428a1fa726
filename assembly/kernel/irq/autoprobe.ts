// kernel/irq/autoprobe.c: finds out on which line a device interrupts. Between probe_irq_on and probe_irq_off the
// driver makes its device interrupt; the vector that nobody has requested and that became pending meanwhile is the one.

import { IRQ_EDGE, IRQ_LEVEL, NR_VECTORS } from "../../arch/wasm/memory";
import { mutex_lock, mutex_unlock, __mutex_init } from "../locking/mutex";
import { msleep } from "../time/sleep";
import { bit_of, nr_vectors, vector, vector_ack, word_at } from "./vector";

/** How long devices have to calm down before the probe begins, and to interrupt before it ends; ms, as in Linux. */
const SETTLE_MS: u32 = 20;
const WAIT_MS: u32 = 100;

const probing = memory.data(16, 4);
/** One bit for each vector that may be the one. */
const candidates = memory.data(32, 4);

export function autoprobe_init(): void {
  __mutex_init(probing, cstr("probing_active"), 0);
}

function pending(irq: u32): bool {
  const words = atomic.load<u32>(word_at(IRQ_EDGE, irq)) | atomic.load<u32>(word_at(IRQ_LEVEL, irq));
  return (words & bit_of(irq)) != 0;
}

/** linux/interrupt.h. Begins a probe: notes which lines are quiet and nobody's. Returns a non-zero mask for
 *  probe_irq_off if there is any. Context: process. */
export function probe_irq_on(): u32 {
  mutex_lock(probing);
  for (let irq: u32 = 0; irq < nr_vectors(); irq++) {
    if (!vector(irq).action) vector_ack(irq);
  }
  msleep(SETTLE_MS);
  memory.fill(candidates, 0, NR_VECTORS / 8);
  let mask: u32 = 0;
  for (let irq: u32 = 1; irq < nr_vectors(); irq++) {
    if (vector(irq).action || pending(irq)) continue;
    const word = word_at(candidates, irq);
    store<u32>(word, load<u32>(word) | bit_of(irq));
    mask |= bit_of(irq);
  }
  return mask;
}

/** linux/interrupt.h. Ends a probe: the interrupt that came, 0 if none did, or the negative of one of several. Context:
 *  process. */
export function probe_irq_off(mask: u32): i32 {
  msleep(WAIT_MS);
  let found: i32 = 0;
  let count: u32 = 0;
  for (let irq: u32 = 1; irq < nr_vectors(); irq++) {
    if (!(load<u32>(word_at(candidates, irq)) & bit_of(irq)) || !pending(irq)) continue;
    if (!count++) found = irq;
    vector_ack(irq);
  }
  mutex_unlock(probing);
  return count > 1 ? -found : found;
}
