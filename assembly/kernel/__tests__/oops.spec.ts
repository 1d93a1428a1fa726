// Reports: BUG, WARN, taint, and what becomes of a task that trapped.

import {
  HARDIRQ_OFFSET,
  SOFTIRQ_DISABLE_OFFSET,
  SOFTIRQ_OFFSET,
  TAINT_CRAP,
  TAINT_DIE,
  TAINT_OOT_MODULE,
  TAINT_PROPRIETARY_MODULE,
  TAINT_WARN,
  TASK_DEAD,
  task_struct,
} from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { current_thread_info } from "../../arch/wasm/current";
import { local_irq_disable, irqs_disabled } from "../../arch/wasm/irqflags";
import { boot_kernel } from "../../__tests__/boot";
import { c_string, log_count, log_mark, logged, str } from "../../__tests__/log";
import { __mutex_init, mutex_lock } from "../locking/mutex";
import { kpi_task_trap, kpi_trap_report } from "../oops";
import { BUG, WARN, __wasm_bug, print_lines, warn_slowpath_fmt } from "../panic";
import { task_alloc } from "../sched/task";
import { add_taint, module_flags_taint, print_tainted } from "../taint";
import { kpi_task_free } from "../tasks";

const buf = memory.data(64, 8);
const args = memory.data(16, 8);
const mutex = memory.data(16, 4);

/** What the host writes of a trap: the message, NUL, the backtrace, NUL. */
function report(message: string, trace: string): void {
  c_string(kpi_trap_report(), message);
  c_string(kpi_trap_report() + message.length + 1, trace);
}

/** Traps in a task of its own, with preempt_count `count`. */
function trap(count: u32): usize {
  const self = this_cpu().current;
  const task = task_alloc(0, cstr("victim"));
  this_cpu().current = task;
  current_thread_info().preempt_count = count;
  report("unreachable", "cp_open [8139cp]\ndev_open");
  expect(() => {
    kpi_task_trap();
  }).toThrow();
  this_cpu().current = self;
  return task;
}

describe("reports", () => {
  beforeAll(boot_kernel);
  beforeEach(log_mark);

  test("taint is nothing, or letters in Linux's places", () => {
    expect(str(print_tainted())).toBe("Not tainted");
    add_taint(TAINT_OOT_MODULE, 0);
    expect(str(print_tainted())).toBe("Tainted: G           O      ");
    add_taint(TAINT_PROPRIETARY_MODULE, 0);
    add_taint(1000, 0);
    expect(str(print_tainted())).toBe("Tainted: P           O      ");
  });

  test("a module has the taints of modules", () => {
    const taints: u32 =
      (1 << TAINT_OOT_MODULE) | (1 << TAINT_CRAP) | (1 << TAINT_DIE) | (1 << TAINT_PROPRIETARY_MODULE);
    store<u8>(buf + module_flags_taint(taints, buf), 0);
    expect(str(buf)).toBe("PCO");
    expect(module_flags_taint(1 << TAINT_WARN, buf)).toBe(0);
  });

  test("one line of the log for each line of a text", () => {
    print_lines(cstr("one\n\ntwo\nthree"), 8);
    expect(log_count()).toBe(2, "an empty line is none, and the length counts");
    expect(logged(" one")).toBe(true);
    expect(logged(" two")).toBe(true);
  });

  test("WARN goes on, and taints", () => {
    WARN(cstr("that was odd"));
    expect(logged("------------[ cut here ]------------")).toBe(true);
    expect(logged("that was odd")).toBe(true);
    expect(logged("Comm: swapper/0")).toBe(true);
    expect(str(print_tainted()).charAt(9 + TAINT_WARN)).toBe("W");
  });

  test("WARN of a module has file, line and text", () => {
    store<u32>(args, 7);
    warn_slowpath_fmt(cstr("8139cp.c"), 123, TAINT_WARN, cstr("queue %u is stuck\n"), args);
    expect(logged("WARNING: CPU: 0 PID: 0 at 8139cp.c:123")).toBe(true);
    expect(logged("queue 7 is stuck")).toBe(true);
    log_mark();
    warn_slowpath_fmt(cstr("8139cp.c"), 124, TAINT_WARN, 0, 0);
    expect(logged("at 8139cp.c:124")).toBe(true);
  });

  test("BUG says why, and traps", () => {
    expect(() => BUG(cstr("two and two is five"))).toThrow();
    expect(logged("kernel BUG: two and two is five")).toBe(true);
    expect(() => __wasm_bug(cstr("8139cp.c"), 42)).toThrow();
    expect(logged("kernel BUG at 8139cp.c:42!")).toBe(true);
  });
});

describe("a trap", () => {
  beforeEach(log_mark);

  test("in a task kills that task, and its memory is not used again", () => {
    const self = this_cpu().current;
    const task = task_alloc(0, cstr("victim"));
    this_cpu().current = task;
    __mutex_init(mutex, cstr("&tp->lock"), 0);
    mutex_lock(mutex);
    local_irq_disable();
    report("null function", "cp_open [8139cp]\ndev_open");
    expect(kpi_task_trap()).toBe(this_cpu().idle);
    this_cpu().current = self;
    expect(irqs_disabled()).toBe(false);
    expect(changetype<task_struct>(task).__state).toBe(TASK_DEAD);
    expect(logged("BUG: wasm trap: null function")).toBe(true);
    expect(logged("Comm: victim")).toBe(true);
    expect(logged(" cp_open [8139cp]")).toBe(true);
    expect(logged("1 lock held by victim/")).toBe(true);
    expect(logged("(&tp->lock")).toBe(true);
    kpi_task_free(task);
    expect(task_alloc(0, cstr("next"))).not.toBe(task, "the mutex would pass for one of the new task");
  });

  test("in an interrupt, a softirq or under a spinlock stops the machine", () => {
    trap(HARDIRQ_OFFSET);
    expect(logged("Kernel panic - not syncing: Fatal exception in interrupt")).toBe(true);
    trap(SOFTIRQ_OFFSET);
    expect(logged("Kernel panic - not syncing: Fatal exception in softirq")).toBe(true);
    trap(1);
    expect(logged("Kernel panic - not syncing: Fatal exception with a spinlock held")).toBe(true);
    log_mark();
    trap(SOFTIRQ_DISABLE_OFFSET);
    expect(logged("Fatal exception with a spinlock held or softirqs disabled")).toBe(true);
  });

  test("of the idle task stops the machine", () => {
    report("unreachable", "");
    expect(() => {
      kpi_task_trap();
    }).toThrow();
    expect(logged("Attempted to kill the idle task!")).toBe(true);
  });
});
