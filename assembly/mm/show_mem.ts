// lib/show_mem.c, show_free_areas of mm/page_alloc.c: memory in the log. There is one node with one zone, no page cache
// and no user memory; what those would count is left out.

import { MAX_ORDER, PAGE_SHIFT, PAGE_SIZE, sysinfo } from "../abi";
import { pr } from "../kernel/printk/printk";
import { seq_init, seq_printf, seq_text } from "../lib/seq_buf";
import { buddy_nr_free, nr_free_pages } from "./buddy";
import { _totalram_pages } from "./init";
import { max_mapnr } from "./page";
import { pcpu_nr_pages } from "./percpu";
import { slab_pages } from "./proc";
import { vmalloc_nr_pages } from "./vmalloc";

const LINE_BYTES: u32 = 512;
const line = memory.data(512, 8);

/** linux/mm.h. Prints how memory is used. */
export function show_mem(): void {
  pr(cstr("\x014Mem-Info:"));
  pr(cstr("\x014 slab_reclaimable:0 slab_unreclaimable:%u"), slab_pages());
  pr(cstr("\x014 vmalloc:%u percpu:%u"), vmalloc_nr_pages(), pcpu_nr_pages());
  pr(cstr("\x014 free:%u free_pcp:0 free_cma:0"), nr_free_pages());
  const s = seq_init(line, LINE_BYTES);
  for (let order: u32 = 0; order < MAX_ORDER; order++) {
    seq_printf(s, cstr("%u*%ukB "), buddy_nr_free(order), 1 << (PAGE_SHIFT - 10 + order));
  }
  pr(cstr("\x014Normal: %s= %ukB"), seq_text(s), nr_free_pages() << (PAGE_SHIFT - 10));
  pr(cstr("\x0140 total pagecache pages"));
  const total = load<u32>(max_mapnr);
  pr(cstr("\x014%u pages RAM"), total);
  pr(cstr("\x0140 pages HighMem/MovableOnly"));
  pr(cstr("\x014%u pages reserved"), total - load<u32>(_totalram_pages));
}

/** linux/mm.h. How much RAM there is and how much of it is free: totalram and freeram in units of mem_unit, a page. There
 *  is neither shared memory nor buffers. Context: any. */
export function si_meminfo(val: usize): void {
  const info = changetype<sysinfo>(val);
  info.totalram = load<u32>(_totalram_pages);
  info.freeram = nr_free_pages();
  info.sharedram = 0;
  info.bufferram = 0;
  info.totalhigh = 0;
  info.freehigh = 0;
  info.mem_unit = PAGE_SIZE;
}

/** /proc/buddyinfo. */
export function proc_buddyinfo(s: usize): void {
  seq_printf(s, cstr("Node 0, zone %8s "), cstr("Normal"));
  for (let order: u32 = 0; order < MAX_ORDER; order++) seq_printf(s, cstr("%6u "), buddy_nr_free(order));
  seq_printf(s, cstr("\n"));
}
