// Scatter lists (linux/scatterlist.h) and their mapping. An entry's page_link is a struct page with two flags: bit 0 says that
// it leads to another table instead, bit 1 that the entry is the last.

import {
  DMA_ATTR_SKIP_CPU_SYNC,
  DMA_MAPPING_ERROR,
  EINVAL,
  EIO,
  SG_CHAIN,
  SG_END,
  scatterlist,
  sg_table,
  sizeof_scatterlist,
} from "../../abi";
import { BOOT_RAM_END } from "../../arch/wasm/memory";
import { DEBUG } from "../../flavour";
import { is_page, page_address } from "../../mm/page";
import { debug_map, debug_sync, debug_unmap } from "./debug/check";
import { check_sg_segment } from "./debug/memory";
import { NOT_APPLICABLE, SG, dma_debug_enabled, entry_remove } from "./debug/table";
import { dma_direct_map, dma_direct_unmap, dma_sync } from "./mapping";
import { dma_complain } from "./warn";

const FLAGS: u32 = SG_CHAIN | SG_END;

/** linux/scatterlist.h. The entry after `sg`, or NULL at the end. Context: any. */
export function sg_next(sg: usize): usize {
  if (changetype<scatterlist>(sg).page_link & SG_END) return 0;
  const next = changetype<scatterlist>(sg + sizeof_scatterlist);
  return next.page_link & SG_CHAIN ? <usize>(next.page_link & ~FLAGS) : sg + sizeof_scatterlist;
}

@inline
function address_of(sg: scatterlist): usize {
  return page_address(<usize>(sg.page_link & ~FLAGS)) + sg.offset;
}

/** linux/dma-mapping.h. Maps the first `nents` entries of a scatter list and sets their dma_address. Returns `nents`, or 0 if
 *  one cannot be mapped; then none is. Context: any. */
export function dma_map_sg_attrs(dev: usize, first: usize, nents: i32, dir: u32, attrs: u32): u32 {
  let sg = first;
  for (let i = 0; i < nents; i++, sg = sg_next(sg)) {
    const entry = changetype<scatterlist>(sg);
    entry.dma_address = map_memory(dev, entry, dir, attrs);
    if (entry.dma_address != DMA_MAPPING_ERROR) continue;
    unmap_first(first, i, dir, attrs | DMA_ATTR_SKIP_CPU_SYNC);
    return 0;
  }
  if (DEBUG) debug_map_sg(dev, first, <u32>nents, dir, attrs);
  return <u32>nents;
}

function map_memory(dev: usize, sg: scatterlist, dir: u32, attrs: u32): u32 {
  const address = address_of(sg);
  const end = load<u32>(BOOT_RAM_END);
  if (!is_page(<usize>(sg.page_link & ~FLAGS)) || address >= <usize>end || sg.length > end - <u32>address) {
    dma_complain(dev, cstr("maps what is not memory"));
    return DMA_MAPPING_ERROR;
  }
  return dma_direct_map(dev, address, sg.length, dir, attrs);
}

function debug_map_sg(dev: usize, sg: usize, nents: u32, dir: u32, attrs: u32): void {
  for (let i: u32 = 0; i < nents; i++, sg = sg_next(sg)) {
    const s = changetype<scatterlist>(sg);
    check_sg_segment(dev, s.dma_address, s.length);
    const entry = debug_map(dev, s.dma_address, s.length, address_of(s), SG, dir, NOT_APPLICABLE, attrs);
    if (!changetype<usize>(entry)) return;
    entry.sg_call_ents = nents;
    entry.sg_mapped_ents = nents;
  }
}

function unmap_first(sg: usize, nents: i32, dir: u32, attrs: u32): void {
  for (; nents > 0; nents--, sg = sg_next(sg)) {
    dma_direct_unmap(changetype<scatterlist>(sg).dma_address, changetype<scatterlist>(sg).length, dir, attrs);
  }
}

/** linux/dma-mapping.h. Ends the mapping of a scatter list, `nents` as it was given to map it. Context: any. */
export function dma_unmap_sg_attrs(dev: usize, sg: usize, nents: i32, dir: u32, attrs: u32): void {
  if (DEBUG && dma_debug_enabled()) debug_unmap_sg(dev, sg, <u32>nents, dir, attrs);
  else unmap_first(sg, nents, dir, attrs);
}

/** As many entries as the list was mapped with, whatever the driver says: no more are mapped, and no fewer should stay. */
function debug_unmap_sg(dev: usize, sg: usize, nents: u32, dir: u32, attrs: u32): void {
  let mapped = nents;
  for (let i: u32 = 0; i < mapped; i++) {
    const s = changetype<scatterlist>(sg);
    // What the driver says of the list is compared once.
    const entry = debug_unmap(dev, s.dma_address, s.length, SG, dir, i ? mapped : nents);
    if (changetype<usize>(entry)) {
      if (!i && entry.type == SG) mapped = entry.sg_mapped_ents;
      const size = entry.size;
      const direction: u32 = entry.direction;
      entry_remove(entry);
      dma_direct_unmap(s.dma_address, size, direction, attrs);
    }
    sg = sg_next(sg);
    if (!sg) return;
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

function sync_sg(dev: usize, sg: usize, nents: i32, dir: u32, to_cpu: bool): void {
  const given = <u32>nents;
  for (; nents > 0 && sg; nents--, sg = sg_next(sg)) {
    const s = changetype<scatterlist>(sg);
    dma_sync(s.dma_address, s.length, dir, to_cpu);
    if (DEBUG) debug_sync(dev, s.dma_address, s.length, SG, dir, given, to_cpu);
  }
}

/** linux/dma-mapping.h. The CPU may look at a mapped scatter list. Context: any; an interrupt window. */
export function dma_sync_sg_for_cpu(dev: usize, sg: usize, nents: i32, dir: u32): void {
  sync_sg(dev, sg, nents, dir, true);
}

/** linux/dma-mapping.h. The device may look at a mapped scatter list. Context: any; an interrupt window. */
export function dma_sync_sg_for_device(dev: usize, sg: usize, nents: i32, dir: u32): void {
  sync_sg(dev, sg, nents, dir, false);
}
