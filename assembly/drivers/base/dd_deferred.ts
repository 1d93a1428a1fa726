// Deferred probing (drivers/base/dd.c): a probe that answers -EPROBE_DEFER waits for something that another probe will
// bring, and is tried again, in a worker, whenever some driver was bound.

import { GFP_KERNEL, sizeof_work_struct } from "../../abi";
import { __mutex_init, mutex_lock, mutex_unlock } from "../../kernel/locking/mutex";
import { INIT_WORK, schedule_work } from "../../kernel/workqueue";
import { flush_work } from "../../kernel/workqueue/cancel";
import { kasprintf } from "../../lib/kasprintf";
import {
  INIT_LIST_HEAD,
  list_add_tail,
  list_del_init,
  list_empty,
  list_next,
  list_splice_tail_init,
} from "../../lib/list";
import { va_block, va_free } from "../../lib/vsprintf";
import { kfree } from "../../mm/slub";
import { deferred_link, deferred_reason, dev_of_deferred, to_device } from "./base";
import { bus_probe_device } from "./bus";
import { get_device, put_device } from "./core";
import { dev_driver_string } from "./name";

@unmanaged
class State {
  /** list_head of devices that wait for some driver to be bound. */
  pending_next: usize;
  pending_prev: usize;
  /** list_head of devices that the worker is about to try. */
  active_next: usize;
  active_prev: usize;
  /** Triggers so far: tells a probe that something was bound while it ran. */
  triggers: u32;
}

const state = changetype<State>(memory.data(offsetof<State>(), 4));
const mutex = memory.data(32, 4);
const work = memory.data(sizeof_work_struct, 4);

@inline
function pending(): usize {
  return changetype<usize>(state) + offsetof<State>("pending_next");
}

@inline
function active(): usize {
  return changetype<usize>(state) + offsetof<State>("active_next");
}

export function deferred_probe_init(): void {
  INIT_LIST_HEAD(pending());
  INIT_LIST_HEAD(active());
  __mutex_init(mutex, cstr("deferred_probe_mutex"), 0);
  INIT_WORK(work, deferred_probe_work_func.index);
}

@inline
export function deferred_trigger_count(): u32 {
  return state.triggers;
}

/** The worker: tries each device once more. It may come back by failing again. */
export function deferred_probe_work_func(unused: usize): void {
  mutex_lock(mutex);
  while (!list_empty(active())) {
    const dev = dev_of_deferred(list_next(active()));
    list_del_init(deferred_link(dev));
    get_device(dev);
    set_reason(dev, 0);
    mutex_unlock(mutex);
    bus_probe_device(dev);
    mutex_lock(mutex);
    put_device(dev);
  }
  mutex_unlock(mutex);
}

/** linux/device/driver.h (drivers/base/base.h). Lets a device wait for another probe. Context: process. */
export function driver_deferred_probe_add(dev: usize): void {
  if (!to_device(dev).can_match) return;
  mutex_lock(mutex);
  if (list_empty(deferred_link(dev))) list_add_tail(deferred_link(dev), pending());
  mutex_unlock(mutex);
}

export function driver_deferred_probe_del(dev: usize): void {
  mutex_lock(mutex);
  if (!list_empty(deferred_link(dev))) {
    list_del_init(deferred_link(dev));
    set_reason(dev, 0);
  }
  mutex_unlock(mutex);
}

/** Something was bound: those that wait are tried again. */
export function driver_deferred_probe_trigger(): void {
  mutex_lock(mutex);
  state.triggers++;
  list_splice_tail_init(pending(), active());
  const some = !list_empty(active());
  mutex_unlock(mutex);
  if (some) schedule_work(work);
}

function set_reason(dev: usize, reason: usize): void {
  kfree(load<usize>(deferred_reason(dev)));
  store<usize>(deferred_reason(dev), reason);
}

/** Keeps "driver: text" as why `dev` waits; `vaf` is a struct va_format. */
export function device_set_deferred_probe_reason(dev: usize, vaf: usize): void {
  const text = kasprintf(GFP_KERNEL, cstr("%s: %pV"), va_block(dev_driver_string(dev), vaf));
  va_free();
  mutex_lock(mutex);
  set_reason(dev, text);
  mutex_unlock(mutex);
}

/** Waits until the worker has tried all that it was asked to. */
export function deferred_probe_flush(): void {
  flush_work(work);
}
