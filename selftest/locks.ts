// Locks, and what tasks wait for.

import {
  ETIME,
  IS_ERR,
  __init_rwsem,
  _raw_spin_lock,
  _raw_spin_lock_irqsave,
  _raw_spin_trylock,
  _raw_spin_unlock,
  _raw_spin_unlock_irqrestore,
  arch_local_irq_restore,
  arch_local_irq_save,
  complete,
  complete_all,
  completion,
  completion_done,
  cstr,
  current,
  down,
  down_read,
  down_read_trylock,
  down_timeout,
  down_trylock,
  down_write_trylock,
  init_completion,
  kthread_run,
  msleep,
  mutex_init,
  mutex_is_locked,
  mutex_lock,
  mutex_trylock,
  mutex_unlock,
  ptr,
  reinit_completion,
  schedule,
  sema_init,
  semaphore,
  sizeof_completion,
  sizeof_mutex,
  sizeof_rw_semaphore,
  sizeof_semaphore,
  spin_lock_init,
  try_wait_for_completion,
  up,
  up_read,
  up_write,
  wait_for_completion_timeout,
} from "linuxkpi/driver";
import { begin, end, expect, expectEqual, test } from "./expect";
import { comes, linger, now } from "./wait";

const lock = memory.data(4, 4);
const mutex = memory.data(sizeof_mutex, 4);
const rwsem = memory.data(sizeof_rw_semaphore, 4);
const sem = changetype<semaphore>(memory.data(sizeof_semaphore, 4));
const done = changetype<completion>(memory.data(sizeof_completion, 4));

let count: u32 = 0;

/** Starts a task, which completes `done` at its end. */
function start(fn: (data: usize) => i32, data: u32): bool {
  const task = kthread_run(fn, data, cstr("selftest"));
  expect(!IS_ERR(task), cstr("no task"));
  return !IS_ERR(task);
}

function spinlock(): void {
  spin_lock_init(lock);
  const before = current().thread_info.preempt_count;
  _raw_spin_lock(lock);
  expect(current().thread_info.preempt_count > before, cstr("a task with a spinlock could be preempted"));
  expectEqual(_raw_spin_trylock(lock), 0, cstr("trylock of a lock that is held"));
  _raw_spin_unlock(lock);
  expectEqual(current().thread_info.preempt_count, before, cstr("preempt_count after unlock"));
  expectEqual(_raw_spin_trylock(lock), 1, cstr("trylock of a lock that is free"));
  _raw_spin_unlock(lock);
}

/** Whether interrupts are enabled. */
function enabled(): bool {
  const flags = arch_local_irq_save();
  arch_local_irq_restore(flags);
  return flags != 0;
}

function spinlock_irqsave(): void {
  spin_lock_init(lock);
  expect(enabled(), cstr("interrupts are disabled in a task"));
  const flags = _raw_spin_lock_irqsave(lock);
  expect(!enabled(), cstr("interrupts are enabled with the lock held"));
  const inner = arch_local_irq_save();
  arch_local_irq_restore(inner);
  expect(!enabled(), cstr("an inner restore enables interrupts"));
  _raw_spin_unlock_irqrestore(lock, flags);
  expect(enabled(), cstr("interrupts stay disabled"));
}

function locker(data: usize): i32 {
  mutex_lock(mutex);
  count++;
  mutex_unlock(mutex);
  complete(ptr(done));
  return 0;
}

function mutex_waits(): void {
  mutex_init(mutex);
  init_completion(done);
  count = 0;
  expectEqual(mutex_trylock(mutex), 1, cstr("trylock of a mutex that is free"));
  expectEqual(mutex_is_locked(mutex), 1, cstr("mutex_is_locked"));
  if (!start(locker, 0)) return;
  linger();
  expectEqual(count, 0, cstr("tasks that have got a mutex which is held"));
  mutex_unlock(mutex);
  expect(comes(done), cstr("the mutex has not reached who waits"));
  expectEqual(count, 1, cstr("tasks that have got it"));
  expectEqual(mutex_is_locked(mutex), 0, cstr("mutex_is_locked at the end"));
}

const TASKS: u32 = 2;
const TURNS: u32 = 20;
let finished: u32 = 0;

/** Counts as nobody should who is not alone: others run between load and store. */
function counter(data: usize): i32 {
  for (let i: u32 = 0; i < TURNS; i++) {
    mutex_lock(mutex);
    const seen = count;
    schedule();
    count = seen + 1;
    mutex_unlock(mutex);
    schedule();
  }
  if (++finished == TASKS) complete(ptr(done));
  return 0;
}

function mutex_excludes(): void {
  mutex_init(mutex);
  init_completion(done);
  count = finished = 0;
  for (let i: u32 = 0; i < TASKS; i++) if (!start(counter, i)) return;
  expect(comes(done), cstr("the tasks do not come to their end"));
  expectEqual(count, TASKS * TURNS, cstr("turns"));
}

function taker(data: usize): i32 {
  down(ptr(sem));
  count++;
  complete(ptr(done));
  return 0;
}

function semaphore_counts(): void {
  sema_init(sem, 2);
  init_completion(done);
  count = 0;
  expectEqual(down_trylock(ptr(sem)), 0, cstr("the first of two"));
  expectEqual(down_trylock(ptr(sem)), 0, cstr("the second of two"));
  expectEqual(down_trylock(ptr(sem)), 1, cstr("the third of two"));
  const before = now();
  expectEqual(down_timeout(ptr(sem), 3), -ETIME, cstr("down_timeout"));
  expect(now() - before >= 3, cstr("down_timeout has not waited"));
  if (!start(taker, 0)) return;
  linger();
  expectEqual(count, 0, cstr("tasks that have got it"));
  up(ptr(sem));
  expect(comes(done), cstr("up() has not reached who waits"));
  expectEqual(down_trylock(ptr(sem)), 1, cstr("the other task has it"));
  up(ptr(sem));
  expectEqual(down_trylock(ptr(sem)), 0, cstr("after up()"));
}

function rwsem_shares(): void {
  __init_rwsem(rwsem, cstr("rwsem"), rwsem);
  down_read(rwsem);
  expectEqual(down_read_trylock(rwsem), 1, cstr("a second reader"));
  expectEqual(down_write_trylock(rwsem), 0, cstr("a writer beside readers"));
  up_read(rwsem);
  expectEqual(down_write_trylock(rwsem), 0, cstr("a writer beside a reader"));
  up_read(rwsem);
  expectEqual(down_write_trylock(rwsem), 1, cstr("a writer alone"));
  expectEqual(down_read_trylock(rwsem), 0, cstr("a reader beside a writer"));
  up_write(rwsem);
}

function completer(data: usize): i32 {
  msleep(8);
  count = 1;
  complete(ptr(done));
  return 0;
}

function completions(): void {
  init_completion(done);
  const before = now();
  expectEqual(wait_for_completion_timeout(ptr(done), 3), 0, cstr("a wait for nothing"));
  expect(now() - before >= 3, cstr("wait_for_completion_timeout has not waited"));
  complete(ptr(done));
  expectEqual(completion_done(ptr(done)), 1, cstr("completion_done"));
  expectEqual(try_wait_for_completion(ptr(done)), 1, cstr("the one that is there"));
  expectEqual(try_wait_for_completion(ptr(done)), 0, cstr("one that is not"));
  count = 0;
  if (!start(completer, 0)) return;
  expect(comes(done), cstr("complete() has not reached who waits"));
  expectEqual(count, 1, cstr("what was done before"));
  reinit_completion(done);
  complete_all(ptr(done));
  expect(comes(done) && comes(done), cstr("complete_all() is not for all"));
}

export function locks(): void {
  begin(cstr("locks"), 7);
  test(cstr("spinlock"), spinlock);
  test(cstr("spinlock_irqsave"), spinlock_irqsave);
  test(cstr("mutex_waits"), mutex_waits);
  test(cstr("mutex_excludes"), mutex_excludes);
  test(cstr("semaphore_counts"), semaphore_counts);
  test(cstr("rwsem_shares"), rwsem_shares);
  test(cstr("completions"), completions);
  end();
}
