// What the lock validator says, in Linux's words (kernel/locking/lockdep.c). Where Linux prints a stack from earlier, there
// is the one call site that is known of it.

import { current } from "../../../arch/wasm/current";
import { pr } from "../../printk/printk";
import { HELD_IRQS_OFF, HeldLock, show_held_locks } from "../held";
import { usage_site } from "./classes";
import { list_at, step_class, step_list, step_parent } from "./graph";
import {
  class_label,
  class_name,
  print_lock,
  print_site,
  print_who,
  print_who_where,
  report_begins,
  report_ends,
} from "./print";
import { state_name, usage_name } from "./usage";

const NONE = cstr("");

/** Two columns: what one CPU does, or what another one does at the same time. */
function cpu0(fmt: usize, number: u32): void {
  pr(fmt, number ? class_name(number) : NONE);
}

function scenario_begins(two: bool, interrupt: bool): void {
  pr(
    interrupt && two
      ? cstr("\x014 Possible interrupt unsafe locking scenario:")
      : cstr("\x014 Possible unsafe locking scenario:"),
  );
  pr(cstr("\x014"));
  pr(two ? cstr("\x014       CPU0                    CPU1") : cstr("\x014       CPU0"));
  pr(two ? cstr("\x014       ----                    ----") : cstr("\x014       ----"));
}

function scenario_ends(): void {
  pr(cstr("\x014"));
  pr(cstr("\x014 *** DEADLOCK ***"));
  pr(cstr("\x014"));
}

/** A lock is taken while one of its class is held. */
export function print_deadlock_bug(prev: HeldLock, next: HeldLock): void {
  if (!report_begins(cstr("WARNING: possible recursive locking detected"))) return;
  print_who(cstr("is trying to acquire lock:"));
  print_lock(NONE, 0, next);
  pr(cstr("\x014"));
  pr(cstr("\x014but task is already holding lock:"));
  print_lock(NONE, 0, prev);
  pr(cstr("\x014"));
  pr(cstr("\x014other info that might help us debug this:"));
  scenario_begins(false, false);
  cpu0(cstr("\x014  lock(%s);"), prev.number);
  cpu0(cstr("\x014  lock(%s);"), next.number);
  scenario_ends();
  pr(cstr("\x014 May be due to missing lock nesting notation"));
  pr(cstr("\x014"));
  report_ends();
}

/** `next` is taken while `prev` is held, and the path that ends with `found` leads from next to prev. */
export function print_circular_bug(found: u32, prev: HeldLock, next: HeldLock): void {
  if (!report_begins(cstr("WARNING: possible circular locking dependency detected"))) return;
  print_who(cstr("is trying to acquire lock:"));
  print_lock(NONE, 0, next);
  pr(cstr("\x014"));
  pr(cstr("\x014but task is already holding lock:"));
  print_lock(NONE, 0, prev);
  pr(cstr("\x014"));
  pr(cstr("\x014which lock already depends on the new lock."));
  pr(cstr("\x014"));
  pr(cstr("\x014the existing dependency chain (in reverse order) is:"));
  let depth: u32 = 0;
  for (let step = found; step_parent(step); step = step_parent(step)) depth++;
  for (let step = found; step; step = step_parent(step), depth--) {
    pr(cstr("\x014"));
    pr(cstr("\x014-> #%u %s:"), depth, class_label(step_class(step)));
    print_site(cstr("       "), step_parent(step) ? list_at(step_list(step)).site : next.site);
  }
  pr(cstr("\x014"));
  pr(cstr("\x014other info that might help us debug this:"));
  pr(cstr("\x014"));
  const middle = step_class(step_parent(found));
  if (middle != <u32>next.number) {
    pr(cstr("\x014Chain exists of:"));
    pr(cstr("\x014  %s --> %s --> %s"), class_name(next.number), class_name(middle), class_name(prev.number));
    pr(cstr("\x014"));
  }
  scenario_begins(true, false);
  cpu0(cstr("\x014  lock(%s);"), prev.number);
  cpu0(cstr("\x014                               lock(%s);"), middle);
  cpu0(cstr("\x014                               lock(%s);"), prev.number);
  cpu0(cstr("\x014  lock(%s);"), next.number);
  scenario_ends();
  report_ends();
}

/** One class is used both in interrupts and where they may come in between. */
export function print_usage_bug(held: HeldLock, before: u32, now: u32): void {
  if (!report_begins(cstr("WARNING: inconsistent lock state"))) return;
  pr(cstr("\x014inconsistent {%s} -> {%s} usage."), usage_name(before), usage_name(now));
  print_who_where(cstr("takes:"), (held.flags & HELD_IRQS_OFF) != 0);
  print_lock(NONE, 0, held);
  pr(cstr("\x014{%s} state was registered at:"), usage_name(before));
  print_site(cstr("  "), load<u32>(usage_site(held.number, before)));
  pr(cstr("\x014"));
  pr(cstr("\x014other info that might help us debug this:"));
  scenario_begins(false, true);
  cpu0(cstr("\x014  lock(%s);"), held.number);
  pr(cstr("\x014  <Interrupt>"));
  cpu0(cstr("\x014    lock(%s);"), held.number);
  scenario_ends();
  report_ends();
}

/** `safe` is taken in interrupts while `unsafe` is held elsewhere with interrupts enabled, and safe is held when unsafe
 *  is taken, over `prev` and `next`. */
function irq_scenario(safe: u32, unsafe_: u32, prev: u32, next: u32): void {
  const middle = next == unsafe_ ? prev : next;
  if (middle != safe) {
    pr(cstr("\x014Chain exists of:"));
    pr(cstr("\x014  %s --> %s --> %s"), class_name(safe), class_name(middle), class_name(unsafe_));
    pr(cstr("\x014"));
  }
  scenario_begins(true, true);
  cpu0(cstr("\x014  lock(%s);"), unsafe_);
  pr(cstr("\x014                               local_irq_disable();"));
  cpu0(cstr("\x014                               lock(%s);"), safe);
  cpu0(cstr("\x014                               lock(%s);"), middle == safe ? unsafe_ : middle);
  pr(cstr("\x014  <Interrupt>"));
  cpu0(cstr("\x014    lock(%s);"), safe);
  scenario_ends();
}

/** A lock has become (un)safe, and one that is reached from it (`forwards`), or reaches it, is the other. */
export function print_irq_inversion_bug(held: HeldLock, other: u32, forwards: bool, bit: u32): void {
  if (!report_begins(cstr("WARNING: possible irq lock inversion dependency detected"))) return;
  print_who(cstr("just changed the state of lock:"));
  print_lock(NONE, 0, held);
  if (forwards) pr(cstr("\x014but this lock took another, %s-unsafe lock in the past:"), state_name(bit));
  else pr(cstr("\x014but this lock was taken by another, %s-safe lock in the past:"), state_name(bit));
  pr(cstr("\x014 %s"), class_label(other));
  pr(cstr("\x014"));
  pr(cstr("\x014and interrupts could create inverse lock ordering between them."));
  pr(cstr("\x014"));
  pr(cstr("\x014other info that might help us debug this:"));
  if (forwards) irq_scenario(held.number, other, held.number, other);
  else irq_scenario(other, held.number, other, held.number);
  report_ends();
}

/** While `prev` is held `next` is taken, which connects `safe` to `unsafe_`. */
export function print_bad_irq_dependency(
  prev: HeldLock,
  next: HeldLock,
  safe: u32,
  safe_bit: u32,
  unsafe_: u32,
  unsafe_bit: u32,
): void {
  const hard = safe_bit < 4;
  const title = hard
    ? cstr("WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected")
    : cstr("WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected");
  if (!report_begins(title)) return;
  const irqclass = state_name(safe_bit);
  print_who_where(cstr("is trying to acquire:"), (next.flags & HELD_IRQS_OFF) != 0);
  print_lock(NONE, 0, next);
  pr(cstr("\x014"));
  pr(cstr("\x014and this task is already holding:"));
  print_lock(NONE, 0, prev);
  pr(cstr("\x014which would create a new lock dependency:"));
  pr(cstr("\x014 %s -> %s"), class_label(prev.number), class_label(next.number));
  pr(cstr("\x014"));
  pr(cstr("\x014but this new dependency connects a %s-irq-safe lock:"), irqclass);
  pr(cstr("\x014 %s"), class_label(safe));
  pr(cstr("\x014"));
  pr(cstr("\x014... which became %s-irq-safe at:"), irqclass);
  print_site(cstr("  "), load<u32>(usage_site(safe, safe_bit)));
  pr(cstr("\x014"));
  pr(cstr("\x014to a %s-irq-unsafe lock:"), irqclass);
  pr(cstr("\x014 %s"), class_label(unsafe_));
  pr(cstr("\x014"));
  pr(cstr("\x014... which became %s-irq-unsafe at:"), irqclass);
  print_site(cstr("..."), load<u32>(usage_site(unsafe_, unsafe_bit)));
  pr(cstr("\x014"));
  pr(cstr("\x014other info that might help us debug this:"));
  pr(cstr("\x014"));
  irq_scenario(safe, unsafe_, prev.number, next.number);
  report_ends();
}

/** A lock that sleeps is taken where sleeping is forbidden, or one that might under PREEMPT_RT inside one that does not. */
export function print_wait_context(held: HeldLock, context: u32): void {
  if (!report_begins(cstr("[ BUG: Invalid wait context ]"))) return;
  print_who(cstr("is trying to lock:"));
  print_lock(NONE, 0, held);
  pr(cstr("\x014other info that might help us debug this:"));
  pr(cstr("\x014context-{%d:%d}"), context, context);
  report_ends();
}

/** `lock` is released by who does not hold it. */
export function print_unlock_imbalance(lock: usize, number: u32, site: u32): void {
  if (!report_begins(cstr("WARNING: bad unlock balance detected!"))) return;
  print_who(cstr("is trying to release lock"));
  pr(cstr("\x014 %px (%s) at:"), lock, class_name(number));
  print_site(NONE, site);
  pr(cstr("\x014but there are no more locks to release!"));
  pr(cstr("\x014"));
  pr(cstr("\x014other info that might help us debug this:"));
  report_ends();
}

/** The lock that shall guard the order of `held` is not held. */
export function print_nest_not_held(held: HeldLock, nest: u32): void {
  if (!report_begins(cstr("WARNING: Nested lock was not taken"))) return;
  print_who(cstr("is trying to lock:"));
  print_lock(NONE, 0, held);
  pr(cstr("\x014"));
  pr(cstr("\x014but this task is not holding:"));
  pr(cstr("\x014%s"), class_name(nest));
  pr(cstr("\x014"));
  pr(cstr("\x014other info that might help us debug this:"));
  report_ends();
}

/** Memory is freed, or a lock in it initialised, with a lock in it that `task` holds. */
export function print_freed_lock(task: usize, held: HeldLock, start: usize, size: usize): void {
  if (!report_begins(cstr("WARNING: held lock freed!"))) return;
  const who = current();
  pr(
    cstr("\x014%s/%d is freeing memory %px-%px, with a lock still held there!"),
    who.comm,
    who.pid,
    start,
    start + size - 1,
  );
  print_lock(NONE, 0, held);
  pr(cstr("\x014"));
  pr(cstr("\x014other info that might help us debug this:"));
  if (task != changetype<usize>(who)) show_held_locks(task);
  report_ends();
}
