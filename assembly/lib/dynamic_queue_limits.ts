// linux/dynamic_queue_limits.h, lib/dynamic_queue_limits.c: how many bytes a transmit queue may hold so that the device
// never starves and little waits. Each completion interval shows whether the limit was too low (the queue ran empty
// while more was wanted) or too high (slack: what was queued beyond need).

import { dql, DQL_MAX_LIMIT, UINT_MAX } from "../abi";
import { BUG } from "../kernel/panic";
import { jiffies, time_after } from "../kernel/time/jiffies";

/** a - b, or 0 if it is negative, of counters that wrap. */
@inline
function excess(a: u32, b: u32): u32 {
  return <i32>(a - b) > 0 ? a - b : 0;
}

/** linux/dynamic_queue_limits.h. Records that `count` bytes left the queue and recalculates its limit. More than is
 *  queued is a BUG. Context: any; calls for one queue must not overlap. */
export function dql_completed(queue: usize, count: u32): void {
  const q = changetype<dql>(queue);
  const num_queued = q.num_queued;
  if (count > num_queued - q.num_completed) BUG(cstr("dql_completed: more was completed than queued"));

  const completed = q.num_completed + count;
  let limit = q.limit;
  let over = excess(num_queued - q.num_completed, limit);
  const in_progress = num_queued - completed;
  const was_in_progress = q.prev_num_queued - q.num_completed;
  const all_previous_done = <i32>(completed - q.prev_num_queued) >= 0;

  if ((over && !in_progress) || (q.prev_ovlimit && all_previous_done)) {
    // Starved: it was over the limit and is empty now, or may have been empty before more was queued.
    limit += excess(completed, q.prev_num_queued) + q.prev_ovlimit;
    q.slack_start_time = jiffies();
    q.lowest_slack = UINT_MAX;
  } else if (in_progress && was_in_progress && !all_previous_done) {
    // Busy all through the interval: the limit may come down by the least slack of the hold time.
    const twice_done = 2 * (completed - q.num_completed);
    const last_object = q.prev_ovlimit ? excess(q.prev_last_obj_cnt, q.prev_ovlimit) : 0;
    const slack = max(excess(limit + q.prev_ovlimit, twice_done), last_object);
    if (slack < q.lowest_slack) q.lowest_slack = slack;
    if (time_after(jiffies(), q.slack_start_time + q.slack_hold_time)) {
      limit = excess(limit, q.lowest_slack);
      q.slack_start_time = jiffies();
      q.lowest_slack = UINT_MAX;
    }
  }

  limit = min(max(limit, q.min_limit), q.max_limit);
  if (limit != q.limit) {
    q.limit = limit;
    over = 0;
  }
  q.adj_limit = limit + completed;
  q.prev_ovlimit = over;
  q.prev_last_obj_cnt = q.last_obj_cnt;
  q.num_completed = completed;
  q.prev_num_queued = num_queued;
}

/** linux/dynamic_queue_limits.h. Forgets what is queued and learned; the limit starts at its minimum. Context: any. */
export function dql_reset(queue: usize): void {
  const q = changetype<dql>(queue);
  q.limit = q.min_limit;
  q.num_queued = 0;
  q.num_completed = 0;
  q.last_obj_cnt = 0;
  q.prev_num_queued = 0;
  q.prev_last_obj_cnt = 0;
  q.prev_ovlimit = 0;
  q.lowest_slack = UINT_MAX;
  q.slack_start_time = jiffies();
}

/** linux/dynamic_queue_limits.h. Initialises a queue's limits; `hold_time` in jiffies: how long slack must last before
 *  the limit comes down. Context: any. */
export function dql_init(queue: usize, hold_time: u32): void {
  const q = changetype<dql>(queue);
  q.max_limit = DQL_MAX_LIMIT;
  q.min_limit = 0;
  q.slack_hold_time = hold_time;
  dql_reset(queue);
}
