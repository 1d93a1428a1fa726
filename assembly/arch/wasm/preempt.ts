// linux/preempt.h: the count in thread_info says in which context code runs. Inline code in modules reads and
// writes the same word. The kernel is not preemptive: the count forbids sleeping and marks interrupt context.

import { HARDIRQ_MASK, NMI_MASK, PREEMPT_MASK, SOFTIRQ_MASK, SOFTIRQ_OFFSET } from "../../abi";
import { current_thread_info } from "./current";

@inline
export function preempt_count(): u32 {
  return <u32>current_thread_info().preempt_count;
}

@inline
export function preempt_count_add(value: u32): void {
  const info = current_thread_info();
  info.preempt_count = info.preempt_count + <i32>value;
}

@inline
export function preempt_count_sub(value: u32): void {
  const info = current_thread_info();
  info.preempt_count = info.preempt_count - <i32>value;
}

@inline
export function preempt_disable(): void {
  preempt_count_add(1);
}

@inline
export function preempt_enable(): void {
  preempt_count_sub(1);
}

/** In a hardirq handler. */
@inline
export function in_hardirq(): bool {
  return (preempt_count() & <u32>HARDIRQ_MASK) != 0;
}

/** Running a softirq, not merely with softirqs disabled. */
@inline
export function in_serving_softirq(): bool {
  return (preempt_count() & <u32>SOFTIRQ_OFFSET) != 0;
}

/** In a hardirq or softirq, or with softirqs disabled. */
@inline
export function in_interrupt(): bool {
  return (preempt_count() & (<u32>HARDIRQ_MASK | <u32>SOFTIRQ_MASK | <u32>NMI_MASK)) != 0;
}

/** In task context, where sleeping is allowed unless something disabled it. */
@inline
export function in_task(): bool {
  return !in_hardirq() && !in_serving_softirq();
}

/** In any context that must not sleep: interrupts, softirqs off, or a spinlock held. */
@inline
export function in_atomic(): bool {
  return (preempt_count() & (<u32>PREEMPT_MASK | <u32>HARDIRQ_MASK | <u32>SOFTIRQ_MASK | <u32>NMI_MASK)) != 0;
}
