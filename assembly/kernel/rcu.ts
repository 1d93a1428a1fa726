// kernel/rcu: readers disable preemption, which on this kernel only counts (linux/rcupdate.h); so do interrupts and
// softirqs. A CPU is quiet when the count of its running task is seen at 0, and a grace period is over when every CPU
// was. Callbacks wait for a work item, which runs where its own CPU is quiet.

import { callback_head, offsetof_thread_info_preempt_count, sizeof_work_struct, task_struct } from "../abi";
import { smp_mb } from "../arch/wasm/barrier";
import { cpu_area, smp_processor_id } from "../arch/wasm/cpu";
import { local_irq_restore, local_irq_save } from "../arch/wasm/irqflags";
import { BOOT_NR_CPUS } from "../arch/wasm/memory";
import { kvfree } from "../mm/util";
import { DEBUG } from "../flavour";
import { might_sleep } from "./locking/might_sleep";
import { _raw_spin_lock, _raw_spin_unlock } from "./locking/spinlock";
import { local_bh_disable, local_bh_enable } from "./softirq";
import { schedule_timeout_uninterruptible } from "./time/sleep";
import { INIT_WORK, schedule_work } from "./workqueue";

/** Marks a `func` that is the offset of the head in an object to free. */
const FREE: u32 = 0x80000000;

@unmanaged
class Rcu {
  lock: u32;
  /** Callbacks (struct rcu_head) in order, and where the next one goes. */
  first: usize;
  last: usize;
  ready: u32;
  /** Tasks that run callbacks now. */
  running: u32;
}

const rcu = changetype<Rcu>(memory.data(offsetof<Rcu>(), 4));
const work = memory.data(sizeof_work_struct, 8);

@inline
function quiet(cpu: u32): bool {
  const task = changetype<task_struct>(cpu_area(cpu).current);
  return atomic.load<u32>(changetype<usize>(task.thread_info), offsetof_thread_info_preempt_count) == 0;
}

/** linux/rcupdate.h. Waits until all read sections that exist now are over. Context: process. */
export function synchronize_rcu(): void {
  if (DEBUG) might_sleep(cstr("synchronize_rcu"));
  smp_mb();
  const self = smp_processor_id();
  const count = load<u32>(BOOT_NR_CPUS);
  for (let cpu: u32 = 0; cpu < count; cpu++) {
    while (cpu != self && !quiet(cpu)) schedule_timeout_uninterruptible(1);
  }
}

/** linux/rcupdate.h. As synchronize_rcu. Context: process. */
export function synchronize_rcu_expedited(): void {
  synchronize_rcu();
}

/** Takes all callbacks. */
function take(): usize {
  const flags = local_irq_save();
  _raw_spin_lock(changetype<usize>(rcu));
  const first = rcu.first;
  rcu.first = 0;
  rcu.last = 0;
  _raw_spin_unlock(changetype<usize>(rcu));
  local_irq_restore(flags);
  return first;
}

/** A grace period, then the callbacks, softirqs off as in Linux. Process. */
function run_callbacks(): void {
  let head = take();
  if (head == 0) return;
  atomic.add<u32>(changetype<usize>(rcu), 1, offsetof<Rcu>("running"));
  synchronize_rcu();
  while (head) {
    const callback = changetype<callback_head>(head);
    const func = <u32>callback.func;
    const next = callback.next;
    local_bh_disable();
    if (func & FREE) kvfree(head - (func & ~FREE));
    else call_indirect<void>(func, head);
    local_bh_enable();
    head = next;
  }
  atomic.sub<u32>(changetype<usize>(rcu), 1, offsetof<Rcu>("running"));
}

function rcu_work(item: usize): void {
  run_callbacks();
}

function enqueue(head: usize, func: u32): void {
  const callback = changetype<callback_head>(head);
  callback.next = 0;
  callback.func = func;
  const flags = local_irq_save();
  _raw_spin_lock(changetype<usize>(rcu));
  if (!rcu.ready) {
    rcu.ready = 1;
    INIT_WORK(work, rcu_work.index);
  }
  if (rcu.last) changetype<callback_head>(rcu.last).next = head;
  else rcu.first = head;
  rcu.last = head;
  _raw_spin_unlock(changetype<usize>(rcu));
  local_irq_restore(flags);
  schedule_work(work);
}

/** linux/rcupdate.h. Calls func(head), softirqs off, when all read sections that exist now are over. Context: any. */
export function call_rcu(head: usize, func: u32): void {
  enqueue(head, func);
}

/** linux/rcutree.h. What kfree_rcu() calls: frees the object whose rcu_head is `head`, `func` bytes into
 *  it, after a grace period; with head 0 `func` is the object, and this waits. Context: any; process if head is 0. */
export function kvfree_call_rcu(head: usize, func: usize): void {
  if (head) {
    enqueue(head, <u32>func | FREE);
    return;
  }
  synchronize_rcu();
  kvfree(func);
}

/** linux/rcupdate.h. Waits until every callback that was given to call_rcu has run. Context: process. */
export function rcu_barrier(): void {
  if (DEBUG) might_sleep(cstr("rcu_barrier"));
  run_callbacks();
  while (atomic.load<u32>(changetype<usize>(rcu), offsetof<Rcu>("running"))) schedule_timeout_uninterruptible(1);
}
