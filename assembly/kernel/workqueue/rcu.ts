// Work that runs after an RCU grace period (kernel/workqueue.c).

import { WORK_CPU_UNBOUND, WORK_STRUCT_PENDING, offsetof_rcu_work_rcu, rcu_work } from "../../abi";
import { local_irq_restore, local_irq_save } from "../../arch/wasm/irqflags";
import { call_rcu, rcu_barrier } from "../rcu";
import { flush_work } from "./cancel";
import { queue_pending, test_and_set_pending } from "./queue";
import { data_of } from "./types";

function rcu_work_rcufn(head: usize): void {
  const rwork = head - offsetof_rcu_work_rcu;
  const flags = local_irq_save();
  queue_pending(WORK_CPU_UNBOUND, changetype<rcu_work>(rwork).wq, rwork);
  local_irq_restore(flags);
}

/** linux/workqueue.h. Queues an item on `wq` after a grace period; false if it is pending already. Context: any. */
export function queue_rcu_work(wq: usize, rwork: usize): bool {
  if (test_and_set_pending(rwork)) return false;
  changetype<rcu_work>(rwork).wq = wq;
  call_rcu(rwork + offsetof_rcu_work_rcu, rcu_work_rcufn.index);
  return true;
}

/** linux/workqueue.h. Sleeps until the item's last queueing has run; false if it was idle. Context: process. */
export function flush_rcu_work(rwork: usize): bool {
  if (!(data_of(rwork) & WORK_STRUCT_PENDING)) return flush_work(rwork);
  rcu_barrier();
  flush_work(rwork);
  return true;
}
