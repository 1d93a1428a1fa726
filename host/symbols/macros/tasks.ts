// Tasks: waiting, work, timers, delays.

import type { MacroTable } from "./row.ts";

const WAIT = "init_wait_entry prepare_to_wait_event finish_wait __cond_resched";

export const tasks: MacroTable = {
  "linux/wait.h": [
    ["init_waitqueue_head(wq)", "macro", "__init_waitqueue_head(wq, name, key)", "__init_waitqueue_head"],
    ["wake_up(wq)", "macro", "__wake_up(wq, TASK_NORMAL, 1, NULL)", "__wake_up"],
    ["wake_up_all(wq)", "macro", "__wake_up(wq, TASK_NORMAL, 0, NULL)", "__wake_up"],
    ["wake_up_interruptible(wq)", "macro", "__wake_up(wq, TASK_INTERRUPTIBLE, 1, NULL)", "__wake_up"],
    ["wake_up_interruptible_all(wq)", "macro", "__wake_up(wq, TASK_INTERRUPTIBLE, 0, NULL)", "__wake_up"],
    [
      "wait_event(wq, condition)",
      "macro",
      "prepare_to_wait_event and schedule() until the condition holds",
      `schedule ${WAIT}`,
    ],
    [
      "wait_event_timeout(wq, condition, timeout)",
      "macro",
      "prepare_to_wait_event and schedule_timeout() until the condition holds or time is up",
      `schedule_timeout ${WAIT}`,
    ],
    [
      "wait_event_interruptible(wq, condition)",
      "macro",
      "prepare_to_wait_event and schedule() until the condition holds or a signal comes",
      `schedule ${WAIT}`,
    ],
    [
      "wait_event_interruptible_timeout(wq, condition, timeout)",
      "macro",
      "prepare_to_wait_event and schedule_timeout() until the condition holds, a signal comes or time is up",
      `schedule_timeout ${WAIT}`,
    ],
  ],
  "linux/kthread.h": [
    [
      "kthread_create(threadfn, data, namefmt, ...)",
      "macro",
      "kthread_create_on_node(threadfn, data, NUMA_NO_NODE, namefmt, ...)",
      "kthread_create_on_node",
    ],
    [
      "kthread_run(threadfn, data, namefmt, ...)",
      "macro",
      "kthread_create(threadfn, data, namefmt, ...), then wake_up_process()",
      "kthread_create_on_node wake_up_process",
    ],
    ["kthread_init_work(work, fn)", "macro", "work->node and func", ""],
    [
      "kthread_init_delayed_work(dwork, fn)",
      "macro",
      "kthread_init_work(&dwork->work, fn), init_timer_key(&dwork->timer, kthread_delayed_work_timer_fn, TIMER_IRQSAFE, name, key)",
      "init_timer_key kthread_delayed_work_timer_fn",
    ],
  ],
  "linux/sched/task.h": [
    ["get_task_struct(task)", "inline", "refcount_inc(&task->usage)", "refcount_warn_saturate"],
    [
      "put_task_struct(task)",
      "inline",
      "refcount_dec_and_test(&task->usage), then __put_task_struct(task)",
      "refcount_warn_saturate __put_task_struct",
    ],
  ],
  "linux/signal.h": [["allow_signal(sig)", "inline", "kernel_sigaction(sig, SIG_KTHREAD)", "kernel_sigaction"]],
  "linux/sched/signal.h": [
    ["signal_pending(task)", "inline", "tests TIF_SIGPENDING and TIF_NOTIFY_SIGNAL in the task's thread_info", ""],
  ],
  "linux/completion.h": [
    [
      "init_completion(x)",
      "inline",
      "x->done = 0, __init_swait_queue_head(&x->wait, name, key)",
      "__init_swait_queue_head",
    ],
    ["reinit_completion(x)", "inline", "x->done = 0", ""],
  ],
  "linux/workqueue.h": [
    ["INIT_WORK(work, func)", "macro", "work->data, entry and func", ""],
    [
      "INIT_DELAYED_WORK(dwork, func)",
      "macro",
      "INIT_WORK(&dwork->work, func), init_timer_key(&dwork->timer, delayed_work_timer_fn, TIMER_IRQSAFE, name, key)",
      "init_timer_key delayed_work_timer_fn",
    ],
    ["schedule_work(work)", "inline", "queue_work(system_wq, work)", "queue_work_on system_wq"],
    ["queue_work(wq, work)", "inline", "queue_work_on(WORK_CPU_UNBOUND, wq, work)", "queue_work_on"],
    [
      "schedule_delayed_work(dwork, delay)",
      "inline",
      "queue_delayed_work(system_wq, dwork, delay)",
      "queue_delayed_work_on system_wq",
    ],
    [
      "queue_delayed_work(wq, dwork, delay)",
      "inline",
      "queue_delayed_work_on(WORK_CPU_UNBOUND, wq, dwork, delay)",
      "queue_delayed_work_on",
    ],
    [
      "mod_delayed_work(wq, dwork, delay)",
      "inline",
      "mod_delayed_work_on(WORK_CPU_UNBOUND, wq, dwork, delay)",
      "mod_delayed_work_on",
    ],
    ["flush_workqueue(wq)", "macro", "__flush_workqueue(wq)", "__flush_workqueue"],
    [
      "alloc_ordered_workqueue(fmt, flags, …)",
      "macro",
      "alloc_workqueue(fmt, WQ_UNBOUND | __WQ_ORDERED | __WQ_ORDERED_EXPLICIT | flags, 1, …)",
      "alloc_workqueue",
    ],
    [
      "create_singlethread_workqueue(name)",
      "macro",
      'alloc_ordered_workqueue("%s", __WQ_LEGACY | WQ_MEM_RECLAIM, name)',
      "alloc_workqueue",
    ],
  ],
  "linux/timer.h": [
    [
      "timer_setup(timer, callback, flags)",
      "macro",
      "init_timer_key(timer, callback, flags, name, key)",
      "init_timer_key",
    ],
    ["del_timer(timer)", "inline", "timer_delete(timer)", "timer_delete"],
    ["del_timer_sync(timer)", "inline", "timer_delete_sync(timer)", "timer_delete_sync"],
    ["timer_pending(timer)", "inline", "whether timer->entry is on a list", ""],
  ],
  "linux/jiffies.h": [
    ["time_after(a, b)", "macro", "(long)(b - a) < 0; the current time is the variable jiffies", "jiffies"],
    ["msecs_to_jiffies(ms)", "inline", "a constant, else __msecs_to_jiffies(ms)", "__msecs_to_jiffies"],
    ["usecs_to_jiffies(us)", "inline", "a constant, else __usecs_to_jiffies(us)", "__usecs_to_jiffies"],
  ],
  "linux/delay.h": [
    ["mdelay(ms)", "macro", "udelay(1000), ms times", "__udelay"],
    ["ssleep(seconds)", "inline", "msleep(seconds * 1000)", "msleep"],
    ["usleep_range(min, max)", "inline", "usleep_range_state(min, max, TASK_UNINTERRUPTIBLE)", "usleep_range_state"],
    ["fsleep(us)", "inline", "udelay, usleep_range or msleep, as `us` is long", "__udelay usleep_range_state msleep"],
  ],
  "asm/delay.h": [
    ["udelay(us)", "macro", "__udelay(us)", "__udelay"],
    ["ndelay(ns)", "macro", "__ndelay(ns)", "__ndelay"],
  ],
  "asm/current.h": [["current", "macro", "__wasm_get_current()", "__wasm_get_current"]],
  "linux/sched.h": [["cond_resched()", "macro", "__cond_resched()", "__cond_resched"]],
};
