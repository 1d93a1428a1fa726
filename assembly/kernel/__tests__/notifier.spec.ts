import {
  EBUSY,
  EEXIST,
  ENOENT,
  NOTIFY_BAD,
  NOTIFY_DONE,
  NOTIFY_OK,
  NOTIFY_STOP,
  notifier_block,
  offsetof_blocking_notifier_head_rwsem,
  sizeof_notifier_block,
} from "../../abi";
import { in_atomic, preempt_count } from "../../arch/wasm/preempt";
import { boot_kernel } from "../../__tests__/boot";
import { log_mark, logged } from "../../__tests__/log";
import { __init_rwsem } from "../locking/rwsem";
import {
  atomic_notifier_call_chain,
  atomic_notifier_chain_register,
  atomic_notifier_chain_register_unique_prio,
  atomic_notifier_chain_unregister,
  blocking_notifier_call_chain,
  blocking_notifier_chain_register,
  blocking_notifier_chain_unregister,
  raw_notifier_call_chain,
  raw_notifier_call_chain_robust,
  raw_notifier_chain_register,
  raw_notifier_chain_unregister,
} from "../notifier";

const head = memory.data(32, 8);
const blocks = memory.data(4 * 16, 4);
let order = 0;
let events = 0;
let bad = -1;
let atomic = false;

function block(index: u32): usize {
  return blocks + index * 16;
}

function notified(nb: usize, event: u32, data: usize): i32 {
  const index = <i32>((nb - blocks) / 16);
  order = order * 10 + index + 1;
  events = events * 10 + <i32>event;
  atomic = in_atomic();
  if (index == bad) return NOTIFY_BAD;
  return data ? NOTIFY_STOP : NOTIFY_OK;
}

function with_priority(index: u32, priority: i32): usize {
  changetype<notifier_block>(block(index)).notifier_call = notified.index;
  changetype<notifier_block>(block(index)).priority = priority;
  return block(index);
}

describe("notifier chains", () => {
  beforeAll(boot_kernel);
  beforeEach(() => {
    memory.fill(head, 0, 32);
    order = 0;
    events = 0;
    bad = -1;
    log_mark();
  });

  test("call by priority, equals in order of registration", () => {
    expect(raw_notifier_call_chain(head, 1, 0)).toBe(NOTIFY_DONE);
    raw_notifier_chain_register(head, with_priority(0, 0));
    raw_notifier_chain_register(head, with_priority(1, 10));
    raw_notifier_chain_register(head, with_priority(2, 0));
    raw_notifier_chain_register(head, with_priority(3, -5));
    expect(raw_notifier_call_chain(head, 1, 0)).toBe(NOTIFY_OK);
    expect(order).toBe(2134);
  });

  test("stop where a block says so", () => {
    raw_notifier_chain_register(head, with_priority(0, 0));
    raw_notifier_chain_register(head, with_priority(1, 0));
    expect(raw_notifier_call_chain(head, 1, 1)).toBe(NOTIFY_STOP);
    expect(order).toBe(1);
  });

  test("know their blocks", () => {
    expect(raw_notifier_chain_unregister(head, with_priority(0, 0))).toBe(-ENOENT);
    expect(raw_notifier_chain_register(head, block(0))).toBe(0);
    expect(raw_notifier_chain_register(head, block(0))).toBe(-EEXIST);
    expect(logged("already registered")).toBe(true);
    raw_notifier_chain_register(head, with_priority(1, 0));
    raw_notifier_chain_register(head, with_priority(2, 0));
    expect(raw_notifier_chain_unregister(head, block(1))).toBe(0);
    expect(raw_notifier_chain_unregister(head, block(0))).toBe(0);
    raw_notifier_call_chain(head, 1, 0);
    expect(order).toBe(3);
  });

  test("roll back what was told before a block objected", () => {
    for (let i: u32 = 0; i < 4; i++) raw_notifier_chain_register(head, with_priority(i, 0));
    bad = 2;
    expect(raw_notifier_call_chain_robust(head, 1, 2, 0)).toBe(NOTIFY_BAD);
    expect(order).toBe(12312);
    expect(events).toBe(11122);
  });

  test("come with a spinlock or a semaphore", () => {
    expect(atomic_notifier_chain_register(head, with_priority(0, 5))).toBe(0);
    expect(atomic_notifier_chain_register_unique_prio(head, with_priority(1, 5))).toBe(-EBUSY);
    atomic_notifier_call_chain(head, 1, 0);
    expect(atomic).toBe(true, "a block of an atomic chain must not sleep");
    expect(preempt_count()).toBe(0);
    expect(order).toBe(1);
    expect(atomic_notifier_chain_unregister(head, block(0))).toBe(0);
    memory.fill(head, 0, 32);
    __init_rwsem(head + offsetof_blocking_notifier_head_rwsem, 0, 0);
    expect(blocking_notifier_call_chain(head, 1, 0)).toBe(NOTIFY_DONE);
    expect(blocking_notifier_chain_register(head, with_priority(3, 0))).toBe(0);
    blocking_notifier_call_chain(head, 1, 0);
    expect(order).toBe(14);
    expect(blocking_notifier_chain_unregister(head, block(3))).toBe(0);
    expect(sizeof_notifier_block).toBe(12);
  });
});
