// /proc/meminfo, /proc/slabinfo and /proc/vmallocinfo, with Linux's columns.

import { PAGE_SHIFT, VM_ALLOC, vm_struct } from "../abi";
import { seq_printf, seq_puts } from "../lib/seq_buf";
import { nr_free_pages } from "./buddy";
import { _totalram_pages } from "./init";
import { kmem_cache } from "./kmem_cache";
import { magazine_pages } from "./magazine";
import { pcpu_nr_pages } from "./percpu";
import { descriptor_pages, slab_live_objects } from "./slab";
import { next_cache } from "./slab_common";
import { next_vm_area, vmalloc_nr_pages } from "./vmalloc";
import { IoMapping } from "./ioremap";

/** Pages that hold objects, or what keeps them in order. */
export function slab_pages(): u32 {
  let pages = magazine_pages() + descriptor_pages();
  for (let s = next_cache(changetype<kmem_cache>(0)); changetype<usize>(s); s = next_cache(s))
    pages += s.nr_slabs << s.order;
  return pages;
}

function show_val_kb(s: usize, label: usize, pages: u32): void {
  seq_printf(s, cstr("%-16s%8u kB\n"), label, pages << (PAGE_SHIFT - 10));
}

/** /proc/meminfo. There is no page cache, no swap and no user memory: those lines are 0. */
export function proc_meminfo(s: usize): void {
  const slab = slab_pages();
  show_val_kb(s, cstr("MemTotal:"), load<u32>(_totalram_pages));
  show_val_kb(s, cstr("MemFree:"), nr_free_pages());
  show_val_kb(s, cstr("MemAvailable:"), nr_free_pages());
  show_val_kb(s, cstr("Buffers:"), 0);
  show_val_kb(s, cstr("Cached:"), 0);
  show_val_kb(s, cstr("SwapTotal:"), 0);
  show_val_kb(s, cstr("SwapFree:"), 0);
  show_val_kb(s, cstr("Slab:"), slab);
  show_val_kb(s, cstr("SReclaimable:"), 0);
  show_val_kb(s, cstr("SUnreclaim:"), slab);
  show_val_kb(s, cstr("VmallocTotal:"), load<u32>(_totalram_pages));
  show_val_kb(s, cstr("VmallocUsed:"), vmalloc_nr_pages());
  show_val_kb(s, cstr("VmallocChunk:"), 0);
  show_val_kb(s, cstr("Percpu:"), pcpu_nr_pages());
}

/** /proc/slabinfo. Large kmallocs are pages and have no line, as in Linux. */
export function proc_slabinfo(s: usize): void {
  seq_puts(s, cstr("slabinfo - version: 2.1\n"));
  seq_puts(s, cstr("# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"));
  seq_puts(s, cstr(" : tunables <limit> <batchcount> <sharedfactor>"));
  seq_puts(s, cstr(" : slabdata <active_slabs> <num_slabs> <sharedavail>\n"));
  for (let c = next_cache(changetype<kmem_cache>(0)); changetype<usize>(c); c = next_cache(c)) {
    seq_printf(
      s,
      cstr("%-17s %6u %6u %6u %4u %4u"),
      c.name,
      slab_live_objects(c),
      c.nr_slabs * c.objects,
      c.size,
      c.objects,
      1 << c.order,
    );
    seq_printf(s, cstr(" : tunables %4u %4u %4u : slabdata %6u %6u %6u\n"), 0, 0, 0, c.nr_slabs, c.nr_slabs, 0);
  }
}

/** /proc/vmallocinfo: vmalloc areas and cookies of ioremap, by address; debug knows who asked for them. */
export function proc_vmallocinfo(s: usize): void {
  for (let area = next_vm_area(changetype<vm_struct>(0)); changetype<usize>(area); area = next_vm_area(area)) {
    seq_printf(s, cstr("0x%08x-0x%08x %7u"), area.addr, area.addr + area.size, area.size);
    if (area.caller) seq_printf(s, cstr(" %pS"), area.caller);
    if (area.flags & VM_ALLOC) seq_printf(s, cstr(" pages=%u vmalloc\n"), area.nr_pages);
    else if (changetype<IoMapping>(changetype<usize>(area)).port)
      seq_printf(s, cstr(" port=0x%04x ioport\n"), area.phys_addr);
    else seq_printf(s, cstr(" phys=0x%08x ioremap\n"), area.phys_addr);
  }
}
