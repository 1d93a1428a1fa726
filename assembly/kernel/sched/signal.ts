// linux/sched/signal.h: what a sleeping task asks before it sleeps. Only a kill is ever sent to a task of the core.

import {
  SIGKILL,
  TASK_INTERRUPTIBLE,
  TASK_WAKEKILL,
  TIF_SIGPENDING,
  offsetof_sigpending_signal,
  task_struct,
} from "../../abi";

/** Whether a signal waits for the task. */
@inline
export function signal_pending(task: usize): bool {
  return (changetype<task_struct>(task).thread_info.flags & (1 << TIF_SIGPENDING)) != 0;
}

/** Whether a signal waits that kills the task. */
export function fatal_signal_pending(task: usize): bool {
  const pending = load<u32>(changetype<usize>(changetype<task_struct>(task).pending) + offsetof_sigpending_signal);
  return signal_pending(task) && (pending & (1 << (SIGKILL - 1))) != 0;
}

/** Whether a sleep in `state` must end because of a signal. */
export function signal_pending_state(state: u32, task: usize): bool {
  if (!(state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL))) return false;
  if (!signal_pending(task)) return false;
  return (state & TASK_INTERRUPTIBLE) != 0 || fatal_signal_pending(task);
}
