import {
  GFP_ATOMIC,
  GFP_KERNEL,
  KMALLOC_MAX_SIZE,
  KMALLOC_SHIFT_HIGH,
  NR_KMALLOC_TYPES,
  PAGE_SIZE,
  SLAB_HWCACHE_ALIGN,
  SLAB_TYPESAFE_BY_RCU,
  ZERO_SIZE_PTR,
  __GFP_NOWARN,
  __GFP_ZERO,
  page,
} from "../../abi";
import { DEBUG } from "../../flavour";
import { nr_free_pages } from "../buddy";
import { mm_init } from "../init";
import {
  __kmalloc,
  kcalloc,
  kfree_sensitive,
  kmalloc,
  kmalloc_array,
  kmalloc_caches,
  kmalloc_size_roundup,
  kmalloc_trace,
  krealloc,
  ksize,
  kzalloc,
} from "../kmalloc";
import { magazine_pages } from "../magazine";
import { FLAG_SLAB, compound_head, page_address, virt_to_head_page, virt_to_page } from "../page";
import { __free_pages, alloc_pages } from "../page_alloc";
import { slub_reclaim } from "../reclaim";
import {
  kmem_cache_alloc_bulk,
  kmem_cache_create,
  kmem_cache_destroy,
  kmem_cache_free_bulk,
  kmem_cache_shrink,
  kmem_cache_size,
  kmem_live_bytes,
  kmem_live_objects,
} from "../slab_common";
import { kfree, kmem_cache_alloc, kmem_cache_free, slab_of } from "../slub";
import { log_count, log_mark, logged } from "../../__tests__/log";
import { random, seed } from "./random";

let live: u32 = 0;
let bytes: usize = 0;

function balanced(): void {
  expect(kmem_live_objects()).toBe(live, "live objects");
  expect(kmem_live_bytes()).toBe(bytes, "live bytes");
}

/** A cache whose object is freed by a CPU that does not own its slab. */
function freed_elsewhere(): void {
  const s = kmem_cache_create(cstr("elsewhere"), 64, 0, 0, 0);
  const object = kmem_cache_alloc(s, GFP_KERNEL);
  slab_of(object).owner = 1;
  kmem_cache_free(s, object);
  kmem_cache_destroy(s);
}

let constructed = 0;
function construct(object: usize): void {
  constructed++;
  store<u32>(object, 0xc0de);
}

describe("kmalloc", () => {
  beforeEach(() => {
    mm_init();
    live = kmem_live_objects();
    bytes = kmem_live_bytes();
    log_mark();
  });

  test("serves Linux's size classes", () => {
    const sizes: u32[] = [
      1, 8, 9, 16, 17, 32, 64, 65, 96, 97, 128, 129, 192, 193, 256, 512, 513, 1024, 2048, 4096, 4097, 8192,
    ];
    const classes: u32[] = [
      8, 8, 16, 16, 32, 32, 64, 96, 96, 128, 128, 192, 192, 256, 256, 512, 1024, 1024, 2048, 4096, 8192, 8192,
    ];
    for (let i = 0; i < sizes.length; i++) {
      const object = __kmalloc(sizes[i], GFP_KERNEL);
      expect(ksize(object)).toBe(DEBUG && sizes[i] < 8192 ? sizes[i] : classes[i]); // behind it is the red zone
      expect(kmalloc_size_roundup(sizes[i])).toBe(classes[i]);
      const align = classes[i] & (classes[i] - 1) ? 8 : min<u32>(classes[i], PAGE_SIZE);
      expect(object & (align - 1)).toBe(0, "aligned");
      const large = DEBUG && sizes[i] == 8192;
      expect((changetype<page>(virt_to_head_page(object)).flags & FLAG_SLAB) == 0).toBe(large, "PageSlab");
      kfree(object);
    }
    balanced();
  });

  test("fills kmalloc_caches as the inline kmalloc() reads it", () => {
    for (let type: u32 = 0; type < NR_KMALLOC_TYPES; type++) {
      const row = kmalloc_caches + type * (KMALLOC_SHIFT_HIGH + 1) * 4;
      expect(load<usize>(row)).toBe(0);
      for (let index = 3; index <= 13; index++) expect(kmem_cache_size(load<usize>(row + index * 4))).toBe(1 << index);
      expect(kmem_cache_size(load<usize>(row + 4))).toBe(96);
      expect(kmem_cache_size(load<usize>(row + 8))).toBe(192);
    }
    const object = kmalloc_trace(load<usize>(kmalloc_caches + 5 * 4), GFP_KERNEL | __GFP_ZERO, 20);
    expect(ksize(object)).toBe(DEBUG ? 20 : 32);
    kfree(object);
    balanced();
  });

  test("zeroes when asked, over what was there", () => {
    for (let size: u32 = 8; size <= 16384; size += size) {
      const dirty = kmalloc(size, GFP_KERNEL);
      memory.fill(dirty, 0xff, size);
      kfree(dirty);
      const clean = kzalloc(size, GFP_KERNEL);
      let sum: u64 = 0;
      for (let i: u32 = 0; i < size; i += 8) sum |= load<u64>(clean + i);
      expect(sum).toBe(0);
      kfree(clean);
    }
    balanced();
  });

  test("treats size 0, NULL and ZERO_SIZE_PTR as Linux does", () => {
    expect(kmalloc(0, GFP_KERNEL)).toBe(ZERO_SIZE_PTR);
    expect(ksize(0)).toBe(0);
    expect(ksize(ZERO_SIZE_PTR)).toBe(0);
    kfree(0);
    kfree(ZERO_SIZE_PTR);
    expect(krealloc(0, 0, GFP_KERNEL)).toBe(ZERO_SIZE_PTR);
    expect(log_count()).toBe(0);
  });

  test("takes whole pages above 8 KiB", () => {
    const before = nr_free_pages();
    const object = kmalloc(20000, GFP_KERNEL);
    expect(ksize(object)).toBe(20000, "debug: a red zone is behind what was asked for");
    expect(object & (PAGE_SIZE - 1)).toBe(0);
    expect(kmem_live_objects()).toBe(live + 1);
    expect(kmem_live_bytes()).toBe(bytes + 32768);
    kfree(object);
    expect(nr_free_pages()).toBe(before);
    balanced();
  });

  test("refuses more than KMALLOC_MAX_SIZE", () => {
    expect(kmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL | __GFP_NOWARN)).toBe(0);
    expect(log_count()).toBe(0);
    expect(kmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL)).toBe(0);
    expect(logged("more than KMALLOC_MAX_SIZE")).toBe(true);
    const most = kmalloc(KMALLOC_MAX_SIZE, GFP_KERNEL);
    expect(most).not.toBe(0);
    kfree(most);
    expect(kmalloc_array(0x10000, 0x10001, GFP_KERNEL)).toBe(0, "the product overflows");
    const array = kcalloc(10, 10, GFP_KERNEL);
    expect(load<u64>(array, 88)).toBe(0);
    kfree(array);
    balanced();
  });

  test("keeps 200000 random objects apart", () => {
    seed(3);
    const objects = new StaticArray<usize>(512);
    const sizes = new StaticArray<u32>(512);
    let wrong = 0;
    for (let i = 0; i < 200000; i++) {
      const slot = random(512);
      const have = objects[slot];
      if (have) {
        if (load<u32>(have) != slot || load<u32>(have + sizes[slot] - 4) != ~slot) wrong++;
        kfree(have);
        objects[slot] = 0;
      } else {
        const size = (8 + (random(64) ? random(1 << (3 + random(9))) : random(20000))) & ~3;
        const object = __kmalloc(size, GFP_ATOMIC);
        if (!object) continue;
        store<u32>(object, slot);
        store<u32>(object + size - 4, ~slot);
        objects[slot] = object;
        sizes[slot] = size;
      }
    }
    let count: u32 = 0;
    for (let slot = 0; slot < 512; slot++) count += <u32>(objects[slot] != 0);
    expect(kmem_live_objects()).toBe(live + count);
    for (let slot = 0; slot < 512; slot++) kfree(objects[slot]);
    expect(wrong).toBe(0);
    expect(log_count()).toBe(0);
    balanced();
  });

  test("gives all memory back when asked", () => {
    slub_reclaim();
    const before = nr_free_pages();
    const objects = new StaticArray<usize>(20000);
    for (let i = 0; i < 20000; i++) objects[i] = kmalloc(64 + (i & 255), GFP_KERNEL);
    for (let i = 0; i < 20000; i++) kfree(objects[i]);
    slub_reclaim();
    // Magazines and slab descriptors are kept for the next time.
    expect(before - nr_free_pages()).toBeLessThan(DEBUG ? 60 : 30);
    balanced();
  });

  test("returns NULL when memory is out, and recovers", () => {
    let first: usize = 0;
    let count: u32 = 0;
    while (true) {
      const object = kmalloc(2048, GFP_KERNEL | __GFP_NOWARN);
      if (!object) break;
      store<usize>(object, first);
      first = object;
      count++;
    }
    expect(count).toBeGreaterThan(DEBUG ? 6000 : 14000); // twice the size, for the red zone
    expect(log_count()).toBe(0);
    expect(kmalloc(65536, GFP_ATOMIC)).toBe(0);
    expect(logged("page allocation failure")).toBe(true);
    while (first) {
      const next = load<usize>(first);
      kfree(first);
      first = next;
    }
    // Memory of one class serves another: the page allocator has the caches give back what they hold.
    const big = kmalloc(KMALLOC_MAX_SIZE, GFP_KERNEL);
    expect(big).not.toBe(0);
    kfree(big);
    balanced();
  });

  test("reallocates, keeping what was there", () => {
    let object = krealloc(0, 10, GFP_KERNEL);
    store<u64>(object, 0x1122334455667788);
    expect(krealloc(object, DEBUG ? 10 : 16, GFP_KERNEL)).toBe(object, "it fits");
    for (let size = 17; size < 40000; size *= 3) {
      object = krealloc(object, size, GFP_KERNEL);
      expect(load<u64>(object)).toBe(0x1122334455667788);
    }
    expect(krealloc(object, 0, GFP_KERNEL)).toBe(ZERO_SIZE_PTR);
    const secret = kmalloc(100, GFP_KERNEL);
    memory.fill(secret, 7, 100);
    kfree_sensitive(secret);
    expect(load<u64>(secret, 92)).toBe(DEBUG ? 0x6b6b6b6b6b6b6b6b : 0);
    balanced();
  });
});

describe("a bad free", () => {
  beforeEach(() => {
    mm_init();
    log_mark();
  });

  test("of a freed object", () => {
    const object = kmalloc(64, GFP_KERNEL);
    kfree(object);
    kfree(object);
    expect(logged(DEBUG ? "BUG kmalloc-128: object at" : "BUG kmalloc-64: object at")).toBe(true);
    expect(logged("double free")).toBe(true);
    const a = kmalloc(64, GFP_KERNEL);
    const b = kmalloc(64, GFP_KERNEL);
    expect(a).not.toBe(b, "the object is handed out once");
  });

  test("of the middle of an object", () => {
    const object = kmalloc(192, GFP_KERNEL);
    kfree(object + 8);
    expect(logged("which is 8 bytes into the object")).toBe(true);
    expect(ksize(object)).toBe(192);
    kfree(object);
  });

  test("of what lies behind the last object", () => {
    kfree((kmalloc(8, GFP_KERNEL) | (PAGE_SIZE - 1)) - 7);
    expect(logged("behind the last object")).toBe(true);
  });

  test("of pages, of the middle of a large allocation, of freed ones", () => {
    const p = alloc_pages(GFP_KERNEL, 0);
    kfree(page_address(p));
    expect(logged("is not memory from kmalloc")).toBe(true);
    __free_pages(p, 0);
    kfree(page_address(p));
    expect(logged("are free already")).toBe(true);
    const large = kmalloc(16384, GFP_KERNEL);
    kfree(large + 8);
    expect(logged("inside a large allocation")).toBe(true);
    kfree(large);
    kfree(large);
    expect(logged("double free")).toBe(true);
  });

  test("of an error pointer or a cookie", () => {
    kfree(0xfffffff4);
    expect(logged("kfree: fffffff4 is no memory")).toBe(true);
    kfree(0xa0000000);
    expect(logged("kfree: a0000000 is no memory")).toBe(true);
    kfree(0x3000);
    expect(logged("is not memory from kmalloc")).toBe(true);
  });
});

describe("kmem_cache", () => {
  beforeEach(() => {
    mm_init();
    live = kmem_live_objects();
    bytes = kmem_live_bytes();
    constructed = 0;
    log_mark();
  });

  test("aligns and sizes its objects", () => {
    const odd = kmem_cache_create(cstr("odd"), 100, 0, 0, 0);
    const a = kmem_cache_alloc(odd, GFP_KERNEL);
    expect(a & 7).toBe(0);
    expect(ksize(a)).toBe(100);
    const lines = kmem_cache_create(cstr("lines"), 100, 0, SLAB_HWCACHE_ALIGN, 0);
    const b = kmem_cache_alloc(lines, GFP_KERNEL | __GFP_ZERO);
    expect(b & 63).toBe(0);
    const large = kmem_cache_create(cstr("large"), 70000, 256, 0, 0);
    const c = kmem_cache_alloc(large, GFP_KERNEL | __GFP_ZERO);
    expect(c & 255).toBe(0);
    kmem_cache_free(odd, a);
    kmem_cache_free(lines, b);
    kfree(c);
    kmem_cache_destroy(odd);
    kmem_cache_destroy(lines);
    kmem_cache_destroy(large);
    kmem_cache_destroy(0);
    expect(log_count()).toBe(0);
    balanced();
  });

  test("constructs each object once, and frees do not touch it", () => {
    const s = kmem_cache_create(cstr("made"), 500, 0, 0, construct.index);
    const a = kmem_cache_alloc(s, GFP_KERNEL);
    const made = constructed;
    expect(made).toBe(8);
    expect(load<u32>(a)).toBe(0xc0de);
    store<u32>(a, 0xbeef, 4);
    kmem_cache_free(s, a);
    expect(kmem_cache_alloc(s, GFP_KERNEL)).toBe(a);
    expect(load<u32>(a)).toBe(0xc0de);
    expect(load<u32>(a, 4)).toBe(0xbeef);
    expect(constructed).toBe(made);
    kmem_cache_free(s, a);
    kmem_cache_destroy(s);
  });

  test("allocates and frees in bulk", () => {
    const s = kmem_cache_create(cstr("bulk"), 256, 0, 0, 0);
    const array = kmalloc(4 * 300, GFP_KERNEL);
    expect(kmem_cache_alloc_bulk(s, GFP_KERNEL, 300, array)).toBe(300);
    for (let i = 0; i < 300; i++) store<u32>(load<usize>(array + i * 4), i);
    for (let i = 0; i < 300; i++) expect(load<u32>(load<usize>(array + i * 4))).toBe(i);
    kmem_cache_free_bulk(s, 200, array);
    kmem_cache_free_bulk(0, 100, array + 800);
    kfree(array);
    kmem_cache_shrink(s);
    kmem_cache_destroy(s);
    balanced();
  });

  test("reports an object freed to another cache, and one left at the end", () => {
    const a = kmem_cache_create(cstr("ours"), 64, 0, 0, 0);
    const b = kmem_cache_create(cstr("theirs"), 64, 0, 0, 0);
    const object = kmem_cache_alloc(a, GFP_KERNEL);
    kmem_cache_free(b, object);
    expect(logged("wrong slab cache. theirs but object at")).toBe(true);
    const left = kmem_cache_alloc(a, GFP_KERNEL);
    kmem_cache_destroy(a);
    expect(logged("BUG ours: 1 objects remaining")).toBe(true);
    kmem_cache_free(a, left);
    kmem_cache_destroy(a);
    kmem_cache_destroy(b);
    balanced();
  });

  test("keeps the memory of a typesafe cache until its end", () => {
    const before = nr_free_pages();
    const s = kmem_cache_create(cstr("typesafe"), 4096, 0, SLAB_TYPESAFE_BY_RCU, 0);
    kmem_cache_free(s, kmem_cache_alloc(s, GFP_KERNEL));
    kmem_cache_shrink(s);
    slub_reclaim();
    expect(before - nr_free_pages()).toBeGreaterThan(7);
    kmem_cache_destroy(s);
    expect(before - nr_free_pages()).toBeLessThan(DEBUG ? 8 : 4);
  });

  test("what another CPU's slab gets back keeps no magazine when the cache ends", () => {
    freed_elsewhere();
    const before = magazine_pages();
    for (let i = 0; i < 100; i++) freed_elsewhere();
    expect(magazine_pages()).toBe(before);
    balanced();
  });

  test("refuses sizes that make no sense", () => {
    expect(kmem_cache_create(cstr("none"), 0, 0, 0, 0)).toBe(0);
    expect(kmem_cache_create(cstr("huge"), KMALLOC_MAX_SIZE + 1, 0, 0, 0)).toBe(0);
    expect(logged("kmem_cache_create(huge) failed")).toBe(true);
  });
});
