// kernel/signal.c: what a sleeping task asks before it sleeps. Signals come from drivers alone, to kthreads that allow them.

import {
  EINVAL,
  SIGKILL,
  TASK_INTERRUPTIBLE,
  TASK_WAKEKILL,
  TIF_NOTIFY_SIGNAL,
  TIF_SIGPENDING,
  offsetof_sigpending_signal,
  offsetof_thread_info_flags,
  task_struct,
} from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { wake_up_state } from "./core";
import { task_of } from "./task";

const SIG_IGN: usize = 1;
const _NSIG: u32 = 64;

/** A signal waits for the task; or kthread_stop() has something to say to it, which counts as one. */
const ANY: u32 = (1 << TIF_SIGPENDING) | (1 << TIF_NOTIFY_SIGNAL);

/** Whether the task has to end an interruptible sleep. */
@inline
export function signal_pending(task: usize): bool {
  return (changetype<task_struct>(task).thread_info.flags & ANY) != 0;
}

@inline
function flags_of(task: usize): usize {
  return changetype<usize>(changetype<task_struct>(task).thread_info) + offsetof_thread_info_flags;
}

/** The u64 of signals that wait for the task; signal n is bit n - 1. */
@inline
function pending_of(task: usize): usize {
  return changetype<usize>(changetype<task_struct>(task).pending) + offsetof_sigpending_signal;
}

/** Whether a signal waits that kills the task. */
export function fatal_signal_pending(task: usize): bool {
  return signal_pending(task) && (load<u64>(pending_of(task)) & ((<u64>1) << (SIGKILL - 1))) != 0;
}

/** Whether a sleep in `state` must end because of a signal. */
export function signal_pending_state(state: u32, task: usize): bool {
  if (!(state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL))) return false;
  if (!signal_pending(task)) return false;
  return (state & TASK_INTERRUPTIBLE) != 0 || fatal_signal_pending(task);
}

/** linux/signal.h. What the running kthread does about signal `sig` from here on: `action` 1 (SIG_IGN), which is how it
 *  begins, ignores it; anything else lets it end the thread's interruptible sleeps. Context: process. */
export function kernel_sigaction(sig: i32, action: usize): void {
  const own = task_of(this_cpu().current);
  const bit = (<u64>1) << (sig - 1);
  if (action != SIG_IGN) {
    own.signals |= bit;
    return;
  }
  own.signals &= ~bit;
  const pending = pending_of(this_cpu().current);
  store<u64>(pending, load<u64>(pending) & ~bit);
  if (!load<u64>(pending)) atomic.and<u32>(flags_of(this_cpu().current), ~(1 << TIF_SIGPENDING));
}

/** linux/sched/signal.h. Sends a task a signal: one that allows it wakes from an interruptible sleep. `priv` is unused:
 *  senders are the kernel. 0; -EINVAL if there is no such signal. Context: any. */
export function send_sig(sig: i32, task: usize, priv: i32): i32 {
  if (<u32>sig > _NSIG) return -EINVAL;
  if (!sig || !(task_of(task).signals & ((<u64>1) << (sig - 1)))) return 0;
  atomic.or<u64>(pending_of(task), (<u64>1) << (sig - 1));
  atomic.or<u32>(flags_of(task), 1 << TIF_SIGPENDING);
  wake_up_state(task, sig == SIGKILL ? TASK_INTERRUPTIBLE | TASK_WAKEKILL : TASK_INTERRUPTIBLE);
  return 0;
}

/** linux/sched/signal.h. Forgets the signals that wait for a task. Context: any. */
export function flush_signals(task: usize): void {
  atomic.and<u32>(flags_of(task), ~(1 << TIF_SIGPENDING));
  store<u64>(pending_of(task), 0);
}
