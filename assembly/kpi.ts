// The image's exports: one line a file, kernel symbols under their C names. `kpi_` names are the host's.
// A symbol's doc comment stands above its function; docs/symbols.md and `kpi resolve` are made from it.

// host's entry points
export { ABI_STAMP as kpi_abi_stamp } from "./abi/stamp";
export { kpi_boot } from "./init/main";
export { kpi_host_enter, kpi_host_leave } from "./kernel/host_calls";
export { kpi_trap_report, kpi_task_trap } from "./kernel/oops";
export { kpi_task_create, kpi_task_exit, kpi_task_free, kpi_task_result, kpi_task_run } from "./kernel/tasks";
export { kpi_insmod, kpi_rmmod } from "./kernel/module/load";
export { module_alloc, module_free } from "./kernel/module/memory";

export { kpi_proc_read } from "./fs/proc/files";

// arch/wasm
export { __wasm_get_current } from "./arch/wasm/current";
export {
  __wasm_cpu_relax, arch_local_irq_disable, arch_local_irq_enable, arch_local_irq_restore, arch_local_irq_save, arch_local_save_flags,
} from "./arch/wasm/irqflags";

// kernel
export { __module_get, module_put, module_refcount, try_module_get } from "./kernel/module/refs";
export { __wasm_bug, dump_stack, panic, warn_slowpath_fmt } from "./kernel/panic";
export { add_taint } from "./kernel/taint";
export { __cond_resched, schedule, wake_up_process, yield_ as yield } from "./kernel/sched/core";

// mm/page_alloc
export { max_mapnr, mem_map } from "./mm/page";
export { _totalram_pages } from "./mm/init";
export { nr_free_pages as kpi_nr_free_pages } from "./mm/buddy";
export {
  __alloc_pages, __alloc_pages_bulk, __folio_alloc, __folio_put, __free_pages, __get_free_pages, free_pages, get_zeroed_page, split_page,
} from "./mm/page_alloc";
export { alloc_pages_exact, free_contig_range, free_pages_exact } from "./mm/contig";
export { __page_frag_cache_drain, page_frag_alloc_align, page_frag_free } from "./mm/page_frag";

// mm/slub
export {
  __kmalloc, __kmalloc_node, __kmalloc_node_track_caller, kfree_sensitive, kmalloc, kmalloc_caches, kmalloc_node_trace, kmalloc_size_roundup,
  kmalloc_trace, krealloc, ksize, kzalloc,
} from "./mm/kmalloc";
export { kmalloc_large, kmalloc_large_node } from "./mm/kmalloc_large";
export { kfree, kmem_cache_alloc, kmem_cache_free } from "./mm/slub";
export {
  kmem_cache_alloc_bulk, kmem_cache_alloc_node, kmem_cache_create, kmem_cache_create_usercopy, kmem_cache_destroy, kmem_cache_free_bulk,
  kmem_cache_shrink, kmem_cache_size, kmem_live_bytes as kpi_kmem_live_bytes, kmem_live_objects as kpi_kmem_live_objects,
} from "./mm/slab_common";
export {
  kfree_const, kmemdup, kmemdup_nul, kstrdup, kstrdup_const, kstrndup, kvfree, kvfree_sensitive, kvmalloc_node, kvrealloc,
} from "./mm/util";

// mm/vmalloc
export {
  __vcalloc, __vmalloc, __vmalloc_array, find_vm_area, is_vmalloc_addr, vcalloc, vfree, vmalloc, vmalloc_32, vmalloc_array, vmalloc_node,
  vmalloc_to_page, vmalloc_to_pfn, vzalloc, vzalloc_node,
} from "./mm/vmalloc";

// mm/percpu
export { __alloc_percpu, __alloc_percpu_gfp, __per_cpu_offset, free_percpu, percpu_modalloc, percpu_modcopy } from "./mm/percpu";
export {
  __cpu_active_mask, __cpu_online_mask, __cpu_possible_mask, __cpu_present_mask, __num_online_cpus, cpu_all_bits, cpu_bit_bitmap, nr_cpu_ids,
} from "./kernel/cpu";

// mm/ioremap
export { ioport_map, ioport_unmap, ioremap, iounmap } from "./mm/ioremap";
export {
  __raw_readb, __raw_readl, __raw_readq, __raw_readw, __raw_writeb, __raw_writel, __raw_writeq, __raw_writew, memcpy_fromio, memcpy_toio, memset_io,
} from "./arch/wasm/io";
export { inb, inl, insb, insl, insw, inw, outb, outl, outsb, outsl, outsw, outw } from "./arch/wasm/port";
export {
  ioread16, ioread16_rep, ioread16be, ioread32, ioread32_rep, ioread32be, ioread64_hi_lo, ioread64_lo_hi, ioread8, ioread8_rep, iowrite16,
  iowrite16_rep, iowrite16be, iowrite32, iowrite32_rep, iowrite32be, iowrite64_hi_lo, iowrite64_lo_hi, iowrite8, iowrite8_rep,
} from "./lib/iomap";
