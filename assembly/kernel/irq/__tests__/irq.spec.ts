import {
  EBUSY,
  EINVAL,
  ENOTCONN,
  IRQF_NO_AUTOEN,
  IRQF_ONESHOT,
  IRQF_SHARED,
  IRQ_HANDLED,
  IRQ_NONE,
  IRQ_NOTCONNECTED,
  IRQ_WAKE_THREAD,
  NET_RX_SOFTIRQ,
  TASK_DEAD,
  __GFP_NOWARN,
  task_struct,
} from "../../../abi";
import { current_thread_info } from "../../../arch/wasm/current";
import { irq_window, irqs_disabled, local_irq_disable, local_irq_enable } from "../../../arch/wasm/irqflags";
import { IRQ_RAISED } from "../../../arch/wasm/memory";
import { in_hardirq, in_serving_softirq, preempt_count } from "../../../arch/wasm/preempt";
import { __get_free_pages, free_pages } from "../../../mm/page_alloc";
import { seq_init, seq_text } from "../../../lib/seq_buf";
import { pick_next } from "../../sched/core";
import { open_softirq, raise_softirq_irqoff } from "../../softirq";
import { irq_alloc_vectors, irq_free_vectors } from "../init";
import {
  disable_hardirq,
  disable_irq,
  disable_irq_nosync,
  enable_irq,
  free_irq,
  irq_has_action,
  request_threaded_irq,
  synchronize_irq,
} from "../manage";
import { proc_interrupts } from "../proc";
import { irq_thread_died } from "../thread";
import { Vector, vector } from "../vector";
import { boot_kernel } from "../../../__tests__/boot";
import { log_count, log_mark, logged, str } from "../../../__tests__/log";
import { raise_edge, run_tasks, set_level, ticks } from "../../../__tests__/tasks";

const IRQ: u32 = 16;

let calls = 0;
let others = 0;
let threads = 0;
let irq_seen = -1;
let dev_seen: usize = 0;
let context_ok = true;
/** The level handler lowers its line after so many calls. */
let storm = 0;
let answer: i32 = IRQ_HANDLED;

function handler(irq: i32, dev: usize): i32 {
  calls++;
  irq_seen = irq;
  dev_seen = dev;
  context_ok = context_ok && in_hardirq() && irqs_disabled();
  if (--storm <= 0) set_level(irq, false);
  return answer;
}

function other(irq: i32, dev: usize): i32 {
  others++;
  return IRQ_NONE;
}

function stuck(irq: i32, dev: usize): i32 {
  calls++;
  return IRQ_NONE;
}

function raises_itself(irq: i32, dev: usize): i32 {
  calls++;
  if (calls < 3) raise_edge(irq);
  return IRQ_HANDLED;
}

function wakes(irq: i32, dev: usize): i32 {
  calls++;
  return IRQ_WAKE_THREAD;
}

function thread(irq: i32, dev: usize): i32 {
  threads++;
  context_ok = context_ok && !in_hardirq() && preempt_count() == 0;
  set_level(irq, false);
  return IRQ_HANDLED;
}

function disables(irq: i32, dev: usize): i32 {
  calls++;
  disable_irq_nosync(irq);
  return IRQ_HANDLED;
}

function waits_for_itself(irq: i32, dev: usize): i32 {
  disable_irq(irq);
  return IRQ_HANDLED;
}

function enables(irq: i32, dev: usize): i32 {
  set_level(irq, false);
  local_irq_enable();
  return IRQ_HANDLED;
}

let softirqs = 0;
function rx_action(action: usize): void {
  softirqs++;
  context_ok = context_ok && in_serving_softirq() && !in_hardirq() && !irqs_disabled();
}

function raises_softirq(irq: i32, dev: usize): i32 {
  set_level(irq, false);
  raise_softirq_irqoff(NET_RX_SOFTIRQ);
  return IRQ_HANDLED;
}

const proc_text = memory.data(8192, 8);

function request(fn: u32, flags: u32, dev: usize): i32 {
  return request_threaded_irq(IRQ, fn, 0, flags, cstr("eth0"), dev);
}

/** Takes all pages in blocks of four and more; the list of them. */
function take_memory(): usize {
  let list: usize = 0;
  for (let order: u32 = 11; order-- > 2;) {
    for (let block = __get_free_pages(__GFP_NOWARN, order); block; block = __get_free_pages(__GFP_NOWARN, order)) {
      store<usize>(block, list);
      store<u32>(block, order, 4);
      list = block;
    }
  }
  return list;
}

function give_memory(list: usize): void {
  while (list) {
    const next = load<usize>(list);
    free_pages(list, load<u32>(list, 4));
    list = next;
  }
}

function reset(): void {
  set_level(IRQ, false);
  calls = 0;
  others = 0;
  threads = 0;
  storm = 1;
  answer = IRQ_HANDLED;
  context_ok = true;
  log_mark();
}

describe("requesting an interrupt", () => {
  beforeAll(boot_kernel);
  beforeEach(reset);

  test("gives the handler its number and device, in hardirq context", () => {
    expect(request(handler.index, 0, 0x1234)).toBe(0);
    expect(irq_has_action(IRQ)).toBe(true);
    set_level(IRQ, true);
    irq_window();
    expect(calls).toBe(1);
    expect(irq_seen).toBe(IRQ);
    expect(dev_seen).toBe(0x1234);
    expect(context_ok).toBe(true);
    expect(preempt_count()).toBe(0);
    expect(irqs_disabled()).toBe(false);
    expect(str(free_irq(IRQ, 0x1234))).toBe("eth0");
    expect(irq_has_action(IRQ)).toBe(false);
  });

  test("refuses what Linux refuses", () => {
    expect(request_threaded_irq(IRQ_NOTCONNECTED, handler.index, 0, 0, cstr("x"), 1)).toBe(-ENOTCONN);
    expect(request_threaded_irq(0, handler.index, 0, 0, cstr("x"), 1)).toBe(-EBUSY, "the timer's");
    expect(request_threaded_irq(256, handler.index, 0, 0, cstr("x"), 1)).toBe(-EINVAL);
    expect(request(handler.index, IRQF_SHARED, 0)).toBe(-EINVAL, "shared without dev_id");
    expect(request(handler.index, IRQF_SHARED | IRQF_NO_AUTOEN, 1)).toBe(-EINVAL);
    expect(request(0, 0, 1)).toBe(-EINVAL, "neither handler nor thread");
    expect(request_threaded_irq(IRQ, 0, thread.index, 0, cstr("eth0"), 1)).toBe(-EINVAL);
    expect(logged("genirq: Threaded irq requested with handler=NULL and !ONESHOT for eth0 (irq 16)")).toBe(true);
    expect(irq_has_action(IRQ)).toBe(false);
  });

  test("sharers must agree", () => {
    expect(request(handler.index, IRQF_SHARED, 1)).toBe(0);
    expect(request_threaded_irq(IRQ, other.index, 0, 0, cstr("snd"), 2)).toBe(-EBUSY);
    expect(logged("genirq: Flags mismatch irq 16. 00000000 (snd) vs. 00000080 (eth0)")).toBe(true);
    const oneshot = IRQF_SHARED | IRQF_ONESHOT;
    expect(request_threaded_irq(IRQ, other.index, thread.index, oneshot, cstr("snd"), 2)).toBe(-EBUSY);
    expect(request_threaded_irq(IRQ, other.index, 0, IRQF_SHARED, cstr("snd"), 2)).toBe(0);
    set_level(IRQ, true);
    irq_window();
    expect(calls).toBe(1);
    expect(others).toBe(1, "every sharer is asked");
    free_irq(IRQ, 1);
    set_level(IRQ, true);
    set_level(IRQ, false);
    expect(str(free_irq(IRQ, 2))).toBe("snd");
  });

  test("a free of what was not requested is a warning and NULL", () => {
    expect(free_irq(IRQ, 0x77)).toBe(0);
    expect(logged("Trying to free already-free IRQ 16")).toBe(true);
  });

  test("IRQF_NO_AUTOEN leaves it disabled", () => {
    expect(request(handler.index, IRQF_NO_AUTOEN, 1)).toBe(0);
    set_level(IRQ, true);
    irq_window();
    expect(calls).toBe(0);
    enable_irq(IRQ);
    expect(calls).toBe(1, "taken where it was enabled");
    free_irq(IRQ, 1);
  });
});

describe("delivery", () => {
  beforeEach(reset);

  test("waits for interrupts to be enabled", () => {
    request(handler.index, 0, 1);
    local_irq_disable();
    set_level(IRQ, true);
    irq_window();
    expect(calls).toBe(0);
    local_irq_enable();
    expect(calls).toBe(1);
    free_irq(IRQ, 1);
  });

  test("a level line is sampled again until it falls", () => {
    request(handler.index, 0, 1);
    storm = 5;
    set_level(IRQ, true);
    irq_window();
    expect(calls).toBe(5);
    expect(load<u32>(IRQ_RAISED)).toBe(0);
    free_irq(IRQ, 1);
  });

  test("a line that stays up does not keep the CPU for ever", () => {
    request(handler.index, 0, 1);
    storm = 100;
    set_level(IRQ, true);
    irq_window();
    expect(calls).toBe(64);
    expect(load<u32>(IRQ_RAISED)).toBe(1);
    irq_window();
    expect(calls).toBe(100);
    free_irq(IRQ, 1);
  });

  test("an edge that comes while the handler runs is not lost, and not nested", () => {
    const msi = irq_alloc_vectors(1, 0);
    request_threaded_irq(msi, raises_itself.index, 0, 0, cstr("msi"), 1);
    raise_edge(msi);
    irq_window();
    expect(calls).toBe(3);
    free_irq(msi, 1);
    irq_free_vectors(msi, 1);
  });

  test("softirqs run after the handlers, with interrupts enabled", () => {
    open_softirq(NET_RX_SOFTIRQ, rx_action.index);
    softirqs = 0;
    request(raises_softirq.index, 0, 1);
    set_level(IRQ, true);
    irq_window();
    expect(softirqs).toBe(1);
    expect(context_ok).toBe(true);
    free_irq(IRQ, 1);
  });

  test("a handler that enables interrupts is reported", () => {
    request(enables.index, 0, 1);
    set_level(IRQ, true);
    irq_window();
    expect(logged("enabled interrupts")).toBe(true);
    free_irq(IRQ, 1);
  });
});

describe("disabling", () => {
  beforeEach(reset);

  test("nests, and what came meanwhile is taken at the last enable", () => {
    request(handler.index, 0, 1);
    disable_irq(IRQ);
    disable_irq(IRQ);
    set_level(IRQ, true);
    irq_window();
    enable_irq(IRQ);
    irq_window();
    expect(calls).toBe(0);
    enable_irq(IRQ);
    expect(calls).toBe(1);
    free_irq(IRQ, 1);
  });

  test("keeps an edge", () => {
    const msi = irq_alloc_vectors(4, 0);
    expect(msi % 4).toBe(0);
    request_threaded_irq(msi, handler.index, 0, 0, cstr("msi"), 1);
    expect(disable_hardirq(msi)).toBe(true);
    raise_edge(msi);
    irq_window();
    expect(calls).toBe(0);
    enable_irq(msi);
    expect(calls).toBe(1);
    free_irq(msi, 1);
    irq_free_vectors(msi, 4);
  });

  test("from the handler works without waiting", () => {
    request(disables.index, 0, 1);
    set_level(IRQ, true);
    irq_window();
    expect(calls).toBe(1, "the line is still up, but disabled");
    set_level(IRQ, false);
    enable_irq(IRQ);
    free_irq(IRQ, 1);
  });

  test("one enable too many is a warning", () => {
    request(handler.index, 0, 1);
    enable_irq(IRQ);
    expect(logged("Unbalanced enable for IRQ 16")).toBe(true);
    free_irq(IRQ, 1);
  });

  test("a handler that waits for itself is a BUG", () => {
    request(waits_for_itself.index, 0, 1);
    set_level(IRQ, true);
    expect(() => {
      irq_window();
    }).toThrow();
    expect(logged("BUG: irq 16: a handler waits for itself to end")).toBe(true);
    current_thread_info().preempt_count = 0;
    vector(IRQ).state &= ~1;
    set_level(IRQ, false);
    local_irq_enable();
    free_irq(IRQ, 1);
  });
});

describe("threaded handlers", () => {
  beforeEach(reset);

  test("run in a task, which ends, while IRQF_ONESHOT keeps the line masked", () => {
    expect(request_threaded_irq(IRQ, 0, thread.index, IRQF_ONESHOT, cstr("touch"), 1)).toBe(0);
    set_level(IRQ, true);
    irq_window();
    irq_window();
    expect(threads).toBe(0);
    expect(vector(IRQ).threads_active).toBe(1);
    expect(run_tasks()).toBe(1);
    expect(threads).toBe(1);
    expect(context_ok).toBe(true);
    expect(vector(IRQ).threads_active).toBe(0);
    synchronize_irq(IRQ);
    set_level(IRQ, true);
    irq_window();
    expect(run_tasks()).toBe(1, "unmasked again");
    expect(threads).toBe(2);
    free_irq(IRQ, 1);
  });

  test("a thread that a trap killed holds nobody up", () => {
    request_threaded_irq(IRQ, 0, thread.index, IRQF_ONESHOT, cstr("touch"), 1);
    set_level(IRQ, true);
    irq_window();
    const task = changetype<task_struct>(pick_next());
    task.__state = TASK_DEAD;
    irq_thread_died(task);
    expect(logged('exiting task "irq/16-touch" (')).toBe(true);
    expect(vector(IRQ).threads_active).toBe(0);
    expect(vector(IRQ).threads_oneshot).toBe(0);
    synchronize_irq(IRQ);
    irq_window();
    expect(run_tasks()).toBe(0, "nobody handles it any more");
    set_level(IRQ, false);
    free_irq(IRQ, 1);
  });

  test("wake-ups that come before the thread ran are one", () => {
    const msi = irq_alloc_vectors(1, 0);
    request_threaded_irq(msi, wakes.index, thread.index, 0, cstr("touch"), 1);
    raise_edge(msi);
    irq_window();
    raise_edge(msi);
    irq_window();
    expect(calls).toBe(2);
    expect(run_tasks()).toBe(1);
    expect(threads).toBe(1);
    free_irq(msi, 1);
    irq_free_vectors(msi, 1);
  });

  test("without memory for the thread it runs later, and free_irq does not wait for it", () => {
    for (let round = 0; round < 2; round++) {
      threads = 0;
      expect(request_threaded_irq(IRQ, wakes.index, thread.index, IRQF_ONESHOT, cstr("eth0"), 1)).toBe(0);
      const all = take_memory();
      set_level(IRQ, true);
      irq_window();
      set_level(IRQ, false);
      expect(vector(IRQ).threads_active).toBe(1);
      expect(run_tasks()).toBe(0);
      give_memory(all);
      if (round == 0) {
        ticks(1);
        expect(run_tasks()).toBe(1);
      }
      expect(threads).toBe(1 - round);
      free_irq(IRQ, 1);
      expect(vector(IRQ).threads_active).toBe(0);
    }
    ticks(1);
    expect(run_tasks()).toBe(0);
  });

  test("a handler without a thread that wants one is reported", () => {
    const msi = irq_alloc_vectors(1, 0);
    request_threaded_irq(msi, wakes.index, 0, 0, cstr("touch"), 1);
    raise_edge(msi);
    irq_window();
    expect(logged("device touch returned IRQ_WAKE_THREAD but no thread function available")).toBe(true);
    free_irq(msi, 1);
    irq_free_vectors(msi, 1);
  });
});

describe("spurious interrupts", () => {
  beforeEach(reset);

  test("nobody cared: a line that nobody handles is disabled after 100,000", () => {
    request(stuck.index, IRQF_SHARED, 1);
    set_level(IRQ, true);
    for (let i = 0; i < 100_000 / 64; i++) irq_window();
    expect(log_count()).toBe(0);
    for (let i = 0; i < 2; i++) irq_window();
    expect(calls).toBe(100_000);
    expect(logged('irq 16: nobody cared (try booting with the "irqpoll" option)')).toBe(true);
    expect(logged("handlers:")).toBe(true);
    expect(logged("Disabling IRQ #16")).toBe(true);
    irq_window();
    expect(calls).toBe(100_000);
    ticks(30);
    expect(calls).toBe(100_001, "a shared line is polled every 100 ms");
    expect(request_threaded_irq(IRQ, handler.index, 0, IRQF_SHARED, cstr("snd"), 2)).toBe(0);
    irq_window();
    expect(calls > 100_002).toBe(true, "a new handler gives the line another chance");
    free_irq(IRQ, 1);
    free_irq(IRQ, 2);
  });

  test("an answer that is no irqreturn_t is reported", () => {
    request(handler.index, 0, 1);
    answer = 8;
    set_level(IRQ, true);
    irq_window();
    expect(logged("irq event 16: bogus return value 8")).toBe(true);
    free_irq(IRQ, 1);
  });
});

describe("/proc/interrupts", () => {
  test("has Linux's columns", () => {
    request(handler.index, IRQF_SHARED, 1);
    request_threaded_irq(IRQ, other.index, 0, IRQF_SHARED, cstr("snd"), 2);
    store<u32>(changetype<usize>(vector(IRQ)) + offsetof<Vector>("taken0"), 42);
    const s = seq_init(proc_text, 8192);
    proc_interrupts(s);
    const text = str(seq_text(s));
    expect(text.startsWith("           CPU0       \n")).toBe(true);
    expect(text.includes("\n 16:         42  PCI-INTx  16-level     eth0, snd\n")).toBe(true);
    expect(text.includes("  0: ")).toBe(true);
    free_irq(IRQ, 1);
    free_irq(IRQ, 2);
  });
});
