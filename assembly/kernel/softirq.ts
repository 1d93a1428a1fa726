// kernel/softirq.c: work that an interrupt leaves for right after it. Pending softirqs run where the outermost
// interrupt ends and where softirqs become enabled, on the stack that is there, with interrupts enabled. When that goes
// on for too long, the task ksoftirqd does the rest; it exists only while there is something for it.

import { nth_text } from "../lib/texts";
import { HZ, NR_SOFTIRQS, SOFTIRQ_DISABLE_OFFSET, SOFTIRQ_MASK, SOFTIRQ_OFFSET, softirq_action } from "../abi";
import { own_affair, set_call_site, smp_processor_id, this_cpu } from "../arch/wasm/cpu";
import {
  irq_window,
  irqs_disabled,
  local_irq_disable,
  local_irq_enable,
  local_irq_restore,
  local_irq_save,
} from "../arch/wasm/irqflags";
import { in_hardirq, in_interrupt, preempt_count, preempt_count_add, preempt_count_sub } from "../arch/wasm/preempt";
import { BOOT_NR_CPUS } from "../arch/wasm/memory";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { snprintf_ } from "../lib/vsprintf";
import { seq_printf, seq_putc, seq_puts } from "../lib/seq_buf";
import { DEBUG } from "../flavour";
import { callback_enter, callback_leave } from "./debug/callback";
import { lockdep_softirqs_on } from "./locking/lockdep/lockdep";
import { WARN } from "./panic";
import { pr } from "./printk/printk";
import { __cond_resched, kthread_run } from "./sched/core";
import { tasklets_init } from "./tasklet";
import { jiffies, time_before } from "./time/jiffies";

/** handle_softirqs stops after this many rounds, or this long, and leaves the rest to ksoftirqd. */
const MAX_SOFTIRQ_RESTART: u32 = 10;
const MAX_SOFTIRQ_TIME: u32 = (2 * HZ + 999) / 1000; // 2 ms

/** How long interrupts leave softirqs to a ksoftirqd that does not get the CPU, in jiffies. */
const KSOFTIRQD_PATIENCE: u32 = 2;

const vectors = memory.data(10 * 4, 4);

@unmanaged
class SoftirqCpu {
  /** The task, while it exists, and when it was woken. */
  ksoftirqd: usize;
  woken: u32;
  /** Runs of each softirq. */
  runs0: u32;
}

const STAT_BYTES: usize = 8 + 10 * 4;
const stats = memory.data(4 * (8 + 10 * 4), 4);

@inline
function soft_cpu(cpu: u32): SoftirqCpu {
  return changetype<SoftirqCpu>(stats + <usize>cpu * STAT_BYTES);
}

@inline
function runs_of(cpu: u32, nr: u32): usize {
  return changetype<usize>(soft_cpu(cpu)) + offsetof<SoftirqCpu>("runs0") + nr * 4;
}

function softirq_name(nr: u32): usize {
  // prettier-ignore
  const names = cstr(
    "HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER", "RCU"
  );
  return nth_text(names, min(nr, 9));
}

/** linux/interrupt.h. Sets the function `action(struct softirq_action *)` of softirq `nr`. Context: any. */
export function open_softirq(nr: u32, action: usize): void {
  changetype<softirq_action>(vectors + nr * 4).action = action;
}

/** linux/interrupt.h. Marks softirq `nr` pending on this CPU, interrupts disabled. Context: any. */
export function __raise_softirq_irqoff(nr: u32): void {
  const cpu = this_cpu();
  cpu.softirq_pending = cpu.softirq_pending | (1 << nr);
}

/** linux/interrupt.h. Marks softirq `nr` pending, interrupts disabled. It runs at the end of the interrupt, when
 *  softirqs become enabled, or at the next interrupt window. Context: any. */
export function raise_softirq_irqoff(nr: u32): void {
  __raise_softirq_irqoff(nr);
}

/** linux/interrupt.h. Marks softirq `nr` pending. Context: any. */
export function raise_softirq(nr: u32): void {
  const flags = local_irq_save();
  __raise_softirq_irqoff(nr);
  local_irq_restore(flags);
}

function run_softirq(nr: u32): void {
  const action = vectors + nr * 4;
  const entered = DEBUG ? preempt_count() : 0;
  const state = callback_enter();
  const runs = runs_of(smp_processor_id(), nr);
  store<u32>(runs, load<u32>(runs) + 1);
  call_indirect<void>(<u32>changetype<softirq_action>(action).action, action);
  if (!DEBUG) return;
  const left = preempt_count();
  if (left != entered) {
    pr(
      cstr("\x013huh, entered softirq %u %s %ps with preempt_count %08x, exited with %08x?"),
      nr,
      softirq_name(nr),
      changetype<softirq_action>(action).action,
      entered,
      left,
    );
  }
  callback_leave(state, changetype<softirq_action>(action).action);
}

function run_pending(pending: u32): void {
  local_irq_enable();
  for (; pending; pending &= pending - 1) run_softirq(ctz(pending));
  local_irq_disable();
}

/** Runs what is pending, in rounds. Called and returns with interrupts disabled. */
function handle_softirqs(): void {
  const end = jiffies() + MAX_SOFTIRQ_TIME;
  const cpu = this_cpu();
  const site = own_affair();
  let rounds = MAX_SOFTIRQ_RESTART;
  preempt_count_add(SOFTIRQ_OFFSET);
  do {
    const pending = cpu.softirq_pending;
    cpu.softirq_pending = 0;
    run_pending(pending);
  } while (cpu.softirq_pending && time_before(jiffies(), end) && --rounds);
  if (cpu.softirq_pending) wakeup_softirqd();
  preempt_count_sub(SOFTIRQ_OFFSET);
  set_call_site(site);
}

/** linux/interrupt.h. Runs pending softirqs unless in an interrupt or softirq, or with softirqs disabled. Context:
 *  any. */
export function do_softirq(): void {
  if (in_interrupt()) return;
  const flags = local_irq_save();
  if (this_cpu().softirq_pending) handle_softirqs();
  local_irq_restore(flags);
}

/** Where the outermost interrupt ends, interrupts disabled: runs what it raised, unless ksoftirqd is about to. */
export function irq_exit_softirqs(): void {
  const cpu = this_cpu();
  if (!cpu.softirq_pending || in_interrupt()) return;
  const own = soft_cpu(smp_processor_id());
  if (own.ksoftirqd && cpu.current != own.ksoftirqd && jiffies() - own.woken < KSOFTIRQD_PATIENCE) return;
  handle_softirqs();
}

// ── ksoftirqd ──

function run_ksoftirqd(cpu: usize): void {
  const own = soft_cpu(<u32>cpu);
  local_irq_disable();
  while (this_cpu().softirq_pending) {
    handle_softirqs();
    local_irq_enable();
    irq_window(); // a softirq that raises itself for ever must not keep the host from running
    __cond_resched();
    local_irq_disable();
  }
  own.ksoftirqd = 0;
  local_irq_enable();
}

/** Without memory for the task, the next interrupt window goes on instead. */
function wakeup_softirqd(): void {
  const id = smp_processor_id();
  const own = soft_cpu(id);
  if (own.ksoftirqd) return;
  const name = stack_alloc(16);
  snprintf_(name, 16, cstr("ksoftirqd/%u"), id);
  own.ksoftirqd = kthread_run(run_ksoftirqd.index, id, name);
  stack_free(16);
  own.woken = jiffies();
}

// ── Disabling softirqs ──

/** linux/bottom_half.h. Adds `count` to preempt_count: softirqs wait. `ip` is unused. Context: process, softirq. */
export function __local_bh_disable_ip(ip: usize, count: u32): void {
  preempt_count_add(count);
}

/** linux/bottom_half.h. Takes `count` from preempt_count; if that enables softirqs, runs what is pending. Context:
 *  process, softirq, interrupts enabled. */
export function __local_bh_enable_ip(ip: usize, count: u32): void {
  if (in_hardirq() || irqs_disabled()) WARN(cstr("softirqs enabled in a hardirq or with interrupts disabled"));
  preempt_count_sub(count - 1); // keeps preemption disabled while softirqs run
  if (DEBUG && !(preempt_count() & <u32>SOFTIRQ_MASK)) lockdep_softirqs_on();
  if (this_cpu().softirq_pending && !in_interrupt()) do_softirq();
  preempt_count_sub(1);
}

/** linux/bottom_half.h. Enables softirqs without running them: the caller does. Context: interrupts disabled. */
export function _local_bh_enable(): void {
  preempt_count_sub(SOFTIRQ_DISABLE_OFFSET);
}

@inline
export function local_bh_disable(): void {
  __local_bh_disable_ip(0, SOFTIRQ_DISABLE_OFFSET);
}

export function local_bh_enable(): void {
  __local_bh_enable_ip(0, SOFTIRQ_DISABLE_OFFSET);
}

/** Before any other function of this file that raises or opens a softirq. */
export function softirq_init(): void {
  tasklets_init();
}

/** Writes /proc/softirqs to the seq_buf `s`. */
export function proc_softirqs(s: usize): void {
  const cpus = load<u32>(BOOT_NR_CPUS);
  seq_puts(s, cstr("                    "));
  for (let cpu: u32 = 0; cpu < cpus; cpu++) seq_printf(s, cstr("CPU%-8d"), cpu);
  seq_putc(s, 0x0a);
  for (let nr: u32 = 0; nr < NR_SOFTIRQS; nr++) {
    seq_printf(s, cstr("%12s:"), softirq_name(nr));
    for (let cpu: u32 = 0; cpu < cpus; cpu++) seq_printf(s, cstr(" %10u"), load<u32>(runs_of(cpu, nr)));
    seq_putc(s, 0x0a);
  }
}
