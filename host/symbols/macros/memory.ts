// Memory: allocation, pages, copies, bits.

import type { MacroTable } from "./row.ts";

const ALLOCATORS = "__kmalloc kmalloc_trace kmalloc_caches";

export const memory: MacroTable = {
  "linux/slab.h": [
    [
      "kmalloc(size, flags)",
      "inline",
      "__kmalloc(size, flags); with a constant size kmalloc_trace(kmalloc_caches[type][index], flags, size)",
      ALLOCATORS,
    ],
    ["kzalloc(size, flags)", "inline", "kmalloc(size, flags | __GFP_ZERO)", ALLOCATORS],
    ["kmalloc_array(n, size, flags)", "inline", "kmalloc(n * size, flags), NULL if the product overflows", ALLOCATORS],
    ["kcalloc(n, size, flags)", "inline", "kmalloc_array(n, size, flags | __GFP_ZERO)", ALLOCATORS],
    ["kmem_cache_zalloc(cache, flags)", "inline", "kmem_cache_alloc(cache, flags | __GFP_ZERO)", "kmem_cache_alloc"],
    ["kvmalloc(size, flags)", "inline", "kvmalloc_node(size, flags, NUMA_NO_NODE)", "kvmalloc_node"],
    ["kvzalloc(size, flags)", "inline", "kvmalloc(size, flags | __GFP_ZERO)", "kvmalloc_node"],
    [
      "KMEM_CACHE(struct, flags)",
      "macro",
      'kmem_cache_create("struct", sizeof(struct struct), __alignof__(struct struct), flags, NULL)',
      "kmem_cache_create",
    ],
  ],
  "linux/gfp.h": [
    ["alloc_pages(gfp, order)", "inline", "__alloc_pages(gfp, order, node, NULL)", "__alloc_pages"],
    ["alloc_page(gfp)", "macro", "alloc_pages(gfp, 0)", "__alloc_pages"],
    ["__get_free_page(gfp)", "macro", "__get_free_pages(gfp, 0)", "__get_free_pages"],
    ["__free_page(page)", "macro", "__free_pages(page, 0)", "__free_pages"],
    ["free_page(addr)", "macro", "free_pages(addr, 0)", "free_pages"],
  ],
  "linux/mm.h": [
    ["get_page(page)", "inline", "page->_refcount + 1", ""],
    ["put_page(page)", "inline", "page->_refcount - 1; the last one: __folio_put(folio)", "__folio_put"],
  ],
  "linux/uaccess.h": [
    [
      "copy_from_user(to, from, n)",
      "inline",
      "memcpy(to, from, n): board and driver share one address space",
      "warn_slowpath_fmt",
    ],
    [
      "copy_to_user(to, from, n)",
      "inline",
      "memcpy(to, from, n): board and driver share one address space",
      "warn_slowpath_fmt",
    ],
  ],
  "asm-generic/bitops/instrumented-atomic.h": [
    ["set_bit(nr, addr)", "inline", "an atomic or", ""],
    ["clear_bit(nr, addr)", "inline", "an atomic and", ""],
    ["test_and_set_bit(nr, addr)", "inline", "an atomic or that returns the old bit", ""],
  ],
};
