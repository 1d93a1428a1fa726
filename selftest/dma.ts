// Memory for devices. There is none here: the CPU plays it, at the bus addresses that a device would be given.

import {
  DMA_BIDIRECTIONAL,
  DMA_FROM_DEVICE,
  DMA_MAPPING_ERROR,
  DMA_TO_DEVICE,
  EIO,
  GFP_KERNEL,
  IS_ERR,
  PAGE_SIZE,
  THIS_MODULE,
  __get_free_pages,
  __kmalloc,
  __root_device_register,
  cstr,
  device,
  dma_alloc_attrs,
  dma_free_attrs,
  dma_get_required_mask,
  dma_map_sg_attrs,
  dma_map_single,
  dma_mapping_error,
  dma_pool_alloc,
  dma_pool_create,
  dma_pool_destroy,
  dma_pool_free,
  dma_set_coherent_mask,
  dma_set_mask,
  dma_sync_single_for_cpu,
  dma_sync_single_for_device,
  dma_unmap_sg_attrs,
  dma_unmap_single,
  free_pages,
  kfree,
  ptr,
  root_device_unregister,
  scatterlist,
  sg_init_one,
  sg_init_table,
  sizeof_scatterlist,
} from "linuxkpi/driver";
import { begin, end, expect, expectEqual, test } from "./expect";

const ALL: u64 = 0xffffffff;

let dev: usize = 0;
const mask = memory.data(8, 8);
const handle = memory.data(4, 4);

/** Bus address of linear address 0: boards place memory where they have it. */
let base: u32 = 0;

/** Where the CPU finds what a device has at a bus address. */
@inline
function seen(bus: u32): usize {
  return <usize>(bus - base);
}

function filled(at: usize, bytes: usize, byte: u8): bool {
  for (let i: usize = 0; i < bytes; i++) if (load<u8>(at + i) != byte) return false;
  return true;
}

function masks(): void {
  const none = changetype<device>(dev);
  none.dma_mask = 0;
  expectEqual(dma_set_mask(dev, ALL), -EIO, cstr("dma_set_mask of a device without one"));
  none.dma_mask = mask;
  expectEqual(dma_set_mask(dev, 0xfff), -EIO, cstr("dma_set_mask of a page"));
  expectEqual(dma_set_mask(dev, ALL), 0, cstr("dma_set_mask"));
  expect(load<u64>(mask) == ALL, cstr("the mask is another one"));
  expectEqual(dma_set_coherent_mask(dev, ALL), 0, cstr("dma_set_coherent_mask"));
  const required = dma_get_required_mask(dev);
  expect(required != 0 && (required & (required + 1)) == 0, cstr("dma_get_required_mask is no mask"));
}

const BLOCKS: usize = 3;
const blocks = memory.data(BLOCKS * 4, 4);
const handles = memory.data(BLOCKS * 4, 4);

function coherent(): void {
  for (let i: usize = 0; i < BLOCKS; i++) {
    const bytes = PAGE_SIZE * (i + 1) - 100;
    const at = dma_alloc_attrs(dev, bytes, handle, GFP_KERNEL, 0);
    const bus = load<u32>(handle);
    store<usize>(blocks + 4 * i, at);
    store<u32>(handles + 4 * i, bus);
    expect(at != 0, cstr("no memory"));
    if (!at) continue;
    expectEqual(at & (PAGE_SIZE - 1), 0, cstr("bytes beside a page"));
    expectEqual(bus - base, at, cstr("what the device has there"));
    expect(filled(at, bytes, 0), cstr("it is not zero"));
    memory.fill(at, <u8>(i + 1), bytes);
  }
  for (let i: usize = 0; i < BLOCKS; i++) {
    const bytes = PAGE_SIZE * (i + 1) - 100;
    const at = load<usize>(blocks + 4 * i);
    if (!at) continue;
    expect(filled(at, bytes, <u8>(i + 1)), cstr("it lies over another one"));
    dma_free_attrs(dev, bytes, at, load<u32>(handles + 4 * i), 0);
  }
}

function streaming(): void {
  const at = __kmalloc(512, GFP_KERNEL);
  if (!at) return expect(false, cstr("no memory"));
  const whole = dma_map_single(dev, at, 512, DMA_TO_DEVICE);
  expectEqual(dma_mapping_error(dev, whole), 0, cstr("dma_mapping_error"));
  expectEqual(whole - base, at, cstr("what the device has there"));
  dma_unmap_single(dev, whole, 512, DMA_TO_DEVICE);
  const part = dma_map_single(dev, at + 100, 200, DMA_FROM_DEVICE);
  expectEqual(dma_mapping_error(dev, part), 0, cstr("dma_mapping_error of a part"));
  expectEqual(part - whole, 100, cstr("where a part begins"));
  memory.fill(seen(part), 0x33, 200);
  dma_unmap_single(dev, part, 200, DMA_FROM_DEVICE);
  expect(filled(at + 100, 200, 0x33), cstr("what the device has written is not there"));
  expect(dma_mapping_error(dev, DMA_MAPPING_ERROR) != 0, cstr("DMA_MAPPING_ERROR is no error"));
  kfree(at);
}

const PIECES: usize = 3;
const PIECE_BYTES: usize = 96;
const list = memory.data(sizeof_scatterlist * PIECES, 4);
const one = changetype<scatterlist>(memory.data(sizeof_scatterlist, 4));

@inline
function piece(i: usize): scatterlist {
  return changetype<scatterlist>(list + sizeof_scatterlist * i);
}

/** The end mark of the last entry stays. */
const SG_PAGE: u32 = ~3;

function scattered(): void {
  const at = __kmalloc(PIECE_BYTES * 2 * PIECES, GFP_KERNEL);
  if (!at) return expect(false, cstr("no memory"));
  sg_init_table(list, PIECES);
  for (let i: usize = 0; i < PIECES; i++) {
    sg_init_one(ptr(one), at + 2 * PIECE_BYTES * i, PIECE_BYTES);
    piece(i).page_link |= one.page_link & SG_PAGE;
    piece(i).offset = one.offset;
    piece(i).length = one.length;
  }
  expectEqual(dma_map_sg_attrs(dev, list, PIECES, DMA_TO_DEVICE, 0), PIECES, cstr("pieces"));
  for (let i: usize = 0; i < PIECES; i++) {
    expectEqual(piece(i).dma_address - base, at + 2 * PIECE_BYTES * i, cstr("what the device has there"));
    expectEqual(piece(i).length, PIECE_BYTES, cstr("bytes of a piece"));
  }
  dma_unmap_sg_attrs(dev, list, PIECES, DMA_TO_DEVICE, 0);
  kfree(at);
}

/** Memory that the device does not reach is copied through some that it does. */
function bounced(): void {
  const low = __get_free_pages(GFP_KERNEL, 0);
  const high = __get_free_pages(GFP_KERNEL, 0);
  if (!low || !high) return expect(false, cstr("no memory"));
  const at = max(low, high);
  free_pages(min(low, high), 0);
  const limit = <u64>(<u32>at + base) - 1;
  expectEqual(dma_set_mask(dev, limit), 0, cstr("dma_set_mask"));
  memory.fill(at, 0x11, PAGE_SIZE);

  const bus = dma_map_single(dev, at, 256, DMA_BIDIRECTIONAL);
  expectEqual(dma_mapping_error(dev, bus), 0, cstr("dma_mapping_error"));
  if (bus != DMA_MAPPING_ERROR) {
    const there = seen(bus);
    expect(<u64>bus + 255 <= limit, cstr("the device does not reach it"));
    expect(filled(there, 256, 0x11), cstr("the device does not see what was there"));
    memory.fill(there, 0x22, 256);
    dma_sync_single_for_cpu(dev, bus, 256, DMA_BIDIRECTIONAL);
    expect(filled(at, 256, 0x22), cstr("sync_for_cpu does not bring what the device has written"));
    memory.fill(at, 0x44, 256);
    dma_sync_single_for_device(dev, bus, 256, DMA_BIDIRECTIONAL);
    expect(filled(there, 256, 0x44), cstr("sync_for_device does not bring what the CPU has written"));
    memory.fill(there, 0x55, 256);
    dma_unmap_single(dev, bus, 256, DMA_BIDIRECTIONAL);
    expect(filled(at, 256, 0x55), cstr("unmap does not bring what the device has written"));
    expect(filled(at + 256, PAGE_SIZE - 256, 0x11), cstr("unmap has written beside the buffer"));
  }
  expectEqual(dma_set_mask(dev, ALL), 0, cstr("dma_set_mask at the end"));
  free_pages(at, 0);
}

const POOLED: u32 = 20;
const POOL_BYTES: usize = 72;
const POOL_ALIGN: usize = 32;
const POOL_BOUNDARY: usize = 256;
const pooled = memory.data(POOLED * 4, 4);
const pooledBus = memory.data(POOLED * 4, 4);

function pools(): void {
  const pool = dma_pool_create(cstr("selftest"), dev, POOL_BYTES, POOL_ALIGN, POOL_BOUNDARY);
  if (!pool) return expect(false, cstr("no pool"));
  for (let i: u32 = 0; i < POOLED; i++) {
    const at = dma_pool_alloc(pool, GFP_KERNEL, handle);
    const bus = load<u32>(handle);
    store<usize>(pooled + 4 * i, at);
    store<u32>(pooledBus + 4 * i, bus);
    expect(at != 0, cstr("no memory"));
    if (!at) continue;
    expectEqual(bus - base, at, cstr("what the device has there"));
    expectEqual(bus % POOL_ALIGN, 0, cstr("bytes beside the alignment"));
    expect(bus / POOL_BOUNDARY == (bus + POOL_BYTES - 1) / POOL_BOUNDARY, cstr("it crosses the boundary"));
    memory.fill(at, <u8>i, POOL_BYTES);
  }
  for (let i: u32 = 0; i < POOLED; i++) {
    const at = load<usize>(pooled + 4 * i);
    if (!at) continue;
    expect(filled(at, POOL_BYTES, <u8>i), cstr("it lies over another one"));
    dma_pool_free(pool, at, load<u32>(pooledBus + 4 * i));
  }
  dma_pool_destroy(pool);
}

/** Where the board has memory. */
function findBase(): void {
  const at = __get_free_pages(GFP_KERNEL, 0);
  if (!at) return;
  const bus = dma_map_single(dev, at, PAGE_SIZE, DMA_TO_DEVICE);
  if (!dma_mapping_error(dev, bus)) base = bus - <u32>at;
  dma_unmap_single(dev, bus, PAGE_SIZE, DMA_TO_DEVICE);
  free_pages(at, 0);
}

function dev_registered(): void {
  dev = __root_device_register(cstr("selftest"), THIS_MODULE);
  expect(!IS_ERR(dev), cstr("no device"));
  if (IS_ERR(dev)) return;
  changetype<device>(dev).dma_mask = mask;
  dma_set_mask(dev, ALL);
  findBase();
}

export function dma(): void {
  begin(cstr("dma"), 7);
  test(cstr("device"), dev_registered);
  if (IS_ERR(dev)) return end();
  test(cstr("masks"), masks);
  test(cstr("coherent"), coherent);
  test(cstr("streaming"), streaming);
  test(cstr("scattered"), scattered);
  test(cstr("bounced"), bounced);
  test(cstr("pools"), pools);
  root_device_unregister(dev);
  end();
}
