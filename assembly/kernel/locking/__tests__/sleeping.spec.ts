// A spec cannot suspend: tasks that wait are made up here, and what they would do when they run again is looked at.

import {
  EINTR,
  TASK_DEAD,
  TASK_UNINTERRUPTIBLE,
  offsetof_mutex_owner,
  offsetof_mutex_wait_list,
  offsetof_rw_semaphore_wait_list,
  offsetof_semaphore_wait_list,
  semaphore,
  sizeof_mutex,
  sizeof_rw_semaphore,
  sizeof_semaphore,
  task_struct,
} from "../../../abi";
import { this_cpu } from "../../../arch/wasm/cpu";
import { current, current_thread_info } from "../../../arch/wasm/current";
import { local_irq_enable } from "../../../arch/wasm/irqflags";
import { INIT_LIST_HEAD, list_empty } from "../../../lib/list";
import { boot_kernel } from "../../../__tests__/boot";
import { log_mark, logged } from "../../../__tests__/log";
import { pick_next } from "../../sched/core";
import { task_alloc } from "../../sched/task";
import { lockdep_forget } from "../lockdep/lockdep";
import { task_locks_held } from "../held";
import {
  __mutex_init,
  atomic_dec_and_mutex_lock,
  mutex_is_locked,
  mutex_lock,
  mutex_lock_interruptible,
  mutex_trylock,
  mutex_unlock,
} from "../mutex";
import {
  __init_rwsem,
  down_read,
  down_read_trylock,
  down_write,
  down_write_trylock,
  downgrade_write,
  up_read,
  up_write,
} from "../rwsem";
import { down, down_timeout, down_trylock, up } from "../semaphore";
import { Waiter, waiter_add } from "../waiter";

const mutex = memory.data(16, 4);
const sem = memory.data(16, 4);
const rwsem = memory.data(20, 4);
const counter = memory.data(4, 4);
const waiters = memory.data(4 * 32, 8);

function waiter(index: u32): Waiter {
  return changetype<Waiter>(waiters + index * 32);
}

function sleeper(name: usize): usize {
  const task = task_alloc(0, name);
  changetype<task_struct>(task).__state = TASK_UNINTERRUPTIBLE;
  return task;
}

/** Puts a made-up task at the end of a lock's wait list. */
function wait_as(task: usize, index: u32, list: usize, kind: u32): void {
  const self = this_cpu().current;
  this_cpu().current = task;
  waiter_add(waiter(index), list, kind);
  this_cpu().current = self;
}

function owner(): usize {
  return load<usize>(mutex, offsetof_mutex_owner);
}

describe("mutex", () => {
  beforeAll(boot_kernel);
  beforeEach(() => {
    log_mark();
    lockdep_forget();
    __mutex_init(mutex, cstr("&dev->lock"), 0);
  });

  test("holds its owner", () => {
    expect(mutex_is_locked(mutex)).toBe(false);
    mutex_lock(mutex);
    expect(owner()).toBe(changetype<usize>(current()));
    expect(mutex_is_locked(mutex)).toBe(true);
    expect(task_locks_held(this_cpu().current)).toBe(1);
    mutex_unlock(mutex);
    expect(owner()).toBe(0);
    expect(task_locks_held(this_cpu().current)).toBe(0);
  });

  test("trylock and interruptible lock", () => {
    expect(mutex_trylock(mutex)).toBe(1);
    expect(mutex_trylock(mutex)).toBe(0);
    mutex_unlock(mutex);
    expect(mutex_lock_interruptible(mutex)).toBe(0);
    mutex_unlock(mutex);
    expect(EINTR).toBe(4);
  });

  test("goes to the tasks in the order in which they came", () => {
    const first = sleeper(cstr("first"));
    const second = sleeper(cstr("second"));
    mutex_lock(mutex);
    wait_as(first, 0, mutex + offsetof_mutex_wait_list, 0);
    wait_as(second, 1, mutex + offsetof_mutex_wait_list, 0);
    atomic.or<usize>(mutex, 1, offsetof_mutex_owner);
    mutex_unlock(mutex);
    expect(owner()).toBe(first | 1, "the first waiter has it, and another one waits");
    expect(waiter(0).granted).toBe(1);
    expect(waiter(1).granted).toBe(0);
    expect(pick_next()).toBe(first);
    expect(mutex_trylock(mutex)).toBe(0, "nobody gets in between");
    this_cpu().current = first;
    mutex_unlock(mutex);
    this_cpu().current = this_cpu().idle;
    expect(owner()).toBe(second);
    expect(pick_next()).toBe(second);
  });

  test("locking it twice is a BUG with its name", () => {
    mutex_lock(mutex);
    expect(() => {
      mutex_lock(mutex);
    }).toThrow();
    expect(logged("swapper/0/0 locks mutex")).toBe(true);
    expect(logged("(&dev->lock), which it already holds")).toBe(true);
    expect(current_thread_info().preempt_count).toBe(0, "the trap must kill the task, not the machine");
    mutex_unlock(mutex);
  });

  test("locking what a dead task holds is a BUG that names it", () => {
    const task = sleeper(cstr("late"));
    this_cpu().current = task;
    mutex_lock(mutex);
    this_cpu().current = this_cpu().idle;
    changetype<task_struct>(task).__state = TASK_DEAD;
    expect(() => {
      mutex_lock(mutex);
    }).toThrow();
    expect(logged("(&dev->lock), which late/")).toBe(true);
    expect(logged(" held when it died")).toBe(true);
  });

  test("unlocking another task's, or nobody's, is reported", () => {
    const task = sleeper(cstr("owner"));
    this_cpu().current = task;
    mutex_lock(mutex);
    this_cpu().current = this_cpu().idle;
    mutex_unlock(mutex);
    expect(logged("WARNING: bad unlock balance detected!")).toBe(true);
    expect(logged("(&dev->lock) at:")).toBe(true);
    expect(mutex_is_locked(mutex)).toBe(false);
    log_mark();
    lockdep_forget();
    mutex_unlock(mutex);
    expect(logged("WARNING: bad unlock balance detected!")).toBe(true);
    lockdep_forget();
  });

  test("atomic_dec_and_mutex_lock takes it with the last reference", () => {
    store<i32>(counter, 2);
    expect(atomic_dec_and_mutex_lock(counter, mutex)).toBe(0);
    expect(atomic_dec_and_mutex_lock(counter, mutex)).toBe(1);
    expect(mutex_is_locked(mutex)).toBe(true);
    mutex_unlock(mutex);
  });

  test("locking in atomic context is reported", () => {
    current_thread_info().preempt_count = 1;
    mutex_lock(mutex);
    mutex_unlock(mutex);
    current_thread_info().preempt_count = 0;
    expect(logged("BUG: sleeping function called from invalid context at mutex_lock")).toBe(true);
  });
});

describe("semaphore", () => {
  beforeEach(() => {
    memory.fill(sem, 0, sizeof_semaphore);
    changetype<semaphore>(sem).count = 2;
    INIT_LIST_HEAD(sem + offsetof_semaphore_wait_list);
  });

  test("counts", () => {
    down(sem);
    expect(down_trylock(sem)).toBe(0);
    expect(down_trylock(sem)).toBe(1);
    expect(changetype<semaphore>(sem).count).toBe(0);
    up(sem);
    expect(down_timeout(sem, 10)).toBe(0);
    up(sem);
    up(sem);
    expect(changetype<semaphore>(sem).count).toBe(2);
  });

  test("goes to a waiter, not to the counter", () => {
    changetype<semaphore>(sem).count = 0;
    const task = sleeper(cstr("waiter"));
    wait_as(task, 0, sem + offsetof_semaphore_wait_list, 0);
    up(sem);
    expect(waiter(0).granted).toBe(1);
    expect(changetype<semaphore>(sem).count).toBe(0);
    expect(pick_next()).toBe(task);
  });
});

describe("rwsem", () => {
  beforeEach(() => {
    log_mark();
    __init_rwsem(rwsem, cstr("&bus->sem"), 0);
  });

  test("many readers or one writer", () => {
    down_read(rwsem);
    expect(down_read_trylock(rwsem)).toBe(1);
    expect(load<u32>(rwsem)).toBe(512);
    expect(down_write_trylock(rwsem)).toBe(0);
    up_read(rwsem);
    up_read(rwsem);
    expect(load<u32>(rwsem)).toBe(0, "rwsem_is_locked() tests for 0");
    down_write(rwsem);
    expect(load<u32>(rwsem)).toBe(1);
    expect(down_read_trylock(rwsem)).toBe(0);
    downgrade_write(rwsem);
    expect(down_read_trylock(rwsem)).toBe(1);
    up_read(rwsem);
    up_read(rwsem);
    expect(load<u32>(rwsem)).toBe(0);
  });

  test("readers that come after a waiting writer wait behind it", () => {
    const list = rwsem + offsetof_rw_semaphore_wait_list;
    down_read(rwsem);
    wait_as(sleeper(cstr("writer")), 0, list, 1);
    wait_as(sleeper(cstr("reader1")), 1, list, 0);
    wait_as(sleeper(cstr("reader2")), 2, list, 0);
    store<u32>(rwsem, load<u32>(rwsem) | 2);
    expect(down_read_trylock(rwsem)).toBe(0);
    up_read(rwsem);
    expect(load<u32>(rwsem)).toBe(3);
    expect(waiter(0).granted).toBe(1);
    expect(waiter(1).granted).toBe(0);
    up_write(rwsem);
    expect(load<u32>(rwsem)).toBe(512, "both readers at once");
    expect(waiter(1).granted + waiter(2).granted).toBe(2);
    expect(list_empty(list)).toBe(true);
    up_read(rwsem);
    up_read(rwsem);
    while (pick_next() != this_cpu().idle) {}
  });

  test("releasing what is not held is reported", () => {
    lockdep_forget();
    up_read(rwsem);
    expect(logged("WARNING: bad unlock balance detected!")).toBe(true);
    lockdep_forget();
    log_mark();
    up_write(rwsem);
    expect(logged("WARNING: bad unlock balance detected!")).toBe(true);
    expect(load<u32>(rwsem)).toBe(0);
  });

  test("a task that waits for its own write lock is reported", () => {
    lockdep_forget();
    __init_rwsem(rwsem, cstr("&bus->sem"), 0);
    down_write(rwsem);
    expect(() => {
      down_read(rwsem);
    }).toThrow();
    expect(logged("(&bus->sem), which it holds for writing")).toBe(true);
    expect(current_thread_info().preempt_count).toBe(0, "the trap must kill the task, not the machine");
    local_irq_enable();
    up_write(rwsem);
  });

  test("has Linux's size", () => {
    expect(sizeof_mutex).toBe(16);
    expect(sizeof_rw_semaphore).toBe(20);
  });
});
