import {
  GFP_ATOMIC,
  GFP_KERNEL,
  MAX_ORDER,
  PAGE_SHIFT,
  PAGE_SIZE,
  __GFP_COMP,
  __GFP_NOFAIL,
  __GFP_NOWARN,
  __GFP_ZERO,
  page,
  sizeof_page,
} from "../../abi";
import { BOOT_ARENA, BOOT_RAM_END } from "../../arch/wasm/memory";
import { buddy_nr_free, nr_free_pages } from "../buddy";
import { alloc_contig_pages, alloc_pages_exact, free_contig_range, free_pages_exact, get_order } from "../contig";
import { _totalram_pages, mm_init } from "../init";
import {
  FLAG_HEAD,
  FLAG_RESERVED,
  compound_head,
  compound_order,
  max_mapnr,
  mem_map,
  page_address,
  page_to_pfn,
  pfn_to_page,
  virt_to_page,
} from "../page";
import {
  __alloc_pages,
  __alloc_pages_bulk,
  __folio_put,
  __free_pages,
  __get_free_pages,
  alloc_pages,
  alloc_pages_below,
  free_pages,
  get_zeroed_page,
  split_page,
} from "../page_alloc";
import { get_page, page_count, put_page } from "../page_ref";
import { log_mark, logged } from "../../__tests__/log";
import { random, seed } from "./random";

/** The free lists, as one text. */
function free_lists(): string {
  let text = "";
  for (let order: u32 = 0; order < MAX_ORDER; order++) text += buddy_nr_free(order).toString() + " ";
  return text;
}

let pristine = "";

describe("page_alloc", () => {
  beforeEach(() => {
    mm_init();
    pristine = free_lists();
  });

  test("covers RAM with mem_map and reserves what the memory map holds", () => {
    const end = load<u32>(BOOT_RAM_END) >> PAGE_SHIFT;
    expect(load<u32>(max_mapnr)).toBe(end);
    expect(load<usize>(mem_map)).toBe(load<usize>(BOOT_ARENA));
    expect(page_to_pfn(pfn_to_page(end - 1))).toBe(end - 1);
    expect(changetype<page>(pfn_to_page(1)).flags & FLAG_RESERVED).not.toBe(0);
    expect(changetype<page>(virt_to_page(load<usize>(BOOT_ARENA))).flags & FLAG_RESERVED).not.toBe(0);
    expect(load<u32>(_totalram_pages) - nr_free_pages()).toBeLessThan(100, "what the other allocators took at boot");
    expect(nr_free_pages()).toBeGreaterThan(7500);
    expect(page_address(virt_to_page(0x234567))).toBe(0x234000);
  });

  test("aligns blocks to their size and merges them back", () => {
    for (let order: u32 = 0; order < MAX_ORDER; order++) {
      const address = __get_free_pages(GFP_KERNEL, order);
      expect(address & ((PAGE_SIZE << order) - 1)).toBe(0);
      expect(page_count(virt_to_page(address))).toBe(1);
      free_pages(address, order);
      expect(free_lists()).toBe(pristine);
    }
  });

  test("zeroes when asked", () => {
    const dirty = __get_free_pages(GFP_KERNEL, 2);
    memory.fill(dirty, 0xff, PAGE_SIZE * 4);
    free_pages(dirty, 2);
    const clean = __get_free_pages(GFP_KERNEL | __GFP_ZERO, 2);
    expect(clean).toBe(dirty, "the spec wants the same block again");
    let sum: u64 = 0;
    for (let i: usize = 0; i < PAGE_SIZE * 4; i += 8) sum |= load<u64>(clean + i);
    expect(sum).toBe(0);
    free_pages(clean, 2);
    free_pages(get_zeroed_page(GFP_ATOMIC), 0);
    expect(free_lists()).toBe(pristine);
  });

  test("keeps 200000 random blocks apart and ends as it began", () => {
    seed(7);
    const blocks = new StaticArray<usize>(128);
    const orders = new StaticArray<u32>(128);
    let wrong = 0;
    for (let i = 0; i < 200000; i++) {
      const slot = random(128);
      const have = blocks[slot];
      if (have) {
        const last = have + (PAGE_SIZE << orders[slot]) - 8;
        if (load<u32>(have) != slot || load<u32>(have, 4) != orders[slot] || load<u32>(last, 4) != ~slot) wrong++;
        free_pages(have, orders[slot]);
        blocks[slot] = 0;
      } else {
        const order = random(5);
        const address = __get_free_pages(GFP_KERNEL, order);
        if (!address) continue;
        store<u32>(address, slot);
        store<u32>(address, order, 4);
        store<u32>(address + (PAGE_SIZE << order) - 8, ~slot, 4);
        blocks[slot] = address;
        orders[slot] = order;
      }
    }
    for (let slot = 0; slot < 128; slot++) if (blocks[slot]) free_pages(blocks[slot], orders[slot]);
    expect(wrong).toBe(0);
    expect(free_lists()).toBe(pristine);
  });

  test("returns NULL when it has no more, says so, and recovers", () => {
    const total = nr_free_pages();
    const pages = new StaticArray<usize>(<i32>total);
    let got = 0;
    log_mark();
    while (true) {
      const p = alloc_pages(GFP_KERNEL, 0);
      if (!p) break;
      pages[got++] = p;
    }
    expect(<u32>got).toBe(total);
    expect(nr_free_pages()).toBe(0);
    expect(logged("page allocation failure: order:0")).toBe(true);
    log_mark();
    expect(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 3)).toBe(0);
    expect(logged("page allocation failure")).toBe(false);
    expect(() => {
      alloc_pages(GFP_KERNEL | __GFP_NOFAIL | __GFP_NOWARN, 0);
    }).toThrow("an allocation that must not fail is a BUG");
    for (let i = 0; i < got; i++) __free_pages(pages[i], 0);
    expect(free_lists()).toBe(pristine);
  });

  test("refuses orders that it does not have", () => {
    log_mark();
    expect(__alloc_pages(GFP_KERNEL, MAX_ORDER, 0, 0)).toBe(0);
    expect(logged("order that the page allocator does not have")).toBe(true);
  });

  test("makes compound pages whose references count on the head", () => {
    const head = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);
    const tail = head + 5 * sizeof_page;
    expect(changetype<page>(head).flags & FLAG_HEAD).not.toBe(0);
    expect(compound_head(tail)).toBe(head);
    expect(compound_head(head)).toBe(head);
    expect(compound_order(head)).toBe(3);
    expect(page_count(tail)).toBe(0);
    get_page(tail);
    expect(page_count(head)).toBe(2);
    put_page(head);
    expect(free_lists()).not.toBe(pristine);
    put_page(tail);
    expect(free_lists()).toBe(pristine);
    expect(compound_head(tail)).toBe(tail);
    expect(changetype<page>(head).flags & FLAG_HEAD).toBe(0);
  });

  test("frees by __free_pages and by __folio_put alike", () => {
    const a = alloc_pages(GFP_KERNEL | __GFP_COMP, 1);
    __free_pages(a, 1);
    const b = alloc_pages(GFP_KERNEL | __GFP_COMP, 4);
    atomic.store<i32>(b + 28, 0);
    __folio_put(b);
    expect(free_lists()).toBe(pristine);
  });

  test("frees the rest of a block while somebody holds its first page", () => {
    const p = alloc_pages(GFP_KERNEL, 3);
    const before = nr_free_pages();
    get_page(p);
    __free_pages(p, 3);
    expect(nr_free_pages()).toBe(before + 7);
    put_page(p);
    expect(free_lists()).toBe(pristine);
  });

  test("splits a block into single pages", () => {
    const p = alloc_pages(GFP_KERNEL, 2);
    split_page(p, 2);
    for (let i = 3; i >= 0; i--) __free_pages(p + i * sizeof_page, 0);
    expect(free_lists()).toBe(pristine);
  });

  test("fills an array with pages", () => {
    const array = alloc_pages(GFP_KERNEL | __GFP_ZERO, 0);
    const slots = page_address(array);
    store<usize>(slots, 0x1234, 8);
    expect(__alloc_pages_bulk(GFP_KERNEL, 0, 0, 5, 0, slots)).toBe(5);
    expect(load<usize>(slots, 8)).toBe(0x1234, "what is there stays");
    for (let i = 0; i < 5; i++) if (i != 2) __free_pages(load<usize>(slots + i * 4), 0);
    __free_pages(array, 0);
    expect(free_lists()).toBe(pristine);
  });

  test("allocates exactly as many pages as wanted", () => {
    const before = nr_free_pages();
    const address = alloc_pages_exact(5 * PAGE_SIZE - 100, GFP_KERNEL);
    expect(nr_free_pages()).toBe(before - 5);
    expect(address & (8 * PAGE_SIZE - 1)).toBe(0, "aligned as the block it is from");
    free_pages_exact(address, 5 * PAGE_SIZE - 100);
    expect(free_lists()).toBe(pristine);
    expect(get_order(1)).toBe(0);
    expect(get_order(4096)).toBe(0);
    expect(get_order(4097)).toBe(1);
    expect(get_order(0x400000)).toBe(10);
  });

  test("finds runs longer than the largest block", () => {
    const before = nr_free_pages();
    const p = alloc_contig_pages(2500, GFP_KERNEL);
    expect(p).not.toBe(0);
    expect(nr_free_pages()).toBe(before - 2500);
    expect(page_count(p + 2499 * sizeof_page)).toBe(1);
    free_contig_range(page_to_pfn(p), 2500);
    expect(free_lists()).toBe(pristine);
    expect(alloc_contig_pages(1 << 20, GFP_KERNEL)).toBe(0);
  });

  test("takes pages below a limit", () => {
    const limit = (load<u32>(BOOT_ARENA) >> PAGE_SHIFT) + 600;
    const p = alloc_pages_below(GFP_KERNEL, 2, limit);
    expect(page_to_pfn(p)).toBeLessThan(limit - 3);
    __free_pages(p, 2);
    expect(alloc_pages_below(GFP_KERNEL | __GFP_NOWARN, 0, 10)).toBe(0);
    expect(free_lists()).toBe(pristine);
  });
});

describe("a bad free", () => {
  beforeEach(() => {
    mm_init();
    log_mark();
  });

  test("of a free page", () => {
    expect(() => {
      const p = alloc_pages(GFP_KERNEL, 0);
      __free_pages(p, 0);
      __free_pages(p, 0);
    }).toThrow();
    expect(logged("kernel BUG: free of a page that is free already")).toBe(true);
    expect(logged("Bad page state: pfn:")).toBe(true);
  });

  test("of a reserved page", () => {
    expect(() => {
      free_pages(0x3000, 0);
    }).toThrow();
    expect(logged("a flag forbids it")).toBe(true);
  });

  test("of a block by a larger order", () => {
    expect(() => {
      const p = alloc_pages(GFP_KERNEL, 1);
      alloc_pages(GFP_KERNEL, 1);
      __free_pages(p, 2);
    }).toThrow();
    expect(logged("by a larger order")).toBe(true);
  });

  test("of a compound page by another order", () => {
    expect(() => {
      __free_pages(alloc_pages(GFP_KERNEL | __GFP_COMP, 2), 1);
    }).toThrow();
    expect(logged("by another order than it has")).toBe(true);
  });

  test("of an address outside RAM, and of a pointer that is no page", () => {
    expect(() => {
      free_pages(0xa0000000, 0);
    }).toThrow();
    expect(logged("outside RAM")).toBe(true);
    expect(() => {
      __free_pages(load<usize>(mem_map) + 3, 0);
    }).toThrow();
    expect(logged("free of what is no page")).toBe(true);
  });
});
