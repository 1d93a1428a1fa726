// kernel/irq_work.c: a function to be called in hardirq context, from wherever one is: the CPU interrupts itself.
//
//   node.llist.next, then node.u_flags: IRQ_WORK_PENDING and IRQ_WORK_BUSY from queueing on, BUSY alone while it runs

import { IRQ_WORK_BUSY, IRQ_WORK_CLAIMED, IRQ_WORK_PENDING, irq_work } from "../abi";
import { smp_processor_id } from "../arch/wasm/cpu";
import { wait_window } from "../arch/wasm/irqflags";
import { BOOT_NR_CPUS } from "../arch/wasm/memory";
import { DEBUG } from "../flavour";
import { callback_enter, callback_leave } from "./debug/callback";
import { IPI_IRQ_WORK, send_ipi } from "./smp";

const FLAGS: usize = 4;

/** A list for each CPU, newest first. */
const lists = memory.data(4 * 4, 4);

@inline
function list_of(cpu: u32): usize {
  return lists + <usize>cpu * 4;
}

function run(work: usize): void {
  atomic.and<u32>(work, ~IRQ_WORK_PENDING, FLAGS); // from here on it may be queued again
  const fn = changetype<irq_work>(work).func;
  const state = callback_enter();
  call_indirect<void>(<u32>fn, work);
  if (DEBUG) callback_leave(state, fn);
  // Unless it was queued again meanwhile it is free now.
  const flags = atomic.load<u32>(work, FLAGS) & ~IRQ_WORK_PENDING;
  atomic.cmpxchg<u32>(work, flags, flags & ~IRQ_WORK_BUSY, FLAGS);
}

/** Runs what is on this CPU's list, the oldest first. Hardirq context. */
export function irq_work_run(): void {
  let turned: usize = 0;
  for (let at: usize = atomic.xchg<u32>(list_of(smp_processor_id()), 0); at;) {
    const next = load<usize>(at);
    store<usize>(at, turned);
    turned = at;
    at = next;
  }
  while (turned) {
    const next = load<usize>(turned);
    run(turned);
    turned = next;
  }
}

/** linux/irq_work.h. irq_work_queue() for CPU `cpu`. Context: any. */
export function irq_work_queue_on(work: usize, cpu: i32): bool {
  if (<u32>cpu >= load<u32>(BOOT_NR_CPUS)) return false;
  if (atomic.or<u32>(work, IRQ_WORK_CLAIMED, FLAGS) & IRQ_WORK_PENDING) return false;
  let head: u32;
  do {
    head = atomic.load<u32>(list_of(cpu));
    store<u32>(work, head);
  } while (atomic.cmpxchg<u32>(list_of(cpu), head, <u32>work) != head);
  send_ipi(cpu, IPI_IRQ_WORK);
  return true;
}

/** linux/irq_work.h. Has `work` called in hardirq context soon; false if it is queued already. Context: any. */
export function irq_work_queue(work: usize): bool {
  return irq_work_queue_on(work, smp_processor_id());
}

/** linux/irq_work.h. Waits until `work` neither is queued nor runs. Context: process. */
export function irq_work_sync(work: usize): void {
  for (let turn: u32 = 0; atomic.load<u32>(work, FLAGS) & IRQ_WORK_BUSY; turn++) wait_window(turn);
}
