// kernel/irq/spurious.c: a line that nobody handles is a storm that would keep the CPU busy for ever. Of 100,000
// interrupts more than 99,900 unhandled ones, and the line is disabled. Shared lines are then polled, so that devices
// limp on.

import { HZ, IRQF_SHARED, IRQF_TIMER, IRQ_HANDLED, IRQ_NONE, IRQ_WAKE_THREAD, irqaction } from "../../abi";
import { local_irq_disable, local_irq_enable } from "../../arch/wasm/irqflags";
import {
  _raw_spin_lock,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock,
  _raw_spin_unlock_irqrestore,
} from "../locking/spinlock";
import { bug_reported } from "../debug/reports";
import { dump_stack } from "../panic";
import { pr } from "../printk/printk";
import { jiffies, time_after } from "../time/jiffies";
import { init_timer_key, mod_timer } from "../time/timer";
import { call_handlers } from "./handle";
import { VECTOR_INPROGRESS, VECTOR_SPURIOUS, Vector, lock_of, nr_vectors, vector, vector_mask } from "./vector";

const WATCHED: u32 = 100_000;
const TOLERATED: u32 = 99_900;

/** In threads_handled_last: the verdict on the last interrupt waits for the next one. */
const SPURIOUS_DEFERRED: u32 = 0x80000000;

/** Answers with other bits are no irqreturn_t. */
const ANSWERS: u32 = IRQ_NONE | IRQ_HANDLED | IRQ_WAKE_THREAD;

const POLL_INTERVAL: u32 = HZ / 10;
const poll_timer = memory.data(20, 4);
const bogus_reports = memory.data(4, 4);
const BOGUS_REPORTS_MAX: u32 = 100;

function print_handlers(v: Vector): void {
  pr(cstr("\x013handlers:"));
  const flags = _raw_spin_lock_irqsave(lock_of(v));
  for (let at = v.action; at; at = changetype<irqaction>(at).next) {
    const action = changetype<irqaction>(at);
    if (action.thread_fn) {
      pr(
        cstr("\x013[<%p>] %ps threaded [<%p>] %ps"),
        action.handler,
        action.handler,
        action.thread_fn,
        action.thread_fn,
      );
    } else {
      pr(cstr("\x013[<%p>] %ps"), action.handler, action.handler);
    }
  }
  _raw_spin_unlock_irqrestore(lock_of(v), flags);
}

function report_bogus(irq: u32, v: Vector, answers: u32): void {
  const reports = load<u32>(bogus_reports);
  if (reports == BOGUS_REPORTS_MAX) return;
  store<u32>(bogus_reports, reports + 1);
  bug_reported();
  pr(cstr("\x013irq event %d: bogus return value %x"), irq, answers);
  dump_stack();
  print_handlers(v);
}

/** What threaded handlers made of the interrupt before this one: their answers come too late for their own. */
function threaded_answer(v: Vector, answers: u32): u32 {
  if (answers != IRQ_WAKE_THREAD) {
    v.threads_handled_last &= ~SPURIOUS_DEFERRED;
    return answers;
  }
  const handled = v.threads_handled | SPURIOUS_DEFERRED;
  const same = handled == v.threads_handled_last;
  v.threads_handled_last = handled;
  return same ? IRQ_NONE : IRQ_HANDLED;
}

/** Gives the line up. */
function disable_stuck(irq: u32, v: Vector): void {
  bug_reported();
  pr(cstr('\x013irq %d: nobody cared (try booting with the "irqpoll" option)'), irq);
  dump_stack();
  print_handlers(v);
  pr(cstr("\x010Disabling IRQ #%d"), irq);
  const flags = _raw_spin_lock_irqsave(lock_of(v));
  v.state |= VECTOR_SPURIOUS;
  v.depth++;
  vector_mask(irq);
  _raw_spin_unlock_irqrestore(lock_of(v), flags);
  mod_timer(poll_timer, jiffies() + POLL_INTERVAL);
}

/** Accounts for one interrupt whose handlers answered `answers`, or-ed. Hardirq context, vector in progress. */
export function note_interrupt(irq: u32, v: Vector, answers: u32): void {
  if (answers & ~ANSWERS) return report_bogus(irq, v, answers);
  if (answers & IRQ_WAKE_THREAD) {
    if (answers == IRQ_WAKE_THREAD && !(v.threads_handled_last & SPURIOUS_DEFERRED)) {
      v.threads_handled_last |= SPURIOUS_DEFERRED;
      return;
    }
    answers = threaded_answer(v, answers);
  }
  if (answers == IRQ_NONE) {
    // Odd spurious interrupts far apart are no storm.
    v.irqs_unhandled = time_after(jiffies(), v.last_unhandled + HZ / 10) ? 1 : v.irqs_unhandled + 1;
    v.last_unhandled = jiffies();
  }
  if (!v.irqs_unhandled || ++v.irq_count < WATCHED) return;
  v.irq_count = 0;
  if (v.irqs_unhandled > TOLERATED) disable_stuck(irq, v);
  v.irqs_unhandled = 0;
}

/** Calls the handlers of a line that was given up, if it is shared. */
function poll(irq: u32, v: Vector): void {
  _raw_spin_lock(lock_of(v));
  const first = changetype<irqaction>(v.action);
  const polled =
    v.action != 0 &&
    (first.flags & IRQF_SHARED) != 0 &&
    (first.flags & IRQF_TIMER) != IRQF_TIMER &&
    !(v.state & VECTOR_INPROGRESS);
  if (polled) v.state |= VECTOR_INPROGRESS;
  _raw_spin_unlock(lock_of(v));
  if (!polled) return;
  call_handlers(irq, v);
  _raw_spin_lock(lock_of(v));
  v.state &= ~VECTOR_INPROGRESS;
  _raw_spin_unlock(lock_of(v));
}

function poll_spurious(timer: usize): void {
  for (let irq: u32 = 1; irq < nr_vectors(); irq++) {
    const v = vector(irq);
    if (!(v.state & VECTOR_SPURIOUS)) continue;
    local_irq_disable();
    poll(irq, v);
    local_irq_enable();
  }
  mod_timer(poll_timer, jiffies() + POLL_INTERVAL);
}

export function spurious_init(): void {
  init_timer_key(poll_timer, poll_spurious.index, 0, 0, 0);
}
