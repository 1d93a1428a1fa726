import { HZ, INITIAL_JIFFIES, TIMER_IRQSAFE, timer_list } from "../../../abi";
import { current_thread_info } from "../../../arch/wasm/current";
import { irq_window, irqs_disabled, local_irq_disable, local_irq_enable } from "../../../arch/wasm/irqflags";
import { CLOCK_NS } from "../../../arch/wasm/memory";
import { in_serving_softirq, preempt_count } from "../../../arch/wasm/preempt";
import { boot_kernel } from "../../../__tests__/boot";
import { log_mark, logged } from "../../../__tests__/log";
import { pass_ms, ticks } from "../../../__tests__/tasks";
import { locks_held } from "../../locking/held";
import { get_jiffies_64, jiffies, time_after, time_before } from "../jiffies";
import { next_timer_event_ns } from "../next_event";
import {
  add_timer,
  add_timer_on,
  init_timer_key,
  mod_timer,
  mod_timer_pending,
  timer_delete,
  timer_delete_sync,
  timer_reduce,
  timer_shutdown,
  timer_shutdown_sync,
  try_to_del_timer_sync,
} from "../timer";

const a = memory.data(20, 4);
const b = memory.data(20, 4);

let fired = 0;
let at: u32 = 0;
let order = 0;
let context_ok = true;
let rearm: u32 = 0;
let result = -2;

function expired(timer: usize): void {
  fired++;
  at = jiffies();
  order = order * 10 + (timer == a ? 1 : 2);
  context_ok = context_ok && in_serving_softirq() && !irqs_disabled();
  if (rearm) mod_timer(timer, jiffies() + rearm);
}

function expired_irqsafe(timer: usize): void {
  fired++;
  context_ok = irqs_disabled();
}

function leaks(timer: usize): void {
  current_thread_info().preempt_count += 1;
}

function tries_to_delete(timer: usize): void {
  result = try_to_del_timer_sync(timer);
}

function deletes_itself(timer: usize): void {
  timer_delete_sync(timer);
}

function timer(t: usize): timer_list {
  return changetype<timer_list>(t);
}

/** Arms `t` for `delta` jiffies ahead and runs until it fired; how many jiffies after it was armed. */
function latency(t: usize, delta: u32): u32 {
  const start = jiffies();
  const before = fired;
  mod_timer(t, start + delta);
  for (let i: u32 = 0; i < 2 * delta + 4 && fired == before; i++) ticks(1);
  return at - start;
}

describe("jiffies", () => {
  beforeAll(boot_kernel);

  test("start five minutes before the wrap and count 4 ms each", () => {
    expect(INITIAL_JIFFIES).toBe(<u32>(-300 * <i32>HZ));
    expect(jiffies()).toBe(INITIAL_JIFFIES);
    pass_ms(4);
    expect(jiffies()).toBe(INITIAL_JIFFIES, "no window yet");
    irq_window();
    expect(jiffies()).toBe(INITIAL_JIFFIES + 1);
    pass_ms(41);
    irq_window();
    expect(jiffies()).toBe(INITIAL_JIFFIES + 11);
    expect(get_jiffies_64()).toBe(<u64>INITIAL_JIFFIES + 11);
  });

  test("move in windows with interrupts disabled too", () => {
    const before = jiffies();
    local_irq_disable();
    pass_ms(8);
    irq_window();
    expect(jiffies() - before).toBe(2);
    local_irq_enable();
  });

  test("compare across the wrap", () => {
    expect(time_after(5, 0xfffffff0)).toBe(true);
    expect(time_before(0xfffffff0, 5)).toBe(true);
    expect(time_after(0xfffffff0, 5)).toBe(false);
  });
});

describe("timers", () => {
  beforeEach(() => {
    log_mark();
    fired = 0;
    order = 0;
    rearm = 0;
    context_ok = true;
    timer_delete(a);
    timer_delete(b);
    init_timer_key(a, expired.index, 0, 0, 0);
    init_timer_key(b, expired.index, 0, 0, 0);
  });

  test("fire in a softirq, after their jiffy, once", () => {
    const start = jiffies();
    timer(a).expires = start + 3;
    add_timer(a);
    ticks(3);
    expect(fired).toBe(0, "a timer never fires in the jiffy that it names: its first part had passed");
    ticks(1);
    expect(fired).toBe(1);
    expect(at - start).toBe(4);
    expect(context_ok).toBe(true);
    ticks(10);
    expect(fired).toBe(1);
  });

  test("mod_timer says whether the timer was pending", () => {
    expect(mod_timer(a, jiffies() + 10)).toBe(0);
    expect(mod_timer(a, jiffies() + 10)).toBe(1);
    expect(mod_timer(a, jiffies() + 20)).toBe(1);
    ticks(15);
    expect(fired).toBe(0, "the later expiry counts");
    ticks(6);
    expect(fired).toBe(1);
    expect(mod_timer(a, jiffies() + 1)).toBe(0);
  });

  test("mod_timer_pending starts nothing", () => {
    expect(mod_timer_pending(a, jiffies() + 2)).toBe(0);
    ticks(5);
    expect(fired).toBe(0);
    mod_timer(a, jiffies() + 50);
    expect(mod_timer_pending(a, jiffies() + 2)).toBe(1);
    ticks(4);
    expect(fired).toBe(1);
  });

  test("timer_reduce only brings the expiry forward", () => {
    const start = jiffies();
    mod_timer(a, start + 20);
    expect(timer_reduce(a, start + 30)).toBe(1);
    expect(timer(a).expires).toBe(start + 20);
    expect(timer_reduce(a, start + 5)).toBe(1);
    ticks(7);
    expect(fired).toBe(1);
    expect(timer_reduce(a, jiffies() + 5)).toBe(0);
  });

  test("a delete says whether the timer was pending", () => {
    expect(timer_delete(a)).toBe(0);
    mod_timer(a, jiffies() + 2);
    expect(timer_delete(a)).toBe(1);
    expect(timer_delete_sync(a)).toBe(0);
    mod_timer(a, jiffies() + 2);
    expect(timer_delete_sync(a)).toBe(1);
    mod_timer(a, jiffies() + 2);
    expect(try_to_del_timer_sync(a)).toBe(1);
    ticks(10);
    expect(fired).toBe(0);
  });

  test("a timer that was shut down cannot be set", () => {
    mod_timer(a, jiffies() + 2);
    expect(timer_shutdown(a)).toBe(1);
    expect(mod_timer(a, jiffies() + 2)).toBe(0);
    timer(a).expires = jiffies() + 2;
    add_timer(a);
    ticks(5);
    expect(fired).toBe(0);
    expect(timer_shutdown_sync(a)).toBe(0);
  });

  test("expire in the order of their jiffies, late ones at once", () => {
    mod_timer(a, jiffies() + 5);
    mod_timer(b, jiffies() + 3);
    ticks(8);
    expect(order).toBe(21);
    mod_timer(a, jiffies() - 100);
    ticks(1);
    expect(fired).toBe(3, "in the next tick");
  });

  test("may be set again by their function", () => {
    rearm = 2;
    mod_timer(a, jiffies() + 2);
    ticks(9);
    expect(fired).toBe(3);
    rearm = 0;
    ticks(5);
    expect(fired).toBe(4);
  });

  test("far ones are rounded up to the granularity of their level, and never fire early", () => {
    for (let delta: u32 = 1; delta < 63; delta += 7) expect(latency(a, delta)).toBe(delta + 1);
    for (let i: u32 = 0; i < 20; i++) {
      const late = latency(a, 63 + i * 21) - (63 + i * 21);
      expect(late >= 1 && late <= 8).toBe(true, "level 1: 8 jiffies");
    }
    for (let i: u32 = 0; i < 4; i++) {
      const late = latency(a, 504 + i * 300) - (504 + i * 300);
      expect(late >= 1 && late <= 64).toBe(true, "level 2: 64 jiffies");
    }
    const late = latency(a, 5000) - 5000;
    expect(late >= 1 && late <= 512).toBe(true, "level 3: 512 jiffies");
  });

  test("a level 1 expiry is the next multiple of 8", () => {
    const expires = jiffies() + 100;
    mod_timer(a, expires);
    const bucket = ((expires >> 3) + 1) << 3;
    while (!fired) ticks(1);
    expect(at).toBe(bucket);
  });

  test("work across the wrap of jiffies", () => {
    // 300 s are over: the wrap lies behind us or right ahead, whatever ran before; a long wait passes it.
    while (jiffies() > 0x80000000) ticks(1000);
    mod_timer(a, jiffies() + 3);
    ticks(5);
    expect(fired).toBe(1);
    expect(get_jiffies_64() > 0x100000000).toBe(true);
  });

  test("a window that comes late runs everything that is due, and time between does not matter", () => {
    mod_timer(a, jiffies() + 1000);
    mod_timer(b, jiffies() + 10);
    pass_ms(8000);
    irq_window();
    expect(fired).toBe(2);
    expect(order).toBe(21);
  });

  test("TIMER_IRQSAFE functions run with interrupts disabled", () => {
    init_timer_key(a, expired_irqsafe.index, TIMER_IRQSAFE, 0, 0);
    mod_timer(a, jiffies() + 1);
    ticks(3);
    expect(fired).toBe(1);
    expect(context_ok).toBe(true);
  });

  test("a function that loses count of preemption is reported", () => {
    init_timer_key(a, leaks.index, 0, 0, 0);
    mod_timer(a, jiffies() + 1);
    ticks(3);
    expect(logged("preempt leak: ")).toBe(true);
    expect(preempt_count()).toBe(0);
  });

  test("add_timer of a pending timer is a warning", () => {
    mod_timer(a, jiffies() + 10);
    add_timer(a);
    expect(logged("add_timer of a pending timer")).toBe(true);
    timer_delete(a);
    timer(a).expires = jiffies() + 1;
    add_timer_on(a, 0);
    ticks(3);
    expect(fired).toBe(1);
  });

  test("deleting a timer in its own function: -1, and a BUG for the one that waits", () => {
    init_timer_key(a, tries_to_delete.index, 0, 0, 0);
    mod_timer(a, jiffies() + 1);
    ticks(3);
    expect(result).toBe(-1);
    init_timer_key(a, deletes_itself.index, 0, 0, 0);
    mod_timer(a, jiffies() + 1);
    expect(() => {
      ticks(3);
    }).toThrow();
    expect(logged("BUG: timer_delete_sync waits for")).toBe(true);
    current_thread_info().preempt_count = 0;
    expect(locks_held(true)).toBe(0);
    local_irq_enable();
    forget_running(a);
  });
});

/** After the trap above: the wheel of a board would have died with it. */
function forget_running(t: usize): void {
  // The next timer that expires takes the place of the one that never ended.
  init_timer_key(b, expired.index, 0, 0, 0);
  mod_timer(b, jiffies() + 1);
  ticks(3);
  expect(timer_delete_sync(t)).toBe(0);
}

describe("the next event", () => {
  test("is when the first bucket expires, or never", () => {
    timer_delete(a);
    timer_delete(b);
    ticks(30);
    expect(next_timer_event_ns()).toBe(u64.MAX_VALUE);
    init_timer_key(a, expired.index, 0, 0, 0);
    init_timer_key(b, expired.index, 0, 0, 0);
    const now = load<u64>(CLOCK_NS);
    const jiffy = now - (now % 4_000_000);
    mod_timer(a, jiffies() + 10);
    expect(next_timer_event_ns()).toBe(jiffy + 11 * 4_000_000);
    mod_timer(b, jiffies() + 4);
    expect(next_timer_event_ns()).toBe(jiffy + 5 * 4_000_000);
    timer_delete(b);
    expect(next_timer_event_ns()).toBe(jiffy + 11 * 4_000_000);
    timer_delete(a);
    expect(next_timer_event_ns()).toBe(u64.MAX_VALUE);
  });
});
