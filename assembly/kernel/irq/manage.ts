// kernel/irq/manage.c: what drivers do with interrupts: request, free, enable, disable, wait.

import {
  EBUSY,
  EINVAL,
  ENOMEM,
  ENOTCONN,
  GFP_KERNEL,
  IRQF_COND_SUSPEND,
  IRQF_NO_AUTOEN,
  IRQF_NO_SUSPEND,
  IRQF_ONESHOT,
  IRQF_PERCPU,
  IRQF_PROBE_SHARED,
  IRQF_SHARED,
  IRQF_TRIGGER_MASK,
  IRQ_NOTCONNECTED,
  IRQ_WAKE_THREAD,
  irqaction,
  sizeof_irqaction,
} from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { wait_window } from "../../arch/wasm/irqflags";
import { in_interrupt } from "../../arch/wasm/preempt";
import { kzalloc } from "../../mm/kmalloc";
import { kfree } from "../../mm/slub";
import { DEBUG } from "../../flavour";
import { one_cpu } from "../locking/held";
import { might_sleep } from "../locking/might_sleep";
import { mutex_lock, mutex_unlock } from "../locking/mutex";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "../locking/spinlock";
import { BUG, WARN } from "../panic";
import { pr } from "../printk/printk";
import { may_unmask } from "./handle";
import { irq_drop_wakeup, irq_wake_action, wait_for_threads } from "./thread";
import {
  VECTOR_INPROGRESS,
  VECTOR_NOAUTOEN,
  VECTOR_ONESHOT,
  VECTOR_SPURIOUS,
  Vector,
  irq_vector,
  lock_of,
  mutex_of,
  vector_ack,
  vector_mask,
  vector_unmask,
} from "./vector";

@inline
function act(address: usize): irqaction {
  return changetype<irqaction>(address);
}

/** The primary handler of a request without one: leaves everything to the thread. */
function irq_default_primary_handler(irq: i32, dev_id: usize): i32 {
  return IRQ_WAKE_THREAD;
}

// ── Requesting ──

function last_action(v: Vector): usize {
  let at = v.action;
  while (at && act(at).next) at = act(at).next;
  return at;
}

/** The bit by which a threaded handler keeps a shared line masked; 0 if all 32 are taken. */
function free_thread_mask(v: Vector): u32 {
  let used: u32 = 0;
  for (let at = v.action; at; at = act(at).next) used |= act(at).thread_mask;
  return ~used & (used + 1);
}

/** Whether a new action may share the line with those on it. */
function may_share(v: Vector, first: irqaction, added: irqaction): bool {
  const differs = (first.flags ^ added.flags) & (IRQF_ONESHOT | IRQF_PERCPU);
  const trigger = added.flags & IRQF_TRIGGER_MASK;
  if (!(first.flags & added.flags & IRQF_SHARED) || differs || (v.trigger && v.trigger != trigger)) return false;
  v.trigger = trigger;
  return true;
}

function set_thread_mask(v: Vector, added: irqaction): i32 {
  if (added.flags & IRQF_ONESHOT) {
    added.thread_mask = free_thread_mask(v);
    return added.thread_mask ? 0 : -EBUSY;
  }
  if (added.handler != <usize>irq_default_primary_handler.index) return 0;
  // The line would be unmasked while its device still asserts it, again and again.
  pr(cstr("\x013genirq: Threaded irq requested with handler=NULL and !ONESHOT for %s (irq %d)"), added.name, added.irq);
  return -EINVAL;
}

/** The first action of a line: unmask it, unless the driver wants to do that itself. */
function start_up(v: Vector, added: irqaction): void {
  v.state &= ~(VECTOR_SPURIOUS | VECTOR_ONESHOT);
  if (added.flags & IRQF_ONESHOT) v.state |= VECTOR_ONESHOT;
  v.trigger = added.flags & IRQF_TRIGGER_MASK;
  v.threads_oneshot = 0;
  v.depth = added.flags & IRQF_NO_AUTOEN || v.state & VECTOR_NOAUTOEN ? 1 : 0;
  vector_ack(added.irq); // what came while nobody listened
}

function install(v: Vector, added: irqaction): i32 {
  if (!(added.flags & IRQF_TRIGGER_MASK)) added.flags |= v.trigger; // as the line is
  const first = act(v.action);
  if (v.action && !may_share(v, first, added)) {
    if (!(added.flags & IRQF_PROBE_SHARED)) {
      pr(
        cstr("\x013genirq: Flags mismatch irq %d. %08x (%s) vs. %08x (%s)"),
        added.irq,
        added.flags,
        added.name,
        first.flags,
        first.name,
      );
    }
    return -EBUSY;
  }
  const error = set_thread_mask(v, added);
  if (error) return error;
  if (v.action) {
    act(last_action(v)).next = changetype<usize>(added);
  } else {
    start_up(v, added);
    v.action = changetype<usize>(added);
  }
  v.irq_count = 0;
  v.irqs_unhandled = 0;
  if (v.state & VECTOR_SPURIOUS) {
    v.state &= ~VECTOR_SPURIOUS; // the line was given up; the new handler may know its device
    v.depth--;
  }
  if (may_unmask(v)) vector_unmask(added.irq);
  return 0;
}

/** linux/interrupt.h. Installs `handler(irq, dev_id)` on interrupt `irq`, and `thread_fn(irq, dev_id)` in a task of
 *  its own for what the handler leaves to it by IRQ_WAKE_THREAD; without a handler the thread gets all. `dev_id`
 *  tells the sharers of a line apart. Returns 0; -EINVAL: no such interrupt or bad flags; -EBUSY: taken, and not by
 *  agreeing sharers; -ENOMEM. Context: process. (Differs: trigger flags do not change how the line works.) */
export function request_threaded_irq(
  irq: u32,
  handler: usize,
  thread_fn: usize,
  irqflags: u32,
  devname: usize,
  dev_id: usize,
): i32 {
  if (irq == IRQ_NOTCONNECTED) return -ENOTCONN;
  const shared = (irqflags & IRQF_SHARED) != 0;
  const conditional = (irqflags & IRQF_COND_SUSPEND) != 0;
  if (shared && (!dev_id || irqflags & IRQF_NO_AUTOEN)) return -EINVAL;
  if (conditional && (!shared || irqflags & IRQF_NO_SUSPEND)) return -EINVAL;
  const v = irq_vector(irq);
  if (!changetype<usize>(v)) return -EINVAL;
  if (!handler) {
    if (!thread_fn) return -EINVAL;
    handler = irq_default_primary_handler.index;
  }
  const action = kzalloc(sizeof_irqaction, GFP_KERNEL);
  if (!action) return -ENOMEM;
  act(action).irq = irq;
  act(action).handler = handler;
  act(action).thread_fn = thread_fn;
  act(action).flags = irqflags;
  act(action).name = devname;
  act(action).dev_id = dev_id;
  mutex_lock(mutex_of(v));
  const flags = _raw_spin_lock_irqsave(lock_of(v));
  const error = install(v, act(action));
  _raw_spin_unlock_irqrestore(lock_of(v), flags);
  mutex_unlock(mutex_of(v));
  if (error) kfree(action);
  return error;
}

/** linux/interrupt.h. request_threaded_irq without a thread: 0, -EINVAL, -EBUSY or -ENOMEM. Inline in Linux.
 *  Context: process. */
export function request_irq(irq: u32, handler: usize, flags: u32, name: usize, dev_id: usize): i32 {
  return request_threaded_irq(irq, handler, 0, flags, name, dev_id);
}

/** linux/interrupt.h. Requests an interrupt that may need a thread: 0 (IRQC_IS_HARDIRQ: it does not) or an error.
 *  Context: process. */
export function request_any_context_irq(irq: u32, handler: usize, flags: u32, name: usize, dev_id: usize): i32 {
  return request_threaded_irq(irq, handler, 0, flags, name, dev_id);
}

// ── Freeing ──

/** Takes the action of `dev_id` off the line; 0 if there is none. Vector locked. */
function take_action(irq: u32, v: Vector, dev_id: usize): usize {
  let before: usize = 0;
  let at = v.action;
  while (at && act(at).dev_id != dev_id) {
    before = at;
    at = act(at).next;
  }
  if (!at) return 0;
  if (before) act(before).next = act(at).next;
  else v.action = act(at).next;
  if (!v.action) {
    v.depth = 1;
    vector_mask(irq);
  }
  return at;
}

/** linux/interrupt.h. Removes the handler of `dev_id`, waiting for handlers and threads that run. Returns the name
 *  that it was requested with, or NULL, and a warning, if it was not. Context: process. */
export function free_irq(irq: u32, dev_id: usize): usize {
  const v = irq_vector(irq);
  if (!changetype<usize>(v)) return 0;
  if (in_interrupt()) {
    pr(cstr("\x014Trying to free IRQ %d from IRQ context!"), irq);
    WARN(cstr("free_irq in interrupt context"));
  }
  mutex_lock(mutex_of(v));
  const flags = _raw_spin_lock_irqsave(lock_of(v));
  const action = take_action(irq, v, dev_id);
  _raw_spin_unlock_irqrestore(lock_of(v), flags);
  if (action) wait_until_unused(irq, v, act(action));
  mutex_unlock(mutex_of(v));
  if (!action) {
    pr(cstr("\x014Trying to free already-free IRQ %d"), irq);
    WARN(cstr("free_irq of an interrupt that was not requested"));
    return 0;
  }
  const name = act(action).name;
  kfree(action);
  return name;
}

/** Waits until nobody can call the action any more. */
function wait_until_unused(irq: u32, v: Vector, action: irqaction): void {
  wait_for_handlers(irq, v);
  if (action.thread_fn) {
    irq_drop_wakeup(v, action);
    wait_for_threads(v);
  }
  // A thread that just ended may still hold the lock.
  const flags = _raw_spin_lock_irqsave(lock_of(v));
  v.threads_oneshot &= ~action.thread_mask;
  if (may_unmask(v)) vector_unmask(irq);
  _raw_spin_unlock_irqrestore(lock_of(v), flags);
}

// ── Waiting ──

/** Waits until no handler of the vector runs, on another CPU: on this one it would be below us on the stack. */
function wait_for_handlers(irq: u32, v: Vector): void {
  for (
    let turn: u32 = 0;
    atomic.load<u32>(changetype<usize>(v), offsetof<Vector>("state")) & VECTOR_INPROGRESS;
    turn++
  ) {
    if (this_cpu().in_vector == irq + 1 || one_cpu()) {
      if (DEBUG) pr(cstr("\x010BUG: irq %u: a handler waits for itself to end"), irq);
      BUG(cstr("synchronize_irq, disable_irq or free_irq inside a handler of the same interrupt"));
    }
    wait_window(turn);
  }
}

/** A thread function that waits for its own end never would. */
function check_own_thread(irq: u32, v: Vector): void {
  for (let at = v.action; at; at = act(at).next) {
    if (act(at).thread != this_cpu().current) continue;
    if (DEBUG) pr(cstr("\x010BUG: irq %u: the thread of %s waits for itself to end"), irq, act(at).name);
    BUG(cstr("synchronize_irq or disable_irq inside a threaded handler of the same interrupt"));
  }
}

/** linux/interrupt.h. Waits until no handler of `irq` runs; false if a threaded handler still does. Context: any. */
export function synchronize_hardirq(irq: u32): bool {
  const v = irq_vector(irq);
  if (!changetype<usize>(v)) return true;
  wait_for_handlers(irq, v);
  return v.threads_active == 0;
}

/** linux/interrupt.h. Waits until no handler and no threaded handler of `irq` runs. Context: process. */
export function synchronize_irq(irq: u32): void {
  const v = irq_vector(irq);
  if (!changetype<usize>(v)) return;
  wait_for_handlers(irq, v);
  if (!v.threads_active) return;
  if (DEBUG) might_sleep(cstr("synchronize_irq"));
  check_own_thread(irq, v);
  wait_for_threads(v);
}

// ── Disabling ──

/** False if there is no such interrupt. */
function disable_nosync(irq: u32): bool {
  const v = irq_vector(irq);
  if (!changetype<usize>(v)) return false;
  const flags = _raw_spin_lock_irqsave(lock_of(v));
  if (v.depth++ == 0) vector_mask(irq);
  _raw_spin_unlock_irqrestore(lock_of(v), flags);
  return true;
}

/** linux/interrupt.h. Disables `irq`; nests; does not wait for handlers. An edge that comes meanwhile is kept.
 *  Context: any. */
export function disable_irq_nosync(irq: u32): void {
  disable_nosync(irq);
}

/** linux/interrupt.h. Disables `irq` and waits until its handlers have ended; nests. Context: process, or any if the
 *  interrupt has no threaded handler. */
export function disable_irq(irq: u32): void {
  if (disable_nosync(irq)) synchronize_irq(irq);
}

/** linux/interrupt.h. Disables `irq` and waits for its handlers, not its threads; false if a thread runs. Context:
 *  any. */
export function disable_hardirq(irq: u32): bool {
  return disable_nosync(irq) && synchronize_hardirq(irq);
}

/** linux/interrupt.h. Undoes one disable_irq. What is pending is taken when the last one is undone. Context: any. */
export function enable_irq(irq: u32): void {
  const v = irq_vector(irq);
  if (!changetype<usize>(v)) return;
  const flags = _raw_spin_lock_irqsave(lock_of(v));
  const balanced = v.depth > 0;
  if (balanced && --v.depth == 0 && may_unmask(v)) vector_unmask(irq);
  _raw_spin_unlock_irqrestore(lock_of(v), flags);
  if (balanced) return;
  pr(cstr("\x014Unbalanced enable for IRQ %d"), irq);
  WARN(cstr("enable_irq of an interrupt that is not disabled"));
}

/** linux/interrupt.h. Runs the threaded handler of `dev_id` on `irq`, as if its handler had asked for it. Context:
 *  any. */
export function irq_wake_thread(irq: u32, dev_id: usize): void {
  const v = irq_vector(irq);
  if (!changetype<usize>(v)) return;
  for (let at = v.action; at; at = act(at).next) {
    if (act(at).dev_id != dev_id) continue;
    if (act(at).thread_fn) irq_wake_action(v, act(at));
    return;
  }
}

/** linux/interrupt.h. Whether `irq` has a handler. Context: any. */
export function irq_has_action(irq: u32): bool {
  const v = irq_vector(irq);
  return changetype<usize>(v) != 0 && v.action != 0;
}
