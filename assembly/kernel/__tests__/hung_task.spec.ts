import { TASK_INTERRUPTIBLE, TASK_UNINTERRUPTIBLE, task_struct } from "../../abi";
import { boot_kernel } from "../../__tests__/boot";
import { log_count, log_mark, logged } from "../../__tests__/log";
import { kpi_task_hung } from "../hung_task";
import { this_cpu } from "../../arch/wasm/cpu";
import { held_push } from "../locking/held";
import { task_alloc, task_of } from "../sched/task";

const lock = memory.data(16, 4);

describe("a task that the host waits for", () => {
  beforeAll(boot_kernel);
  beforeEach(log_mark);

  test("that sleeps all the time is reported, with its locks", () => {
    const task = task_alloc(0, cstr("stuck"));
    changetype<task_struct>(task).__state = TASK_UNINTERRUPTIBLE;
    this_cpu().current = task;
    held_push(lock, 0, 0, 0);
    this_cpu().current = this_cpu().idle;
    expect(kpi_task_hung(task, 120)).toBe(true);
    expect(logged("INFO: task stuck:")).toBe(true);
    expect(logged(" blocked for more than 120 seconds.")).toBe(true);
    expect(logged("1 lock held by stuck/")).toBe(true);
    expect(kpi_task_hung(task, 120)).toBe(true);
  });

  test("that ran meanwhile is not", () => {
    const task = task_alloc(0, cstr("slow"));
    changetype<task_struct>(task).__state = TASK_UNINTERRUPTIBLE;
    task_of(task).switches++;
    expect(kpi_task_hung(task, 120)).toBe(false);
    expect(log_count()).toBe(0);
    expect(kpi_task_hung(task, 120)).toBe(true, "and then no more");
  });

  test("that a signal could wake hangs in silence", () => {
    const task = task_alloc(0, cstr("waits"));
    changetype<task_struct>(task).__state = TASK_INTERRUPTIBLE;
    expect(kpi_task_hung(task, 120)).toBe(true);
    expect(log_count()).toBe(0);
  });
});
