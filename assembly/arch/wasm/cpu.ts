// Per-CPU state of the core: one fixed block per CPU. The address of the CPU's own block is the image's only mutable
// wasm global besides `__stack_pointer`: each CPU is an instance of its own over the one memory.

import { DEBUG } from "../../flavour";
import { CPU_AREA, CPU_AREA_BYTES, CPU_CALL_SITE } from "./memory";

/** The block of CPU 0; inline, since a variable that starts as anything but a constant needs code that sets it. */
@inline const FIRST_BLOCK: usize = CPU_AREA;

/** The block of the CPU that this instance is; set once by `kpi_boot` before anything else runs. */
let cpu_block: usize = FIRST_BLOCK;

/** What one CPU keeps. Lives at CPU_AREA + cpu * CPU_AREA_BYTES. */
@unmanaged
export class Cpu {
  /** The running task (struct task_struct *). */
  current: usize;
  /** Non-zero while interrupts are disabled. */
  irqs_off: u32;
  /** Softirqs raised and not yet run, one bit each (enum in linux/interrupt.h). */
  softirq_pending: u32;
  /** Head and tail of the run queue, linked through sched/task's `run_next`. */
  run_head: usize;
  run_tail: usize;
  /** The idle task. */
  idle: usize;
  /** Set while an interrupt handler's vector is dispatched: its number + 1. */
  in_vector: u32;
  /** Tasks switched since boot. */
  switches: u32;
  /** Debug: non-zero in a call that the host makes between tasks, and the call site that it interrupted. */
  in_host_call: u32;
  interrupted_site: u32;
  /** The number of this CPU. */
  number: u32;
}

@inline
export function cpu_area(cpu: u32): Cpu {
  return changetype<Cpu>(<usize>(CPU_AREA + cpu * CPU_AREA_BYTES));
}

@inline
export function this_cpu(): Cpu {
  return changetype<Cpu>(cpu_block);
}

@inline
export function smp_processor_id(): u32 {
  return this_cpu().number;
}

export function set_cpu(cpu: u32): void {
  cpu_block = changetype<usize>(cpu_area(cpu));
  this_cpu().number = cpu;
}

/** Debug: number of the call by which a module called the core, 0 if nothing runs on a module's behalf. */
@inline
export function call_site(): u32 {
  return DEBUG ? load<u32>(cpu_block, <usize>CPU_CALL_SITE) : 0;
}

@inline
export function set_call_site(site: u32): void {
  if (DEBUG) store<u32>(cpu_block, site, <usize>CPU_CALL_SITE);
}

/** What is done from here on is the core's own affair, not the caller's; returns what set_call_site() puts back. */
@inline
export function own_affair(): u32 {
  const site = call_site();
  set_call_site(0);
  return site;
}
