// kernel/time/timer_list.c: /proc/timer_list. The hrtimers of each clock as Linux prints them, then what Linux does not
// list: the timers on the wheel.

import { HRTIMER_MAX_CLOCK_BASES, hlist_node, hrtimer, hrtimer_clock_base, rb_node, timer_list } from "../../abi";
import { local_irq_restore, local_irq_save } from "../../arch/wasm/irqflags";
import { smp_processor_id } from "../../arch/wasm/cpu";
import { seq_printf, seq_puts } from "../../lib/seq_buf";
import { first_hrtimer, hrtimer_base, hrtimer_base_offset, hrtimer_resolution } from "./hrtimer";
import { jiffies, jiffies_64 } from "./jiffies";
import { mono_now } from "./timekeeping";
import { WHEEL_SIZE, wheel_bucket } from "./timer";

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

function print_base(s: usize, base: hrtimer_clock_base, now: i64): void {
  const offset = hrtimer_base_offset(base);
  seq_printf(s, cstr("  .base:       %p\n  .index:      %u\n"), changetype<usize>(base), base.index);
  seq_printf(s, cstr("\n  .resolution: %u nsecs\n  .get_time:   %ps\n"), load<u32>(hrtimer_resolution), base.get_time);
  print64(s, cstr("  .offset:     %Lu nsecs\n"), offset);
  seq_puts(s, cstr("active timers:\n"));
  let index: u32 = 0;
  for (let timer = first_hrtimer(base); timer; timer = changetype<rb_node>(timer).rb_right) {
    print_hrtimer(s, index++, timer, now + offset);
  }
}

function print_wheel(s: usize): void {
  let index: u32 = 0;
  seq_puts(s, cstr("timer wheel:\n"));
  for (let bucket: u32 = 0; bucket < WHEEL_SIZE; bucket++) {
    for (let timer = wheel_bucket(bucket); timer; timer = changetype<hlist_node>(timer).next) {
      const t = changetype<timer_list>(timer);
      const left = t.expires - jiffies();
      seq_printf(
        s,
        cstr(" #%u: <%p>, %ps, expires at %u [in %d jiffies]\n"),
        index++,
        timer,
        t.function_,
        t.expires,
        left,
      );
    }
  }
}

/** Writes /proc/timer_list to the seq_buf `s`. */
export function proc_timer_list(s: usize): void {
  const now = mono_now();
  const flags = local_irq_save();
  seq_printf(s, cstr("Timer List Version: v0.9\nHRTIMER_MAX_CLOCK_BASES: %u\n"), HRTIMER_MAX_CLOCK_BASES);
  print64(s, cstr("now at %Ld nsecs\n\n"), now);
  seq_printf(s, cstr("cpu: %u\n"), smp_processor_id());
  for (let clock: u32 = 0; clock < HRTIMER_MAX_CLOCK_BASES; clock++) {
    seq_printf(s, cstr(" clock %u:\n"), clock);
    print_base(s, hrtimer_base(clock), now);
  }
  print64(s, cstr("jiffies: %Lu\n"), load<u64>(jiffies_64));
  print_wheel(s);
  local_irq_restore(flags);
}
