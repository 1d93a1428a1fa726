// asm/irqflags.h and the interrupt windows. Interrupts are taken in three places only: where they become enabled
// (irq_enable_window), after device accesses and in waiting loops (irq_window), and in the idle loop.

import { DEBUG } from "../../flavour";
import { do_IRQ_pending } from "../../kernel/irq/entry";
import { lockdep_hardirqs_on } from "../../kernel/locking/lockdep/lockdep";
import { time_window } from "../../kernel/time/tick";
import { this_cpu } from "./cpu";
import { host_poll, host_relax, host_yield } from "./host";
import { in_interrupt } from "./preempt";

/** The flags word of asm/irqflags.h: 1 enabled, 0 disabled. */
const ARCH_IRQ_ENABLED: u32 = 1;

/** Whether an interrupt, or a softirq that waits for the next interrupt's exit, should run now. */
@inline
function due(): bool {
  const cpu = this_cpu();
  return cpu.irq_raised != 0 || (cpu.softirq_pending != 0 && !in_interrupt());
}

/** Takes what is pending. Called wherever interrupts become enabled. */
export function irq_enable_window(): void {
  if (due()) do_IRQ_pending();
}

/** Lets the host run when its budget of windows is used up. Kept out of line: it is rare. */
function poll(may_yield: bool): void {
  if (host_poll() && may_yield) host_yield();
}

function window(may_yield: bool): void {
  const cpu = this_cpu();
  cpu.heartbeat++;
  const budget = cpu.poll_budget - 1;
  cpu.poll_budget = budget;
  if (budget <= 0) poll(may_yield);
  time_window();
  if (!irqs_disabled()) irq_enable_window();
}

/** A full window: time moves, the host may poll, pending interrupts are taken. Context: any. */
export function irq_window(): void {
  window(true);
}

/** How many turns a CPU waits for another one before it lets go of its processor. */
export const PATIENT_TURNS: u32 = 16;

/** Turn number `turn` of waiting for another CPU: a full window, in which this one does not suspend; locks are waited for
 *  also where the host calls between tasks. */
export function wait_window(turn: u32): void {
  window(false);
  if (turn % PATIENT_TURNS == PATIENT_TURNS - 1) host_relax();
}

/** The idle loop's window. It is outside the host's budget, and so costs no virtual time: how often the loop turns
 *  depends on the host, and a run must repeat exactly. */
export function idle_window(): void {
  this_cpu().heartbeat++;
  time_window();
  irq_enable_window();
}

/** The window of a CPU that a line which stays asserted keeps from its rest. The host polls each time: otherwise neither
 *  time would pass nor its event loop turn, and nobody could end the storm. */
export function storm_window(): void {
  this_cpu().poll_budget = 1;
  irq_window();
}

@inline
export function irqs_disabled(): bool {
  return this_cpu().irqs_off != 0;
}

@inline
export function local_irq_disable(): void {
  this_cpu().irqs_off = 1;
}

export function local_irq_enable(): void {
  if (DEBUG) lockdep_hardirqs_on();
  this_cpu().irqs_off = 0;
  irq_enable_window();
}

export function local_irq_save(): u32 {
  const cpu = this_cpu();
  const flags = cpu.irqs_off ^ 1;
  cpu.irqs_off = 1;
  return flags;
}

export function local_irq_restore(flags: u32): void {
  if (flags & ARCH_IRQ_ENABLED) local_irq_enable();
  else this_cpu().irqs_off = 1;
}

/** asm/irqflags.h. The interrupt flag of this CPU: 1 enabled, 0 disabled. Context: any. */
export function arch_local_save_flags(): u32 {
  return this_cpu().irqs_off ^ 1;
}

/** asm/irqflags.h. Disables interrupts; returns the flag as it was. Context: any. */
export function arch_local_irq_save(): u32 {
  return local_irq_save();
}

/** asm/irqflags.h. Restores what arch_local_irq_save returned; enabling is an interrupt window. Context: any. */
export function arch_local_irq_restore(flags: u32): void {
  local_irq_restore(flags);
}

/** asm/irqflags.h. Disables interrupts on this CPU. Context: any. */
export function arch_local_irq_disable(): void {
  local_irq_disable();
}

/** asm/irqflags.h. Enables interrupts on this CPU: an interrupt window. Context: any. */
export function arch_local_irq_enable(): void {
  local_irq_enable();
}

/** asm/processor.h. One turn of a waiting loop: an interrupt window. Context: any. */
export function __wasm_cpu_relax(): void {
  irq_window();
}
