import { TASK_IDLE, TASK_INTERRUPTIBLE, TASK_KILLABLE, TASK_UNINTERRUPTIBLE, task_struct } from "../../abi";
import { boot_kernel } from "../../__tests__/boot";
import { log_count, log_mark, logged } from "../../__tests__/log";
import { kpi_deadlock, kpi_hung_tasks, kpi_task_stuck } from "../hung_task";
import { this_cpu } from "../../arch/wasm/cpu";
import { held_push } from "../locking/held";
import { task_alloc, task_of } from "../sched/task";

const lock = memory.data(16, 4);

function asleep(name: usize, state: u32): usize {
  const task = task_alloc(0, name);
  changetype<task_struct>(task).__state = state;
  return task;
}

describe("a task that sleeps all the time", () => {
  beforeAll(boot_kernel);
  beforeEach(log_mark);

  test("is reported, with its locks, when it was seen twice", () => {
    const task = asleep(cstr("stuck"), TASK_UNINTERRUPTIBLE);
    this_cpu().current = task;
    held_push(lock, 0, 0, 0);
    this_cpu().current = this_cpu().idle;
    kpi_hung_tasks(120);
    expect(log_count()).toBe(0);
    kpi_hung_tasks(120);
    expect(logged("INFO: task stuck:")).toBe(true);
    expect(logged(" blocked for more than 120 seconds.")).toBe(true);
    expect(logged("1 lock held by stuck/")).toBe(true);
    expect(kpi_task_stuck(task)).toBe(1);
    log_mark();
    task_of(task).switches++;
    kpi_hung_tasks(120);
    expect(log_count()).toBe(0, "it ran meanwhile");
    expect(kpi_task_stuck(task)).toBe(0);
    changetype<task_struct>(task).__state = TASK_INTERRUPTIBLE;
  });

  test("that a signal could wake, or that is idle, hangs in silence", () => {
    const task = asleep(cstr("waits"), TASK_INTERRUPTIBLE);
    asleep(cstr("killable"), TASK_KILLABLE);
    asleep(cstr("idle"), TASK_IDLE);
    for (let i = 0; i < 3; i++) kpi_hung_tasks(120);
    expect(kpi_task_stuck(task)).toBe(2);
    kpi_deadlock();
    expect(log_count()).toBe(0);
  });

  test("is reported once when nothing is left that could wake it", () => {
    const task = asleep(cstr("for_ever"), TASK_UNINTERRUPTIBLE);
    kpi_deadlock();
    expect(logged("INFO: task for_ever:")).toBe(true);
    expect(logged(" blocked for ever: nothing is left that could wake it.")).toBe(true);
    log_mark();
    kpi_deadlock();
    expect(log_count()).toBe(0);
    task_of(task).switches++;
    kpi_deadlock();
    expect(logged("INFO: task for_ever:")).toBe(true);
  });

  test("is reported ten times in all", () => {
    kpi_hung_tasks(120);
    for (let i = 0; i < 20; i++) {
      log_mark();
      kpi_hung_tasks(120);
    }
    expect(log_count()).toBe(0);
  });
});
