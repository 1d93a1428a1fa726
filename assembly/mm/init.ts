// mm_init: from the boot block's RAM size to allocators that work.
//
//   ARENA ──► mem_map ──► free pages up to ram_end; everything below ARENA and mem_map itself is reserved
//                    debug: the records of pages and of DMA mappings stand between them

import { PAGE_SHIFT, PAGE_SIZE, page, sizeof_page } from "../abi";
import { BOOT_ARENA, BOOT_RAM_END, CPU_AREA, CPU_AREA_BYTES, CPU_MAX } from "../arch/wasm/memory";
import { DEBUG } from "../flavour";
import { boot_cpu_init } from "../kernel/cpu";
import { dma_debug_bytes, dma_debug_init } from "../kernel/dma/debug/table";
import { vectors_end, vectors_unused } from "../kernel/irq/vector";
import { reports_end, reports_unused } from "../kernel/oops";
import { log_end, log_unused } from "../kernel/printk/ring";
import { idle_stack_end, idle_stack_unused } from "../kernel/sched/task";
import { buddy_give_range, buddy_init } from "./buddy";
import { page_tracks_bytes, page_tracks_init } from "./debug/track";
import { ioremap_end, ioremap_init, ioremap_unused } from "./ioremap";
import { FLAG_RESERVED, PAGE_TYPE_NONE, max_mapnr, mem_map, pfn_to_page } from "./page";
import { set_page_count } from "./page_ref";
import { percpu_end, percpu_init, percpu_unused } from "./percpu";
import { slab_init } from "./slab_common";
import { cpu_areas_unused, small_board } from "./small_board";
import { vmalloc_init } from "./vmalloc";

/** linux/mm.h. `atomic_long_t _totalram_pages`: pages that the page allocator was given. */
export const _totalram_pages: usize = memory.data(4, 4);

function reserve(from: u32, to: u32): void {
  for (let pfn = from; pfn < to; pfn++) {
    const p = pfn_to_page(pfn);
    changetype<page>(p).flags = FLAG_RESERVED;
    set_page_count(p, 1);
  }
}

/** Gives all RAM to the page allocator, but for what the memory map reserves. */
export function page_alloc_init(): void {
  const end = load<u32>(BOOT_RAM_END) >> PAGE_SHIFT;
  const map_bytes = <usize>end * sizeof_page;
  const arena = load<usize>(BOOT_ARENA);
  store<usize>(mem_map, arena);
  store<u32>(max_mapnr, end);
  memory.fill(arena, 0, map_bytes);
  for (let pfn: u32 = 0; pfn < end; pfn++) changetype<page>(pfn_to_page(pfn)).page_type = PAGE_TYPE_NONE;
  let used = arena + map_bytes;
  if (DEBUG) used = debug_records_init((used + 15) & ~15, end);
  const first = <u32>((used + PAGE_SIZE - 1) >> PAGE_SHIFT);
  reserve(0, first);
  buddy_init();
  buddy_give_range(first, end);
  store<u32>(_totalram_pages, end - first);
}

/** linux/mm.h. Gives the whole pages of [start, end), static memory that nothing uses, to the page allocator. */
export function free_reserved_area(start: usize, end: usize): void {
  const first = <u32>((start + PAGE_SIZE - 1) >> PAGE_SHIFT);
  const last = min<u32>(<u32>(end >> PAGE_SHIFT), load<u32>(max_mapnr));
  for (let pfn = first; pfn < last; pfn++) {
    const p = pfn_to_page(pfn);
    changetype<page>(p).flags = 0;
    set_page_count(p, 0);
    changetype<page>(p).page_type = PAGE_TYPE_NONE;
  }
  if (first >= last) return;
  buddy_give_range(first, last);
  store<u32>(_totalram_pages, load<u32>(_totalram_pages) + last - first);
}

/** What a small board does not use of the core's static areas. */
function free_unused(): void {
  free_reserved_area(cpu_areas_unused(), CPU_AREA + CPU_MAX * CPU_AREA_BYTES);
  free_reserved_area(ioremap_unused(), ioremap_end());
  free_reserved_area(vectors_unused(), vectors_end());
  free_reserved_area(log_unused(), log_end());
  free_reserved_area(idle_stack_unused(), idle_stack_end());
  free_reserved_area(reports_unused(), reports_end());
  free_reserved_area(percpu_unused(), percpu_end());
}

/** Puts what debug remembers of pages and mappings at `address`; returns where it ends. */
function debug_records_init(address: usize, pages: u32): usize {
  page_tracks_init(address, pages);
  const mappings = address + page_tracks_bytes(pages);
  dma_debug_init(mappings, pages);
  return mappings + dma_debug_bytes(pages);
}

/** Makes every allocator ready. Nothing may allocate before. */
export function mm_init(): void {
  page_alloc_init();
  slab_init((<usize>load<u32>(max_mapnr)) << PAGE_SHIFT);
  vmalloc_init();
  boot_cpu_init();
  percpu_init();
  ioremap_init();
  if (small_board()) free_unused();
}
