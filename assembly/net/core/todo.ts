// net/core/dev.c: the end of a device. Unregistering puts it on a list; when RTNL is given up, its last users are
// waited for with RTNL free, since some of them need RTNL to let go.

import {
  HZ,
  NETDEV_UNREGISTER,
  NETREG_UNREGISTERED,
  __LINK_STATE_LINKWATCH_PENDING,
  net_device,
  offsetof_net_device_todo_list,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { put_device } from "../../drivers/base/core";
import { nr_cpu_ids } from "../../kernel/cpu";
import { BUG } from "../../kernel/panic";
import { pr } from "../../kernel/printk/printk";
import { rcu_barrier } from "../../kernel/rcu";
import { jiffies } from "../../kernel/time/jiffies";
import { msleep } from "../../kernel/time/sleep";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_empty, list_next, list_splice_tail_init } from "../../lib/list";
import { per_cpu_ptr } from "../../mm/percpu";
import { test_bit } from "./bits";
import { free_netdev } from "./dev_alloc";
import { free_pcpu_stats } from "./dev_register";
import { linkwatch_forget_dev, linkwatch_run_queue } from "./link_watch";
import { state_of } from "./netdev";
import { call_netdevice_notifiers } from "./notifier";
import { __rtnl_unlock, rtnl_lock } from "./rtnl";

/** How long a user may hold on before the log says so, and how often NETDEV_UNREGISTER is repeated. */
const WARNING_AFTER: u32 = 10 * HZ;
const REBROADCAST: u32 = HZ;
const WAIT_MIN_MS: u32 = 1;
const WAIT_MAX_MS: u32 = 250;

/** list_head of devices through todo_list. */
const net_todo_list = memory.data(8, 8);

export function todo_init(): void {
  INIT_LIST_HEAD(net_todo_list);
}

@inline
function dev_of_todo(link: usize): net_device {
  return changetype<net_device>(link - offsetof_net_device_todo_list);
}

/** Has the end of RTNL finish the device. */
export function net_set_todo(dev: net_device): void {
  list_add_tail(changetype<usize>(dev.todo_list), net_todo_list);
}

/** linux/netdevice.h. References to a device, over all CPUs; 1 is its own. Context: any. */
export function netdev_refcnt_read(dev: net_device): i32 {
  let count = 0;
  for (let cpu: u32 = 0; cpu < load<u32>(nr_cpu_ids); cpu++) count += load<i32>(per_cpu_ptr(dev.pcpu_refcnt, cpu));
  return count;
}

/** A device of the list that nobody uses any more, or null. */
function unused(list: usize): net_device {
  for (let link = list_next(list); link != list; link = list_next(link)) {
    if (netdev_refcnt_read(dev_of_todo(link)) == 1) return dev_of_todo(link);
  }
  return changetype<net_device>(0);
}

/** Reminds those who still hold a reference. */
function rebroadcast(list: usize): void {
  rtnl_lock();
  for (let link = list_next(list); link != list; link = list_next(link)) {
    call_netdevice_notifiers(NETDEV_UNREGISTER, dev_of_todo(link));
  }
  for (let link = list_next(list); link != list; link = list_next(link)) {
    if (test_bit(__LINK_STATE_LINKWATCH_PENDING, state_of(dev_of_todo(link)))) {
      linkwatch_run_queue();
      break;
    }
  }
  __rtnl_unlock();
}

function complain(list: usize): void {
  for (let link = list_next(list); link != list; link = list_next(link)) {
    const dev = dev_of_todo(link);
    pr(
      cstr("\x010unregister_netdevice: waiting for %s to become free. Usage count = %d\n"),
      dev.name,
      netdev_refcnt_read(dev),
    );
  }
}

/** Sleeps until a device of the list has no users left, and returns it. */
function wait_unused(list: usize): net_device {
  let reminded = jiffies();
  let warned = reminded;
  let wait: u32 = 0;
  while (true) {
    const dev = unused(list);
    if (changetype<usize>(dev) != 0) return dev;
    if (jiffies() - reminded > REBROADCAST) {
      rebroadcast(list);
      reminded = jiffies();
    }
    rcu_barrier();
    if (wait) msleep(wait);
    wait = wait ? min(wait << 1, WAIT_MAX_MS) : WAIT_MIN_MS;
    if (jiffies() - warned > WARNING_AFTER) {
      complain(list);
      warned = jiffies();
    }
  }
}

function finish(dev: net_device): void {
  if (!list_empty(changetype<usize>(dev.ptype_all)) || !list_empty(changetype<usize>(dev.ptype_specific))) {
    BUG(cstr("netdev_run_todo: a packet handler is still bound to the device"));
  }
  free_pcpu_stats(dev);
  const kobj = changetype<usize>(dev.dev);
  if (dev.priv_destructor) call_indirect<void>(<u32>dev.priv_destructor, changetype<usize>(dev));
  if (dev.needs_free_netdev) free_netdev(dev);
  put_device(kobj);
}

/** Gives up RTNL, then finishes the devices that were unregistered under it. Process. */
export function netdev_run_todo(): void {
  if (list_empty(net_todo_list)) {
    __rtnl_unlock();
    return;
  }
  const list = stack_alloc(16);
  INIT_LIST_HEAD(list);
  list_splice_tail_init(net_todo_list, list);
  __rtnl_unlock();
  rcu_barrier();
  for (let link = list_next(list); link != list; link = list_next(link)) {
    dev_of_todo(link).reg_state = NETREG_UNREGISTERED;
    linkwatch_forget_dev(dev_of_todo(link));
  }
  while (!list_empty(list)) {
    const dev = wait_unused(list);
    list_del(changetype<usize>(dev.todo_list));
    finish(dev);
  }
  stack_free(16);
}
