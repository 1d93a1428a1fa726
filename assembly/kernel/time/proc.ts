// kernel/time/timer_list.c: /proc/timer_list. The hrtimers of each clock as Linux prints them, then what Linux does not
// list: the timers on the wheel.

import {
  HRTIMER_MAX_CLOCK_BASES,
  delayed_work,
  kthread_delayed_work,
  offsetof_delayed_work_timer,
  offsetof_kthread_delayed_work_timer,
  hlist_node,
  hrtimer,
  hrtimer_clock_base,
  rb_node,
  timer_list,
} from "../../abi";
import { local_irq_restore, local_irq_save } from "../../arch/wasm/irqflags";
import { BOOT_NR_CPUS } from "../../arch/wasm/memory";
import { seq_printf, seq_puts } from "../../lib/seq_buf";
import { nth_text } from "../../lib/texts";
import { kthread_delayed_work_timer_fn } from "../kthread_worker";
import { delayed_work_timer_fn } from "../workqueue/queue";
import { first_hrtimer, hrtimer_base, hrtimer_base_offset, hrtimer_resolution } from "./hrtimer";
import { jiffies, jiffies_64 } from "./jiffies";
import { mono_now } from "./timekeeping";
import { WHEEL_SIZE, wheel_bucket } from "./wheel";

/** Prints a 64-bit number; `fmt` has one conversion for it. */
function print64(s: usize, fmt: usize, value: u64): void {
  seq_printf(s, fmt, <u32>value, <u32>(value >> 32));
}

function print_hrtimer(s: usize, index: u32, timer: usize, now: i64): void {
  const t = changetype<hrtimer>(timer);
  seq_printf(s, cstr(" #%u: <%p>, %ps, S:%02x\n"), index, timer, t.function_, t.state);
  print64(s, cstr(" # expires at %Lu"), t._softexpires);
  print64(s, cstr("-%Lu nsecs"), t.node.expires);
  print64(s, cstr(" [in %Ld"), t._softexpires - now);
  print64(s, cstr(" to %Ld nsecs]\n"), t.node.expires - now);
}

/** What reads the clock of base `index`, enum hrtimer_base_type: Linux's name, since the base's own function is no symbol
 *  here. */
function get_time_name(index: u32): usize {
  const names = cstr("ktime_get", "ktime_get_real", "ktime_get_boottime", "ktime_get_clocktai");
  return nth_text(names, index % (HRTIMER_MAX_CLOCK_BASES / 2));
}

function print_base(s: usize, base: hrtimer_clock_base, now: i64): void {
  const offset = hrtimer_base_offset(base);
  seq_printf(s, cstr("  .base:       %p\n  .index:      %u\n"), changetype<usize>(base), base.index);
  seq_printf(s, cstr("\n  .resolution: %u nsecs\n"), load<u32>(hrtimer_resolution));
  seq_printf(s, cstr("  .get_time:   %s\n"), get_time_name(base.index));
  print64(s, cstr("  .offset:     %Lu nsecs\n"), offset);
  seq_puts(s, cstr("active timers:\n"));
  let index: u32 = 0;
  for (let timer = first_hrtimer(base); timer; timer = changetype<rb_node>(timer).rb_right) {
    print_hrtimer(s, index++, timer, now + offset);
  }
}

/** The function of delayed work, which its timer's only queues; 0 for other timers. */
export function delayed_func(timer: usize): usize {
  if (changetype<timer_list>(timer).function_ == delayed_work_timer_fn.index) {
    return changetype<delayed_work>(timer - offsetof_delayed_work_timer).work.func;
  }
  if (changetype<timer_list>(timer).function_ == kthread_delayed_work_timer_fn.index) {
    return changetype<kthread_delayed_work>(timer - offsetof_kthread_delayed_work_timer).work.func;
  }
  return 0;
}

function print_wheel(s: usize, cpu: u32): void {
  let index: u32 = 0;
  seq_puts(s, cstr("timer wheel:\n"));
  for (let bucket: u32 = 0; bucket < WHEEL_SIZE; bucket++) {
    for (let timer = wheel_bucket(cpu, bucket); timer; timer = changetype<hlist_node>(timer).next) {
      const t = changetype<timer_list>(timer);
      seq_printf(s, cstr(" #%u: <%p>, %ps, "), index++, timer, t.function_);
      if (delayed_func(timer)) seq_printf(s, cstr("work: %ps, "), delayed_func(timer));
      seq_printf(s, cstr("expires at %u [in %d jiffies]\n"), t.expires, t.expires - jiffies());
    }
  }
}

/** Writes /proc/timer_list to the seq_buf `s`. */
export function proc_timer_list(s: usize): void {
  const now = mono_now();
  const flags = local_irq_save();
  seq_printf(s, cstr("Timer List Version: v0.9\nHRTIMER_MAX_CLOCK_BASES: %u\n"), HRTIMER_MAX_CLOCK_BASES);
  print64(s, cstr("now at %Ld nsecs\n\n"), now);
  for (let cpu: u32 = 0; cpu < load<u32>(BOOT_NR_CPUS); cpu++) {
    seq_printf(s, cstr("cpu: %u\n"), cpu);
    for (let clock: u32 = 0; clock < HRTIMER_MAX_CLOCK_BASES; clock++) {
      seq_printf(s, cstr(" clock %u:\n"), clock);
      print_base(s, hrtimer_base(cpu, clock), now);
    }
    print64(s, cstr("jiffies: %Lu\n"), load<u64>(jiffies_64));
    print_wheel(s, cpu);
  }
  local_irq_restore(flags);
}
