// mm/page_alloc.c, fs_reclaim: an allocation that may free memory by way of file systems counts as taking a lock, and
// so does whoever frees memory so: a lock that both take could end in a deadlock. Nothing here frees memory by way of
// file systems; a module that does may say so.

import { PF_MEMALLOC, PF_MEMALLOC_NOFS, PF_MEMALLOC_NOIO, __GFP_DIRECT_RECLAIM, __GFP_FS } from "../../../abi";
import { current } from "../../../arch/wasm/current";
import { DEBUG } from "../../../flavour";
import { acquire, lock_init, release } from "./lockdep";
import { LD_WAIT_INV, known_class } from "./classes";

const fs_reclaim_map = memory.data(4, 4);

function counts(gfp: u32): bool {
  const flags = <u32>current().flags;
  if (flags & (PF_MEMALLOC | PF_MEMALLOC_NOIO | PF_MEMALLOC_NOFS)) return false;
  return (gfp & __GFP_DIRECT_RECLAIM) != 0 && (gfp & __GFP_FS) != 0;
}

/** linux/sched/mm.h. From here memory is freed on behalf of an allocation with `gfp`. Context: process. */
export function fs_reclaim_acquire(gfp: u32): void {
  if (DEBUG && counts(gfp)) {
    if (!known_class(fs_reclaim_map)) lock_init(fs_reclaim_map, cstr("fs_reclaim"), 0, false, LD_WAIT_INV);
    acquire(fs_reclaim_map, 0, 0, 0, 0, LD_WAIT_INV);
  }
}

/** linux/sched/mm.h. Ends what fs_reclaim_acquire with the same `gfp` began. Context: process. */
export function fs_reclaim_release(gfp: u32): void {
  if (DEBUG && counts(gfp)) release(fs_reclaim_map);
}
