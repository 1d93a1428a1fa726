import {
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  cyclecounter,
  EINVAL,
  hrtimer,
  HRTIMER_MODE_ABS,
  HRTIMER_MODE_REL,
  HRTIMER_MODE_SOFT,
  HRTIMER_NORESTART,
  HRTIMER_RESTART,
  KTIME_MAX,
  MAX_JIFFY_OFFSET,
  timespec64,
  TK_OFFS_REAL,
  tm,
} from "../../../abi";
import { BOOT_WALL_NS, CLOCK_NS } from "../../../arch/wasm/memory";
import { in_hardirq, in_serving_softirq } from "../../../arch/wasm/preempt";
import { irq_window } from "../../../arch/wasm/irqflags";
import { seq_init, seq_text } from "../../../lib/seq_buf";
import { boot_kernel } from "../../../__tests__/boot";
import { str } from "../../../__tests__/log";
import { pass_ms, sleep_ms } from "../../../__tests__/tasks";
import { __udelay, loops_per_jiffy, mdelay } from "../delay";
import {
  __hrtimer_get_remaining,
  __ktime_divns,
  hrtimer_active,
  hrtimer_cancel,
  hrtimer_forward,
  hrtimer_init,
  hrtimer_start_range_ns,
  hrtimer_try_to_cancel,
  ktime_add_safe,
} from "../hrtimer";
import { jiffies } from "../jiffies";
import { next_timer_event_ns } from "../next_event";
import { proc_timer_list } from "../proc";
import { round_jiffies, round_jiffies_relative, round_jiffies_up } from "../round";
import {
  __msecs_to_jiffies,
  __usecs_to_jiffies,
  clock_t_to_jiffies,
  jiffies_to_clock_t,
  jiffies_to_msecs,
  jiffies_to_timespec64,
  jiffies_to_usecs,
  ns_to_timespec64,
  nsecs_to_jiffies,
  set_normalized_timespec64,
  timespec64_to_jiffies,
} from "../time";
import { timecounter_cyc2time, timecounter_init, timecounter_read } from "../timecounter";
import { mktime64, time64_to_tm } from "../timeconv";
import { do_settimeofday64, ktime_get, ktime_get_real_ts64, ktime_get_with_offset } from "../timekeeping";

const ts = memory.data(16, 8);
const broken = memory.data(64, 8);
const first = memory.data(48, 8);
const second = memory.data(48, 8);
const text = memory.data(8192, 8);

let fired = 0;
let order = 0;
let when: i64 = 0;
let in_irq = false;
let in_softirq = false;
let restarts = 0;

function expired(timer: usize): i32 {
  fired++;
  order = order * 10 + (timer == first ? 1 : 2);
  when = load<i64>(CLOCK_NS);
  in_irq = in_hardirq();
  in_softirq = in_serving_softirq();
  if (restarts-- <= 0) return HRTIMER_NORESTART;
  hrtimer_forward(timer, load<i64>(CLOCK_NS), 1_000_000);
  return HRTIMER_RESTART;
}

function start(timer: usize, ns: i64, mode: u32): void {
  hrtimer_init(timer, CLOCK_MONOTONIC, mode);
  changetype<hrtimer>(timer).function_ = expired.index;
  hrtimer_start_range_ns(timer, ns, 0, mode);
}

function date(seconds: i64): string {
  time64_to_tm(seconds, 0, broken);
  const d = changetype<tm>(broken);
  const day = `${d.tm_year + 1900}-${d.tm_mon + 1}-${d.tm_mday}`;
  return `${day} ${d.tm_hour}:${d.tm_min}:${d.tm_sec} w${d.tm_wday} d${d.tm_yday}`;
}

describe("conversions", () => {
  beforeAll(() => {
    store<i64>(BOOT_WALL_NS, 1_700_000_000_000_000_000);
    boot_kernel();
  });

  test("of milliseconds and microseconds round up", () => {
    expect(__msecs_to_jiffies(0)).toBe(0);
    expect(__msecs_to_jiffies(1)).toBe(1);
    expect(__msecs_to_jiffies(4)).toBe(1);
    expect(__msecs_to_jiffies(5)).toBe(2);
    expect(__msecs_to_jiffies(<u32>-1)).toBe(MAX_JIFFY_OFFSET);
    expect(__usecs_to_jiffies(1)).toBe(1);
    expect(__usecs_to_jiffies(4001)).toBe(2);
    expect(__usecs_to_jiffies(u32.MAX_VALUE)).toBe(MAX_JIFFY_OFFSET);
  });

  test("of jiffies wrap as in C", () => {
    expect(jiffies_to_msecs(250)).toBe(1000);
    expect(jiffies_to_usecs(1)).toBe(4000);
    expect(jiffies_to_msecs(0x40000001)).toBe(4);
    expect(nsecs_to_jiffies(7_999_999)).toBe(1);
    expect(jiffies_to_clock_t(250)).toBe(100);
    expect(clock_t_to_jiffies(100)).toBe(250);
    expect(clock_t_to_jiffies(u32.MAX_VALUE)).toBe(u32.MAX_VALUE);
  });

  test("of timespecs", () => {
    ns_to_timespec64(ts, -1);
    expect(changetype<timespec64>(ts).tv_sec).toBe(-1);
    expect(changetype<timespec64>(ts).tv_nsec).toBe(999_999_999);
    set_normalized_timespec64(ts, 5, 2_500_000_000);
    expect(changetype<timespec64>(ts).tv_sec).toBe(7);
    expect(changetype<timespec64>(ts).tv_nsec).toBe(500_000_000);
    expect(timespec64_to_jiffies(ts)).toBe(1875);
    jiffies_to_timespec64(1875, ts);
    expect(changetype<timespec64>(ts).tv_nsec).toBe(500_000_000);
    changetype<timespec64>(ts).tv_sec = i64.MAX_VALUE;
    expect(timespec64_to_jiffies(ts)).toBe(4_294_967 * 250, "capped at MAX_SEC_IN_JIFFIES");
  });

  test("of dates", () => {
    expect(date(0)).toBe("1970-1-1 0:0:0 w4 d0");
    expect(date(951_782_399)).toBe("2000-2-28 23:59:59 w1 d58");
    expect(date(951_782_400)).toBe("2000-2-29 0:0:0 w2 d59");
    expect(date(1_709_164_800)).toBe("2024-2-29 0:0:0 w4 d59");
    expect(date(1_735_689_599)).toBe("2024-12-31 23:59:59 w2 d365");
    expect(date(4_107_542_400)).toBe("2100-3-1 0:0:0 w1 d59");
    expect(date(-1)).toBe("1969-12-31 23:59:59 w3 d364");
    expect(mktime64(2000, 2, 29, 0, 0, 0)).toBe(951_782_400);
    expect(mktime64(1970, 1, 1, 0, 0, 1)).toBe(1);
    for (let day: i64 = -100_000; day < 100_000; day += 777) {
      time64_to_tm(day * 86400, 0, broken);
      const d = changetype<tm>(broken);
      expect(mktime64(d.tm_year + 1900, d.tm_mon + 1, d.tm_mday, 0, 0, 0)).toBe(day * 86400);
    }
  });

  test("of rounded jiffies", () => {
    const now = jiffies();
    const second_ = now - (now % 250) + 1000;
    expect(round_jiffies(second_ + 10)).toBe(second_, "just after a second: down");
    expect(round_jiffies(second_ + 100)).toBe(second_ + 250);
    expect(round_jiffies_up(second_ + 10)).toBe(second_ + 250);
    expect(round_jiffies(now)).toBe(now - (now % 250) + 250 > now && now % 250 >= 62 ? now - (now % 250) + 250 : now);
    expect((round_jiffies_relative(1000) + now) % 250).toBe(0);
  });
});

/** A 32-bit device counter of 125 MHz: 8 ns a cycle. */
const device = memory.data(24, 8);
const counter = memory.data(40, 8);
let cycles: u64 = 0;

function read_device(cc: usize): u64 {
  return cycles & 0xffffffff;
}

describe("time counters", () => {
  test("make nanoseconds of cycles, across the counter's wrap", () => {
    changetype<cyclecounter>(device).read = read_device.index;
    changetype<cyclecounter>(device).mask = 0xffffffff;
    changetype<cyclecounter>(device).mult = 8 << 4;
    changetype<cyclecounter>(device).shift = 4;
    cycles = 0xfffffff0;
    timecounter_init(counter, device, 1000);
    cycles += 0x20;
    expect(timecounter_read(counter)).toBe(1000 + 0x20 * 8);
    expect(timecounter_cyc2time(counter, 0xfffffff0)).toBe(1000, "before the last read");
    expect(timecounter_cyc2time(counter, 0x20)).toBe(1000 + 0x30 * 8, "after it");
  });

  test("lose no fraction", () => {
    changetype<cyclecounter>(device).mult = 3;
    changetype<cyclecounter>(device).shift = 1;
    cycles = 0;
    timecounter_init(counter, device, 0);
    for (let i: u64 = 1; i <= 100; i++) {
      cycles = i;
      expect(timecounter_read(counter)).toBe((i * 3) / 2);
    }
  });
});

describe("clocks", () => {
  test("read the host's", () => {
    pass_ms(3);
    expect(ktime_get()).toBe(load<i64>(CLOCK_NS));
    expect(ktime_get_with_offset(TK_OFFS_REAL)).toBe(1_700_000_000_000_000_000 + load<i64>(CLOCK_NS));
    ktime_get_real_ts64(ts);
    expect(changetype<timespec64>(ts).tv_sec).toBe(1_700_000_000);
  });

  test("the wall clock can be set", () => {
    changetype<timespec64>(ts).tv_sec = 2_000_000_000;
    changetype<timespec64>(ts).tv_nsec = 0;
    expect(do_settimeofday64(ts)).toBe(0);
    ktime_get_real_ts64(ts);
    expect(changetype<timespec64>(ts).tv_sec).toBe(2_000_000_000);
    changetype<timespec64>(ts).tv_nsec = 1_000_000_000;
    expect(do_settimeofday64(ts)).toBe(-EINVAL);
    changetype<timespec64>(ts).tv_nsec = 0;
    changetype<timespec64>(ts).tv_sec = -1;
    expect(do_settimeofday64(ts)).toBe(-EINVAL);
    changetype<timespec64>(ts).tv_sec = i64.MAX_VALUE;
    expect(do_settimeofday64(ts)).toBe(-EINVAL, "it would overflow");
  });

  test("arithmetic saturates", () => {
    expect(ktime_add_safe(1, 2)).toBe(3);
    expect(ktime_add_safe(KTIME_MAX, 1)).toBe(KTIME_MAX);
    expect(__ktime_divns(-7, 2)).toBe(-3);
  });
});

describe("delays", () => {
  test("move the clock and let interrupts in", () => {
    const before = load<u64>(CLOCK_NS);
    __udelay(10);
    expect(load<u64>(CLOCK_NS) - before).toBe(10_000);
    start(first, 2_000_000, HRTIMER_MODE_REL);
    fired = 0;
    mdelay(5);
    expect(fired).toBe(1);
    expect(when - <i64>before <= 4_000_000).toBe(true, "a window every millisecond");
    expect(load<u32>(loops_per_jiffy)).toBe(4_000_000);
  });
});

describe("hrtimers", () => {
  beforeEach(() => {
    hrtimer_cancel(first);
    hrtimer_cancel(second);
    fired = 0;
    order = 0;
    restarts = 0;
  });

  test("fire at their nanosecond, in the timer interrupt", () => {
    const before = load<i64>(CLOCK_NS);
    start(first, 1_500_000, HRTIMER_MODE_REL);
    expect(hrtimer_active(first)).toBe(true);
    expect(__hrtimer_get_remaining(first, false)).toBe(1_500_000);
    expect(next_timer_event_ns()).toBe(before + 1_500_000);
    sleep_ms(1);
    expect(fired).toBe(0);
    sleep_ms(1);
    expect(fired).toBe(1);
    expect(in_irq).toBe(true);
    expect(hrtimer_active(first)).toBe(false);
  });

  test("in soft mode fire in the softirq", () => {
    start(first, 1_000_000, HRTIMER_MODE_REL | HRTIMER_MODE_SOFT);
    sleep_ms(2);
    expect(fired).toBe(1);
    expect(in_irq).toBe(false);
    expect(in_softirq).toBe(true);
  });

  test("fire in the order of their expiry", () => {
    start(first, 3_000_000, HRTIMER_MODE_REL);
    start(second, 2_000_000, HRTIMER_MODE_REL);
    pass_ms(5);
    irq_window();
    expect(order).toBe(21);
  });

  test("restart when their function says so", () => {
    restarts = 3;
    start(first, load<i64>(CLOCK_NS) + 1_000_000, HRTIMER_MODE_ABS);
    sleep_ms(10);
    expect(fired).toBe(4);
  });

  test("forward counts the periods that were missed", () => {
    hrtimer_init(first, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
    changetype<hrtimer>(first).node.expires = 1000;
    changetype<hrtimer>(first)._softexpires = 1000;
    expect(hrtimer_forward(first, 999, 100)).toBe(0);
    expect(hrtimer_forward(first, 1000, 100)).toBe(1);
    expect(hrtimer_forward(first, 1450, 100)).toBe(4);
    expect(changetype<hrtimer>(first).node.expires).toBe(1500);
  });

  test("cancel says whether the timer was queued", () => {
    start(first, 1_000_000, HRTIMER_MODE_REL);
    expect(hrtimer_try_to_cancel(first)).toBe(1);
    expect(hrtimer_try_to_cancel(first)).toBe(0);
    sleep_ms(3);
    expect(fired).toBe(0);
    expect(next_timer_event_ns()).toBe(u64.MAX_VALUE);
  });

  test("a wait on the wall clock from now on is one on the monotonic clock", () => {
    hrtimer_init(first, CLOCK_REALTIME, HRTIMER_MODE_REL);
    hrtimer_init(second, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
    expect(changetype<hrtimer>(first).base).toBe(changetype<hrtimer>(second).base);
  });

  test("/proc/timer_list names them", () => {
    start(first, 1_000_000, HRTIMER_MODE_REL);
    const s = seq_init(text, 8192);
    proc_timer_list(s);
    const out = str(seq_text(s));
    expect(out.startsWith("Timer List Version: v0.9\nHRTIMER_MAX_CLOCK_BASES: 8\nnow at ")).toBe(true);
    expect(out.includes(" #0: <")).toBe(true);
    expect(out.includes("[in 1000000 to 1000000 nsecs]")).toBe(true);
    hrtimer_cancel(first);
  });
});
