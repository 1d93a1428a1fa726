// kernel/irq/manage.c: on which CPUs an interrupt is wanted, and who wants to know when that changes.

import {
  EINVAL,
  irq_affinity_notify,
  offsetof_irq_affinity_notify_kref,
  offsetof_irq_affinity_notify_work,
  sizeof_cpumask,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { DEBUG } from "../../flavour";
import { refcount_dec_and_test, refcount_inc, refcount_set } from "../../lib/refcount";
import { __cpu_online_mask } from "../cpu";
import { might_sleep } from "../locking/might_sleep";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "../locking/spinlock";
import { INIT_WORK, schedule_work } from "../workqueue";
import { cancel_work_sync } from "../workqueue/cancel";
import { VECTOR_TIMER } from "./init";
import { irq_vector, lock_of, target_of, vector_set_target } from "./vector";

@inline
function kref_of(notify: usize): usize {
  return notify + offsetof_irq_affinity_notify_kref;
}

@inline
function work_of(notify: usize): usize {
  return notify + offsetof_irq_affinity_notify_work;
}

function put(notify: usize): void {
  if (!refcount_dec_and_test(kref_of(notify))) return;
  call_indirect<void>(<u32>changetype<irq_affinity_notify>(notify).release, kref_of(notify));
}

/** Tells the one who asked; in a worker. */
function tell(work: usize): void {
  const notify = work - work_of(0);
  const n = changetype<irq_affinity_notify>(notify);
  const v = irq_vector(n.irq);
  const mask = stack_alloc(16);
  memory.fill(mask, 0, sizeof_cpumask);
  store<u32>(mask, v.affinity);
  call_indirect<void>(<u32>n.notify, notify, mask);
  stack_free(16);
  put(notify);
}

/** linux/interrupt.h. Has a CPU of `mask` (struct cpumask *) take `irq`, the first that is online. 0; -EINVAL: there is no
 *  such interrupt, or it is each CPU's own, or none of them is online. Context: any. */
export function irq_set_affinity(irq: u32, mask: usize): i32 {
  const v = irq_vector(irq);
  const online = load<u32>(mask) & atomic.load<u32>(__cpu_online_mask);
  if (!changetype<usize>(v) || irq == VECTOR_TIMER || !online) return -EINVAL;
  const flags = _raw_spin_lock_irqsave(lock_of(v));
  v.affinity = online;
  if (!(online & (1 << target_of(irq)))) vector_set_target(irq, ctz(online));
  const notify = v.notify;
  if (notify) {
    refcount_inc(kref_of(notify));
    if (!schedule_work(work_of(notify))) put(notify); // it is on its way already
  }
  _raw_spin_unlock_irqrestore(lock_of(v), flags);
  return 0;
}

/** linux/interrupt.h. irq_set_affinity, if need be to a CPU that is not online: it never is here. Context: any. */
export function irq_force_affinity(irq: u32, mask: usize): i32 {
  return irq_set_affinity(irq, mask);
}

/** linux/interrupt.h. Notes on which CPUs (struct cpumask *, or NULL) a driver wants `irq`, and with `setaffinity`
 *  has one of them take it; -EINVAL if there is no such interrupt. Context: process. */
export function __irq_apply_affinity_hint(irq: u32, mask: usize, setaffinity: bool): i32 {
  const v = irq_vector(irq);
  if (!changetype<usize>(v)) return -EINVAL;
  v.affinity_hint = mask;
  if (mask && setaffinity) irq_set_affinity(irq, mask);
  return 0;
}

/** linux/interrupt.h. Calls `notify` (struct irq_affinity_notify *, NULL: nobody) in a worker when the CPUs of `irq`
 *  change; the one before is released. 0 or -EINVAL. Context: process. */
export function irq_set_affinity_notifier(irq: u32, notify: usize): i32 {
  if (DEBUG) might_sleep(cstr("irq_set_affinity_notifier"));
  const v = irq_vector(irq);
  if (!changetype<usize>(v)) return -EINVAL;
  if (notify) {
    changetype<irq_affinity_notify>(notify).irq = irq;
    refcount_set(kref_of(notify), 1);
    INIT_WORK(work_of(notify), tell.index);
  }
  const flags = _raw_spin_lock_irqsave(lock_of(v));
  const old = v.notify;
  v.notify = notify;
  _raw_spin_unlock_irqrestore(lock_of(v), flags);
  if (!old) return 0;
  if (cancel_work_sync(work_of(old))) put(old);
  put(old);
  return 0;
}
