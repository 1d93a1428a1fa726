import {
  TIMER_IRQSAFE,
  WORK_BUSY_PENDING,
  WORK_BUSY_RUNNING,
  WORK_CPU_UNBOUND,
  WORK_STRUCT_NO_POOL,
  WORK_STRUCT_PENDING,
  WORK_STRUCT_PWQ,
  WQ_UNBOUND,
  delayed_work,
  offsetof_delayed_work_timer,
} from "../../../abi";
import { current, current_thread_info } from "../../../arch/wasm/current";
import { in_task, preempt_count } from "../../../arch/wasm/preempt";
import { boot_kernel } from "../../../__tests__/boot";
import { log_mark, logged, str } from "../../../__tests__/log";
import { run_tasks, ticks } from "../../../__tests__/tasks";
import { next_timer_event_ns } from "../../time/next_event";
import { init_timer_key } from "../../time/timer";
import {
  INIT_WORK,
  alloc_workqueue,
  current_work,
  destroy_workqueue,
  execute_in_process_context,
  schedule_work,
  set_worker_desc,
  system_highpri_wq,
  system_wq,
} from "../../workqueue";
import {
  cancel_delayed_work,
  cancel_delayed_work_sync,
  cancel_work,
  cancel_work_sync,
  flush_delayed_work,
  flush_work,
  mod_delayed_work_on,
  work_busy,
} from "../cancel";
import { current_worker, pool_of } from "../pool";
import { delayed_work_timer_fn, queue_delayed_work_on, queue_work } from "../queue";
import { PoolWorkqueue, Worker, WorkqueueStruct, data_of, pwq_of } from "../types";

const works = memory.data(8 * 16, 4);
const dwork = memory.data(44, 4);

let runs = 0;
let order = 0;
let again = 0;
let comm = "";
let context_ok = true;
let seen_current: usize = 0;
let seen_busy: u32 = 0;
let requeued = false;

function work(index: u32): usize {
  return works + index * 16;
}

function body(w: usize): void {
  runs++;
  order = order * 10 + <i32>((w - works) / 16) + 1;
  comm = str(changetype<usize>(current().comm));
  context_ok = context_ok && in_task() && preempt_count() == 0;
  seen_current = current_work();
  seen_busy = work_busy(w);
  if (again-- > 0) requeued = schedule_work(w) && requeued;
}

function delayed_body(w: usize): void {
  runs++;
}

function leaks(w: usize): void {
  current_thread_info().preempt_count += 1;
}

function flushes_itself(w: usize): void {
  flush_work(w);
}

function describes(w: usize): void {
  set_worker_desc(cstr("flush-8:0"), 0);
  comm = str(changetype<usize>(current_worker()) + offsetof<Worker>("desc0"));
}

function pwq(queue: usize): PoolWorkqueue {
  return changetype<PoolWorkqueue>(changetype<WorkqueueStruct>(queue).pwq0);
}

function reset(): void {
  log_mark();
  runs = 0;
  order = 0;
  again = 0;
  context_ok = true;
  requeued = true;
  for (let i: u32 = 0; i < 8; i++) INIT_WORK(work(i), body.index);
  INIT_WORK(dwork, delayed_body.index);
  init_timer_key(dwork + offsetof_delayed_work_timer, delayed_work_timer_fn.index, TIMER_IRQSAFE, 0, 0);
}

describe("work items", () => {
  beforeAll(boot_kernel);
  beforeEach(reset);

  test("run once in a task, which ends", () => {
    expect(data_of(work(0))).toBe(WORK_STRUCT_NO_POOL);
    expect(schedule_work(work(0))).toBe(true);
    expect(data_of(work(0)) & (WORK_STRUCT_PENDING | WORK_STRUCT_PWQ)).toBe(WORK_STRUCT_PENDING | WORK_STRUCT_PWQ);
    expect(changetype<usize>(pwq_of(work(0)))).toBe(changetype<usize>(pwq(load<usize>(system_wq))));
    expect(schedule_work(work(0))).toBe(false, "pending already");
    expect(work_busy(work(0))).toBe(WORK_BUSY_PENDING);
    expect(run_tasks()).toBe(1);
    expect(runs).toBe(1);
    expect(comm).toBe("kworker/0:0");
    expect(context_ok).toBe(true);
    expect(seen_current).toBe(work(0));
    expect(seen_busy).toBe(WORK_BUSY_RUNNING);
    expect(work_busy(work(0))).toBe(0);
    expect(current_work()).toBe(0);
    expect(pool_of(0, false).tasks).toBe(0);
    expect(schedule_work(work(0))).toBe(true, "and may be queued again");
    run_tasks();
  });

  test("run in order", () => {
    for (let i: u32 = 0; i < 5; i++) schedule_work(work(i));
    run_tasks();
    expect(order).toBe(12345);
  });

  test("may queue themselves: they are not pending while they run", () => {
    again = 3;
    schedule_work(work(0));
    run_tasks();
    expect(runs).toBe(4);
    expect(requeued).toBe(true);
  });

  test("of high priority have their own workers", () => {
    queue_work(load<usize>(system_highpri_wq), work(0));
    run_tasks();
    expect(comm).toBe("kworker/0:0H");
    const unbound = alloc_workqueue(cstr("unbound"), WQ_UNBOUND, 0, 0);
    queue_work(unbound, work(0));
    run_tasks();
    expect(comm).toBe("kworker/u4:0");
    destroy_workqueue(unbound);
  });

  test("that lose count of preemption are reported", () => {
    INIT_WORK(work(0), leaks.index);
    schedule_work(work(0));
    run_tasks();
    expect(logged("BUG: workqueue leaked lock or atomic: kworker/0:0/0x00000001/")).toBe(true);
    expect(preempt_count()).toBe(0);
  });

  test("say what they are about", () => {
    INIT_WORK(work(0), describes.index);
    schedule_work(work(0));
    run_tasks();
    expect(comm).toBe("flush-8:0");
  });

  test("execute_in_process_context calls at once where it can", () => {
    expect(execute_in_process_context(body.index, work(2))).toBe(0);
    expect(runs).toBe(1);
    current_thread_info().preempt_count = 0x10000;
    expect(execute_in_process_context(body.index, work(2))).toBe(1);
    current_thread_info().preempt_count = 0;
    expect(runs).toBe(1);
    run_tasks();
    expect(runs).toBe(2);
  });
});

describe("delayed work", () => {
  beforeEach(reset);

  test("runs after its delay", () => {
    const system = load<usize>(system_wq);
    expect(queue_delayed_work_on(WORK_CPU_UNBOUND, system, dwork, 5)).toBe(true);
    expect(queue_delayed_work_on(WORK_CPU_UNBOUND, system, dwork, 5)).toBe(false);
    expect(data_of(dwork) & (WORK_STRUCT_PENDING | WORK_STRUCT_PWQ)).toBe(WORK_STRUCT_PENDING);
    ticks(4);
    expect(run_tasks()).toBe(0);
    ticks(2);
    run_tasks();
    expect(runs).toBe(1);
  });

  test("without a delay runs at once", () => {
    queue_delayed_work_on(WORK_CPU_UNBOUND, load<usize>(system_wq), dwork, 0);
    expect(data_of(dwork) & WORK_STRUCT_PWQ).toBe(WORK_STRUCT_PWQ);
    run_tasks();
    expect(runs).toBe(1);
  });

  test("mod_delayed_work gives it another delay, pending or not", () => {
    const system = load<usize>(system_wq);
    expect(mod_delayed_work_on(WORK_CPU_UNBOUND, system, dwork, 3)).toBe(false);
    expect(mod_delayed_work_on(WORK_CPU_UNBOUND, system, dwork, 20)).toBe(true);
    ticks(10);
    expect(run_tasks()).toBe(0);
    expect(mod_delayed_work_on(WORK_CPU_UNBOUND, system, dwork, 0)).toBe(true);
    run_tasks();
    expect(runs).toBe(1);
    ticks(30);
    expect(run_tasks()).toBe(0);
  });

  test("can be cancelled while its delay runs, and once it is queued", () => {
    const system = load<usize>(system_wq);
    expect(cancel_delayed_work(dwork)).toBe(false);
    queue_delayed_work_on(WORK_CPU_UNBOUND, system, dwork, 2);
    expect(cancel_delayed_work(dwork)).toBe(true);
    expect(data_of(dwork)).toBe(WORK_STRUCT_NO_POOL);
    queue_delayed_work_on(WORK_CPU_UNBOUND, system, dwork, 2);
    ticks(4);
    expect(cancel_delayed_work_sync(dwork)).toBe(true);
    run_tasks();
    expect(runs).toBe(0);
    expect(pwq(system).nr_active).toBe(0);
    expect(next_timer_event_ns()).toBe(u64.MAX_VALUE);
  });

  test("keeps the workqueue and CPU that it was given", () => {
    queue_delayed_work_on(WORK_CPU_UNBOUND, load<usize>(system_wq), dwork, 9);
    expect(changetype<delayed_work>(dwork).wq).toBe(load<usize>(system_wq));
    expect(cancel_delayed_work_sync(dwork)).toBe(true);
    expect(flush_delayed_work(dwork)).toBe(false);
  });
});

describe("cancelling", () => {
  beforeEach(reset);

  test("takes a queued item back", () => {
    schedule_work(work(0));
    schedule_work(work(1));
    expect(cancel_work_sync(work(0))).toBe(true);
    expect(cancel_work(work(0))).toBe(false);
    run_tasks();
    expect(order).toBe(2);
    expect(cancel_work_sync(work(1))).toBe(false);
    expect(flush_work(work(1))).toBe(false, "idle");
    expect(data_of(work(1))).toBe(WORK_STRUCT_NO_POOL);
    expect(schedule_work(work(1))).toBe(true);
    run_tasks();
  });

  test("an item that waits for itself is a BUG", () => {
    INIT_WORK(work(0), flushes_itself.index);
    schedule_work(work(0));
    expect(() => {
      run_tasks();
    }).toThrow();
    expect(logged("BUG: work item ")).toBe(true);
  });
});
