// The checks of kernel/dma/debug.c, debug flavour only: each mapping, its end and its syncs are compared with what is in the
// table. What fits nothing is reported and then not done; what fits an entry in part ends that mapping as it was made.

import { DMA_BIDIRECTIONAL, DMA_FROM_DEVICE, DMA_MAPPING_ERROR, DMA_TO_DEVICE } from "../../../abi";
import { dir_name, err_printk, type_name } from "./report";
import { check_memory, check_overlap } from "./memory";
import {
  CHECKED,
  COHERENT,
  Entry,
  NOT_CHECKED,
  SG,
  bucket_first,
  dma_debug_enabled,
  entry_add,
  entry_remove,
  find_containing,
  find_exact,
  hash_of,
} from "./table";

@inline const NONE: Entry = changetype<Entry>(0);

/** A mapping of `type` was made: it is checked and remembered. The driver has to ask whether it failed if `map_err` is
 *  NOT_CHECKED. */
export function debug_map(
  dev: usize,
  bus: u32,
  size: usize,
  address: usize,
  type: u8,
  dir: u32,
  map_err: u8,
  attrs: u32,
): Entry {
  const entry = entry_add(dev, bus, size, address, type, dir);
  if (!changetype<usize>(entry)) return entry;
  entry.map_err = map_err;
  if (type != COHERENT) check_memory(dev, address, size);
  check_overlap(entry, attrs);
  return entry;
}

function none_found(dev: usize, bus: u32, size: usize): void {
  if (bus == DMA_MAPPING_ERROR) {
    err_printk(dev, NONE, cstr("device driver tries to free an invalid DMA memory address"));
  } else {
    err_printk(
      dev,
      NONE,
      cstr("device driver tries to free DMA memory it has not allocated [device address=0x%016x] [size=%u bytes]"),
      bus,
      size,
    );
  }
}

function wrong_function(dev: usize, entry: Entry, size: usize, type: u8): void {
  err_printk(
    dev,
    entry,
    cstr(
      "device driver frees DMA memory with wrong function [device address=0x%016x] [size=%u bytes] [mapped as %s] [unmapped as %s]",
    ),
    entry.bus,
    size,
    type_name(entry.type),
    type_name(type),
  );
}

function wrong_size(dev: usize, entry: Entry, size: usize): void {
  err_printk(
    dev,
    entry,
    cstr(
      "device driver frees DMA memory with different size [device address=0x%016x] [map size=%u bytes] [unmap size=%u bytes]",
    ),
    entry.bus,
    entry.size,
    size,
  );
}

/** A streaming mapping ends. Returns its entry, which entry_remove() is for, or NULL if nothing can end. */
export function debug_unmap(dev: usize, bus: u32, size: usize, type: u8, dir: u32, sg_ents: u32): Entry {
  const entry = find_exact(dev, bus, <u32>size, type, dir, sg_ents);
  if (!changetype<usize>(entry)) {
    none_found(dev, bus, size);
    return entry;
  }
  if (size != <usize>entry.size) wrong_size(dev, entry, size);
  if (type != entry.type) {
    wrong_function(dev, entry, size, type);
    if (entry.type == COHERENT) return NONE; // it stays what it is: allocated
  }
  if (sg_ents && type == SG && sg_ents != entry.sg_call_ents) {
    err_printk(
      dev,
      entry,
      cstr("device driver frees DMA sg list with different entry count [map count=%d] [unmap count=%d]"),
      entry.sg_call_ents,
      sg_ents,
    );
  }
  if (dir != <u32>entry.direction) {
    err_printk(
      dev,
      entry,
      cstr(
        "device driver frees DMA memory with different direction [device address=0x%016x] [size=%u bytes] [mapped with %s] [unmapped with %s]",
      ),
      bus,
      size,
      dir_name(entry.direction),
      dir_name(dir),
    );
  }
  if (entry.map_err == NOT_CHECKED) {
    err_printk(
      dev,
      entry,
      cstr("device driver failed to check map error[device address=0x%016x] [size=%u bytes] [mapped as %s]"),
      bus,
      size,
      type_name(entry.type),
    );
  }
  return entry;
}

/** Coherent memory is freed. Whether it may be: it is what was allocated. */
export function debug_free_coherent(dev: usize, bus: u32, size: usize, address: usize): bool {
  const entry = find_exact(dev, bus, <u32>size, COHERENT, DMA_BIDIRECTIONAL, 0);
  if (!changetype<usize>(entry)) {
    none_found(dev, bus, size);
    return false;
  }
  let fits = true;
  if (size != <usize>entry.size) {
    wrong_size(dev, entry, size);
    fits = false;
  }
  if (entry.type != COHERENT) {
    wrong_function(dev, entry, size, COHERENT);
    fits = false;
  } else if (entry.address != address) {
    err_printk(
      dev,
      entry,
      cstr(
        "device driver frees DMA memory with different CPU address [device address=0x%016x] [size=%u bytes] [cpu alloc address=0x%016x] [cpu free address=0x%016x]",
      ),
      bus,
      size,
      entry.address,
      address,
    );
    fits = false;
  }
  if (fits) entry_remove(entry);
  return fits;
}

/** The driver asks whether the mapping at `bus` failed: the first of that address which it has not asked about. */
export function debug_mapping_error(dev: usize, bus: u32): void {
  for (let e = bucket_first(hash_of(bus)); changetype<usize>(e); e = changetype<Entry>(e.next)) {
    if (e.dev != dev || e.bus != bus || e.map_err != NOT_CHECKED) continue;
    e.map_err = CHECKED;
    return;
  }
}

function wrong_sync(dev: usize, entry: Entry, dir: u32, fmt: usize): void {
  err_printk(dev, entry, fmt, entry.bus, entry.size, dir_name(entry.direction), dir_name(dir));
}

/** A sync of [bus, bus + size). `sg_ents`: of a scatter list with as many entries, 0 if it is of none. */
export function debug_sync(dev: usize, bus: u32, size: usize, type: u8, dir: u32, sg_ents: u32, to_cpu: bool): void {
  if (!dma_debug_enabled()) return;
  const entry = find_containing(dev, bus, <u32>size, type, dir, sg_ents);
  if (!changetype<usize>(entry)) {
    outside(dev, bus, size);
    return;
  }
  const mapped = <u32>entry.direction;
  if (mapped == DMA_BIDIRECTIONAL) return;
  if (dir != mapped) {
    wrong_sync(
      dev,
      entry,
      dir,
      cstr(
        "device driver syncs DMA memory with different direction [device address=0x%016x] [size=%u bytes] [mapped with %s] [synced with %s]",
      ),
    );
  }
  if (to_cpu && mapped != DMA_FROM_DEVICE && dir != DMA_TO_DEVICE) {
    wrong_sync(
      dev,
      entry,
      dir,
      cstr(
        "device driver syncs device read-only DMA memory for cpu [device address=0x%016x] [size=%u bytes] [mapped with %s] [synced with %s]",
      ),
    );
  }
  if (!to_cpu && mapped != DMA_TO_DEVICE && dir != DMA_FROM_DEVICE) {
    wrong_sync(
      dev,
      entry,
      dir,
      cstr(
        "device driver syncs device write-only DMA memory to device [device address=0x%016x] [size=%u bytes] [mapped with %s] [synced with %s]",
      ),
    );
  }
  if (sg_ents && type == SG && sg_ents != entry.sg_call_ents) {
    err_printk(
      dev,
      entry,
      cstr("device driver syncs DMA sg list with different entry count [map count=%d] [sync count=%d]"),
      entry.sg_call_ents,
      sg_ents,
    );
  }
}

/** Linux only looks for entries that contain all of the range, and its report of a range that leaves its mapping cannot
 *  come; here it does, for a range that begins inside one. */
function outside(dev: usize, bus: u32, size: usize): void {
  const entry = find_containing(dev, bus, 1, 0, 0, 0);
  if (changetype<usize>(entry)) {
    err_printk(
      dev,
      entry,
      cstr(
        "device driver syncs DMA memory outside allocated range [device address=0x%016x] [allocation size=%u bytes] [sync offset+size=%u]",
      ),
      entry.bus,
      entry.size,
      bus - entry.bus + <u32>size,
    );
    return;
  }
  err_printk(
    dev,
    NONE,
    cstr("device driver tries to sync DMA memory it has not allocated [device address=0x%016x] [size=%u bytes]"),
    bus,
    size,
  );
}
