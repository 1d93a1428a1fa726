import { sizeof_device } from "../../../abi";
import { kmem_live_objects } from "../../../mm/slab_common";
import { device_initialize } from "../core";
import {
  __devres_alloc_node,
  devres_add,
  devres_close_group,
  devres_destroy,
  devres_find,
  devres_for_each_res,
  devres_free,
  devres_get,
  devres_open_group,
  devres_release,
  devres_release_all,
  devres_release_group,
  devres_remove,
  devres_remove_group,
} from "../devres";
import {
  devm_add_action,
  devm_kasprintf,
  devm_kfree,
  devm_kmalloc,
  devm_kmemdup,
  devm_krealloc,
  devm_kstrdup,
  devm_release_action,
  devm_remove_action,
} from "../devres_mem";
import { boot_drivers } from "../../../__tests__/boot";
import { c_string, log_mark, logged, str } from "../../../__tests__/log";

const GFP: u32 = 0xcc0;
const device = memory.data(512, 8);
const other = memory.data(512, 8);
const text = memory.data(64);
let trail = "";

function release(dev: usize, res: usize): void {
  trail += load<u32>(res).toString() + " ";
}

function release2(dev: usize, res: usize): void {
  trail += "x" + load<u32>(res).toString() + " ";
}

function match(dev: usize, res: usize, data: usize): i32 {
  return load<u32>(res) == <u32>data ? 1 : 0;
}

function action(data: usize): void {
  trail += "a" + data.toString() + " ";
}

function visit(dev: usize, res: usize, data: usize): void {
  trail += "v" + load<u32>(res).toString() + " ";
}

function resource(n: u32): usize {
  const res = __devres_alloc_node(release.index, 8, GFP, -1, text);
  store<u32>(res, n);
  return res;
}

function add(n: u32): void {
  devres_add(device, resource(n));
}

describe("managed resources", () => {
  beforeEach(() => {
    boot_drivers();
    memory.fill(device, 0, sizeof_device);
    device_initialize(device);
    trail = "";
  });

  test("are released in reverse order", () => {
    const live = kmem_live_objects();
    add(1);
    add(2);
    add(3);
    expect(devres_release_all(device)).toBe(3);
    expect(trail).toBe("3 2 1 ");
    expect(devres_release_all(device)).toBe(0);
    expect(kmem_live_objects()).toBe(live);
  });

  test("begin as zeroes, aligned to 8", () => {
    const res = __devres_alloc_node(release.index, 100, GFP, -1, text);
    expect(res & 7).toBe(0);
    for (let i: u32 = 0; i < 100; i++) expect(load<u8>(res + i)).toBe(0);
    devres_free(res);
    devres_free(0);
    expect(__devres_alloc_node(release.index, 0xffffffff, GFP, -1, text)).toBe(0);
  });

  test("are found by release function and match, the latest first", () => {
    add(1);
    add(2);
    const res = __devres_alloc_node(release2.index, 8, GFP, -1, text);
    devres_add(device, res);
    expect(load<u32>(devres_find(device, release.index, 0, 0))).toBe(2);
    expect(load<u32>(devres_find(device, release.index, match.index, 1))).toBe(1);
    expect(devres_find(device, release.index, match.index, 9)).toBe(0);
    devres_for_each_res(device, release.index, 0, 0, visit.index, 0);
    expect(trail).toBe("v2 v1 ");
    trail = "";
    expect(devres_destroy(device, release.index, match.index, 1)).toBe(0);
    expect(devres_destroy(device, release.index, match.index, 1)).toBe(-2);
    expect(trail).toBe("");
    expect(devres_release(device, release.index, match.index, 2)).toBe(0);
    expect(trail).toBe("2 ");
    const taken = devres_remove(device, release2.index, 0, 0);
    expect(taken).toBe(res);
    devres_free(taken);
    expect(devres_release_all(device)).toBe(0);
  });

  test("devres_get keeps the one that is there", () => {
    const first = resource(7);
    expect(devres_get(device, first, match.index, 7)).toBe(first);
    expect(devres_get(device, resource(7), match.index, 7)).toBe(first);
    devres_release_all(device);
    expect(trail).toBe("7 ");
  });

  test("of a group go together, and with them the groups inside", () => {
    add(1);
    const outer = devres_open_group(device, 0, GFP);
    add(2);
    const inner = devres_open_group(device, 0, GFP);
    add(3);
    devres_close_group(device, inner);
    add(4);
    devres_close_group(device, outer);
    add(5);
    expect(devres_release_group(device, outer)).toBe(3);
    expect(trail).toBe("4 3 2 ");
    log_mark();
    devres_close_group(device, inner); // it is gone too
    expect(logged("no such group")).toBe(true);
    devres_release_all(device);
    expect(trail).toBe("4 3 2 5 1 ");
  });

  test("of an open group reach to the end, and a removed group leaves them", () => {
    const live = kmem_live_objects();
    add(1);
    const id = text;
    expect(devres_open_group(device, id, GFP)).toBe(id);
    add(2);
    expect(devres_release_group(device, 0)).toBe(1);
    devres_open_group(device, id, GFP);
    add(3);
    devres_close_group(device, id);
    devres_remove_group(device, id);
    devres_open_group(device, id, GFP);
    devres_release_all(device);
    expect(trail).toBe("2 3 1 ");
    expect(kmem_live_objects()).toBe(live);
  });
});

describe("managed memory and actions", () => {
  beforeEach(() => {
    boot_drivers();
    memory.fill(device, 0, sizeof_device);
    memory.fill(other, 0, sizeof_device);
    device_initialize(device);
    device_initialize(other);
    trail = "";
  });

  test("are freed with the device", () => {
    const live = kmem_live_objects();
    expect(str(devm_kstrdup(device, c_string(text, "hello"), GFP))).toBe("hello");
    expect(devm_kstrdup(device, 0, GFP)).toBe(0);
    const copy = devm_kmemdup(device, text, 6, GFP);
    expect(str(copy)).toBe("hello");
    const bigger = devm_krealloc(device, copy, 100, GFP);
    expect(str(bigger)).toBe("hello");
    expect(devm_krealloc(device, bigger, 10, GFP)).toBe(bigger);
    expect(str(devm_kasprintf(device, GFP, c_string(text, "plain"), 0))).toBe("plain");
    expect(devm_kmalloc(device, 0, GFP)).toBe(16); // ZERO_SIZE_PTR
    devm_kfree(device, 16);
    devm_kfree(device, 0);
    const mine = devm_kmalloc(device, 32, GFP);
    log_mark();
    devm_kfree(other, mine);
    expect(logged("devm_kfree: the memory does not belong to the device")).toBe(true);
    devres_release_all(device);
    expect(kmem_live_objects()).toBe(live);
  });

  test("actions are called once, taken back, or called early", () => {
    expect(devm_add_action(device, action.index, 1)).toBe(0);
    devm_add_action(device, action.index, 2);
    devm_add_action(device, action.index, 3);
    devm_remove_action(device, action.index, 2);
    devm_release_action(device, action.index, 1);
    expect(trail).toBe("a1 ");
    log_mark();
    devm_remove_action(device, action.index, 1);
    expect(logged("devm_remove_action: no such action")).toBe(true);
    devres_release_all(device);
    expect(trail).toBe("a1 a3 ");
  });
});
