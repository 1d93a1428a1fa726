// Modules after the loader has placed them: made up here as a struct module and two functions.

import {
  EBUSY,
  EEXIST,
  ENODEV,
  ENOENT,
  EWOULDBLOCK,
  MODULE_STATE_COMING,
  MODULE_STATE_GOING,
  MODULE_STATE_LIVE,
  NOTIFY_OK,
  NOTIFY_STOP_MASK,
  TAINT_CRAP,
  TAINT_OOT_MODULE,
  TAINT_PROPRIETARY_MODULE,
  TAINT_TEST,
  module_,
  notifier_block,
  sizeof_module,
  sizeof_notifier_block,
} from "../../../abi";
import { irqs_disabled, local_irq_disable } from "../../../arch/wasm/irqflags";
import { preempt_count, preempt_disable } from "../../../arch/wasm/preempt";
import { boot_kernel } from "../../../__tests__/boot";
import { c_string, log_mark, logged, str } from "../../../__tests__/log";
import { seq_init, seq_text } from "../../../lib/seq_buf";
import { kmem_live_objects } from "../../../mm/slab_common";
import { find_module, module_first, module_next } from "../list";
import { ModuleImage, kpi_insmod, kpi_rmmod } from "../load";
import { register_module_notifier, unregister_module_notifier } from "../notify";
import { proc_modules } from "../proc";
import { __module_get, module_put, module_refcount, try_module_get } from "../refs";

const modules = memory.data(4 * 1024, 64);
const image = changetype<ModuleImage>(memory.data(offsetof<ModuleImage>(), 4));
const uses = memory.data(16, 4);
const no_args = memory.data(4, 4);
const text = memory.data(2048, 8);

let exits = 0;
let init_result = 0;

function good_init(): i32 {
  return init_result;
}

function sloppy_init(): i32 {
  preempt_disable();
  local_irq_disable();
  return 0;
}

function count_exit(): void {
  exits++;
}

const listener = memory.data(sizeof_notifier_block, 4);
/** What the listener has heard: a digit for each state, 9 for a call of the init, 8 for one of the exit. */
let heard: u32 = 0;
let answer = 0;

function listen(nb: usize, state: u32, mod: usize): i32 {
  heard = heard * 10 + 1 + state;
  assert(mod == modules);
  return state == MODULE_STATE_COMING ? answer : <i32>NOTIFY_OK;
}

function heard_init(): i32 {
  heard = heard * 10 + 9;
  return init_result;
}

function heard_exit(): void {
  heard = heard * 10 + 8;
}

/** Places module `n`; the image is then for it. */
function place(n: u32, name: string, init: usize, exit: usize): usize {
  const mod = modules + n * 1024;
  assert(sizeof_module <= 1024);
  memory.fill(mod, 0, 1024);
  c_string(changetype<module_>(mod).name, name);
  changetype<module_>(mod).init = init;
  changetype<module_>(mod).exit = exit;
  memory.fill(changetype<usize>(image), 0, offsetof<ModuleImage>());
  image.mod = mod;
  image.base = 0x200000 + n * 0x10000;
  image.size = 0x1000;
  image.text_size = 0x234;
  image.args = no_args;
  image.uses = uses;
  return mod;
}

function insmod(): i32 {
  return kpi_insmod(changetype<usize>(image));
}

function proc(): string {
  const s = seq_init(text, 2048);
  proc_modules(s);
  return str(seq_text(s));
}

describe("modules", () => {
  beforeAll(boot_kernel);
  beforeEach(() => {
    log_mark();
    exits = 0;
    init_result = 0;
  });

  test("are listed, the latest first, and leave nothing behind", () => {
    const before = kmem_live_objects();
    const a = place(0, "mii", 0, 0);
    expect(insmod()).toBe(0);
    const b = place(1, "8139cp", good_init.index, count_exit.index);
    store<usize>(uses, a);
    image.nuses = 1;
    expect(insmod()).toBe(0);
    expect(module_first()).toBe(b);
    expect(module_next(b)).toBe(a);
    expect(module_next(a)).toBe(0);
    expect(find_module(cstr("mii"))).toBe(a);
    expect(find_module(cstr("mi"))).toBe(0);
    expect(changetype<module_>(b).state).toBe(MODULE_STATE_LIVE);
    expect(module_refcount(a)).toBe(1);
    expect(module_refcount(b)).toBe(0);
    expect(proc()).toBe("8139cp 4660 0 - Live 0x00210000\nmii 4660 1 8139cp, Live 0x00200000\n");
    expect(kpi_rmmod(cstr("mii"))).toBe(-EWOULDBLOCK, "8139cp uses it");
    expect(kpi_rmmod(cstr("8139cp"))).toBe(0);
    expect(exits).toBe(1);
    expect(changetype<module_>(b).state).toBe(MODULE_STATE_GOING);
    expect(kpi_rmmod(cstr("mii"))).toBe(0, "no init, no exit");
    expect(module_first()).toBe(0);
    expect(kmem_live_objects()).toBe(before);
  });

  test("rmmod refuses for the reasons of Linux", () => {
    expect(kpi_rmmod(cstr("nobody"))).toBe(-ENOENT);
    const mod = place(0, "a", good_init.index, count_exit.index);
    expect(insmod()).toBe(0);
    expect(insmod()).toBe(-EEXIST);
    __module_get(mod);
    expect(kpi_rmmod(cstr("a"))).toBe(-EWOULDBLOCK);
    module_put(mod);
    expect(kpi_rmmod(cstr("a"))).toBe(0);
    place(0, "stays", good_init.index, 0);
    image.taints = 1 << TAINT_OOT_MODULE;
    expect(insmod()).toBe(0);
    expect(kpi_rmmod(cstr("stays"))).toBe(-EBUSY);
    expect(proc()).toBe("stays 4660 0 [permanent], Live 0x00200000 (O)\n");
    changetype<module_>(modules).exit = count_exit.index;
    expect(kpi_rmmod(cstr("stays"))).toBe(0);
  });

  test("what a module is tainted by, and what it inherits", () => {
    const own = place(0, "own", 0, 0);
    image.taints = (1 << TAINT_PROPRIETARY_MODULE) | (1 << TAINT_TEST);
    image.license = cstr("Own");
    expect(insmod()).toBe(0);
    expect(logged("own: module license 'Own' taints kernel.")).toBe(true);
    expect(logged("own: loading test module taints kernel.")).toBe(true);
    place(1, "user", 0, 0);
    image.inherits = own;
    image.inherits_symbol = cstr("own_call");
    expect(insmod()).toBe(0);
    expect(logged("user: module uses symbols own_call from proprietary module own, inheriting taint.")).toBe(true);
    log_mark();
    place(2, "third", 0, 0);
    image.taints = (1 << TAINT_PROPRIETARY_MODULE) | (1 << TAINT_CRAP);
    expect(insmod()).toBe(0);
    expect(logged("license")).toBe(false, "said once");
    expect(logged("third: module is from the staging directory")).toBe(true);
    expect(proc()).toBe(
      "third 4660 0 - Live 0x00220000 (PC)\nuser 4660 0 - Live 0x00210000 (P)\n" +
        "own 4660 0 - Live 0x00200000 (PN)\n",
    );
    expect(kpi_rmmod(cstr("third"))).toBe(0);
    expect(kpi_rmmod(cstr("user"))).toBe(0);
    expect(kpi_rmmod(cstr("own"))).toBe(0);
  });

  test("an init that fails leaves no module", () => {
    const used = place(0, "used", 0, 0);
    expect(insmod()).toBe(0);
    place(1, "fails", good_init.index, count_exit.index);
    store<usize>(uses, used);
    image.nuses = 1;
    init_result = -ENODEV;
    expect(insmod()).toBe(-ENODEV);
    expect(exits).toBe(0);
    expect(find_module(cstr("fails"))).toBe(0);
    expect(module_refcount(used)).toBe(0);
    expect(kpi_rmmod(cstr("used"))).toBe(0);
  });

  test("an init that returns something else is loaded anyway", () => {
    place(0, "odd", good_init.index, count_exit.index);
    init_result = 3;
    expect(insmod()).toBe(0);
    expect(logged("'odd'->init suspiciously returned 3, it should follow 0/-E convention")).toBe(true);
    expect(logged("do_init_module: loading module anyway...")).toBe(true);
    expect(kpi_rmmod(cstr("odd"))).toBe(0);
  });

  test("an init that leaks a lock is reported, and put right", () => {
    place(0, "sloppy", sloppy_init.index, count_exit.index);
    expect(insmod()).toBe(0);
    expect(preempt_count()).toBe(0);
    expect(irqs_disabled()).toBe(false);
    expect(logged("returned with preemption imbalance disabled interrupts")).toBe(true);
    expect(kpi_rmmod(cstr("sloppy"))).toBe(0);
  });

  test("who asked is told of a module before its init and after its exit", () => {
    changetype<notifier_block>(listener).notifier_call = listen.index;
    expect(register_module_notifier(listener)).toBe(0);
    place(0, "a", heard_init.index, heard_exit.index);
    heard = 0;
    expect(insmod()).toBe(0);
    expect(kpi_rmmod(cstr("a"))).toBe(0);
    const coming: u32 = 1 + MODULE_STATE_COMING;
    const live: u32 = 1 + MODULE_STATE_LIVE;
    const going: u32 = 1 + MODULE_STATE_GOING;
    expect(heard).toBe((((coming * 10 + 9) * 10 + live) * 10 + 8) * 10 + going);

    place(0, "fails", heard_init.index, heard_exit.index);
    heard = 0;
    init_result = -ENODEV;
    expect(insmod()).toBe(-ENODEV);
    expect(heard).toBe((coming * 10 + 9) * 10 + going, "also of one whose init fails");

    place(0, "unwanted", heard_init.index, heard_exit.index);
    heard = 0;
    answer = <i32>NOTIFY_STOP_MASK | (<i32>NOTIFY_OK + EBUSY);
    expect(insmod()).toBe(-EBUSY);
    expect(heard).toBe(coming, "whoever refuses a module has nothing to undo");
    answer = NOTIFY_OK;
    expect(unregister_module_notifier(listener)).toBe(0);
    expect(unregister_module_notifier(listener)).toBe(-ENOENT);
  });

  test("references keep a module, and nobody gets one of a module that goes", () => {
    const mod = place(0, "a", good_init.index, count_exit.index);
    expect(insmod()).toBe(0);
    expect(try_module_get(mod)).toBe(1);
    expect(module_refcount(mod)).toBe(1);
    module_put(mod);
    expect(kpi_rmmod(cstr("a"))).toBe(0);
    expect(try_module_get(mod)).toBe(0);
    expect(module_refcount(mod)).toBe(-1);
    module_put(mod);
    expect(logged("module_put: more references were dropped than taken")).toBe(true);
    expect(module_refcount(mod)).toBe(-1);
    expect(try_module_get(0)).toBe(1, "the core stays");
    module_put(0);
  });
});
