// lib/debugobjects.c: timers and work items that are used before they are ready, or that go while something waits for
// them. Linux keeps a list of all such objects; here the wheels, the hrtimers and the workqueues are asked, which know what
// is active. Debug flavour only.

import { hrtimer, timer_list, work_struct } from "../../abi";
import { snprintf_ } from "../../lib/vsprintf";
import { delayed_func } from "../time/proc";
import { hrtimer_try_to_cancel, hrtimer_within } from "../time/hrtimer";
import { timer_delete } from "../time/timer";
import { timer_within } from "../time/wheel";
import { cancel_work } from "../workqueue/cancel";
import { work_within } from "../workqueue/show";
import { WARN_TEXT } from "../panic";

const TEXT_BYTES: u32 = 192;
const text = memory.data(192);

/** `what` has happened to an object, and in which state that was; `fn` is the function that it would call. */
export function debug_print_object(what: usize, type: usize, fn: usize): void {
  snprintf_(text, TEXT_BYTES, cstr("ODEBUG: %s (active state 0) object type: %s hint: %ps"), what, type, fn);
  WARN_TEXT(text);
}

/** Memory is freed: what is active in it is reported, and stopped, lest it is called later. */
export function debug_check_no_obj_freed(address: usize, size: usize): void {
  for (let timer = timer_within(address, size); timer; timer = timer_within(address, size)) {
    const work = delayed_func(timer);
    if (work) debug_print_object(cstr("free active"), cstr("delayed_work"), work);
    else debug_print_object(cstr("free active"), cstr("timer_list"), changetype<timer_list>(timer).function_);
    timer_delete(timer);
  }
  for (let timer = hrtimer_within(address, size); timer; timer = hrtimer_within(address, size)) {
    debug_print_object(cstr("free active"), cstr("hrtimer"), changetype<hrtimer>(timer).function_);
    hrtimer_try_to_cancel(timer);
  }
  for (let work = work_within(address, size); work; work = work_within(address, size)) {
    debug_print_object(cstr("free active"), cstr("work_struct"), changetype<work_struct>(work).func);
    cancel_work(work);
  }
}
