import {
  EINVAL,
  GFP_KERNEL,
  KOBJ_ADD,
  KOBJ_CHANGE,
  kobj_type,
  kset_uevent_ops,
  sizeof_klist,
  sizeof_klist_iter,
  sizeof_klist_node,
  sizeof_kobj_type,
  sizeof_kobject,
  sizeof_kset_uevent_ops,
} from "../../abi";
import { boot_drivers } from "../../__tests__/boot";
import { c_string, log_mark, logged, str } from "../../__tests__/log";
import { sysfs_lookup } from "../../fs/sysfs/path";
import { kmem_live_objects } from "../../mm/slab_common";
import { kfree } from "../../mm/slub";
import {
  klist_add_before,
  klist_add_behind,
  klist_add_head,
  klist_add_tail,
  klist_del,
  klist_init,
  klist_iter_exit,
  klist_iter_init,
  klist_next,
  klist_node_attached,
  klist_prev,
  klist_remove,
} from "../klist";
import {
  kobject_add,
  kobject_create_and_add,
  kobject_del,
  kobject_get,
  kobject_get_path,
  kobject_get_unless_zero,
  kobject_init,
  kobject_init_and_add,
  kobject_move,
  kobject_name,
  kobject_put,
  kobject_set_name,
  kref_read,
  kset_create_and_add,
  kset_find_obj,
  kset_kobj,
  kset_unregister,
  to_kobject,
} from "../kobject";
import { add_uevent_var, kobject_uevent, kobject_uevent_env } from "../kobject_uevent";
import { refcount_dec_and_test, refcount_inc, refcount_inc_not_zero, refcount_read, refcount_set } from "../refcount";
import { va_block, va_free } from "../vsprintf";

const object = memory.data(sizeof_kobject, 8);
const type = memory.data(sizeof_kobj_type, 8);
const ops = memory.data(sizeof_kset_uevent_ops, 8);
const list = memory.data(sizeof_klist, 8);
const nodes = memory.data(4 * 16, 8);
const iter = memory.data(sizeof_klist_iter, 8);
const word = memory.data(8, 8);
let trail = "";

function release(kobj: usize): void {
  trail += "released ";
}

function uevent(kobj: usize, env: usize): i32 {
  trail += "uevent ";
  for (let i = 0; i < 60; i++) if (add_uevent_var(env, cstr("KEY=%s"), 0)) return -12;
  return 0;
}

function got(node: usize): void {
  trail += "+" + ((node - nodes) / 16).toString() + " ";
}

function dropped(node: usize): void {
  trail += "-" + ((node - nodes) / 16).toString() + " ";
}

function node(n: u32): usize {
  return nodes + n * 16;
}

function order(): string {
  let all = "";
  klist_iter_init(list, iter);
  for (let n = klist_next(iter); n; n = klist_next(iter)) all += ((n - nodes) / 16).toString();
  klist_iter_exit(iter);
  return all;
}

describe("a kobject", () => {
  beforeEach(() => {
    boot_drivers();
    trail = "";
    memory.fill(object, 0, sizeof_kobject);
    changetype<kobj_type>(type).release = release.index;
  });

  test("lives until its last reference", () => {
    const live = kmem_live_objects();
    kobject_init(object, type);
    expect(kobject_add(object, 0, cstr("a/%d"), va_block(7))).toBe(0);
    va_free();
    expect(str(kobject_name(object))).toBe("a!7");
    expect(kobject_get(object)).toBe(object);
    expect(kref_read(object)).toBe(2);
    kobject_put(object);
    expect(trail).toBe("");
    kobject_put(object);
    expect(trail).toBe("released ");
    expect(kobject_get_unless_zero(object)).toBe(0);
    expect(kmem_live_objects()).toBe(live);
    expect(kobject_get(0)).toBe(0);
    kobject_put(0);
  });

  test("without a name or not initialised is refused", () => {
    log_mark();
    expect(kobject_add(object, 0, 0, 0)).toBe(-EINVAL);
    expect(logged("tried to add an uninitialized object")).toBe(true);
    kobject_init(object, type);
    expect(kobject_add(object, 0, cstr(""), 0)).toBe(-EINVAL);
    expect(logged("attempted to be registered with empty name!")).toBe(true);
    kobject_put(object);
  });

  test("holds its parent, and can move to another", () => {
    const a = kobject_create_and_add(cstr("a"), 0);
    const b = kobject_create_and_add(cstr("b"), 0);
    kobject_init_and_add(object, type, a, cstr("child"), 0);
    expect(kref_read(a)).toBe(2);
    expect(kobject_move(object, b)).toBe(0);
    expect(kref_read(a)).toBe(1);
    const path = kobject_get_path(object, GFP_KERNEL);
    expect(str(path)).toBe("/b/child");
    kfree(path);
    expect(sysfs_lookup(cstr("/sys/b/child"), true)).not.toBe(0);
    kobject_del(object);
    expect(kref_read(b)).toBe(1);
    kobject_put(object);
    kobject_put(a);
    kobject_put(b);
  });

  test("is found in its set, and its events pass the set's callbacks", () => {
    changetype<kset_uevent_ops>(ops).uevent = uevent.index;
    const set = kset_create_and_add(cstr("set"), ops, 0);
    to_kobject(object).kset = set;
    expect(kobject_init_and_add(object, type, 0, cstr("member"), 0)).toBe(0);
    expect(kset_find_obj(set, cstr("member"))).toBe(object);
    kobject_put(object);
    expect(kset_find_obj(set, cstr("other"))).toBe(0);
    expect(kobject_uevent(object, KOBJ_ADD)).toBe(0);
    expect(trail).toBe("uevent ");
    store<usize>(word, cstr("EXTRA=1"));
    store<usize>(word, 0, 4);
    log_mark();
    expect(kobject_uevent_env(object, KOBJ_CHANGE, word)).toBe(-12); // 3 + 1 + 60 and the number are too many
    expect(logged("add_uevent_var: too many keys")).toBe(true);
    to_kobject(object).uevent_suppress = 1;
    trail = "";
    expect(kobject_uevent(object, KOBJ_CHANGE)).toBe(0);
    expect(trail).toBe("");
    kobject_put(object);
    expect(kobject_uevent(kset_kobj(set), KOBJ_CHANGE)).toBe(-EINVAL);
    kset_unregister(set);
  });
});

describe("a klist", () => {
  beforeEach(() => {
    boot_drivers();
    trail = "";
    memory.fill(nodes, 0, 4 * sizeof_klist_node);
    klist_init(list, got.index, dropped.index);
  });

  test("keeps its order both ways", () => {
    klist_add_tail(node(1), list);
    klist_add_head(node(0), list);
    klist_add_behind(node(3), node(1));
    klist_add_before(node(2), node(3));
    expect(order()).toBe("0123");
    klist_iter_init(list, iter);
    let back = "";
    for (let n = klist_prev(iter); n; n = klist_prev(iter)) back += ((n - nodes) / 16).toString();
    klist_iter_exit(iter);
    expect(back).toBe("3210");
    expect(trail).toBe("+1 +0 +3 +2 ");
  });

  test("lets nodes go under a walk, once it has left them", () => {
    for (let n: u32 = 0; n < 3; n++) klist_add_tail(node(n), list);
    klist_iter_init(list, iter);
    expect(klist_next(iter)).toBe(node(0));
    expect(klist_next(iter)).toBe(node(1));
    klist_del(node(1));
    klist_del(node(2));
    expect(klist_node_attached(node(1))).toBe(1);
    expect(klist_node_attached(node(2))).toBe(0);
    expect(order2()).toBe("0");
    expect(klist_next(iter)).toBe(0);
    expect(klist_node_attached(node(1))).toBe(0);
    klist_iter_exit(iter);
    klist_remove(node(0));
    expect(trail).toBe("+0 +1 +2 -2 -1 -0 ");
  });
});

/** A second walk beside the one under way. */
function order2(): string {
  const i = memory.data(8, 4);
  let all = "";
  klist_iter_init(list, i);
  for (let n = klist_next(i); n; n = klist_next(i)) all += ((n - nodes) / 16).toString();
  klist_iter_exit(i);
  return all;
}

describe("a reference count", () => {
  beforeEach(boot_drivers);

  test("saturates instead of wrapping, and says so once", () => {
    refcount_set(word, 1);
    expect(refcount_inc_not_zero(word)).toBe(true);
    expect(refcount_dec_and_test(word)).toBe(false);
    expect(refcount_dec_and_test(word)).toBe(true);
    expect(refcount_inc_not_zero(word)).toBe(false);
    log_mark();
    refcount_inc(word);
    expect(logged("refcount_t: addition on 0; use-after-free.")).toBe(true);
    expect(refcount_read(word)).toBe(0xc0000000);
    refcount_set(word, 0);
    log_mark();
    refcount_inc(word);
    expect(logged("refcount_t")).toBe(false);
    refcount_set(word, 0x7fffffff);
    refcount_inc(word);
    expect(refcount_read(word)).toBe(0xc0000000);
    expect(refcount_dec_and_test(word)).toBe(false);
    expect(refcount_read(word)).toBe(0xc0000000);
  });
});
