// When a CPU that has nothing to do must wake up: what tick_nohz_get_sleep_length answers in Linux.

import { irq_threads_waiting } from "../irq/thread";
import { tasklets_parked } from "../tasklet";
import { workqueue_waiting } from "../workqueue/pool";
import { hrtimer_next_ns } from "./hrtimer";
import { jiffies } from "./jiffies";
import { jiffy_ns } from "./tick";
import { timers_next_expiry, timers_pending } from "./wheel";

/** The time on CLOCK_NS of the next timer, or of the next tick if something is tried again then; all ones: none. */
export function next_timer_event_ns(): u64 {
  let next = hrtimer_next_ns();
  if (timers_pending()) next = min(next, jiffy_ns(timers_next_expiry()));
  if (tasklets_parked() || irq_threads_waiting() || workqueue_waiting()) next = min(next, jiffy_ns(jiffies() + 1));
  return next;
}
