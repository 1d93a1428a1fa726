// kernel/rcu/srcutree.c: RCU whose readers may sleep. Each struct srcu_struct has, for every CPU, two pairs of counters
// of locks and unlocks, of which srcu_idx says which pair new readers use. A grace period waits until both pairs were
// seen with as many unlocks as locks: first the idle one, for readers that were between looking and counting, then, after
// the pairs have changed places, the other.

import {
  offsetof_srcu_data_srcu_lock_count,
  offsetof_srcu_data_srcu_unlock_count,
  offsetof_srcu_struct_srcu_idx,
  sizeof_mutex,
  srcu_struct,
} from "../abi";
import { smp_mb } from "../arch/wasm/barrier";
import { smp_processor_id } from "../arch/wasm/cpu";
import { CPU_MAX } from "../arch/wasm/memory";
import { DEBUG } from "../flavour";
import { per_cpu_ptr } from "../mm/percpu";
import { might_sleep } from "./locking/might_sleep";
import { __mutex_init, mutex_lock, mutex_unlock } from "./locking/mutex";
import { schedule_timeout_uninterruptible } from "./time/sleep";

/** One grace period at a time. */
const srcu_gp_mutex = memory.data(<i32>sizeof_mutex, 8);

export function srcu_init(): void {
  __mutex_init(srcu_gp_mutex, cstr("srcu_gp_mutex"), 0);
}

@inline
function counter(ssp: usize, cpu: u32, which: usize, idx: u32): usize {
  return per_cpu_ptr(changetype<srcu_struct>(ssp).sda, cpu) + which + <usize>(idx << 2);
}

/** linux/srcu.h. Begins a read section; what it returns belongs to __srcu_read_unlock(). Context: any. */
export function __srcu_read_lock(ssp: usize): i32 {
  const idx = atomic.load<u32>(ssp, offsetof_srcu_struct_srcu_idx) & 1;
  atomic.add<u32>(counter(ssp, smp_processor_id(), offsetof_srcu_data_srcu_lock_count, idx), 1);
  return idx;
}

/** linux/srcu.h. Ends the read section that __srcu_read_lock() began and returned `idx` of. Context: any. */
export function __srcu_read_unlock(ssp: usize, idx: i32): void {
  atomic.add<u32>(counter(ssp, smp_processor_id(), offsetof_srcu_data_srcu_unlock_count, idx), 1);
}

/** What all CPUs have counted. */
function sum(ssp: usize, which: usize, idx: u32): u32 {
  let total: u32 = 0;
  for (let cpu: u32 = 0; cpu < CPU_MAX; cpu++) total += atomic.load<u32>(counter(ssp, cpu, which, idx));
  return total;
}

function wait_for_readers(ssp: usize, idx: u32): void {
  for (;;) {
    // unlocks first: a reader that comes in between is counted as inside
    const unlocks = sum(ssp, offsetof_srcu_data_srcu_unlock_count, idx);
    smp_mb();
    if (sum(ssp, offsetof_srcu_data_srcu_lock_count, idx) == unlocks) return;
    schedule_timeout_uninterruptible(1);
  }
}

/** linux/srcu.h. Sleeps until all read sections that exist now are over. Context: process, outside such a section. */
export function synchronize_srcu(ssp: usize): void {
  if (DEBUG) might_sleep(cstr("synchronize_srcu"));
  mutex_lock(srcu_gp_mutex);
  const idx = atomic.load<u32>(ssp, offsetof_srcu_struct_srcu_idx) & 1;
  wait_for_readers(ssp, idx ^ 1);
  atomic.add<u32>(ssp, 1, offsetof_srcu_struct_srcu_idx);
  wait_for_readers(ssp, idx);
  mutex_unlock(srcu_gp_mutex);
}
