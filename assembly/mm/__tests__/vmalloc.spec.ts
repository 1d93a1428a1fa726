import { GFP_ATOMIC, GFP_KERNEL, PAGE_SIZE, __GFP_NOFAIL, __GFP_NOWARN, __GFP_ZERO, vm_struct } from "../../abi";
import { nr_free_pages } from "../buddy";
import { mm_init } from "../init";
import { page_address } from "../page";
import { __get_free_pages, free_pages } from "../page_alloc";
import { kfree, kmalloc } from "../slub";
import {
  kfree_const,
  kmemdup,
  kmemdup_nul,
  kstrdup,
  kstrdup_const,
  kstrndup,
  kvfree,
  kvmalloc_node,
  kvrealloc,
} from "../util";
import {
  __vmalloc,
  __vmalloc_node,
  find_vm_area,
  is_vmalloc_addr,
  vcalloc,
  vfree,
  vmalloc,
  vmalloc_nr_pages,
  vmalloc_to_page,
  vzalloc,
} from "../vmalloc";
import { log_mark, logged } from "../../__tests__/log";

const MIB: usize = 1 << 20;

/** The first allocation of a class also takes a slab; compare from then on. */
let before: u32 = 0;

describe("vmalloc", () => {
  beforeEach(() => {
    mm_init();
    vfree(vmalloc(1));
    before = nr_free_pages();
    log_mark();
  });

  test("rounds to pages and takes no more", () => {
    const a = vmalloc(1);
    const b = vmalloc(5 * PAGE_SIZE + 1);
    expect(a & (PAGE_SIZE - 1)).toBe(0);
    expect(nr_free_pages()).toBe(before - 7);
    expect(vmalloc_nr_pages()).toBe(7);
    expect(changetype<vm_struct>(find_vm_area(b + 3 * PAGE_SIZE)).size).toBe(6 * PAGE_SIZE);
    expect(page_address(vmalloc_to_page(b + 0x2345))).toBe(b + 0x2000);
    vfree(a);
    vfree(b);
    vfree(0);
    expect(nr_free_pages()).toBe(before);
    expect(is_vmalloc_addr(b)).toBe(false);
  });

  test("aligns as far as it is asked to, and gives back what lies around", () => {
    for (let shift: u32 = 0; shift <= 21; shift++) {
      const a = __vmalloc_node(3 * PAGE_SIZE, 1 << shift, GFP_KERNEL | __GFP_ZERO, 0, 0);
      expect(a & ((1 << shift) - 1)).toBe(0);
      expect(load<u64>(a)).toBe(0);
      expect(nr_free_pages()).toBe(before - 3);
      store<u64>(a, u64.MAX_VALUE);
      vfree(a);
    }
    expect(nr_free_pages()).toBe(before);
    expect(__vmalloc_node(PAGE_SIZE, 1 << 31, GFP_KERNEL | __GFP_NOWARN, 0, 0)).toBe(0);
  });

  test("has 10 MiB in one piece, several times, and gives them back", () => {
    for (let round = 0; round < 3; round++) {
      const a = vzalloc(10 * MIB);
      const b = vmalloc(10 * MIB);
      expect(a).not.toBe(0);
      expect(b).not.toBe(0);
      let sum: u64 = 0;
      for (let i: usize = 0; i < 10 * MIB; i += 8) sum |= load<u64>(a + i);
      expect(sum).toBe(0);
      memory.fill(a, 0xff, 10 * MIB);
      memory.fill(b, 0x11, 10 * MIB);
      expect(load<u64>(a)).toBe(-1);
      vfree(a);
      vfree(b);
      expect(nr_free_pages()).toBe(before);
    }
  });

  test("returns NULL for what there is not, and says so", () => {
    expect(vmalloc(200 * MIB)).toBe(0);
    expect(logged("vmalloc error: size 209715200")).toBe(true);
    log_mark();
    expect(__vmalloc(31 * MIB, GFP_KERNEL | __GFP_NOWARN)).toBe(0);
    expect(vcalloc(0x10000, 0x10001)).toBe(0);
    expect(logged("vmalloc error")).toBe(false);
    expect(vmalloc(0)).toBe(0);
    expect(nr_free_pages()).toBe(before);
  });

  test("reports a bad free and leaves it", () => {
    const a = vmalloc(3 * PAGE_SIZE);
    vfree(a + PAGE_SIZE);
    expect(logged("bad address")).toBe(true);
    kfree(a);
    expect(logged("is memory from vmalloc: use vfree")).toBe(true);
    vfree(a);
    vfree(a);
    expect(logged("Trying to vfree() nonexistent vm area")).toBe(true);
    vfree(0xa0001000);
    expect(nr_free_pages()).toBe(before);
  });

  test("kvmalloc takes what there is, kvfree knows which", () => {
    const small = kvmalloc_node(100, GFP_KERNEL, -1);
    const large = kvmalloc_node(5 * MIB, GFP_KERNEL, -1);
    expect(is_vmalloc_addr(small)).toBe(false);
    expect(is_vmalloc_addr(large)).toBe(true);
    store<u32>(small, 0x600d);
    const grown = kvrealloc(small, 100, 6 * MIB, GFP_KERNEL);
    expect(load<u32>(grown)).toBe(0x600d);
    kvfree(large);
    kvfree(grown);
    kvfree(0);
    expect(vmalloc_nr_pages()).toBe(0);
  });

  test("kvmalloc that must not sleep, or must not fail, is as in Linux", () => {
    expect(kvmalloc_node(5 * MIB, GFP_ATOMIC, -1)).toBe(0, "vmalloc may sleep");
    const atomic = kvmalloc_node(2 * MIB, GFP_ATOMIC, -1);
    expect(is_vmalloc_addr(atomic)).toBe(false);
    kvfree(atomic);
    expect(kvmalloc_node(0x80000000, GFP_KERNEL, -1)).toBe(0);
    expect(logged("kvmalloc of more than INT_MAX bytes")).toBe(true);
    // All of the largest blocks are taken: kmalloc has none.
    let list: usize = 0;
    for (let p = __get_free_pages(__GFP_NOWARN, 10); p; p = __get_free_pages(__GFP_NOWARN, 10)) {
      store<usize>(p, list);
      list = p;
    }
    const fallback = kvmalloc_node(4 * MIB, GFP_KERNEL | __GFP_NOFAIL, -1); // kmalloc's failure is no BUG
    if (fallback) kvfree(fallback);
    while (list) {
      const next = load<usize>(list);
      free_pages(list, 10);
      list = next;
    }
  });

  test("copies strings and memory", () => {
    const text = kmalloc(8, GFP_KERNEL);
    memory.copy(text, cstr("eth0"), 5);
    const a = kstrdup(text, GFP_KERNEL);
    const b = kstrndup(text, 3, GFP_KERNEL);
    const c = kmemdup_nul(text, 2, GFP_KERNEL);
    const d = kmemdup(text, 5, GFP_KERNEL);
    expect(String.UTF8.decodeUnsafe(a, 5, true)).toBe("eth0");
    expect(String.UTF8.decodeUnsafe(b, 5, true)).toBe("eth");
    expect(String.UTF8.decodeUnsafe(c, 5, true)).toBe("et");
    expect(load<u32>(d)).toBe(load<u32>(text));
    const constant = cstr("constant");
    expect(kstrdup_const(constant, GFP_KERNEL)).toBe(constant);
    kfree_const(constant);
    const e = kstrdup_const(text, GFP_KERNEL);
    expect(e).not.toBe(text);
    kfree_const(e);
    kfree(a);
    kfree(b);
    kfree(c);
    kfree(d);
    kfree(text);
    expect(kstrdup(0, GFP_KERNEL)).toBe(0);
    expect(logged("BUG")).toBe(false);
  });
});
