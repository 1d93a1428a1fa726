// Per-CPU state of the core: one fixed block per CPU. The address of the CPU's own block is the image's only mutable
// wasm global besides `__stack_pointer`: each CPU is an instance of its own over the one memory.

import { DEBUG } from "../../flavour";
import { host_cpu_kick } from "./host";
import { CPU_AREA, CPU_AREA_BYTES, CPU_CALL_SITE } from "./memory";

/** The block of CPU 0; inline, since a variable that starts as anything but a constant needs code that sets it. */
@inline const FIRST_BLOCK: usize = CPU_AREA;

/** The block of the CPU that this instance is; set once by `kpi_boot` before anything else runs. */
let cpu_block: usize = FIRST_BLOCK;

/** What one CPU keeps. Lives at CPU_AREA + cpu * CPU_AREA_BYTES. */
@unmanaged
export class Cpu {
  /** CLOCK_NS and the words behind it (arch/wasm/memory.ts). */
  clock_ns: u64;
  idle_until: u64;
  heartbeat: u32;
  poll_budget: i32;
  /** When the CPU's next interrupt window has something to do for the time's sake (kernel/time/tick). */
  tick_deadline: u64;
  /** The running task (struct task_struct *). */
  current: usize;
  /** Non-zero while interrupts are disabled. */
  irqs_off: u32;
  /** Softirqs raised and not yet run, one bit each (enum in linux/interrupt.h). */
  softirq_pending: u32;
  /** The number of this CPU, and what it writes into the locks that it takes (kernel/locking/spinlock): one more. */
  number: u32;
  /** Set while an interrupt handler's vector is dispatched: its number + 1. */
  in_vector: u32;
  /** The idle task. */
  idle: usize;
  /** Head and tail of the run queue, linked through sched/task's `run_next`. */
  run_head: usize;
  run_tail: usize;
  /** From here on what other CPUs write, 64 bytes into the block: IRQ_RAISED, CPU_IDLE and HOST_ASKS (arch/wasm/memory.ts). */
  irq_raised: u32;
  idling: u32;
  /** The host wants to be polled (HOST_ASKS). */
  host_asks: u32;
  /** What they ask of this one (kernel/smp), IPI_* bits. */
  ipi: u32;
  /** Tasks that they woke (kernel/sched/core), linked through sched/task's `wake_next`; the newest first. */
  wake_list: usize;
  /** Calls that this CPU shall make for them (kernel/smp), the newest first. */
  call_list: usize;
  /** Tasks switched since boot. */
  switches: u32;
  /** Debug: non-zero in a call that the host makes between tasks, and the call site that it interrupted. */
  in_host_call: u32;
  interrupted_site: u32;
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

/** Has CPU `cpu` look at what there is for it: at its next interrupt window, which an idle CPU comes to at once. */
export function cpu_kick(cpu: u32): void {
  const area = cpu_area(cpu);
  atomic.store<u32>(changetype<usize>(area), 1, offsetof<Cpu>("irq_raised"));
  if (atomic.load<u32>(changetype<usize>(area), offsetof<Cpu>("idling"))) host_cpu_kick(cpu);
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
