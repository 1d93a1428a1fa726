// Macros and inline functions of the kernel's headers that drivers cannot do without, and calls that take functions,
// with the functions' types: what the headers only say of a callback, the compiler checks here.

import {
  __init_swait_queue_head,
  __tasklet_schedule,
  __wasm_get_current,
  delayed_work_timer_fn,
  kthread_create_on_node,
  request_irq as __request_irq,
  request_threaded_irq as __request_threaded_irq,
  wake_up_process,
} from "./kernel";
import {
  HARDIRQ_MASK,
  SOFTIRQ_MASK,
  SOFTIRQ_OFFSET,
  TASKLET_STATE_SCHED,
  TIMER_IRQSAFE,
  WORK_STRUCT_NO_POOL,
  completion,
  delayed_work,
  device,
  net_device,
  offsetof_tasklet_struct_state,
  pci_dev,
  semaphore,
  sizeof_net_device,
  task_struct,
  tasklet_struct,
  timer_list,
  work_struct,
} from "./abi/index";

/** linux/irqreturn.h. */
export type irqreturn_t = i32;
export const IRQ_NONE: irqreturn_t = 0;
export const IRQ_HANDLED: irqreturn_t = 1;
export const IRQ_WAKE_THREAD: irqreturn_t = 2;

export type irq_handler_t = (irq: i32, dev_id: usize) => irqreturn_t;

/** The address of a struct, for a parameter that is a pointer. */
@inline
export function ptr<T>(object: T): usize {
  return changetype<usize>(object);
}

/** linux/bits.h. */
@inline
export function BIT(n: u32): u32 {
  return (<u32>1) << n;
}

/** linux/interrupt.h. Has `handler` called for interrupts of line `irq`. 0 or an error. */
@inline
export function request_irq(irq: u32, handler: irq_handler_t, flags: u32, name: usize, dev_id: usize): i32 {
  return __request_irq(irq, handler.index, flags, name, dev_id);
}

/** linux/interrupt.h. As request_irq; where `handler` returns IRQ_WAKE_THREAD, `thread` runs as a task. */
@inline
export function request_threaded_irq(
  irq: u32,
  handler: irq_handler_t,
  thread: irq_handler_t,
  flags: u32,
  name: usize,
  dev_id: usize,
): i32 {
  return __request_threaded_irq(irq, handler.index, thread.index, flags, name, dev_id);
}

/** linux/timer.h. Makes a timer that mod_timer() starts. Its memory is zeroed and belongs to the driver. */
@inline
export function timer_setup(timer: timer_list, fn: (timer: timer_list) => void, flags: u32): void {
  memory.fill(changetype<usize>(timer), 0, offsetof<timer_list>());
  timer.function_ = fn.index;
  timer.flags = flags;
}

/** linux/workqueue.h. Makes a work item that schedule_work() queues. */
@inline
export function INIT_WORK(work: work_struct, fn: (work: work_struct) => void): void {
  const entry = changetype<usize>(work.entry);
  store<u32>(changetype<usize>(work), WORK_STRUCT_NO_POOL);
  store<usize>(entry, entry);
  store<usize>(entry + 4, entry);
  work.func = fn.index;
}

/** linux/workqueue.h. Makes a work item that queue_delayed_work_on() queues after a while. */
@inline
export function INIT_DELAYED_WORK(dwork: delayed_work, fn: (work: work_struct) => void): void {
  INIT_WORK(dwork.work, fn);
  const timer = dwork.timer;
  memory.fill(changetype<usize>(timer), 0, offsetof<timer_list>());
  timer.function_ = delayed_work_timer_fn.index;
  timer.flags = TIMER_IRQSAFE;
}

/** linux/interrupt.h. Has a tasklet run once, soon. */
@inline
export function tasklet_schedule(t: tasklet_struct): void {
  const state = changetype<usize>(t) + offsetof_tasklet_struct_state;
  const scheduled = (<u32>1) << TASKLET_STATE_SCHED;
  if (!(atomic.or<u32>(state, scheduled) & scheduled)) __tasklet_schedule(changetype<usize>(t));
}

/** linux/completion.h. Makes a completion that nobody has completed. */
@inline
export function init_completion(x: completion): void {
  x.done = 0;
  __init_swait_queue_head(changetype<usize>(x.wait), 0, 0);
}

/** linux/completion.h. Forgets that a completion was completed. */
@inline
export function reinit_completion(x: completion): void {
  x.done = 0;
}

/** linux/semaphore.h. Makes a semaphore that `count` may take. */
@inline
export function sema_init(sem: semaphore, count: u32): void {
  const waiting = changetype<usize>(sem.wait_list);
  store<u32>(changetype<usize>(sem.lock), 0);
  store<usize>(waiting, waiting);
  store<usize>(waiting + 4, waiting);
  sem.count = count;
}

/** asm/current.h. The task that runs. */
@inline
export function current(): task_struct {
  return changetype<task_struct>(__wasm_get_current());
}

/** linux/preempt.h. Whether a handler of an interrupt runs. */
@inline
export function in_hardirq(): bool {
  return (current().thread_info.preempt_count & HARDIRQ_MASK) != 0;
}

/** linux/preempt.h. Whether a softirq runs: a timer, a tasklet. */
@inline
export function in_serving_softirq(): bool {
  return (current().thread_info.preempt_count & SOFTIRQ_MASK & SOFTIRQ_OFFSET) != 0;
}

/** linux/err.h. Whether a pointer is an error. */
@inline
export function IS_ERR(pointer: usize): bool {
  return pointer >= <usize>-4095;
}

/** linux/kthread.h. Starts a task that runs `fn`. The struct task_struct, or an error. */
@inline
export function kthread_run(fn: (data: usize) => i32, data: usize, name: usize): usize {
  const task = kthread_create_on_node(fn.index, data, -1, name, 0);
  if (!IS_ERR(task)) wake_up_process(task);
  return task;
}

/** linux/pci.h. The driver's own pointer of a device. */
@inline
export function pci_get_drvdata(pdev: pci_dev): usize {
  return pdev.dev.driver_data;
}

/** linux/pci.h. Keeps the driver's own pointer with a device. */
@inline
export function pci_set_drvdata(pdev: pci_dev, data: usize): void {
  pdev.dev.driver_data = data;
}

/** linux/device.h. The driver's own pointer of a device. */
@inline
export function dev_get_drvdata(dev: device): usize {
  return dev.driver_data;
}

/** linux/netdevice.h. The driver's own part of an interface, behind its net_device. */
@inline
export function netdev_priv(dev: net_device): usize {
  return changetype<usize>(dev) + ((sizeof_net_device + 31) & ~31);
}
