// Reports of frees that are none. The memory is left as it is: a leak harms less than a corrupted allocator.

import { PAGE_SHIFT, page } from "../abi";
import { DEBUG } from "../flavour";
import { WARN, WARN_TEXT } from "../kernel/panic";
import { pr } from "../kernel/printk/printk";
import { page_is_buddy } from "./buddy";
import { object_track, print_tracks } from "./debug/track";
import { PAGE_TYPE_KMALLOC } from "./kmalloc_large";
import { kmem_cache } from "./kmem_cache";
import { max_mapnr, virt_to_page } from "./page";
import { Slab } from "./slab";
import { slab_of } from "./slub";
import { PAGE_TYPE_VMALLOC } from "./vmalloc";

/** A pointer into a slab that is not the start of a live object. */
function bad_slab_free(slab: Slab, object: usize): usize {
  const s = slab.cache;
  const offset = <u32>(object - slab.base);
  const start = slab.base + (offset / s.size) * s.size;
  if (offset / s.size >= s.objects) {
    pr(cstr("\x011BUG %s: free of %08x, behind the last object of its slab"), s.name, object);
    return cstr("invalid free");
  }
  if (object != start) {
    pr(
      cstr("\x011BUG %s: free of %08x, which is %u bytes into the object at %08x"),
      s.name,
      object,
      object - start,
      start,
    );
    return cstr("invalid free");
  }
  pr(cstr("\x011BUG %s: object at %08x is free already"), s.name, object);
  if (DEBUG) print_tracks(object_track(slab, offset / s.size));
  return cstr("double free");
}

function bad_page_free(object: usize): usize {
  const p = virt_to_page(object);
  const type = changetype<page>(p).page_type;
  if (page_is_buddy(p)) {
    pr(cstr("\x011BUG kfree: the pages at %08x are free already"), object);
    return cstr("double free");
  }
  if (type == PAGE_TYPE_VMALLOC) pr(cstr("\x011BUG kfree: %08x is memory from vmalloc: use vfree or kvfree"), object);
  else if (type == PAGE_TYPE_KMALLOC) pr(cstr("\x011BUG kfree: %08x lies inside a large allocation"), object);
  else pr(cstr("\x011BUG kfree: %08x is not memory from kmalloc"), object);
  return cstr("invalid free");
}

/** Reports the free of `object`, which is no live object. */
export function bad_free(object: usize): void {
  if (!DEBUG) {
    pr(cstr("\x011BUG kfree: %08x is no live object"), object);
    WARN(0);
    return;
  }
  if (<u32>(object >> PAGE_SHIFT) >= load<u32>(max_mapnr)) {
    pr(cstr("\x011BUG kfree: %08x is no memory"), object);
    WARN(cstr("invalid free"));
    return;
  }
  const slab = slab_of(object);
  WARN_TEXT(changetype<usize>(slab) ? bad_slab_free(slab, object) : bad_page_free(object));
}

/** Reports that an object was freed to another cache than it is from. */
export function wrong_cache(given: kmem_cache, own: kmem_cache, object: usize): void {
  pr(
    cstr("\x011BUG kmem_cache_free: wrong slab cache. %s but object at %08x is from %s"),
    given.name,
    object,
    own.name,
  );
  WARN(cstr("free to the wrong cache"));
}
