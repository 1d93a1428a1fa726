// Work queues, tasklets, tasks of one's own.

import {
  IS_ERR,
  INIT_DELAYED_WORK,
  INIT_WORK,
  WORK_CPU_UNBOUND,
  WQ_UNBOUND,
  __WQ_ORDERED,
  __WQ_ORDERED_EXPLICIT,
  __flush_workqueue,
  alloc_workqueue,
  arch_local_irq_restore,
  arch_local_irq_save,
  cancel_delayed_work_sync,
  cancel_work_sync,
  complete,
  completion,
  cstr,
  current,
  delayed_work,
  destroy_workqueue,
  flush_work,
  in_serving_softirq,
  init_completion,
  kthread_run,
  kthread_should_stop,
  kthread_stop,
  mod_delayed_work_on,
  msleep,
  ptr,
  queue_delayed_work_on,
  queue_work,
  schedule_work,
  sizeof_completion,
  sizeof_delayed_work,
  sizeof_tasklet_struct,
  sizeof_work_struct,
  system_wq,
  tasklet_kill,
  tasklet_schedule,
  tasklet_setup,
  tasklet_struct,
  work_struct,
} from "linuxkpi/driver";
import { begin, end, expect, expectEqual, test } from "./expect";
import { comes, linger, now } from "./wait";

const ITEMS: u32 = 3;
const items = memory.data(sizeof_work_struct * ITEMS, 4);
// An item for each case: one that a broken core still has in a list must not be made anew.
const plain = changetype<work_struct>(memory.data(sizeof_work_struct, 4));
const repeated = changetype<work_struct>(memory.data(sizeof_work_struct, 4));
const cancelled = changetype<work_struct>(memory.data(sizeof_work_struct, 4));
const later = changetype<delayed_work>(memory.data(sizeof_delayed_work, 4));
const tasklet = changetype<tasklet_struct>(memory.data(sizeof_tasklet_struct, 4));
const done = changetype<completion>(memory.data(sizeof_completion, 4));
let ran: u32 = 0;
let order: u32 = 0;

@inline
function item(i: usize): work_struct {
  return changetype<work_struct>(items + sizeof_work_struct * i);
}

function sleeper(work: work_struct): void {
  msleep(8);
  ran++;
}

function work_runs(): void {
  INIT_WORK(plain, sleeper);
  ran = 0;
  expectEqual(schedule_work(ptr(plain)), 1, cstr("schedule_work"));
  expectEqual(schedule_work(ptr(plain)), 0, cstr("schedule_work of pending work"));
  expectEqual(flush_work(ptr(plain)), 1, cstr("flush_work"));
  expectEqual(ran, 1, cstr("runs"));
  expectEqual(flush_work(ptr(plain)), 0, cstr("flush_work of idle work"));
}

/** The first takes longest: at the same time as the others it would be the last. */
function note(work: work_struct): void {
  const number = <u32>((ptr(work) - items) / sizeof_work_struct) + 1;
  msleep(8 * (ITEMS - number + 1));
  order = order * 10 + number;
}

function work_in_order(): void {
  const queue = alloc_workqueue(cstr("selftest"), WQ_UNBOUND | __WQ_ORDERED | __WQ_ORDERED_EXPLICIT, 1, 0);
  expect(queue != 0, cstr("no work queue"));
  if (!queue) return;
  order = 0;
  for (let i: u32 = 0; i < ITEMS; i++) {
    INIT_WORK(item(i), note);
    queue_work(queue, ptr(item(i)));
  }
  __flush_workqueue(queue);
  expectEqual(order, 123, cstr("order"));
  queue_work(queue, ptr(item(1)));
  destroy_workqueue(queue);
  expectEqual(order, 1232, cstr("what is queued when the queue goes"));
}

const TURNS: u32 = 5;

function again(work: work_struct): void {
  if (++ran < TURNS) schedule_work(ptr(work));
  else complete(ptr(done));
}

function work_requeues(): void {
  init_completion(done);
  INIT_WORK(repeated, again);
  ran = 0;
  schedule_work(ptr(repeated));
  expect(comes(done), cstr("it does not come to its end"));
  flush_work(ptr(repeated));
  expectEqual(ran, TURNS, cstr("runs"));
}

function work_cancelled(): void {
  INIT_WORK(cancelled, sleeper);
  ran = 0;
  schedule_work(ptr(cancelled));
  expectEqual(cancel_work_sync(ptr(cancelled)), 1, cstr("cancel_work_sync of pending work"));
  expectEqual(cancel_work_sync(ptr(cancelled)), 0, cstr("cancel_work_sync of idle work"));
  linger();
  expectEqual(ran, 0, cstr("runs of cancelled work"));
}

let at: u32 = 0;

function stamp(work: work_struct): void {
  at = now();
  ran++;
  complete(ptr(done));
}

@inline
function queue(delay: u32): i32 {
  return queue_delayed_work_on(WORK_CPU_UNBOUND, load<usize>(system_wq), ptr(later), delay);
}

function work_delayed(): void {
  init_completion(done);
  INIT_DELAYED_WORK(later, stamp);
  ran = 0;
  const start = now();
  expectEqual(queue(5000), 1, cstr("queue_delayed_work"));
  expectEqual(queue(1), 0, cstr("queue_delayed_work of pending work"));
  const pending = mod_delayed_work_on(WORK_CPU_UNBOUND, load<usize>(system_wq), ptr(later), 3);
  expectEqual(pending, 1, cstr("mod_delayed_work of pending work"));
  expectEqual(ran, 0, cstr("it has run"));
  expect(comes(done), cstr("it does not run"));
  expect(at - start >= 3, cstr("it runs early"));
  queue(2);
  expectEqual(cancel_delayed_work_sync(ptr(later)), 1, cstr("cancel_delayed_work_sync of pending work"));
  linger();
  expectEqual(ran, 1, cstr("runs"));
}

let soft = false;

function softly(t: usize): void {
  ran++;
  soft = in_serving_softirq();
  complete(ptr(done));
}

function tasklets(): void {
  init_completion(done);
  tasklet_setup(ptr(tasklet), softly.index);
  ran = 0;
  const flags = arch_local_irq_save();
  tasklet_schedule(tasklet);
  tasklet_schedule(tasklet);
  arch_local_irq_restore(flags);
  if (!comes(done)) return expect(false, cstr("it does not run"));
  expect(soft, cstr("it runs in no softirq"));
  tasklet_kill(ptr(tasklet));
  expectEqual(ran, 1, cstr("runs"));
}

let self: usize = 0;
const ANSWER = 42;

function loop(data: usize): i32 {
  self = ptr(current());
  while (!kthread_should_stop()) {
    ran++;
    msleep(4);
  }
  return ANSWER;
}

function kthreads(): void {
  ran = 0;
  const task = kthread_run(loop, 0, cstr("selftest"));
  expect(!IS_ERR(task), cstr("no task"));
  if (IS_ERR(task)) return;
  linger();
  expect(ran > 1, cstr("it does not run"));
  expect(self == task, cstr("current is another task"));
  expect(self != ptr(current()), cstr("current is the same in two tasks"));
  expectEqual(kthread_stop(task), ANSWER, cstr("what it returns"));
}

export function work(): void {
  begin(cstr("work"), 7);
  test(cstr("work_runs"), work_runs);
  test(cstr("work_in_order"), work_in_order);
  test(cstr("work_requeues"), work_requeues);
  test(cstr("work_cancelled"), work_cancelled);
  test(cstr("work_delayed"), work_delayed);
  test(cstr("tasklets"), tasklets);
  test(cstr("kthreads"), kthreads);
  end();
}
