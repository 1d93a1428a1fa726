// Clocks and timers.

import {
  CLOCK_MONOTONIC,
  HRTIMER_MODE_REL,
  complete,
  completion,
  cstr,
  del_timer_sync,
  hrtimer,
  hrtimer_cancel,
  hrtimer_forward,
  hrtimer_init,
  hrtimer_start_range_ns,
  in_serving_softirq,
  init_completion,
  ktime_get,
  mdelay,
  mod_timer,
  msleep,
  ptr,
  sizeof_completion,
  sizeof_hrtimer,
  sizeof_timer_list,
  timer_list,
  timer_setup,
  udelay,
} from "linuxkpi/driver";
import { begin, end, expect, expectEqual, test } from "./expect";
import { comes, linger, now } from "./wait";

const MS: i64 = 1000000;

const TIMERS: u32 = 3;
const timers = memory.data(sizeof_timer_list * TIMERS, 8);
const precise = changetype<hrtimer>(memory.data(sizeof_hrtimer, 8));
const done = changetype<completion>(memory.data(sizeof_completion, 4));
let fired: u32 = 0;

@inline
function timer(i: usize): timer_list {
  return changetype<timer_list>(timers + sizeof_timer_list * i);
}

function clocks(): void {
  const jiffies = now();
  let last = ktime_get();
  for (let i = 0; i < 100; i++) {
    const time = ktime_get();
    expect(time >= last, cstr("the clock goes back"));
    last = time;
  }
  msleep(20);
  expect(ktime_get() - last >= 20 * MS, cstr("msleep is too short"));
  expect(now() - jiffies >= 5, cstr("jiffies lag behind"));
}

function delays(): void {
  let before = ktime_get();
  udelay(100);
  expect(ktime_get() - before >= MS / 10, cstr("udelay is too short"));
  before = ktime_get();
  mdelay(3);
  expect(ktime_get() - before >= 3 * MS, cstr("mdelay is too short"));
}

let expired: u32 = 0;
let soft = false;

function fire(t: timer_list): void {
  fired++;
  expired = now();
  soft = in_serving_softirq();
  complete(ptr(done));
}

function timer_fires(): void {
  init_completion(done);
  timer_setup(timer(0), fire, 0);
  fired = 0;
  const expires = now() + 3;
  expectEqual(mod_timer(ptr(timer(0)), expires + 100), 0, cstr("mod_timer of a timer that is not pending"));
  expectEqual(mod_timer(ptr(timer(0)), expires), 1, cstr("mod_timer of a pending one"));
  expectEqual(fired, 0, cstr("it has fired"));
  expect(comes(done), cstr("the timer does not fire"));
  expect(<i32>(expired - expires) >= 0, cstr("it fires early"));
  expect(soft, cstr("it runs in no softirq"));
  expectEqual(del_timer_sync(ptr(timer(0))), 0, cstr("del_timer_sync of a timer that is not pending"));
  linger();
  expectEqual(fired, 1, cstr("times that it has fired"));
}

let order: u32 = 0;

function note(t: timer_list): void {
  order = order * 10 + <u32>((ptr(t) - timers) / sizeof_timer_list) + 1;
  if (++fired == TIMERS) complete(ptr(done));
}

function timers_in_order(): void {
  init_completion(done);
  fired = order = 0;
  const start = now();
  for (let i: u32 = 0; i < TIMERS; i++) timer_setup(timer(i), note, 0);
  mod_timer(ptr(timer(0)), start + 9);
  mod_timer(ptr(timer(1)), start + 3);
  mod_timer(ptr(timer(2)), start + 6);
  expect(comes(done), cstr("the timers do not fire"));
  expectEqual(order, 231, cstr("order"));
  for (let i: u32 = 0; i < TIMERS; i++) del_timer_sync(ptr(timer(i)));
}

function timer_deleted(): void {
  timer_setup(timer(0), fire, 0);
  fired = 0;
  mod_timer(ptr(timer(0)), now() + 2);
  expectEqual(del_timer_sync(ptr(timer(0))), 1, cstr("del_timer_sync of a pending timer"));
  linger();
  expectEqual(fired, 0, cstr("times that a deleted timer has fired"));
}

const PERIODS: u32 = 4;
const HRTIMER_NORESTART: i32 = 0;
const HRTIMER_RESTART: i32 = 1;
let ended: i64 = 0;

function tick(t: hrtimer): i32 {
  if (++fired < PERIODS) {
    hrtimer_forward(ptr(t), ktime_get(), 2 * MS);
    return HRTIMER_RESTART;
  }
  ended = ktime_get();
  complete(ptr(done));
  return HRTIMER_NORESTART;
}

function hrtimer_repeats(): void {
  init_completion(done);
  fired = 0;
  hrtimer_init(ptr(precise), CLOCK_MONOTONIC, HRTIMER_MODE_REL);
  precise.function_ = tick.index;
  const start = ktime_get();
  hrtimer_start_range_ns(ptr(precise), 2 * MS, 0, HRTIMER_MODE_REL);
  expect(comes(done), cstr("it does not come to its end"));
  expectEqual(fired, PERIODS, cstr("periods"));
  expect(ended - start >= PERIODS * 2 * MS, cstr("periods are too short"));
  expectEqual(hrtimer_cancel(ptr(precise)), 0, cstr("hrtimer_cancel after its end"));
  hrtimer_start_range_ns(ptr(precise), 8 * MS, 0, HRTIMER_MODE_REL);
  expectEqual(hrtimer_cancel(ptr(precise)), 1, cstr("hrtimer_cancel before"));
  linger();
  expectEqual(fired, PERIODS, cstr("periods after hrtimer_cancel"));
}

export function time(): void {
  begin(cstr("timers"), 6);
  test(cstr("clocks"), clocks);
  test(cstr("delays"), delays);
  test(cstr("timer_fires"), timer_fires);
  test(cstr("timers_in_order"), timers_in_order);
  test(cstr("timer_deleted"), timer_deleted);
  test(cstr("hrtimer_repeats"), hrtimer_repeats);
  end();
}
