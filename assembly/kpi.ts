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
export { nr_free_pages } from "./mm/buddy";
export {
  __alloc_pages, __alloc_pages_bulk, __folio_alloc, __folio_put, __free_pages, __get_free_pages, free_pages, get_zeroed_page, split_page,
} from "./mm/page_alloc";
export { alloc_pages_exact, free_contig_range, free_pages_exact } from "./mm/contig";
export { __page_frag_cache_drain, page_frag_alloc_align, page_frag_free } from "./mm/page_frag";
