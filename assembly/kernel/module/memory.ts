// Memory for modules: whole pages from vmalloc, and a share of each per-CPU area (mm/percpu) for `.data..percpu`.

import { vfree, vzalloc } from "../../mm/vmalloc";

/** Host ABI: zeroed, page-aligned memory for a module's segments; 0 if there is none. */
export function module_alloc(size: u32): usize {
  return vzalloc(size);
}

/** Host ABI: gives back what module_alloc returned. */
export function module_free(base: usize): void {
  vfree(base);
}
