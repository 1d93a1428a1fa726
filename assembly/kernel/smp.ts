// kernel/smp.c: what one CPU asks of another. A request is a bit in the other's `ipi` word or an entry of its `call_list`, a
// lock-free stack that is only ever taken as a whole, and a kick: the other looks at its next interrupt window.

import {
  CSD_FLAG_LOCK,
  CSD_FLAG_TYPE_MASK,
  CSD_TYPE_SYNC,
  EBUSY,
  ENXIO,
  __call_single_data,
  offsetof___call_single_data_node,
} from "../abi";
import { Cpu, cpu_area, cpu_kick, smp_processor_id, this_cpu } from "../arch/wasm/cpu";
import { irqs_disabled, local_irq_restore, local_irq_save, wait_window } from "../arch/wasm/irqflags";
import { BOOT_NR_CPUS, CPU_MAX } from "../arch/wasm/memory";
import { in_task, preempt_disable, preempt_enable } from "../arch/wasm/preempt";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { DEBUG } from "../flavour";
import { callback_enter, callback_leave } from "./debug/callback";
import { __cpu_online_mask } from "./cpu";
import { handle_percpu_vector } from "./irq/handle";
import { VECTOR_TIMER } from "./irq/init";
import { irq_work_run } from "./irq_work";
import { WARN } from "./panic";
import { tick_program } from "./time/tick";

/** The CPU's own timer: it raises this itself. */
export const IPI_TIMER: u32 = 1;
/** There is something on `call_list`. */
const IPI_CALL: u32 = 2;
/** There is something on the CPU's list of irq_work. */
export const IPI_IRQ_WORK: u32 = 8;
/** An hrtimer of the CPU was set by another. */
export const IPI_TICK: u32 = 4;

/** struct __call_single_data. */
const CSD_BYTES: usize = 16;
/** Entries for calls that nobody waits for, one for each pair of CPUs: a second one waits until the first was made. */
const csds = memory.data(4 * 4 * 16, 16);

@inline
function csd_of(address: usize): __call_single_data {
  return changetype<__call_single_data>(address);
}

/** A csd's node.u_flags: behind the link. */
@inline
function flags_of(csd: usize): usize {
  return csd + offsetof___call_single_data_node + 4;
}

/** The entry of this CPU for `cpu`. */
@inline
function own_csd(cpu: u32): usize {
  return csds + <usize>(smp_processor_id() * CPU_MAX + cpu) * CSD_BYTES;
}

@inline
function is_online(cpu: u32): bool {
  return cpu < load<u32>(BOOT_NR_CPUS) && (atomic.load<u32>(__cpu_online_mask) & (1 << cpu)) != 0;
}

export function send_ipi(cpu: u32, bits: u32): void {
  atomic.or<u32>(changetype<usize>(cpu_area(cpu)), bits, offsetof<Cpu>("ipi"));
  cpu_kick(cpu);
}

/** What other CPUs, and this one's timer, asked for. Hardirq context. */
export function take_ipis(): void {
  const bits = atomic.xchg<u32>(changetype<usize>(this_cpu()), 0, offsetof<Cpu>("ipi"));
  if (bits & IPI_CALL) make_calls();
  if (bits & IPI_TICK) tick_program();
  if (bits & IPI_IRQ_WORK) irq_work_run();
  if (bits & IPI_TIMER) handle_percpu_vector(VECTOR_TIMER);
}

// ── The side that is called ──

/** All that is on the list, the oldest first. */
function take_calls(): usize {
  let entry = atomic.xchg<usize>(changetype<usize>(this_cpu()), 0, offsetof<Cpu>("call_list"));
  let reversed: usize = 0;
  while (entry) {
    const next = load<usize>(entry);
    store<usize>(entry, reversed);
    reversed = entry;
    entry = next;
  }
  return reversed;
}

function make_calls(): void {
  let entry = take_calls();
  while (entry) {
    const next = load<usize>(entry);
    const func = csd_of(entry).func;
    const info = csd_of(entry).info;
    const sync = (load<u32>(flags_of(entry)) & <u32>CSD_FLAG_TYPE_MASK) == CSD_TYPE_SYNC;
    if (!sync) csd_unlock(entry);
    call(func, info);
    if (sync) csd_unlock(entry); // the entry is on its caller's stack: gone from here on
    entry = next;
  }
}

function call(func: usize, info: usize): void {
  const state = callback_enter();
  call_indirect<void>(<u32>func, info);
  if (DEBUG) callback_leave(state, func);
}

// ── The side that calls ──

/** Fills in a free entry and locks it; the other side unlocks it when the function begins, or, `sync`, when it ends. */
function csd_fill(csd: usize, func: usize, info: usize, sync: bool): void {
  check_context();
  csd_of(csd).func = func;
  csd_of(csd).info = info;
  store<u32>(flags_of(csd), <u32>CSD_FLAG_LOCK | (sync ? <u32>CSD_TYPE_SYNC : 0));
}

@inline
function csd_unlock(csd: usize): void {
  atomic.and<u32>(flags_of(csd), ~(<u32>CSD_FLAG_LOCK));
}

/** Until the call was made. Interrupts are taken meanwhile: the other CPU may be waiting for this one. */
function csd_wait(csd: usize): void {
  for (let turn: u32 = 0; atomic.load<u32>(flags_of(csd)) & <u32>CSD_FLAG_LOCK; turn++) wait_window(turn);
}

/** Sends a locked entry. */
function csd_send(cpu: u32, csd: usize): void {
  const list = changetype<usize>(cpu_area(cpu)) + offsetof<Cpu>("call_list");
  let head = atomic.load<usize>(list);
  for (let seen: usize; ; head = seen) {
    store<usize>(csd, head);
    seen = atomic.cmpxchg<usize>(list, head, csd);
    if (seen == head) break;
  }
  send_ipi(cpu, IPI_CALL);
}

/** The call on this CPU itself. */
function call_here(func: usize, info: usize): void {
  const flags = local_irq_save();
  call(func, info);
  local_irq_restore(flags);
}

/** Who waits with interrupts disabled for a CPU that waits for this one waits for ever. */
function check_context(): void {
  if (DEBUG && irqs_disabled() && in_task()) WARN(cstr("a function call to other CPUs with interrupts disabled"));
}

/** linux/smp.h. Calls func(info) on CPU `cpu`, in an interrupt there (here at once, interrupts disabled), and with `wait`
 *  returns when it is done. 0, or -ENXIO: the CPU is not online. Context: process, softirq, interrupts enabled. */
export function smp_call_function_single(cpu: u32, func: usize, info: usize, wait: i32): i32 {
  preempt_disable();
  let error: i32 = 0;
  if (cpu == smp_processor_id()) call_here(func, info);
  else if (is_online(cpu)) call_other(cpu, func, info, wait != 0);
  else error = -ENXIO;
  preempt_enable();
  return error;
}

function call_other(cpu: u32, func: usize, info: usize, wait: bool): void {
  if (!wait) {
    csd_wait(own_csd(cpu));
    csd_fill(own_csd(cpu), func, info, false);
    csd_send(cpu, own_csd(cpu));
    return;
  }
  const csd = stack_alloc(CSD_BYTES);
  csd_fill(csd, func, info, true);
  csd_send(cpu, csd);
  csd_wait(csd);
  stack_free(CSD_BYTES);
}

/** linux/smp.h. Calls csd->func(csd->info) on CPU `cpu` without waiting; the caller's `csd` is free again when the function
 *  begins. 0; -EBUSY: it is in use; -ENXIO: the CPU is not online. Context: any. */
export function smp_call_function_single_async(cpu: u32, csd: usize): i32 {
  if (atomic.load<u32>(flags_of(csd)) & <u32>CSD_FLAG_LOCK) return -EBUSY;
  if (cpu != smp_processor_id() && !is_online(cpu)) return -ENXIO;
  if (cpu == smp_processor_id()) {
    call_here(csd_of(csd).func, csd_of(csd).info);
    return 0;
  }
  atomic.or<u32>(flags_of(csd), CSD_FLAG_LOCK);
  csd_send(cpu, csd);
  return 0;
}

/** Calls func(info) on the other CPUs of `mask` that are online and for which cond(cpu, info), if given, says so. */
function call_others(mask: u32, func: usize, info: usize, wait: bool, cond: usize): void {
  const others = mask & ~(1 << smp_processor_id());
  let called: u32 = 0;
  for (let bits = others; bits; bits &= bits - 1) {
    const cpu = <u32>ctz(bits);
    if (!is_online(cpu) || (cond && !call_indirect<i32>(<u32>cond, <i32>cpu, info))) continue;
    const csd = own_csd(cpu);
    csd_wait(csd);
    csd_fill(csd, func, info, wait);
    csd_send(cpu, csd);
    called |= 1 << cpu;
  }
  if (!wait) return;
  for (; called; called &= called - 1) csd_wait(own_csd(ctz(called)));
}

/** linux/smp.h. Calls func(info) on the CPUs of `mask` (struct cpumask *) but this one; with `wait` returns when all are
 *  done. Context: process, softirq, interrupts enabled. */
export function smp_call_function_many(mask: usize, func: usize, info: usize, wait: bool): void {
  preempt_disable();
  call_others(load<u32>(mask), func, info, wait, 0);
  preempt_enable();
}

/** linux/smp.h. Calls func(info) on all other CPUs. Context: process, softirq, interrupts enabled. */
export function smp_call_function(func: usize, info: usize, wait: i32): void {
  smp_call_function_many(__cpu_online_mask, func, info, wait != 0);
}

/** linux/smp.h. Calls func(info) on one CPU of `mask`, this one if it may. 0, or -ENXIO: none of them is online. Context:
 *  process, softirq, interrupts enabled. */
export function smp_call_function_any(mask: usize, func: usize, info: usize, wait: i32): i32 {
  const online = load<u32>(mask) & atomic.load<u32>(__cpu_online_mask);
  const self = smp_processor_id();
  return smp_call_function_single(online & (1 << self) ? self : <u32>ctz(online), func, info, wait);
}

/** linux/smp.h. Calls func(info) on the CPUs of `mask` for which cond(cpu, info), if there is one, is true; here with
 *  interrupts disabled. What on_each_cpu() calls. Context: process, softirq, interrupts enabled. */
export function on_each_cpu_cond_mask(cond: usize, func: usize, info: usize, wait: bool, mask: usize): void {
  preempt_disable();
  const self = smp_processor_id();
  const here = (load<u32>(mask) & (1 << self)) != 0 && (!cond || call_indirect<i32>(<u32>cond, <i32>self, info) != 0);
  call_others(load<u32>(mask), func, info, wait, cond);
  if (here) call_here(func, info);
  preempt_enable();
}

function nothing(info: usize): void {}

/** linux/smp.h. Returns when every CPU has passed an interrupt window. Context: process, interrupts enabled. */
export function kick_all_cpus_sync(): void {
  smp_call_function(nothing.index, 0, 1);
}

/** linux/smp.h. Has every idle CPU look for work. Context: any. */
export function wake_up_all_idle_cpus(): void {
  for (let bits = atomic.load<u32>(__cpu_online_mask); bits; bits &= bits - 1) {
    const cpu = <u32>ctz(bits);
    if (cpu != smp_processor_id()) cpu_kick(cpu);
  }
}
