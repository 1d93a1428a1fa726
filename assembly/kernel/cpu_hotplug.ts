// linux/cpuhotplug.h, kernel/cpu.c: callbacks for CPUs that come up or go. No CPU goes, so that those for going run only
// when their owner leaves. A state has one owner; one with instances calls back once for each of them.

import {
  CPUHP_AP_ONLINE_DYN,
  CPUHP_AP_ONLINE_DYN_END,
  CPUHP_BP_PREPARE_DYN,
  CPUHP_BP_PREPARE_DYN_END,
  EBUSY,
  EINVAL,
  ENOMEM,
  ENOSPC,
  GFP_KERNEL,
  sizeof_mutex,
  sizeof_work_struct,
} from "../abi";
import { smp_processor_id } from "../arch/wasm/cpu";
import { kfree, kzalloc } from "../mm/slub";
import { BOOT_NR_CPUS, CPU_MAX } from "../arch/wasm/memory";
import { __cpu_online_mask } from "./cpu";
import { __mutex_init, mutex_lock, mutex_unlock } from "./locking/mutex";
import { WARN } from "./panic";
import { pr } from "./printk/printk";
import { INIT_WORK, system_wq, work_on_cpu_key } from "./workqueue";
import { queue_work_on } from "./workqueue/queue";

/** struct cpuhp_step: a state that somebody has taken. */
@unmanaged
class Step {
  next: usize;
  state: u32;
  name: usize;
  /** Table slots or 0: int (*)(unsigned int cpu), with instances int (*)(unsigned int cpu, struct hlist_node *). */
  startup: usize;
  teardown: usize;
  multi: bool;
  /** The struct hlist_nodes of the instances. */
  instances: usize;
}

/** A callback that another CPU is to call. */
@unmanaged
class Call {
  fn: usize;
  cpu: u32;
  multi: bool;
  node: usize;
}

const steps = memory.data(4, 4);
/** The one call that is made: cpuhp_state_mutex is held. */
const call = changetype<Call>(memory.data(offsetof<Call>(), 4));
const cpuhp_state_mutex = memory.data(<i32>sizeof_mutex, 8);
/** For a CPU that comes up late: a work item for each. */
const late = memory.data(<i32>sizeof_work_struct * CPU_MAX, 8);

export function cpuhp_init(): void {
  __mutex_init(cpuhp_state_mutex, cstr("cpuhp_state_mutex"), 0);
}

@inline
function step(at: usize): Step {
  return changetype<Step>(at);
}

function find(state: u32): Step {
  let at = load<usize>(steps);
  while (at && step(at).state != state) at = step(at).next;
  return step(at);
}

function call_here(arg: usize): i32 {
  const it = changetype<Call>(arg);
  if (it.multi) return call_indirect<i32>(<u32>it.fn, it.cpu, it.node);
  return call_indirect<i32>(<u32>it.fn, it.cpu);
}

/** Calls `fn`, if it is one, for a CPU, on that CPU. */
function issue(fn: usize, cpu: u32, multi: bool, node: usize): i32 {
  if (!fn) return 0;
  call.fn = fn;
  call.cpu = cpu;
  call.multi = multi;
  call.node = node;
  const arg = changetype<usize>(call);
  return cpu == smp_processor_id() ? call_here(arg) : work_on_cpu_key(cpu, call_here.index, arg, 0);
}

@inline
function online(cpu: u32): bool {
  return (load<u32>(__cpu_online_mask) & (1 << cpu)) != 0;
}

function teardown_below(s: Step, end: u32, node: usize): void {
  for (let cpu: u32 = 0; cpu < end; cpu++) if (online(cpu)) issue(s.teardown, cpu, s.multi, node);
}

/** Calls startup() on every CPU; if one refuses, teardown() on those before it. */
function startup_all(s: Step, node: usize): i32 {
  for (let cpu: u32 = 0; cpu < CPU_MAX; cpu++) {
    const error = online(cpu) ? issue(s.startup, cpu, s.multi, node) : 0;
    if (!error) continue;
    teardown_below(s, cpu, node);
    return error;
  }
  return 0;
}

/** The first state from `first` to `last` that is free; -ENOSPC. */
function free_state(first: u32, last: u32): i32 {
  for (let state = first; state <= last; state++) if (changetype<usize>(find(state)) == 0) return state;
  return -ENOSPC;
}

/** The number that a new owner gets for the `state` that it asks for. */
function reserve(state: u32): i32 {
  if (state == CPUHP_AP_ONLINE_DYN) return free_state(state, CPUHP_AP_ONLINE_DYN_END);
  if (state == CPUHP_BP_PREPARE_DYN) return free_state(state, CPUHP_BP_PREPARE_DYN_END);
  return changetype<usize>(find(state)) ? -EBUSY : <i32>state;
}

function remove(s: Step): void {
  let link = steps;
  while (load<usize>(link) != changetype<usize>(s)) link = load<usize>(link);
  store<usize>(link, s.next);
  kfree(changetype<usize>(s));
}

function setup(state: u32, name: usize, invoke: bool, startup: usize, teardown: usize, multi: bool): i32 {
  const number = reserve(state);
  if (number < 0) return number;
  const s = step(kzalloc(offsetof<Step>(), GFP_KERNEL));
  if (changetype<usize>(s) == 0) return -ENOMEM;
  s.state = number;
  s.name = name;
  s.startup = startup;
  s.teardown = teardown;
  s.multi = multi;
  s.next = load<usize>(steps);
  store<usize>(steps, changetype<usize>(s));
  const error = invoke && !multi ? startup_all(s, 0) : 0;
  if (error) remove(s);
  if (error) return error;
  return is_dynamic(state) ? number : 0; // who asked for any of a range wants to know which
}

@inline
function is_dynamic(state: u32): bool {
  return state == CPUHP_AP_ONLINE_DYN || state == CPUHP_BP_PREPARE_DYN;
}

/** linux/cpuhotplug.h. Takes `state` (enum cpuhp_state), of CPUHP_*_DYN any, and with `invoke` calls `startup` for each
 *  CPU, on it. With `multi_instance` both callbacks take a struct hlist_node too. 0, or the number of a dynamic state;
 *  -EINVAL without a name, -EBUSY: it is taken, -ENOSPC, -ENOMEM, or what a startup said. Context: process. */
export function __cpuhp_setup_state(
  state: u32,
  name: usize,
  invoke: bool,
  startup: usize,
  teardown: usize,
  multi_instance: bool,
): i32 {
  if (!name) return -EINVAL;
  mutex_lock(cpuhp_state_mutex);
  const result = setup(state, name, invoke, startup, teardown, multi_instance);
  mutex_unlock(cpuhp_state_mutex);
  return result;
}

/** linux/cpuhotplug.h. Gives a state back, with `invoke` after its teardown was called for each CPU. Context: process. */
export function __cpuhp_remove_state(state: u32, invoke: bool): void {
  mutex_lock(cpuhp_state_mutex);
  const s = find(state);
  if (changetype<usize>(s) == 0) WARN(cstr("cpuhp: a state is given back that nobody has"));
  else {
    if (s.instances) {
      pr(cstr("\x014Error: Removing state %d which has instances left."), state);
      WARN(cstr("cpuhp: a state with instances is given back"));
    }
    if (invoke && !s.multi) teardown_below(s, CPU_MAX, 0);
    remove(s);
  }
  mutex_unlock(cpuhp_state_mutex);
}

/** struct hlist_node: next, then where the pointer to it is. */
function hlist_add(node: usize, head: usize): void {
  const first = load<usize>(head);
  store<usize>(node, first);
  store<usize>(node, head, 4);
  if (first) store<usize>(first, node, 4);
  store<usize>(head, node);
}

function hlist_del(node: usize): void {
  const next = load<usize>(node);
  const pprev = load<usize>(node, 4);
  store<usize>(pprev, next);
  if (next) store<usize>(next, pprev, 4);
}

@inline
function instances(s: Step): usize {
  return changetype<usize>(s) + offsetof<Step>("instances");
}

/** linux/cpuhotplug.h. Adds an instance to a state, with `invoke` after startup(cpu, node) was called for each CPU. 0,
 *  -EINVAL if the state has none, or what a startup said. Context: process. */
export function __cpuhp_state_add_instance(state: u32, node: usize, invoke: bool): i32 {
  mutex_lock(cpuhp_state_mutex);
  const s = find(state);
  let error: i32 = changetype<usize>(s) && s.multi ? 0 : -EINVAL;
  if (!error && invoke) error = startup_all(s, node);
  if (!error) hlist_add(node, instances(s));
  mutex_unlock(cpuhp_state_mutex);
  return error;
}

/** linux/cpuhotplug.h. Removes an instance, with `invoke` after teardown(cpu, node) was called for each CPU. 0, -EINVAL
 *  if the state has none. Context: process. */
export function __cpuhp_state_remove_instance(state: u32, node: usize, invoke: bool): i32 {
  mutex_lock(cpuhp_state_mutex);
  const s = find(state);
  const error: i32 = changetype<usize>(s) && s.multi ? 0 : -EINVAL;
  if (!error) {
    if (invoke) teardown_below(s, CPU_MAX, node);
    hlist_del(node);
  }
  mutex_unlock(cpuhp_state_mutex);
  return error;
}

/** Calls what waits for the CPU that this runs on. */
function cpu_came(work: usize): void {
  const cpu = smp_processor_id();
  mutex_lock(cpuhp_state_mutex);
  for (let at = load<usize>(steps); at; at = step(at).next) {
    const s = step(at);
    if (!s.multi) issue(s.startup, cpu, false, 0);
    for (let node = s.instances; node; node = load<usize>(node)) issue(s.startup, cpu, true, node);
  }
  mutex_unlock(cpuhp_state_mutex);
}

/** A CPU came up after the first: what waits for that is called there, in a task. */
export function cpuhp_cpu_came(cpu: u32): void {
  if (!load<usize>(steps) || cpu >= load<u32>(BOOT_NR_CPUS)) return;
  const work = late + cpu * sizeof_work_struct;
  INIT_WORK(work, cpu_came.index);
  queue_work_on(cpu, load<usize>(system_wq), work);
}
