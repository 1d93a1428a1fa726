// net/core/skbuff.c: where buffers come from. Two slab caches for the structs, and per CPU a small stock of structs
// and page fragments that NAPI polls draw on without touching the slab.

import {
  GFP_ATOMIC,
  PAGE_SIZE,
  SLAB_HWCACHE_ALIGN,
  SLAB_PANIC,
  page_frag_cache,
  sizeof_page_frag_cache,
  sizeof_sk_buff,
  sizeof_sk_buff_fclones,
  sk_buff,
} from "../../abi";
import { own_affair, set_call_site, smp_processor_id } from "../../arch/wasm/cpu";
import { CPU_MAX } from "../../arch/wasm/memory";
import { DEBUG } from "../../flavour";
import { kmem_cache_alloc, kmem_cache_free } from "../../mm/slub";
import { page_address } from "../../mm/page";
import { alloc_pages } from "../../mm/page_alloc";
import { page_ref_add } from "../../mm/page_ref";
import { kmem_cache_alloc_bulk, kmem_cache_create, kmem_cache_free_bulk } from "../../mm/slab_common";

/** Structs in a CPU's stock, how many come from the slab at once, and how many go back. */
const NAPI_SKB_CACHE_SIZE: u32 = 64;
const NAPI_SKB_CACHE_BULK: u32 = 16;
const NAPI_SKB_CACHE_HALF: u32 = NAPI_SKB_CACHE_SIZE / 2;
/** Fragments of the small allocator: a page holds four. */
export const SMALL_FRAG: u32 = 1024;

@unmanaged
class SkbCaches {
  head: usize;
  fclone: usize;
}

/** struct napi_alloc_cache: touched with bottom halves off, by its own CPU only. */
@unmanaged
class NapiAllocCache {
  /** The page that the next 1 KiB fragment is cut from, 0 at first. */
  small_page: usize;
  small_offset: i32;
  skb_count: u32;
}

const caches = changetype<SkbCaches>(memory.data(offsetof<SkbCaches>(), 8));
const napi_caches = memory.data(offsetof<NapiAllocCache>() * CPU_MAX, 8);
const napi_structs = memory.data(4 * NAPI_SKB_CACHE_SIZE * CPU_MAX, 8);
const napi_frags = memory.data(<i32>sizeof_page_frag_cache * CPU_MAX, 8);
const netdev_frags = memory.data(<i32>sizeof_page_frag_cache * CPU_MAX, 8);

@inline
export function skbuff_head_cache(): usize {
  return caches.head;
}

@inline
export function skbuff_fclone_cache(): usize {
  return caches.fclone;
}

@inline
function napi_cache(): NapiAllocCache {
  return changetype<NapiAllocCache>(napi_caches + smp_processor_id() * offsetof<NapiAllocCache>());
}

/** The fragment cache of softirqs (bottom halves off). */
@inline
export function napi_frag_cache(): page_frag_cache {
  return changetype<page_frag_cache>(napi_frags + smp_processor_id() * sizeof_page_frag_cache);
}

/** The fragment cache of hard interrupts (interrupts off). */
@inline
export function netdev_frag_cache(): page_frag_cache {
  return changetype<page_frag_cache>(netdev_frags + smp_processor_id() * sizeof_page_frag_cache);
}

@inline
function stock(): usize {
  return napi_structs + smp_processor_id() * 4 * NAPI_SKB_CACHE_SIZE;
}

/** A struct sk_buff from this CPU's stock, refilled in bulk; 0 if memory is out. Softirq. */
export function napi_skb_cache_get(): usize {
  if (DEBUG) return kmem_cache_alloc(caches.head, GFP_ATOMIC); // each with its record, its poison and its caller
  const nc = napi_cache();
  if (nc.skb_count == 0) {
    nc.skb_count = kmem_cache_alloc_bulk(caches.head, GFP_ATOMIC, NAPI_SKB_CACHE_BULK, stock());
    if (nc.skb_count == 0) return 0;
  }
  nc.skb_count -= 1;
  return load<usize>(stock() + nc.skb_count * 4);
}

/** Puts a released struct into the stock; a full stock gives half of itself back. Softirq. */
export function napi_skb_cache_put(skb: sk_buff): void {
  if (DEBUG) return kmem_cache_free(caches.head, changetype<usize>(skb));
  const nc = napi_cache();
  store<usize>(stock() + nc.skb_count * 4, changetype<usize>(skb));
  nc.skb_count += 1;
  if (nc.skb_count == NAPI_SKB_CACHE_SIZE) {
    kmem_cache_free_bulk(caches.head, NAPI_SKB_CACHE_HALF, stock() + NAPI_SKB_CACHE_HALF * 4);
    nc.skb_count = NAPI_SKB_CACHE_HALF;
  }
}

/** A 1 KiB fragment: four to a page, so that small buffers do not pin a big one. Softirq. */
export function page_frag_alloc_1k(gfp: u32): usize {
  const nc = napi_cache();
  nc.small_offset -= SMALL_FRAG;
  if (nc.small_offset < 0 || nc.small_page == 0) {
    const site = own_affair();
    const page = alloc_pages(gfp, 0);
    set_call_site(site);
    if (page == 0) {
      nc.small_offset = 0;
      return 0;
    }
    nc.small_page = page_address(page);
    nc.small_offset = <i32>(PAGE_SIZE - SMALL_FRAG);
    page_ref_add(page, PAGE_SIZE / SMALL_FRAG - 1);
  }
  return nc.small_page + nc.small_offset;
}

/** Creates the slab caches. */
export function skb_init(): void {
  caches.head = kmem_cache_create(cstr("skbuff_head_cache"), sizeof_sk_buff, 0, SLAB_HWCACHE_ALIGN | SLAB_PANIC, 0);
  caches.fclone = kmem_cache_create(
    cstr("skbuff_fclone_cache"),
    sizeof_sk_buff_fclones,
    0,
    SLAB_HWCACHE_ALIGN | SLAB_PANIC,
    0,
  );
}
