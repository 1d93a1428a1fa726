// kernel/irq/handle.c and the flow handlers of chip.c: one interrupt of one vector. The vector is masked while its
// handlers run; afterwards a level line that is still asserted, or an edge that came meanwhile, is simply pending
// again.

import { IRQ_NONE, IRQ_WAKE_THREAD, irqaction } from "../../abi";
import { smp_processor_id, this_cpu } from "../../arch/wasm/cpu";
import { irqs_disabled } from "../../arch/wasm/irqflags";
import { DEBUG } from "../../flavour";
import { callback_enter, callback_leave } from "../debug/callback";
import { pr } from "../printk/printk";
import { one_cpu } from "../locking/held";
import { _raw_spin_lock, _raw_spin_unlock } from "../locking/spinlock";
import { note_interrupt } from "./spurious";
import { irq_wake_action } from "./thread";
import {
  VECTOR_INPROGRESS,
  Vector,
  lock_of,
  taken_of,
  vector,
  vector_ack,
  vector_pending,
  vector_take,
  vector_unmask,
} from "./vector";

/** One handler; its answer. */
function call_handler(irq: u32, v: Vector, action: irqaction): u32 {
  const state = callback_enter();
  const answer = call_indirect<i32>(<u32>action.handler, <i32>irq, action.dev_id);
  if (DEBUG) {
    if (!irqs_disabled()) pr(cstr("\x014irq %u handler %pS enabled interrupts"), irq, action.handler);
    callback_leave(state, action.handler);
  } else {
    this_cpu().irqs_off = 1;
  }
  if (answer == IRQ_WAKE_THREAD) {
    if (action.thread_fn) irq_wake_action(v, action);
    else pr(cstr("\x014IRQ %d device %s returned IRQ_WAKE_THREAD but no thread function available."), irq, action.name);
  }
  return answer;
}

/** Every handler of a vector; their answers or-ed. */
export function call_handlers(irq: u32, v: Vector): u32 {
  let answers: u32 = IRQ_NONE;
  let next: usize = 0;
  for (let at = v.action; at; at = next) {
    next = changetype<irqaction>(at).next;
    answers |= call_handler(irq, v, changetype<irqaction>(at));
  }
  return answers;
}

/** Whether the vector may be unmasked: enabled, requested, and no threaded handler keeps it masked. */
export function may_unmask(v: Vector): bool {
  return v.action != 0 && v.depth == 0 && v.threads_oneshot == 0 && !(v.state & VECTOR_INPROGRESS);
}

@inline
function count(v: Vector): void {
  const taken = taken_of(v, smp_processor_id());
  store<u32>(taken, load<u32>(taken) + 1);
}

/** Takes an interrupt that each CPU has of its own (handle_percpu_irq): nobody else can be at it. Hardirq context. */
export function handle_percpu_vector(irq: u32): void {
  count(vector(irq));
  call_handlers(irq, vector(irq));
}

/** With several CPUs: whether the interrupt is still to be handled, now that the vector is locked. One that another CPU
 *  disabled, or has begun to handle, will be unmasked by whoever lets it in again. */
function still_wanted(irq: u32, v: Vector): bool {
  if (!may_unmask(v)) return false;
  if (vector_pending(irq)) return true;
  vector_unmask(irq); // another CPU had it since, and has handled it
  return false;
}

/** Takes one interrupt. Hardirq context. */
export function handle_vector(irq: u32): void {
  if (!vector_take(irq)) return;
  const v = vector(irq);
  _raw_spin_lock(lock_of(v));
  if (!one_cpu() && !still_wanted(irq, v)) {
    _raw_spin_unlock(lock_of(v));
    return;
  }
  const cpu = this_cpu();
  const outer = cpu.in_vector;
  cpu.in_vector = irq + 1;
  vector_ack(irq);
  v.state |= VECTOR_INPROGRESS;
  _raw_spin_unlock(lock_of(v));
  count(v);
  note_interrupt(irq, v, call_handlers(irq, v));
  _raw_spin_lock(lock_of(v));
  v.state &= ~VECTOR_INPROGRESS;
  if (may_unmask(v)) vector_unmask(irq);
  _raw_spin_unlock(lock_of(v));
  cpu.in_vector = outer;
}
