// kernel/module/main.c: what happens to a module after the host's loader has placed and relocated it.

import {
  EBUSY,
  EEXIST,
  ENOENT,
  ENOMEM,
  EWOULDBLOCK,
  MODULE_STATE_COMING,
  MODULE_STATE_GOING,
  MODULE_STATE_LIVE,
  TAINT_CRAP,
  TAINT_OOT_MODULE,
  TAINT_PROPRIETARY_MODULE,
  TAINT_TEST,
  module_,
  sizeof_kernel_param,
} from "../../abi";
import { irqs_disabled } from "../../arch/wasm/irqflags";
import { preempt_count } from "../../arch/wasm/preempt";
import { kmemleak_module, module_sites_add, module_sites_remove } from "../../mm/debug/kmemleak";
import { check_no_locks_left, lockdep_free_range } from "../locking/lockdep/lockdep";
import { destroy_params, parse_args } from "../params";
import { DEBUG } from "../../flavour";
import { callback_enter, callback_leave, callback_state } from "../debug/callback";
import { dump_stack } from "../panic";
import { pr } from "../printk/printk";
import { rcu_barrier } from "../rcu";
import { add_taint_mask, test_taint } from "../taint";
import {
  find_module,
  module_add,
  module_first_user,
  module_remove,
  module_use_add,
  module_uses_drop,
  module_uses_init,
} from "./list";
import { module_notify, module_notify_coming } from "./notify";
import { module_put, module_refs_init, module_try_release } from "./refs";
import { stale_tasks } from "./stale";
import { mod_sysfs_setup, mod_sysfs_teardown } from "./sysfs";

/** What the host's loader tells of a placed module; it writes the words, in this order. */
@unmanaged
export class ModuleImage {
  /** Its `__this_module`. */
  mod: usize;
  /** Its memory, and how long its code is, which lies outside memory. */
  base: usize;
  size: u32;
  text_size: u32;
  /** Its `__param` table of struct kernel_param: address and bytes. */
  params: usize;
  params_size: u32;
  /** The arguments of insmod, a C string that parse_args cuts up. */
  args: usize;
  /** TAINT_* bits that its license and origin deserve. */
  taints: u32;
  /** Its license, a C string. */
  license: usize;
  /** A proprietary module whose symbol it uses, if it is not proprietary itself, and that symbol's name; or 0. */
  inherits: usize;
  inherits_symbol: usize;
  /** Modules whose symbols it uses: the address of an array of struct module pointers, and its length. */
  uses: usize;
  nuses: u32;
  /** Its `.kunit_test_suites` table of pointers: address and bytes. */
  kunit_suites: usize;
  kunit_size: u32;
  /** Debug: number of the first call that it makes to functions it imports, and how many there are. */
  sites: u32;
  nsites: u32;
}

/** Whether this is the first module to taint the kernel with `flag`, of those that are in `taints`. */
function taints_first(taints: u32, flag: u32): bool {
  if (!(taints & (1 << flag))) return false;
  const first = !test_taint(flag);
  add_taint_mask(flag);
  return first;
}

function taint(mod: usize, image: ModuleImage): void {
  const name = changetype<module_>(mod).name;
  let taints = image.taints;
  if (taints_first(taints, TAINT_OOT_MODULE)) pr(cstr("\x014%s: loading out-of-tree module taints kernel."), name);
  if (taints & (1 << TAINT_CRAP)) {
    add_taint_mask(TAINT_CRAP);
    pr(cstr("\x014%s: module is from the staging directory, the quality is unknown, you have been warned."), name);
  }
  if (taints_first(taints, TAINT_PROPRIETARY_MODULE)) {
    pr(cstr("\x014%s: module license '%s' taints kernel."), name, image.license);
  }
  if (taints_first(taints, TAINT_TEST)) pr(cstr("\x014%s: loading test module taints kernel."), name);
  if (image.inherits && !(taints & (1 << TAINT_PROPRIETARY_MODULE))) {
    pr(
      cstr("\x014%s: module uses symbols %s from proprietary module %s, inheriting taint."),
      name,
      image.inherits_symbol,
      changetype<module_>(image.inherits).name,
    );
    taints |= 1 << TAINT_PROPRIETARY_MODULE;
  }
  changetype<module_>(mod).taints = taints;
}

/** Takes the module out of the kernel; `known` if the notifiers have heard of it. */
function forget(mod: usize, known: bool): void {
  const record = changetype<module_>(mod);
  record.state = MODULE_STATE_GOING;
  if (known) module_notify(MODULE_STATE_GOING, mod);
  stale_tasks(mod);
  mod_sysfs_teardown(mod);
  destroy_params(record.kp, record.num_kp);
  module_uses_drop(mod);
  module_remove(mod);
  if (DEBUG) {
    rcu_barrier(); // what it gave to kfree_rcu() is as good as freed
    kmemleak_module(mod);
    module_sites_remove(mod);
    check_no_locks_left(record.core_layout.base, record.core_layout.size);
    lockdep_free_range(record.core_layout.base, record.core_layout.base + record.core_layout.size);
  }
}

/** Calls a module's init, and puts right what it left behind, as init/main.c's do_one_initcall does. */
function do_one_initcall(fn: usize): i32 {
  const state = callback_enter();
  const entered = DEBUG ? preempt_count() : 0;
  const ret = call_indirect<i32>(<u32>fn);
  if (!DEBUG) return ret;
  const imbalance = preempt_count() != entered;
  if (imbalance || irqs_disabled()) {
    pr(
      cstr("\x014initcall %pS returned with %s%s"),
      fn,
      imbalance ? cstr("preemption imbalance ") : cstr(""),
      irqs_disabled() ? cstr("disabled interrupts ") : cstr(""),
    );
  }
  callback_leave(state, fn);
  return ret;
}

function init(mod: usize): i32 {
  const record = changetype<module_>(mod);
  if (!record.init) return 0;
  const ret = do_one_initcall(record.init);
  if (ret > 0) {
    pr(
      cstr("\x014%s: '%s'->init suspiciously returned %d, it should follow 0/-E convention"),
      cstr("do_init_module"),
      record.name,
      ret,
    );
    pr(cstr("\x014%s: loading module anyway..."), cstr("do_init_module"));
    dump_stack();
  }
  return ret;
}

/** Notes the `count` modules of an array whose symbols `mod` uses. 0 or -ENOMEM. */
function use_all(mod: usize, uses: usize, count: u32): i32 {
  for (let i: u32 = 0; i < count; i++) {
    if (!module_use_add(mod, load<usize>(uses + i * sizeof<usize>()))) return -ENOMEM;
  }
  return 0;
}

/** insmod: enters the placed module into the kernel, sets its parameters and runs its init. Returns 0 or what init
 *  returned; -EEXIST if a module of that name is loaded. After an error nothing refers to the module any more; if init
 *  traps, it stays, loading for ever. Context: process. */
export function kpi_insmod(image: usize): i32 {
  const own = changetype<ModuleImage>(image);
  const mod = own.mod;
  const record = changetype<module_>(mod);
  if (find_module(record.name)) return -EEXIST;
  record.core_layout.base = own.base;
  record.core_layout.size = own.size;
  record.core_layout.text_size = own.text_size;
  record.args = own.args;
  record.kp = own.params;
  record.num_kp = own.params_size / sizeof_kernel_param;
  record.kunit_suites = own.kunit_suites;
  record.num_kunit_suites = own.kunit_size / sizeof<usize>();
  module_uses_init(mod);
  module_refs_init(mod);
  record.state = MODULE_STATE_COMING;
  module_add(mod);
  if (DEBUG) module_sites_add(mod, own.sites, own.nsites);
  let error = mod_sysfs_setup(mod);
  if (!error) error = use_all(mod, own.uses, own.nuses);
  if (!error) {
    taint(mod, own);
    error = module_notify_coming(mod);
  }
  const known = !error;
  if (!error) error = parse_args(record.name, own.args, own.params, record.num_kp);
  if (!error) error = init(mod);
  if (error < 0) {
    forget(mod, known);
    return error;
  }
  record.state = MODULE_STATE_LIVE;
  module_notify(MODULE_STATE_LIVE, mod);
  module_put(mod);
  return 0;
}

function call_exit(fn: usize): void {
  const state = callback_enter();
  call_indirect<void>(<u32>fn);
  if (DEBUG) callback_leave(state, fn);
}

/** rmmod: runs the module's exit and takes it out of the kernel; `name` is a C string. -ENOENT if it is not loaded,
 *  -EWOULDBLOCK if it is in use, -EBUSY if it cannot be unloaded (no exit, or its init never ended). Context: process. */
export function kpi_rmmod(name: usize): i32 {
  const mod = find_module(name);
  if (!mod) return -ENOENT;
  const record = changetype<module_>(mod);
  if (module_first_user(mod)) return -EWOULDBLOCK;
  if (<u32>record.state != MODULE_STATE_LIVE) return -EBUSY;
  if (record.init && !record.exit) return -EBUSY;
  if (!module_try_release(mod)) return -EWOULDBLOCK;
  record.state = MODULE_STATE_GOING;
  if (record.exit) call_exit(record.exit);
  forget(mod, true);
  return 0;
}
