import { WQ_UNBOUND, WORK_STRUCT_INACTIVE } from "../../../abi";
import { boot_kernel } from "../../../__tests__/boot";
import { log_mark, logged } from "../../../__tests__/log";
import { run_tasks } from "../../../__tests__/tasks";
import {
  INIT_WORK,
  alloc_workqueue,
  destroy_workqueue,
  workqueue_congested,
  workqueue_set_max_active,
} from "../../workqueue";
import { cancel_work } from "../cancel";
import { __flush_workqueue, drain_workqueue, wq_busy } from "../flush";
import { queue_work } from "../queue";
import { PoolWorkqueue, WorkqueueStruct, data_of } from "../types";

const works = memory.data(8 * 16, 4);
let order = 0;
let wq: usize = 0;

function work(index: u32): usize {
  return works + index * 16;
}

function body(w: usize): void {
  order = order * 10 + <i32>((w - works) / 16) + 1;
}

function pwq(queue: usize): PoolWorkqueue {
  return changetype<PoolWorkqueue>(changetype<WorkqueueStruct>(queue).pwq0);
}

function queue(count: u32): void {
  for (let i: u32 = 0; i < count; i++) queue_work(wq, work(i));
}

describe("workqueues", () => {
  beforeAll(boot_kernel);
  beforeEach(() => {
    log_mark();
    order = 0;
    for (let i: u32 = 0; i < 8; i++) INIT_WORK(work(i), body.index);
  });

  test("of max_active 1 run their items one after the other, in order", () => {
    wq = alloc_workqueue(cstr("ordered"), WQ_UNBOUND, 1, 0);
    queue(4);
    expect(pwq(wq).nr_active).toBe(1);
    expect(data_of(work(0)) & WORK_STRUCT_INACTIVE).toBe(0);
    expect(data_of(work(1)) & WORK_STRUCT_INACTIVE).toBe(WORK_STRUCT_INACTIVE);
    expect(workqueue_congested(0, wq)).toBe(true);
    run_tasks();
    expect(order).toBe(1234);
    expect(workqueue_congested(0, wq)).toBe(false);
    expect(wq_busy(changetype<WorkqueueStruct>(wq))).toBe(false);
    destroy_workqueue(wq);
  });

  test("an item that is taken back lets the next one in", () => {
    wq = alloc_workqueue(cstr("one"), 0, 1, 0);
    queue(3);
    expect(cancel_work(work(0))).toBe(true);
    expect(data_of(work(1)) & WORK_STRUCT_INACTIVE).toBe(0);
    expect(cancel_work(work(2))).toBe(true, "an inactive one can be taken back too");
    run_tasks();
    expect(order).toBe(2);
    destroy_workqueue(wq);
  });

  test("max_active can change", () => {
    wq = alloc_workqueue(cstr("one"), 0, 1, 0);
    queue(3);
    workqueue_set_max_active(wq, 2);
    expect(pwq(wq).nr_active).toBe(2);
    run_tasks();
    expect(order).toBe(123);
    expect(pwq(wq).nr_active).toBe(0);
    destroy_workqueue(wq);
  });

  test("have sane limits", () => {
    wq = alloc_workqueue(cstr("default"), 0, 0, 0);
    expect(pwq(wq).max_active).toBe(256);
    destroy_workqueue(wq);
    wq = alloc_workqueue(cstr("too-many"), 0, 100_000, 0);
    expect(pwq(wq).max_active).toBe(512);
    expect(logged("max_active 100000 requested for too-many is out of range, clamping between 1 and 512")).toBe(true);
    destroy_workqueue(wq);
  });

  test("that are idle are flushed and drained at once", () => {
    wq = alloc_workqueue(cstr("idle"), 0, 0, 0);
    __flush_workqueue(wq);
    drain_workqueue(wq);
    queue(1);
    run_tasks();
    __flush_workqueue(wq);
    expect(order).toBe(1);
    destroy_workqueue(wq);
  });

  test("that are drained take no more work", () => {
    wq = alloc_workqueue(cstr("closing"), 0, 0, 0);
    changetype<WorkqueueStruct>(wq).flags |= 0x10000;
    queue_work(wq, work(0));
    expect(logged("workqueue: cannot queue ")).toBe(true);
    expect(data_of(work(0)) & 1).toBe(0);
    expect(run_tasks()).toBe(0);
    changetype<WorkqueueStruct>(wq).flags &= ~0x10000;
    destroy_workqueue(wq);
  });
});
