// mm/dmapool.c: small blocks of coherent memory. A pool takes pages as it needs them; which of their blocks are taken is kept
// beside them, as the device may write anywhere in the pages.

import { GFP_KERNEL, PAGE_SIZE, __GFP_ZERO } from "../abi";
import { __devres_alloc_node, devres_add, devres_free, devres_release } from "../drivers/base/devres";
import { dev_driver_string, dev_name } from "../drivers/base/name";
import { DEBUG } from "../flavour";
import { dma_alloc_attrs, dma_free_attrs } from "../kernel/dma/coherent";
import { WARN } from "../kernel/panic";
import { pr } from "../kernel/printk/printk";
import { kzalloc } from "./kmalloc";
import { mm_lock, mm_unlock } from "./lock";
import { kfree } from "./slub";
import { kstrdup } from "./util";

@unmanaged
class dma_pool {
  dev: usize;
  name: usize;
  lock: u32;
  /** PoolPage records. */
  pages: usize;
  size: u32;
  /** Bytes of a page, blocks in it, and blocks between two boundaries. */
  allocation: u32;
  blocks: u32;
  per_boundary: u32;
  boundary: u32;
}

/** Followed by one byte a block: taken or not. */
@unmanaged
class PoolPage {
  next: usize;
  address: usize;
  bus: u32;
  taken: u32;
}

@inline
function taken_of(p: PoolPage, block: u32): usize {
  return changetype<usize>(p) + offsetof<PoolPage>() + block;
}

@inline
function offset_of(pool: dma_pool, block: u32): u32 {
  return (block / pool.per_boundary) * pool.boundary + (block % pool.per_boundary) * pool.size;
}

/** linux/dmapool.h. A pool of blocks of `size` bytes for `dev`, aligned to `align` (a power of two or 0), none across a multiple
 *  of `boundary` (a power of two or 0). Returns it, or NULL. Context: process. */
export function dma_pool_create(name: usize, dev: usize, size: usize, align: usize, boundary: usize): usize {
  align = max<usize>(align, 1);
  if (!size || align & (align - 1)) return 0;
  size = (max<usize>(size, 4) + align - 1) & ~(align - 1);
  const allocation = max<usize>(size, PAGE_SIZE);
  if (!boundary) boundary = allocation;
  else if (boundary < size || boundary & (boundary - 1)) return 0;
  const pool = changetype<dma_pool>(kzalloc(offsetof<dma_pool>(), GFP_KERNEL));
  if (!changetype<usize>(pool)) return 0;
  boundary = min(boundary, allocation);
  pool.dev = dev;
  pool.name = kstrdup(name, GFP_KERNEL);
  pool.size = <u32>size;
  pool.allocation = <u32>allocation;
  pool.boundary = <u32>boundary;
  pool.per_boundary = <u32>(boundary / size);
  pool.blocks = <u32>(allocation / boundary) * pool.per_boundary;
  return changetype<usize>(pool);
}

function add_page(pool: dma_pool, gfp: u32): bool {
  const p = changetype<PoolPage>(kzalloc(offsetof<PoolPage>() + pool.blocks, gfp & ~__GFP_ZERO));
  if (!changetype<usize>(p)) return false;
  p.address = dma_alloc_attrs(pool.dev, pool.allocation, changetype<usize>(p) + offsetof<PoolPage>("bus"), gfp, 0);
  if (!p.address) {
    kfree(changetype<usize>(p));
    return false;
  }
  if (DEBUG) memory.fill(p.address, POOL_POISON_FREED, pool.allocation);
  mm_lock(changetype<usize>(pool) + offsetof<dma_pool>("lock"));
  p.next = pool.pages;
  pool.pages = changetype<usize>(p);
  mm_unlock(changetype<usize>(pool) + offsetof<dma_pool>("lock"));
  return true;
}

/** Takes a free block of any page; stores its bus address and returns the CPU's, or 0. */
function take(pool: dma_pool, handle: usize): usize {
  let address: usize = 0;
  mm_lock(changetype<usize>(pool) + offsetof<dma_pool>("lock"));
  for (let p = changetype<PoolPage>(pool.pages); changetype<usize>(p); p = changetype<PoolPage>(p.next)) {
    if (p.taken == pool.blocks) continue;
    let block: u32 = 0;
    while (load<u8>(taken_of(p, block))) block++;
    store<u8>(taken_of(p, block), 1);
    p.taken++;
    address = p.address + offset_of(pool, block);
    store<u32>(handle, p.bus + offset_of(pool, block));
    break;
  }
  mm_unlock(changetype<usize>(pool) + offsetof<dma_pool>("lock"));
  return address;
}

/** linux/poison.h. What free blocks are filled with, and those that are given out, in debug. */
const POOL_POISON_FREED: u8 = 0xa7;
const POOL_POISON_ALLOCATED: u8 = 0xa9;

/** Reports a block that was written while it was free, by the driver or by the device. */
function check_poison(pool: dma_pool, address: usize, bus: u32): void {
  let i: usize = 0;
  while (i < pool.size && load<u8>(address + i) == POOL_POISON_FREED) i++;
  memory.fill(address, POOL_POISON_ALLOCATED, pool.size);
  if (i == pool.size) return;
  pool_err(pool, cstr("\x013%s %s: dma_pool_alloc %s, %08x/0x%08x (corrupted)"), address, bus);
  WARN(cstr("dma_pool_alloc: a block was written while it was free"));
}

/** linux/dmapool.h. A block of the pool, zeroed with __GFP_ZERO; stores its bus address in `*handle`. Returns the CPU's address,
 *  or NULL. Context: any that `gfp` allows. */
export function dma_pool_alloc(pool_: usize, gfp: u32, handle: usize): usize {
  const pool = changetype<dma_pool>(pool_);
  let address = take(pool, handle);
  if (!address && add_page(pool, gfp)) address = take(pool, handle);
  if (DEBUG && address) check_poison(pool, address, load<u32>(handle));
  if (address && gfp & __GFP_ZERO) memory.fill(address, 0, pool.size);
  return address;
}

/** The block at `offset` of a page; `pool.blocks` if none begins there. */
function block_at(pool: dma_pool, offset: u32): u32 {
  const block = (offset / pool.boundary) * pool.per_boundary + (offset % pool.boundary) / pool.size;
  return block < pool.blocks && offset_of(pool, block) == offset ? block : pool.blocks;
}

/** The page of the pool that bus address `bus` lies in, or NULL. */
function page_of(pool: dma_pool, bus: u32): PoolPage {
  let p = changetype<PoolPage>(pool.pages);
  while (changetype<usize>(p) && bus - p.bus >= pool.allocation) p = changetype<PoolPage>(p.next);
  return p;
}

/** Gives a block back; what is wrong with it, a format for the pool's name, address and bus address, or 0. */
function release(pool: dma_pool, address: usize, bus: u32): usize {
  const p = page_of(pool, bus);
  if (!changetype<usize>(p)) return cstr("\x013%s %s: dma_pool_free %s, %08x/0x%08x (bad dma)");
  const offset = bus - p.bus;
  const block = block_at(pool, offset);
  if (block == pool.blocks || p.address + offset != address)
    return cstr("\x013%s %s: dma_pool_free %s, %08x (bad vaddr)/0x%08x");
  if (!load<u8>(taken_of(p, block))) return cstr("\x013%s %s: dma_pool_free %s, dma %08x/0x%08x already free");
  store<u8>(taken_of(p, block), 0);
  p.taken--;
  if (DEBUG) memory.fill(address, POOL_POISON_FREED, pool.size);
  return 0;
}

/** linux/dmapool.h. Gives a block back. One that is not taken is reported. Context: any. */
export function dma_pool_free(pool_: usize, address: usize, bus: u32): void {
  const pool = changetype<dma_pool>(pool_);
  mm_lock(pool_ + offsetof<dma_pool>("lock"));
  const wrong = release(pool, address, bus);
  mm_unlock(pool_ + offsetof<dma_pool>("lock"));
  if (!wrong) return;
  pool_err(pool, wrong, address, bus);
  WARN(cstr("dma_pool_free: not a block that the pool has given out"));
}

function pool_err(pool: dma_pool, fmt: usize, address: usize, bus: u32): void {
  pr(fmt, dev_driver_string(pool.dev), dev_name(pool.dev), pool.name, address, bus);
}

/** linux/dmapool.h. Ends a pool; NULL is ignored. Pages with blocks that were not given back are reported and stay.
 *  Context: process. */
export function dma_pool_destroy(pool_: usize): void {
  if (!pool_) return;
  const pool = changetype<dma_pool>(pool_);
  let p = changetype<PoolPage>(pool.pages);
  while (changetype<usize>(p)) {
    const next = p.next;
    if (p.taken) {
      pool_err(pool, cstr("\x013%s %s: dma_pool_destroy %s, %08x/0x%08x busy"), p.address, p.bus);
      WARN(cstr("dma_pool_destroy: blocks were not given back"));
    } else dma_free_attrs(pool.dev, pool.allocation, p.address, p.bus, 0);
    kfree(changetype<usize>(p));
    p = changetype<PoolPage>(next);
  }
  kfree(pool.name);
  kfree(pool_);
}

function dmam_pool_release(dev: usize, res: usize): void {
  dma_pool_destroy(load<usize>(res));
}

function dmam_pool_match(dev: usize, res: usize, pool: usize): i32 {
  return <i32>(load<usize>(res) == pool);
}

/** linux/dmapool.h. dma_pool_create() of a pool that goes with the driver; NULL on failure. Context: process. */
export function dmam_pool_create(name: usize, dev: usize, size: usize, align: usize, boundary: usize): usize {
  const res = __devres_alloc_node(dmam_pool_release.index, sizeof<usize>(), GFP_KERNEL, -1, cstr("dmam_pool_release"));
  if (!res) return 0;
  const pool = dma_pool_create(name, dev, size, align, boundary);
  if (!pool) {
    devres_free(res);
    return 0;
  }
  store<usize>(res, pool);
  devres_add(dev, res);
  return pool;
}

/** linux/dmapool.h. Ends a pool of dmam_pool_create() before its time. Context: process. */
export function dmam_pool_destroy(pool: usize): void {
  const dev = changetype<dma_pool>(pool).dev;
  if (devres_release(dev, dmam_pool_release.index, dmam_pool_match.index, pool)) {
    WARN(cstr("dmam_pool_destroy: not a pool of the device's"));
  }
}
