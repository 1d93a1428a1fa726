// What the page allocator does before it gives up: free objects return to their slabs, empty slabs to the page allocator.
// Only memory of this CPU and of the depots can be had; there is nothing to swap or to write back.

import { smp_processor_id } from "../arch/wasm/cpu";
import { DEBUG } from "../flavour";
import { nr_free_pages } from "./buddy";
import { quarantine_drain } from "./debug/quarantine";
import { kmem_cache } from "./kmem_cache";
import { next_cache } from "./slab_common";
import { slab_release_empty } from "./slab";
import { slub_drain } from "./slub";

const busy = memory.data(4, 4);

/** Gives unused memory of all caches back; whether pages became free. */
export function slub_reclaim(): bool {
  if (atomic.xchg<u32>(busy, 1)) return false;
  const before = nr_free_pages();
  if (DEBUG) quarantine_drain();
  for (let s = next_cache(changetype<kmem_cache>(0)); changetype<usize>(s); s = next_cache(s)) {
    slub_drain(s, smp_processor_id());
    slab_release_empty(s, false);
  }
  atomic.store<u32>(busy, 0);
  return nr_free_pages() > before;
}

/** Host call. Pages that are free; debug lets go of what only the quarantine keeps first. */
export function kpi_nr_free_pages(): u32 {
  if (DEBUG) slub_reclaim();
  return nr_free_pages();
}
