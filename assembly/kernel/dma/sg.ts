// Scatter lists (linux/scatterlist.h) and their mapping. An entry's page_link is a struct page with two flags: bit 0 says that
// it leads to another table instead, bit 1 that the entry is the last.

import { DMA_MAPPING_ERROR, EINVAL, EIO, SG_CHAIN, SG_END, scatterlist, sg_table, sizeof_scatterlist } from "../../abi";
import { dma_map_page_attrs, dma_sync, dma_unmap_page_attrs } from "./mapping";

const FLAGS: u32 = SG_CHAIN | SG_END;

/** linux/scatterlist.h. The entry after `sg`, or NULL at the end. Context: any. */
export function sg_next(sg: usize): usize {
  if (changetype<scatterlist>(sg).page_link & SG_END) return 0;
  const next = changetype<scatterlist>(sg + sizeof_scatterlist);
  return next.page_link & SG_CHAIN ? <usize>(next.page_link & ~FLAGS) : sg + sizeof_scatterlist;
}

/** linux/dma-mapping.h. Maps the first `nents` entries of a scatter list and sets their dma_address. Returns `nents`, or 0 if
 *  one cannot be mapped; then none is. Context: any. */
export function dma_map_sg_attrs(dev: usize, first: usize, nents: i32, dir: u32, attrs: u32): u32 {
  let sg = first;
  for (let i = 0; i < nents; i++, sg = sg_next(sg)) {
    const entry = changetype<scatterlist>(sg);
    entry.dma_address = dma_map_page_attrs(
      dev,
      <usize>(entry.page_link & ~FLAGS),
      entry.offset,
      entry.length,
      dir,
      attrs,
    );
    if (entry.dma_address != DMA_MAPPING_ERROR) continue;
    dma_unmap_sg_attrs(dev, first, i, dir, attrs);
    return 0;
  }
  return <u32>nents;
}

/** linux/dma-mapping.h. Ends the mapping of a scatter list, `nents` as it was given to map it. Context: any. */
export function dma_unmap_sg_attrs(dev: usize, sg: usize, nents: i32, dir: u32, attrs: u32): void {
  for (; nents > 0; nents--, sg = sg_next(sg)) {
    dma_unmap_page_attrs(dev, changetype<scatterlist>(sg).dma_address, changetype<scatterlist>(sg).length, dir, attrs);
  }
}

/** linux/dma-mapping.h. Maps a whole sg_table. Returns 0, -EIO if it cannot be mapped, -EINVAL if it is empty. Context: any. */
export function dma_map_sgtable(dev: usize, table_: usize, dir: u32, attrs: u32): i32 {
  const table = changetype<sg_table>(table_);
  if (!table.orig_nents) return -EINVAL;
  const mapped = dma_map_sg_attrs(dev, table.sgl, <i32>table.orig_nents, dir, attrs);
  if (!mapped) return -EIO;
  table.nents = mapped;
  return 0;
}

function sync_sg(dev: usize, sg: usize, nents: i32, dir: u32): void {
  for (; nents > 0; nents--, sg = sg_next(sg)) {
    dma_sync(dev, changetype<scatterlist>(sg).dma_address, changetype<scatterlist>(sg).length, dir);
  }
}

/** linux/dma-mapping.h. The CPU may look at a mapped scatter list. Context: any; an interrupt window. */
export function dma_sync_sg_for_cpu(dev: usize, sg: usize, nents: i32, dir: u32): void {
  sync_sg(dev, sg, nents, dir);
}

/** linux/dma-mapping.h. The device may look at a mapped scatter list. Context: any; an interrupt window. */
export function dma_sync_sg_for_device(dev: usize, sg: usize, nents: i32, dir: u32): void {
  sync_sg(dev, sg, nents, dir);
}
