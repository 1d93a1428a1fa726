import { GFP_ATOMIC, GFP_KERNEL, MAX_ORDER, PAGE_SIZE, __GFP_NOWARN, page_frag_cache } from "../../abi";
import { nr_free_pages } from "../buddy";
import { mm_init } from "../init";
import { compound_order, virt_to_head_page } from "../page";
import { __get_free_pages, free_pages } from "../page_alloc";
import { page_count } from "../page_ref";
import { __page_frag_cache_drain, page_frag_alloc_align, page_frag_free } from "../page_frag";

const cache = memory.data(16, 4);

function drain(): void {
  const nc = changetype<page_frag_cache>(cache);
  if (nc.va) __page_frag_cache_drain(virt_to_head_page(nc.va), nc.pagecnt_bias);
  nc.va = 0;
}

describe("page_frag", () => {
  beforeEach(() => {
    mm_init();
    memory.fill(cache, 0, 16);
  });

  test("hands a large block out from its end, aligned", () => {
    const a = page_frag_alloc_align(cache, 1000, GFP_ATOMIC, ~0);
    const b = page_frag_alloc_align(cache, 1000, GFP_ATOMIC, ~63);
    expect(b + 1000 <= a).toBe(true);
    expect(b & 63).toBe(0);
    expect(compound_order(virt_to_head_page(a))).toBe(3);
    expect(virt_to_head_page(a)).toBe(virt_to_head_page(b));
    page_frag_free(a);
    page_frag_free(b);
  });

  test("gives the block back when cache and fragments are done", () => {
    const before = nr_free_pages();
    const frags = new StaticArray<usize>(100);
    for (let i = 0; i < 100; i++) frags[i] = page_frag_alloc_align(cache, 2048, GFP_ATOMIC, ~0);
    for (let i = 0; i < 100; i++)
      for (let j = 0; j < i; j++) {
        if (frags[i] - frags[j] < 2048 || frags[j] - frags[i] < 2048) expect(frags[i]).toBe(0, "fragments overlap");
      }
    drain();
    expect(nr_free_pages()).toBeLessThan(before);
    for (let i = 0; i < 100; i++) page_frag_free(frags[i]);
    expect(nr_free_pages()).toBe(before);
  });

  test("takes its block again when every fragment came back", () => {
    const first = page_frag_alloc_align(cache, 4096, GFP_ATOMIC, ~0);
    page_frag_free(first);
    for (let i = 0; i < 1000; i++) {
      const address = page_frag_alloc_align(cache, 4096, GFP_ATOMIC, ~0);
      if (virt_to_head_page(address) != virt_to_head_page(first)) expect(i).toBe(-1, "another block");
      page_frag_free(address);
    }
    expect(page_count(virt_to_head_page(first))).toBeGreaterThan(0);
  });

  test("takes the largest block that there is", () => {
    const nc = changetype<page_frag_cache>(cache);
    const before = nr_free_pages();
    const quiet = GFP_KERNEL | __GFP_NOWARN;
    let last: usize = 0;
    for (let order: i32 = MAX_ORDER - 1; order > 1; order--) {
      for (let block = __get_free_pages(quiet, order); block; block = __get_free_pages(quiet, order)) {
        store<usize>(block, last);
        store<u32>(block, order, sizeof<usize>());
        last = block;
      }
    }
    const buffer = page_frag_alloc_align(cache, 2432, GFP_KERNEL, ~0);
    expect(buffer).not.toBe(0);
    expect(nc.size).toBe(<u16>(2 * PAGE_SIZE));
    page_frag_free(buffer);
    __page_frag_cache_drain(virt_to_head_page(nc.va), nc.pagecnt_bias);
    while (last) {
      const next = load<usize>(last);
      free_pages(last, load<u32>(last, sizeof<usize>()));
      last = next;
    }
    expect(nr_free_pages()).toBe(before);
  });

  test("refuses what no block holds", () => {
    expect(page_frag_alloc_align(cache, 40000, GFP_ATOMIC, ~0)).toBe(0);
  });
});
