// The run queue and the tasks on it. A spec cannot suspend: host_task_park throws, so what a task did before it parked
// is looked at.

import {
  TASK_COMM_LEN,
  TASK_DEAD,
  TASK_INTERRUPTIBLE,
  TASK_NORMAL,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
  task_struct,
} from "../../../abi";
import { this_cpu } from "../../../arch/wasm/cpu";
import { current, current_thread_info } from "../../../arch/wasm/current";
import { set_stack_pointer, stack_pointer } from "../../../arch/wasm/stack";
import { boot_kernel } from "../../../__tests__/boot";
import { log_mark, logged, str } from "../../../__tests__/log";
import { run_tasks } from "../../../__tests__/tasks";
import { held_at, held_push, task_locks_held } from "../../locking/held";
import { acquire, release } from "../../locking/lockdep/lockdep";
import { __mutex_init, mutex_lock } from "../../locking/mutex";
import { kpi_task_create, kpi_task_exit, kpi_task_free, kpi_task_result, kpi_task_run } from "../../tasks";
import {
  __cond_resched,
  kthread_run,
  need_resched,
  pick_next,
  schedule,
  set_current_state,
  wake_up_process,
  wake_up_state,
} from "../core";
import { stack_overflowed, HELD_MAX, task_alloc, task_free, task_of } from "../task";

const order = memory.data(32, 4);
const mutex = memory.data(16, 4);
let ran = 0;

function note(data: usize): void {
  store<u8>(order + ran++, <u8>data);
}

function add4(a: u32, b: u32, c: u32, d: u32): i32 {
  return a + 10 * b + 100 * c + 1000 * d;
}

function add1(a: u32): i32 {
  return a + 1;
}

function keeps_mutex(): void {
  mutex_lock(mutex);
}

function sees_stack(): i32 {
  const task = this_cpu().current;
  const stack = changetype<task_struct>(task).stack;
  return stack_pointer() > stack && stack_pointer() <= stack + 0x4000 ? 1 : 0;
}

function sleeper(state: u32): usize {
  const task = task_alloc(0, cstr("sleeper"));
  changetype<task_struct>(task).__state = state;
  return task;
}

function drain(): i32 {
  let count = 0;
  while (need_resched()) {
    pick_next();
    count++;
  }
  return count;
}

/** Ends a task that never ran. */
function end(task: usize): void {
  changetype<task_struct>(task).__state = TASK_DEAD;
  task_free(task);
}

describe("the run queue", () => {
  beforeAll(boot_kernel);
  beforeEach(() => {
    log_mark();
    ran = 0;
  });

  test("first come, first served; then the idle task", () => {
    expect(need_resched()).toBe(false);
    expect(pick_next()).toBe(this_cpu().idle);
    for (let i: usize = 1; i <= 3; i++) kthread_run(note.index, i, cstr("note"));
    expect(need_resched()).toBe(true);
    expect(run_tasks()).toBe(3);
    expect(load<u32>(order)).toBe(0x030201);
    expect(pick_next()).toBe(this_cpu().idle);
  });

  test("a wake-up counts by state, and queues once", () => {
    const task = sleeper(TASK_UNINTERRUPTIBLE);
    expect(wake_up_state(task, TASK_INTERRUPTIBLE)).toBe(0);
    expect(need_resched()).toBe(false);
    expect(wake_up_state(task, TASK_NORMAL)).toBe(1);
    expect(changetype<task_struct>(task).__state).toBe(TASK_RUNNING);
    expect(wake_up_process(task)).toBe(0, "it runs already");
    changetype<task_struct>(task).__state = TASK_INTERRUPTIBLE; // on its way into schedule() when it was woken
    expect(wake_up_process(task)).toBe(1);
    expect(drain()).toBe(1);
    changetype<task_struct>(task).__state = TASK_DEAD;
    expect(wake_up_process(task)).toBe(0);
    end(task);
  });

  test("the running task that is woken goes on, and is not queued", () => {
    const self = this_cpu().current;
    const task = sleeper(TASK_RUNNING);
    this_cpu().current = task;
    set_current_state(TASK_INTERRUPTIBLE);
    expect(wake_up_process(task)).toBe(1);
    expect(need_resched()).toBe(false);
    schedule(); // nobody else: returns without a switch
    expect(this_cpu().current).toBe(task);
    this_cpu().current = self;
    end(task);
  });

  test("schedule() queues a task that runs and not one that sleeps", () => {
    const self = this_cpu().current;
    const task = sleeper(TASK_RUNNING);
    const other = kthread_run(note.index, 1, cstr("other"));
    this_cpu().current = task;
    expect(() => schedule()).toThrow();
    expect(task_of(task).queued).toBe(1);
    expect(drain()).toBe(1);
    set_current_state(TASK_UNINTERRUPTIBLE);
    expect(() => schedule()).toThrow();
    expect(task_of(task).queued).toBe(0);
    this_cpu().current = self;
    end(task);
    end(other);
  });

  test("cond_resched keeps the state: a wake-up between prepare_to_wait and schedule is not lost", () => {
    expect(__cond_resched()).toBe(0, "nobody waits");
    const self = this_cpu().current;
    const task = sleeper(TASK_RUNNING);
    const other = kthread_run(note.index, 1, cstr("other"));
    this_cpu().current = task;
    set_current_state(TASK_INTERRUPTIBLE);
    expect(() => {
      __cond_resched();
    }).toThrow();
    expect(current().__state).toBe(TASK_INTERRUPTIBLE);
    expect(task_of(task).queued).toBe(1, "it runs again without a wake-up");
    this_cpu().current = other;
    expect(wake_up_process(task)).toBe(1);
    expect(changetype<task_struct>(task).__state).toBe(TASK_RUNNING, "and then does not sleep");
    expect(drain()).toBe(1);
    this_cpu().current = task;
    const third = kthread_run(note.index, 1, cstr("third"));
    current_thread_info().preempt_count = 1;
    expect(__cond_resched()).toBe(0, "not in atomic context");
    current_thread_info().preempt_count = 0;
    expect(drain()).toBe(1);
    this_cpu().current = self;
    end(task);
    end(other);
    end(third);
  });

  test("sleeping in atomic context is a BUG", () => {
    current_thread_info().preempt_count = 1;
    expect(() => schedule()).toThrow();
    current_thread_info().preempt_count = 0;
    expect(logged("BUG: scheduling while atomic: swapper/0/0/0x00000001")).toBe(true);
  });
});

describe("tasks", () => {
  beforeEach(log_mark);

  test("have pids that count, and names cut to 15 bytes", () => {
    const a = task_alloc(0, cstr("a name that is much too long"));
    const b = task_alloc(0, cstr("b"));
    const first = changetype<task_struct>(a);
    expect(changetype<task_struct>(b).pid).toBe(first.pid + 1);
    expect(first.tgid).toBe(first.pid);
    expect(str(first.comm)).toBe("a name that is ");
    expect(TASK_COMM_LEN).toBe(16);
    end(a);
    end(b);
  });

  test("take up to four arguments and give a result back", () => {
    const self = this_cpu().current;
    const one = kpi_task_create(add1.index, 1, 1, cstr("one"), 41, 0, 0, 0);
    const four = kpi_task_create(add4.index, 4, 1, cstr("four"), 1, 2, 3, 4);
    const stack = kpi_task_create(sees_stack.index, 0, 1, cstr("stack"), 0, 0, 0, 0);
    expect(run_tasks()).toBe(3);
    expect(kpi_task_result(one)).toBe(42);
    expect(kpi_task_result(four)).toBe(4321);
    expect(kpi_task_result(stack)).toBe(1, "on a shadow stack of its own");
    kpi_task_free(one);
    kpi_task_free(four);
    kpi_task_free(stack);
    expect(this_cpu().current).toBe(self);
  });

  test("leave the next one's stack to what the host calls: their own is freed", () => {
    const self = this_cpu().current;
    const sp = stack_pointer();
    const task = kpi_task_create(add1.index, 1, 1, cstr("one"), 41, 0, 0, 0);
    kpi_task_run(pick_next());
    const next = kpi_task_exit();
    const left = stack_pointer();
    this_cpu().current = self;
    set_stack_pointer(sp);
    expect(next).toBe(self);
    expect(left).toBe(task_of(next).sp);
    kpi_task_free(task);
  });

  test("an overwritten stack end is found", () => {
    const task = task_alloc(0, cstr("deep"));
    expect(stack_overflowed(task)).toBe(false);
    store<u32>(task_of(task).stack, 0);
    expect(stack_overflowed(task)).toBe(true);
    end(task);
  });

  test("one that ends with a lock is reported, and its memory stays the owner's", () => {
    __mutex_init(mutex, cstr("&dev->lock"), 0);
    const task = kpi_task_create(keeps_mutex.index, 0, 0, cstr("careless"), 0, 0, 0, 0);
    expect(run_tasks()).toBe(1);
    expect(logged("is leaving the kernel with locks still held!")).toBe(true);
    expect(logged("(&dev->lock")).toBe(true);
    kpi_task_free(task);
    const next = task_alloc(0, cstr("next"));
    expect(next).not.toBe(task, "the mutex would pass for one of the new task");
    end(next);
  });
});

describe("the locks that a task holds", () => {
  test("are listed in order, whatever the order of release", () => {
    const self = this_cpu().current;
    for (let lock: usize = 1; lock <= 3; lock++) acquire(lock * 16, 0, 0, 0, 0, 0);
    release(32);
    expect(task_locks_held(self)).toBe(2);
    expect(held_at(self, 0).lock).toBe(16);
    expect(held_at(self, 1).lock).toBe(48);
    release(48);
    release(16);
    expect(task_locks_held(self)).toBe(0);
  });

  test("count beyond the records, too", () => {
    const self = this_cpu().current;
    for (let lock: usize = 1; lock <= HELD_MAX + 2; lock++) held_push(lock * 16, 0, 0, 0);
    expect(task_locks_held(self)).toBe(HELD_MAX + 2);
    release(16);
    expect(held_at(self, 0).lock).toBe(32);
    expect(held_at(self, HELD_MAX - 1).lock).toBe(0, "not known");
    for (let lock: usize = HELD_MAX + 2; lock > 1; lock--) release(lock * 16);
    expect(task_of(self).held).toBe(0);
  });
});
