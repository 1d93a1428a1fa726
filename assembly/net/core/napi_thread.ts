// net/core/dev.c: threaded NAPI. An instance with a kthread of its own is polled there, with softirqs off, and not in
// NET_RX: what polls is then a task that the scheduler can weigh.

import {
  NAPI_STATE_SCHED_THREADED,
  NAPI_STATE_THREADED,
  NUMA_NO_NODE,
  TASK_INTERRUPTIBLE,
  TASK_RUNNING,
  napi_struct,
  net_device,
  offsetof_napi_struct_dev_list,
  offsetof_napi_struct_state,
  task_struct,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { kthread_create_on_node, kthread_should_stop, kthread_stop } from "../../kernel/kthread";
import { pr } from "../../kernel/printk/printk";
import { __cond_resched, schedule, set_current_state, wake_up_process } from "../../kernel/sched/core";
import { local_bh_disable, local_bh_enable } from "../../kernel/softirq";
import { IS_ERR, PTR_ERR } from "../../lib/err";
import { list_next } from "../../lib/list";
import { clear_bit, set_bit, test_bit } from "./bits";
import { napi_poll_once } from "./net_rx";

@inline
function state_of(n: napi_struct): usize {
  return changetype<usize>(n) + offsetof_napi_struct_state;
}

/** Wakes the thread of an instance that the caller owns, which is to poll it. */
export function napi_thread_wake(n: napi_struct): void {
  const thread = changetype<task_struct>(n.thread);
  // a thread that sleeps knows why it is woken
  if (thread.__state != TASK_INTERRUPTIBLE) set_bit(NAPI_STATE_SCHED_THREADED, state_of(n));
  wake_up_process(n.thread);
}

/** Sleeps until the instance is to be polled. False: the thread is to end. */
function wait(n: napi_struct): bool {
  let woken = false;
  set_current_state(TASK_INTERRUPTIBLE);
  while (!kthread_should_stop()) {
    if (woken || test_bit(NAPI_STATE_SCHED_THREADED, state_of(n))) {
      set_current_state(TASK_RUNNING);
      return true;
    }
    schedule();
    woken = true;
    set_current_state(TASK_INTERRUPTIBLE);
  }
  set_current_state(TASK_RUNNING);
  return false;
}

/** The thread's function. */
function napi_threaded_poll(data: usize): i32 {
  const n = changetype<napi_struct>(data);
  while (wait(n)) {
    let again = true;
    while (again) {
      local_bh_disable();
      again = napi_poll_once(n);
      local_bh_enable();
      if (again) __cond_resched();
    }
  }
  return 0;
}

/** Starts the instance's thread. 0 or an errno. */
export function napi_thread_create(n: napi_struct): i32 {
  const args = stack_alloc(16);
  store<usize>(args, changetype<net_device>(n.dev).name);
  store<u32>(args, n.napi_id, 4);
  const name = cstr("napi/%s-%d");
  const thread = kthread_create_on_node(napi_threaded_poll.index, changetype<usize>(n), NUMA_NO_NODE, name, args);
  stack_free(16);
  if (IS_ERR(thread)) {
    pr(cstr("\x013kthread_run failed with err %d\n"), PTR_ERR(thread));
    return PTR_ERR(thread);
  }
  n.thread = thread;
  // once, so that it sleeps interruptibly, which is not taken for a hang
  wake_up_process(thread);
  return 0;
}

/** Ends the instance's thread, if it has one. */
export function napi_thread_stop(n: napi_struct): void {
  if (n.thread) kthread_stop(n.thread);
  n.thread = 0;
}

@inline
function napi_of(link: usize): napi_struct {
  return changetype<napi_struct>(link - offsetof_napi_struct_dev_list);
}

/** linux/netdevice.h. Has each of the device's instances polled by a thread, or in softirq again, from the next time it is
 *  scheduled. 0, or an errno and threads are not used. Context: process, under RTNL or before the device is registered. */
export function dev_set_threaded(dev: net_device, threaded: bool): i32 {
  if ((dev.threaded != 0) == threaded) return 0;
  const head = changetype<usize>(dev.napi_list);
  let err = 0;
  for (let link = list_next(head); threaded && link != head; link = list_next(link)) {
    if (napi_of(link).thread) continue;
    err = napi_thread_create(napi_of(link));
    if (err) threaded = false;
  }
  dev.threaded = threaded ? 1 : 0;
  for (let link = list_next(head); link != head; link = list_next(link)) {
    if (threaded) set_bit(NAPI_STATE_THREADED, state_of(napi_of(link)));
    else clear_bit(NAPI_STATE_THREADED, state_of(napi_of(link)));
  }
  return err;
}
