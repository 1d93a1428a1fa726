// Macros and inline functions of the kernel's headers that drivers cannot do without, and calls that take functions,
// with the functions' types: what the headers only say of a callback, the compiler checks here.

import { request_irq as __request_irq, request_threaded_irq as __request_threaded_irq } from "./kernel";
import {
  WORK_STRUCT_NO_POOL,
  device,
  net_device,
  pci_dev,
  sizeof_net_device,
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
