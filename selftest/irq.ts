// Interrupts: of a line that no device is on, made pending by software as irq_set_irqchip_state() can.

import {
  EBUSY,
  IRQCHIP_STATE_PENDING,
  IRQF_ONESHOT,
  IRQF_PROBE_SHARED,
  IRQF_SHARED,
  IRQ_HANDLED,
  IRQ_NONE,
  IRQ_WAKE_THREAD,
  arch_local_irq_restore,
  arch_local_irq_save,
  complete,
  completion,
  cstr,
  disable_irq,
  enable_irq,
  free_irq,
  in_hardirq,
  init_completion,
  irq_has_action,
  irq_set_irqchip_state,
  irq_work_queue,
  irq_work_sync,
  irq_work as irq_work_struct,
  irqreturn_t,
  msleep,
  nr_irqs,
  ptr,
  request_irq,
  request_threaded_irq,
  sizeof_completion,
  sizeof_irq_work,
  synchronize_irq,
  udelay,
} from "linuxkpi/driver";
import { begin, end, expect, expectEqual, test } from "./expect";
import { comes, linger } from "./wait";

/** The last line: boards wire theirs from the first on. */
let line: u32 = 0;
let count: u32 = 0;
let other: u32 = 0;
let threaded: u32 = 0;
let hard = false;
let disabled = false;
let number: i32 = 0;
let data: usize = 0;

const cookie = memory.data(4, 4);
const second = memory.data(4, 4);
const deferred = changetype<irq_work_struct>(memory.data(sizeof_irq_work, 8));
const done = changetype<completion>(memory.data(sizeof_completion, 4));

/** Pulls the line, where the interrupt can be taken. */
function raise(): void {
  const flags = arch_local_irq_save();
  irq_set_irqchip_state(line, IRQCHIP_STATE_PENDING, true);
  arch_local_irq_restore(flags);
}

function handle(irq: i32, dev: usize): irqreturn_t {
  const flags = arch_local_irq_save();
  arch_local_irq_restore(flags);
  disabled = flags == 0;
  hard = in_hardirq();
  number = irq;
  data = dev;
  count++;
  return IRQ_HANDLED;
}

function handleOther(irq: i32, dev: usize): irqreturn_t {
  other++;
  return IRQ_NONE;
}

/** Has `handle` have the line. */
function request(flags: u32): bool {
  count = other = 0;
  const error = request_irq(line, handle, flags, cstr("selftest"), cookie);
  expectEqual(error, 0, cstr("request_irq"));
  return !error;
}

function handled(): void {
  if (!request(0)) return;
  expectEqual(irq_has_action(line), 1, cstr("irq_has_action"));
  raise();
  expectEqual(count, 1, cstr("interrupts"));
  expectEqual(number, line, cstr("what the handler is told of the line"));
  expect(data == cookie, cstr("the handler is given another dev_id"));
  expect(hard, cstr("it runs in no interrupt"));
  expect(disabled, cstr("it runs with interrupts enabled"));
  expect(!in_hardirq(), cstr("the task is in an interrupt afterwards"));
  const before = count;
  for (let i = 0; i < 1000; i++) raise();
  expectEqual(count - before, 1000, cstr("of 1000 interrupts"));
  free_irq(line, cookie);
  expectEqual(irq_has_action(line), 0, cstr("irq_has_action after free_irq"));
}

function local_irq_disable(): void {
  if (!request(0)) return;
  const flags = arch_local_irq_save();
  irq_set_irqchip_state(line, IRQCHIP_STATE_PENDING, true);
  irq_set_irqchip_state(line, IRQCHIP_STATE_PENDING, true);
  udelay(10);
  expectEqual(count, 0, cstr("interrupts while they are disabled"));
  arch_local_irq_restore(flags);
  expectEqual(count, 1, cstr("interrupts once they are enabled"));
  free_irq(line, cookie);
}

function disable_irq_nests(): void {
  if (!request(0)) return;
  disable_irq(line);
  disable_irq(line);
  raise();
  linger();
  expectEqual(count, 0, cstr("interrupts of a disabled line"));
  enable_irq(line);
  linger();
  expectEqual(count, 0, cstr("interrupts of a line that is disabled once more"));
  enable_irq(line);
  linger();
  expectEqual(count, 1, cstr("interrupts of an enabled line"));
  free_irq(line, cookie);
}

function shared(): void {
  if (!request(IRQF_SHARED)) return;
  const alone = request_irq(line, handleOther, IRQF_PROBE_SHARED, cstr("selftest"), second);
  expectEqual(alone, -EBUSY, cstr("request_irq for one alone of a line that others have"));
  const error = request_irq(line, handleOther, IRQF_SHARED, cstr("selftest"), second);
  expectEqual(error, 0, cstr("request_irq of the second"));
  raise();
  expectEqual(count, 1, cstr("interrupts of the first"));
  expectEqual(other, 1, cstr("interrupts of the second"));
  if (!error) free_irq(line, second);
  raise();
  expectEqual(count, 2, cstr("interrupts of who stays"));
  expectEqual(other, 1, cstr("interrupts of who has gone"));
  free_irq(line, cookie);
}

function wake(irq: i32, dev: usize): irqreturn_t {
  count++;
  return IRQ_WAKE_THREAD;
}

function thread(irq: i32, dev: usize): irqreturn_t {
  hard = in_hardirq();
  msleep(4);
  threaded++;
  return IRQ_HANDLED;
}

function threads(): void {
  count = threaded = 0;
  hard = true;
  const error = request_threaded_irq(line, wake, thread, IRQF_ONESHOT, cstr("selftest"), cookie);
  expectEqual(error, 0, cstr("request_threaded_irq"));
  if (error) return;
  raise();
  expectEqual(count, 1, cstr("interrupts"));
  expectEqual(threaded, 0, cstr("the thread cannot have run"));
  raise();
  expectEqual(count, 1, cstr("interrupts before the thread's end, with IRQF_ONESHOT"));
  linger();
  synchronize_irq(line);
  expectEqual(count, 2, cstr("interrupts after it"));
  expectEqual(threaded, 2, cstr("runs of the thread"));
  expect(!hard, cstr("the thread runs in an interrupt"));
  free_irq(line, cookie);
}

function later(work: usize): void {
  hard = in_hardirq();
  count++;
  complete(ptr(done));
}

function deferred_work(): void {
  init_completion(done);
  count = 0;
  deferred.func = later.index;
  const flags = arch_local_irq_save();
  expectEqual(irq_work_queue(ptr(deferred)), 1, cstr("irq_work_queue"));
  expectEqual(count, 0, cstr("runs with interrupts disabled"));
  arch_local_irq_restore(flags);
  expect(comes(done), cstr("it does not run"));
  irq_work_sync(ptr(deferred));
  expectEqual(count, 1, cstr("runs"));
  expect(hard, cstr("it runs in no interrupt"));
}

export function irq(): void {
  line = load<u32>(nr_irqs) - 1;
  begin(cstr("irq"), 6);
  test(cstr("handled"), handled);
  test(cstr("local_irq_disable"), local_irq_disable);
  test(cstr("disable_irq_nests"), disable_irq_nests);
  test(cstr("shared"), shared);
  test(cstr("threads"), threads);
  test(cstr("irq_work"), deferred_work);
  end();
}
