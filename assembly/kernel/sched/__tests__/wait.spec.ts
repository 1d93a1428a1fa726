import {
  MAX_SCHEDULE_TIMEOUT,
  TASK_INTERRUPTIBLE,
  TASK_NORMAL,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
  WQ_FLAG_EXCLUSIVE,
  WQ_FLAG_WOKEN,
  completion,
  offsetof_completion_wait,
  offsetof_swait_queue_head_task_list,
  offsetof_swait_queue_task_list,
  offsetof_wait_queue_entry_entry,
  swait_queue,
  task_struct,
  wait_bit_queue_entry,
  wait_queue_entry,
} from "../../../abi";
import { this_cpu } from "../../../arch/wasm/cpu";
import { current } from "../../../arch/wasm/current";
import { INIT_LIST_HEAD, list_add_tail, list_empty } from "../../../lib/list";
import { boot_kernel } from "../../../__tests__/boot";
import {
  complete,
  complete_all,
  completion_done,
  init_completion,
  try_wait_for_completion,
  wait_for_completion_interruptible_timeout,
  wait_for_completion_timeout,
} from "../completion";
import { pick_next } from "../core";
import { task_alloc } from "../task";
import {
  __wake_up,
  __wake_up_sync_key,
  add_wait_queue,
  add_wait_queue_exclusive,
  add_wait_queue_priority,
  autoremove_wake_function,
  finish_wait,
  init_wait_entry,
  init_waitqueue_head,
  prepare_to_wait,
  prepare_to_wait_event,
  prepare_to_wait_exclusive,
  remove_wait_queue,
  wait_woken,
  wake_up,
  woken_wake_function,
} from "../wait";
import {
  bit_waitqueue,
  init_wait_var_entry,
  wake_bit_function,
  wake_up_bit,
  wake_up_var,
  __var_waitqueue,
} from "../wait_bit";

const queue = memory.data(12, 4);
const entries = memory.data(8 * 20, 4);
const x = memory.data(16, 4);
const swaits = memory.data(4 * 16, 4);
const word = memory.data(8, 8);
const bit_entry = memory.data(32, 8);

function entry(index: u32): usize {
  return entries + index * 20;
}

/** Which entries the last wake-up called, in order, as decimal digits; and with what. */
let called = 0;
let key_seen: usize = 0;
let flags_seen = -1;
let answer = 1;

function record(at: usize, mode: u32, flags: i32, key: usize): i32 {
  called = called * 10 + <i32>((at - entries) / 20) + 1;
  key_seen = key;
  flags_seen = flags;
  return answer;
}

function recorder(index: u32): usize {
  const at = entry(index);
  changetype<wait_queue_entry>(at).flags = 0;
  changetype<wait_queue_entry>(at).func = record.index;
  INIT_LIST_HEAD(at + offsetof_wait_queue_entry_entry);
  return at;
}

function is_queued(at: usize): bool {
  return !list_empty(at + offsetof_wait_queue_entry_entry);
}

function sleeper(name: usize): usize {
  const task = task_alloc(0, name);
  changetype<task_struct>(task).__state = TASK_UNINTERRUPTIBLE;
  return task;
}

describe("wait queues", () => {
  beforeAll(boot_kernel);
  beforeEach(() => {
    init_waitqueue_head(queue);
    called = 0;
    answer = 1;
  });

  test("a wake-up calls the non-exclusive entries, newest first, then one exclusive entry, oldest first", () => {
    add_wait_queue_exclusive(queue, recorder(0));
    add_wait_queue(queue, recorder(1));
    add_wait_queue_exclusive(queue, recorder(2));
    add_wait_queue(queue, recorder(3));
    expect(__wake_up(queue, TASK_NORMAL, 1, 0x1234)).toBe(1);
    expect(called).toBe(421);
    expect(key_seen).toBe(0x1234);
    called = 0;
    expect(__wake_up(queue, TASK_NORMAL, 2, 0)).toBe(2);
    expect(called).toBe(4213);
    called = 0;
    __wake_up(queue, TASK_NORMAL, 0, 0);
    expect(called).toBe(4213, "0 wakes all");
  });

  test("an exclusive entry that did not wake does not count", () => {
    add_wait_queue_exclusive(queue, recorder(0));
    add_wait_queue_exclusive(queue, recorder(1));
    answer = 0;
    expect(wake_up(queue)).toBe(0);
    expect(called).toBe(12);
  });

  test("a negative answer ends the walk", () => {
    add_wait_queue(queue, recorder(0));
    add_wait_queue(queue, recorder(1));
    answer = -1;
    wake_up(queue);
    expect(called).toBe(2);
  });

  test("priority entries stay first", () => {
    add_wait_queue_priority(queue, recorder(0));
    add_wait_queue(queue, recorder(1));
    add_wait_queue_priority(queue, recorder(2));
    __wake_up(queue, TASK_NORMAL, 0, 0);
    expect(called).toBe(132);
    expect(changetype<wait_queue_entry>(entry(0)).flags & WQ_FLAG_EXCLUSIVE).toBe(WQ_FLAG_EXCLUSIVE);
  });

  test("a removed entry is not called", () => {
    add_wait_queue(queue, recorder(0));
    add_wait_queue(queue, recorder(1));
    remove_wait_queue(queue, entry(0));
    wake_up(queue);
    expect(called).toBe(2);
  });

  test("sync wake-ups say so, and a NULL queue does nothing", () => {
    add_wait_queue(queue, recorder(0));
    __wake_up_sync_key(queue, TASK_NORMAL, 7);
    expect(flags_seen).toBe(0x10);
    __wake_up_sync_key(0, TASK_NORMAL, 7);
    expect(called).toBe(1);
  });

  test("autoremove takes the entry out only if the task woke", () => {
    const task = sleeper(cstr("sleeper"));
    init_wait_entry(entry(0), 0);
    changetype<wait_queue_entry>(entry(0)).private_ = task;
    expect(<u32>changetype<wait_queue_entry>(entry(0)).func).toBe(autoremove_wake_function.index);
    add_wait_queue(queue, entry(0));
    __wake_up(queue, TASK_INTERRUPTIBLE, 1, 0);
    expect(is_queued(entry(0))).toBe(true, "the task does not sleep interruptibly");
    __wake_up(queue, TASK_NORMAL, 1, 0);
    expect(is_queued(entry(0))).toBe(false);
    expect(pick_next()).toBe(task);
    expect(changetype<task_struct>(task).__state).toBe(TASK_RUNNING);
  });

  test("prepare_to_wait queues once and sets the state; finish_wait undoes both", () => {
    init_wait_entry(entry(0), 0);
    prepare_to_wait(queue, entry(0), TASK_UNINTERRUPTIBLE);
    prepare_to_wait(queue, entry(0), TASK_INTERRUPTIBLE);
    expect(current().__state).toBe(TASK_INTERRUPTIBLE);
    expect(is_queued(entry(0))).toBe(true);
    wake_up(queue);
    expect(current().__state).toBe(TASK_RUNNING, "woken before it slept: schedule() will not sleep");
    finish_wait(queue, entry(0));
    expect(is_queued(entry(0))).toBe(false);
    expect(prepare_to_wait_event(queue, entry(0), TASK_UNINTERRUPTIBLE)).toBe(0);
    finish_wait(queue, entry(0));
    expect(list_empty(queue + 4)).toBe(true);
  });

  test("prepare_to_wait_exclusive says whether it was the first", () => {
    init_wait_entry(entry(0), 0);
    init_wait_entry(entry(1), 0);
    expect(prepare_to_wait_exclusive(queue, entry(0), TASK_UNINTERRUPTIBLE)).toBe(true);
    expect(prepare_to_wait_exclusive(queue, entry(1), TASK_UNINTERRUPTIBLE)).toBe(false);
    finish_wait(queue, entry(0));
    finish_wait(queue, entry(1));
  });

  test("wait_woken does not sleep after a wake-up that it missed", () => {
    init_wait_entry(entry(0), 0);
    changetype<wait_queue_entry>(entry(0)).func = woken_wake_function.index;
    add_wait_queue(queue, entry(0));
    wake_up(queue);
    expect(changetype<wait_queue_entry>(entry(0)).flags & WQ_FLAG_WOKEN).toBe(WQ_FLAG_WOKEN);
    expect(wait_woken(entry(0), TASK_INTERRUPTIBLE, 100)).toBe(100);
    expect(changetype<wait_queue_entry>(entry(0)).flags & WQ_FLAG_WOKEN).toBe(0);
    remove_wait_queue(queue, entry(0));
  });
});

describe("completions", () => {
  beforeEach(() => init_completion(x));

  test("count what was completed", () => {
    expect(completion_done(x)).toBe(false);
    expect(try_wait_for_completion(x)).toBe(false);
    complete(x);
    complete(x);
    expect(completion_done(x)).toBe(true);
    expect(try_wait_for_completion(x)).toBe(true);
    expect(wait_for_completion_timeout(x, 50)).toBe(50);
    expect(completion_done(x)).toBe(false);
  });

  test("a wait that need not sleep leaves at least one jiffy", () => {
    complete(x);
    expect(wait_for_completion_timeout(x, 0)).toBe(1);
    expect(wait_for_completion_interruptible_timeout(x, 0)).toBe(0, "not completed: a timeout of 0 is over");
  });

  test("complete_all is for ever", () => {
    complete_all(x);
    for (let i = 0; i < 3; i++) expect(try_wait_for_completion(x)).toBe(true);
    complete(x);
    expect(changetype<completion>(x).done).toBe(u32.MAX_VALUE);
  });

  test("complete wakes the oldest waiter, complete_all every one", () => {
    const list = x + offsetof_completion_wait + offsetof_swait_queue_head_task_list;
    for (let i: u32 = 0; i < 3; i++) {
      changetype<swait_queue>(swaits + i * 16).task = sleeper(cstr("waiter"));
      list_add_tail(swaits + i * 16 + offsetof_swait_queue_task_list, list);
    }
    complete(x);
    expect(pick_next()).toBe(changetype<swait_queue>(swaits).task);
    expect(pick_next()).toBe(this_cpu().idle);
    complete_all(x);
    expect(pick_next()).toBe(changetype<swait_queue>(swaits + 16).task);
    expect(pick_next()).toBe(changetype<swait_queue>(swaits + 32).task);
    expect(list_empty(list)).toBe(true);
  });

  test("MAX_SCHEDULE_TIMEOUT is LONG_MAX", () => {
    expect(MAX_SCHEDULE_TIMEOUT).toBe(0x7fffffff);
  });
});

describe("waiting for a bit or a variable", () => {
  test("wakes only for that bit, and only when it is clear", () => {
    const task = sleeper(cstr("bit"));
    init_wait_var_entry(bit_entry, word, 0);
    const wait = changetype<wait_bit_queue_entry>(bit_entry);
    wait.key.bit_nr = 3;
    wait.wq_entry.private_ = task;
    wait.wq_entry.func = wake_bit_function.index;
    add_wait_queue(bit_waitqueue(word, 3), changetype<usize>(wait.wq_entry));
    store<u32>(word, 1 << 3);
    wake_up_bit(word, 3);
    expect(pick_next()).toBe(this_cpu().idle, "still set");
    store<u32>(word, 0);
    wake_up_bit(word, 4);
    expect(pick_next()).toBe(this_cpu().idle, "another bit");
    wake_up_bit(word, 3);
    expect(pick_next()).toBe(task);
  });

  test("a variable's waiters wake by its address", () => {
    const task = sleeper(cstr("var"));
    init_wait_var_entry(bit_entry, word, 0);
    changetype<wait_bit_queue_entry>(bit_entry).wq_entry.private_ = task;
    add_wait_queue(__var_waitqueue(word), changetype<usize>(changetype<wait_bit_queue_entry>(bit_entry).wq_entry));
    wake_up_var(word + 4);
    expect(pick_next()).toBe(this_cpu().idle);
    wake_up_var(word);
    expect(pick_next()).toBe(task);
  });
});
