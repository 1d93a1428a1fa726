// net/core/skbuff.c: allocating buffers.

import {
  GFP_ATOMIC,
  GFP_DMA,
  NET_IP_ALIGN,
  NET_SKB_PAD,
  PAGE_SIZE,
  SKB_ALLOC_FCLONE,
  SKB_ALLOC_NAPI,
  SKB_ALLOC_RX,
  SKB_FCLONE_ORIG,
  __GFP_DIRECT_RECLAIM,
  __GFP_NOWARN,
  napi_struct,
  net_device,
  offsetof_sk_buff_fclones_fclone_ref,
  offsetof_sk_buff_tail,
  offsetof_skb_shared_info_dataref,
  sk_buff,
} from "../../abi";
import { smp_processor_id } from "../../arch/wasm/cpu";
import { irqs_disabled } from "../../arch/wasm/irqflags";
import { in_hardirq } from "../../arch/wasm/preempt";
import { local_bh_disable, local_bh_enable } from "../../kernel/softirq";
import { __kmalloc, ksize } from "../../mm/kmalloc";
import { page_frag_alloc_align, page_frag_free } from "../../mm/page_frag";
import { kmem_cache_alloc, kmem_cache_free } from "../../mm/slub";
import {
  SKB_DATA_ALIGN,
  SKB_HEAD_ALIGN,
  SKB_TRUESIZE,
  SKB_WITH_OVERHEAD,
  skb_reserve,
  skb_reset_tail_pointer,
  skb_set_end_offset,
  skb_set_users,
  skb_shinfo,
} from "./skb";
import {
  SMALL_FRAG,
  napi_frag_cache,
  napi_skb_cache_get,
  netdev_frag_cache,
  page_frag_alloc_1k,
  skbuff_fclone_cache,
  skbuff_head_cache,
} from "./skb_cache";

/** Lays a cleared struct over `data`: head at its start, shared info at its end. */
function build_around(skb: sk_buff, data: usize, size: u32): void {
  const room = SKB_WITH_OVERHEAD(size);
  skb.truesize = SKB_TRUESIZE(room);
  skb_set_users(skb, 1);
  skb.head = data;
  skb.data = data;
  skb_reset_tail_pointer(skb);
  skb_set_end_offset(skb, room);
  skb.mac_header = 0xffff;
  skb.transport_header = 0xffff;
  skb.alloc_cpu = <u16>smp_processor_id();
  const shinfo = changetype<usize>(skb_shinfo(skb));
  memory.fill(shinfo, 0, offsetof_skb_shared_info_dataref);
  store<i32>(shinfo, 1, offsetof_skb_shared_info_dataref);
}

/** Clears what callers may rely on being zero: all up to `tail`. What lies behind is set by build_around. */
@inline
function skb_clear(skb: usize): sk_buff {
  memory.fill(skb, 0, offsetof_sk_buff_tail);
  return changetype<sk_buff>(skb);
}

/** linux/skbuff.h. Allocates a buffer with `size` bytes of tailroom, one reference, no headroom. `flags`:
 *  SKB_ALLOC_FCLONE (room for a clone beside it), SKB_ALLOC_RX, SKB_ALLOC_NAPI (struct from the CPU's stock).
 *  Null if memory is out. Context: any, as `gfp` says. */
export function __alloc_skb(size: u32, gfp: u32, flags: i32, node: i32): sk_buff {
  const from_stock = (flags & (SKB_ALLOC_FCLONE | SKB_ALLOC_NAPI)) == SKB_ALLOC_NAPI;
  const cache = flags & SKB_ALLOC_FCLONE ? skbuff_fclone_cache() : skbuff_head_cache();
  const object = from_stock ? napi_skb_cache_get() : kmem_cache_alloc(cache, gfp & ~GFP_DMA);
  if (object == 0) return changetype<sk_buff>(0);
  const data = __kmalloc(SKB_HEAD_ALIGN(size), gfp | __GFP_NOWARN);
  if (data == 0) {
    kmem_cache_free(cache, object);
    return changetype<sk_buff>(0);
  }
  const skb = skb_clear(object);
  build_around(skb, data, <u32>ksize(data));
  if (flags & SKB_ALLOC_FCLONE) {
    skb.fclone = <u8>SKB_FCLONE_ORIG;
    // skb1 lies at offset 0 of the pair
    atomic.store<i32>(object, 1, offsetof_sk_buff_fclones_fclone_ref);
  }
  return skb;
}

@inline
export function alloc_skb(size: u32, gfp: u32): sk_buff {
  return __alloc_skb(size, gfp, 0, -1);
}

/** linux/skbuff.h. Builds a buffer over `data`, which kmalloc gave if `frag_size` is 0, else pages. Null if memory is
 *  out: `data` then still belongs to the caller. Context: any. */
export function __build_skb(data: usize, frag_size: u32): sk_buff {
  const object = kmem_cache_alloc(skbuff_head_cache(), GFP_ATOMIC);
  if (object == 0) return changetype<sk_buff>(0);
  const skb = skb_clear(object);
  build_around(skb, data, frag_size ? frag_size : <u32>ksize(data));
  return skb;
}

/** linux/skbuff.h. As __build_skb, and frees `data` as a page fragment later if `frag_size` is not 0. Context: any. */
export function build_skb(data: usize, frag_size: u32): sk_buff {
  const skb = __build_skb(data, frag_size);
  if (changetype<usize>(skb) != 0 && frag_size != 0) skb.head_frag = 1;
  return skb;
}

/** linux/skbuff.h. As build_skb, over a struct that the caller has cleared. Context: any. */
export function build_skb_around(skb: sk_buff, data: usize, frag_size: u32): sk_buff {
  if (changetype<usize>(skb) == 0) return skb;
  build_around(skb, data, frag_size ? frag_size : <u32>ksize(data));
  if (frag_size) skb.head_frag = 1;
  return skb;
}

/** linux/skbuff.h. As build_skb, with the struct from the CPU's NAPI stock. Context: softirq. */
export function napi_build_skb(data: usize, frag_size: u32): sk_buff {
  const object = napi_skb_cache_get();
  if (object == 0) return changetype<sk_buff>(0);
  const skb = skb_clear(object);
  build_around(skb, data, frag_size ? frag_size : <u32>ksize(data));
  if (frag_size) skb.head_frag = 1;
  return skb;
}

/** A fragment of `size` bytes from the cache that belongs to the caller's context. */
function netdev_frag(size: u32, gfp: u32, align_mask: u32): usize {
  if (in_hardirq() || irqs_disabled()) {
    return page_frag_alloc_align(changetype<usize>(netdev_frag_cache()), size, gfp, align_mask);
  }
  local_bh_disable();
  const data = page_frag_alloc_align(changetype<usize>(napi_frag_cache()), size, gfp, align_mask);
  local_bh_enable();
  return data;
}

/** Whether a head of `len` bytes comes from the slab: too small to share a page, too big for one, or wanted
 *  elsewhere. */
@inline
function needs_slab_head(len: u32, gfp: u32): bool {
  return len > SKB_WITH_OVERHEAD(PAGE_SIZE) || (gfp & (__GFP_DIRECT_RECLAIM | GFP_DMA)) != 0;
}

/** linux/skbuff.h. Allocates a receive buffer for `dev` (may be null) with `len` bytes of room behind NET_SKB_PAD
 *  bytes of headroom. Null if memory is out. Context: any, as `gfp` says. */
export function __netdev_alloc_skb(dev: net_device, len: u32, gfp: u32): sk_buff {
  len += NET_SKB_PAD;
  let skb: sk_buff;
  if (len <= SKB_WITH_OVERHEAD(SMALL_FRAG) || needs_slab_head(len, gfp)) {
    skb = __alloc_skb(len, gfp, SKB_ALLOC_RX, -1);
    if (changetype<usize>(skb) == 0) return skb;
  } else {
    const size = SKB_HEAD_ALIGN(len);
    const data = netdev_frag(size, gfp, ~0);
    if (data == 0) return changetype<sk_buff>(0);
    skb = build_skb(data, size);
    if (changetype<usize>(skb) == 0) {
      page_frag_free(data);
      return skb;
    }
  }
  skb_reserve(skb, NET_SKB_PAD);
  skb.dev = changetype<usize>(dev);
  return skb;
}

/** linux/skbuff.h. Allocates a receive buffer in a poll of `napi`: `len` bytes of room behind NET_SKB_PAD +
 *  NET_IP_ALIGN bytes of headroom. Null if memory is out. Context: softirq. */
export function __napi_alloc_skb(napi: napi_struct, len: u32, gfp: u32): sk_buff {
  len += NET_SKB_PAD + NET_IP_ALIGN;
  let skb: sk_buff;
  if (needs_slab_head(len, gfp)) {
    skb = __alloc_skb(len, gfp, SKB_ALLOC_RX | SKB_ALLOC_NAPI, -1);
    if (changetype<usize>(skb) == 0) return skb;
  } else {
    const small = len <= SKB_WITH_OVERHEAD(SMALL_FRAG);
    const size = small ? SMALL_FRAG : SKB_HEAD_ALIGN(len);
    const data = small
      ? page_frag_alloc_1k(gfp)
      : page_frag_alloc_align(changetype<usize>(napi_frag_cache()), size, gfp, ~0);
    if (data == 0) return changetype<sk_buff>(0);
    skb = napi_build_skb(data, size);
    if (changetype<usize>(skb) == 0) {
      page_frag_free(data);
      return skb;
    }
  }
  skb_reserve(skb, NET_SKB_PAD + NET_IP_ALIGN);
  skb.dev = napi.dev;
  return skb;
}

/** linux/skbuff.h. A page fragment of `size` bytes for a receive buffer, aligned as `align_mask` (~0: no more than
 *  the size asks) says. 0 if memory is out; free with page_frag_free. Context: any. */
export function __netdev_alloc_frag_align(size: u32, align_mask: u32): usize {
  return netdev_frag(SKB_DATA_ALIGN(size), GFP_ATOMIC, align_mask);
}

/** linux/skbuff.h. As __netdev_alloc_frag_align, in a NAPI poll. Context: softirq. */
export function __napi_alloc_frag_align(size: u32, align_mask: u32): usize {
  return page_frag_alloc_align(changetype<usize>(napi_frag_cache()), SKB_DATA_ALIGN(size), GFP_ATOMIC, align_mask);
}
