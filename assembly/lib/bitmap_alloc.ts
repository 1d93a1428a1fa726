// linux/bitmap.h, lib/bitmap.c: memory for sets of bits.

import { __GFP_ZERO } from "../abi";
import { devm_add_action } from "../drivers/base/devres_mem";
import { kmalloc_array } from "../mm/kmalloc";
import { kfree } from "../mm/slub";
import { bits_to_longs } from "./bitmap";

/** linux/bitmap.h. Memory for a set of `nbits`, not cleared; NULL without memory. Context: as `gfp` says. */
export function bitmap_alloc(nbits: u32, gfp: u32): usize {
  return kmalloc_array(bits_to_longs(nbits), sizeof<u32>(), gfp);
}

/** linux/bitmap.h. Memory for an empty set of `nbits`; NULL without memory. Context: as `gfp` says. */
export function bitmap_zalloc(nbits: u32, gfp: u32): usize {
  return bitmap_alloc(nbits, gfp | __GFP_ZERO);
}

/** linux/bitmap.h. bitmap_alloc() on a memory node, of which there is one. Context: as `gfp` says. */
export function bitmap_alloc_node(nbits: u32, gfp: u32, node: i32): usize {
  return bitmap_alloc(nbits, gfp);
}

/** linux/bitmap.h. bitmap_zalloc() on a memory node, of which there is one. Context: as `gfp` says. */
export function bitmap_zalloc_node(nbits: u32, gfp: u32, node: i32): usize {
  return bitmap_zalloc(nbits, gfp);
}

/** linux/bitmap.h. Frees a set of bitmap_alloc(); NULL is allowed. Context: any. */
export function bitmap_free(map: usize): void {
  kfree(map);
}

/** linux/bitmap.h. bitmap_alloc() that is freed with `dev`. Context: as `gfp` says. */
export function devm_bitmap_alloc(dev: usize, nbits: u32, gfp: u32): usize {
  const map = bitmap_alloc(nbits, gfp);
  if (!map || !devm_add_action(dev, bitmap_free.index, map)) return map;
  bitmap_free(map);
  return 0;
}

/** linux/bitmap.h. bitmap_zalloc() that is freed with `dev`. Context: as `gfp` says. */
export function devm_bitmap_zalloc(dev: usize, nbits: u32, gfp: u32): usize {
  return devm_bitmap_alloc(dev, nbits, gfp | __GFP_ZERO);
}
