// Memory: kmalloc, caches of objects, pages.

import {
  ARCH_KMALLOC_MINALIGN,
  GFP_KERNEL,
  PAGE_SIZE,
  __GFP_ZERO,
  __get_free_pages,
  __kmalloc,
  _totalram_pages,
  cstr,
  free_pages,
  kfree,
  kmem_cache_alloc,
  kmem_cache_create,
  kmem_cache_destroy,
  kmem_cache_free,
  kmem_cache_size,
  krealloc,
  ksize,
} from "linuxkpi/driver";
import { begin, end, expect, expectEqual, test } from "./expect";

/** Whether all bytes of a range are `byte`. */
function filled(at: usize, bytes: usize, byte: u8): bool {
  for (let i: usize = 0; i < bytes; i++) if (load<u8>(at + i) != byte) return false;
  return true;
}

const SIZES: u32 = 10;
const blocks = memory.data(SIZES * 4, 4);

@inline
function block(i: u32): usize {
  return load<usize>(blocks + 4 * i);
}

@inline
function sizeOf(i: u32): usize {
  return (<usize>8) << i;
}

function kmalloc_sizes(): void {
  for (let i: u32 = 0; i < SIZES; i++) {
    const at = __kmalloc(sizeOf(i) - 1, GFP_KERNEL);
    store<usize>(blocks + 4 * i, at);
    expect(at != 0, cstr("no memory"));
    if (!at) continue;
    expectEqual(at % ARCH_KMALLOC_MINALIGN, 0, cstr("bytes beside the alignment"));
    expect(ksize(at) >= sizeOf(i) - 1, cstr("smaller than what was asked for"));
    memory.fill(at, <u8>(i + 1), sizeOf(i) - 1);
  }
  for (let i: u32 = 0; i < SIZES; i++) {
    if (block(i)) expect(filled(block(i), sizeOf(i) - 1, <u8>(i + 1)), cstr("it lies over another one"));
    kfree(block(i));
  }
}

function kmalloc_power_of_two(): void {
  for (let i: u32 = 0; i < SIZES; i++) {
    const at = __kmalloc(sizeOf(i), GFP_KERNEL);
    expectEqual(at & (sizeOf(i) - 1), 0, cstr("bytes beside a multiple of the size"));
    kfree(at);
  }
}

function kmalloc_zero(): void {
  const bytes: usize = 200;
  for (let i: u32 = 0; i < 4; i++) {
    const dirty = __kmalloc(bytes, GFP_KERNEL);
    if (dirty) memory.fill(dirty, 0xff, bytes);
    kfree(dirty);
    const clean = __kmalloc(bytes, GFP_KERNEL | __GFP_ZERO);
    expect(clean != 0 && filled(clean, bytes, 0), cstr("memory with __GFP_ZERO is not zero"));
    kfree(clean);
  }
}

function kmalloc_nothing(): void {
  const nothing = __kmalloc(0, GFP_KERNEL);
  expectEqual(nothing, 16, cstr("address of no bytes"));
  kfree(nothing);
  kfree(0);
}

function krealloc_keeps(): void {
  let at = krealloc(0, 24, GFP_KERNEL);
  expect(at != 0, cstr("no memory"));
  if (!at) return;
  memory.fill(at, 0x5a, 24);
  at = krealloc(at, 3000, GFP_KERNEL);
  expect(at != 0 && filled(at, 24, 0x5a), cstr("what it held is lost when it grows"));
  expect(ksize(at) >= 3000, cstr("it has not grown"));
  at = krealloc(at, 8, GFP_KERNEL);
  expect(at != 0 && filled(at, 8, 0x5a), cstr("what it held is lost when it shrinks"));
  kfree(at);
}

const OBJECTS: u32 = 40;
const OBJECT_BYTES: u32 = 72;
const OBJECT_ALIGN: u32 = 32;
const CONSTRUCTED: u32 = 0xc0de;
const objects = memory.data(OBJECTS * 4, 4);

function construct(object: usize): void {
  store<u32>(object, CONSTRUCTED);
}

function cache(): void {
  const all = kmem_cache_create(cstr("selftest"), OBJECT_BYTES, OBJECT_ALIGN, 0, construct.index);
  expect(all != 0, cstr("no cache"));
  if (!all) return;
  expectEqual(kmem_cache_size(all), OBJECT_BYTES, cstr("size of its objects"));
  for (let i: u32 = 0; i < OBJECTS; i++) {
    const object = kmem_cache_alloc(all, GFP_KERNEL);
    store<usize>(objects + 4 * i, object);
    expect(object != 0, cstr("no object"));
    if (!object) continue;
    expectEqual(load<u32>(object), CONSTRUCTED, cstr("what the constructor has left"));
    expectEqual(object % OBJECT_ALIGN, 0, cstr("bytes beside the alignment"));
    memory.fill(object + 4, <u8>i, OBJECT_BYTES - 4);
  }
  for (let i: u32 = 0; i < OBJECTS; i++) {
    const object = load<usize>(objects + 4 * i);
    if (!object) continue;
    expect(filled(object + 4, OBJECT_BYTES - 4, <u8>i), cstr("an object lies over another one"));
    kmem_cache_free(all, object);
  }
  kmem_cache_destroy(all);
}

function pages(): void {
  const dirty = __get_free_pages(GFP_KERNEL, 1);
  if (dirty) memory.fill(dirty, 0xff, 2 * PAGE_SIZE);
  free_pages(dirty, 1);
  const two = __get_free_pages(GFP_KERNEL | __GFP_ZERO, 1);
  expect(two != 0, cstr("no pages"));
  if (!two) return;
  expectEqual(two & (2 * PAGE_SIZE - 1), 0, cstr("bytes beside two pages"));
  expect(filled(two, 2 * PAGE_SIZE, 0), cstr("pages with __GFP_ZERO are not zero"));
  free_pages(two, 1);
}

/** More than there is, one after the other: what is freed must come again. */
function memory_returns(): void {
  const rounds = load<u32>(_totalram_pages) + 1;
  for (let i: u32 = 0; i < rounds; i++) {
    const at = __kmalloc(PAGE_SIZE, GFP_KERNEL);
    const page = __get_free_pages(GFP_KERNEL, 0);
    expect(at != 0 && page != 0, cstr("what was freed does not come again"));
    kfree(at);
    free_pages(page, 0);
    if (!at || !page) return;
  }
}

export function slab(): void {
  begin(cstr("slab"), 8);
  test(cstr("kmalloc_sizes"), kmalloc_sizes);
  test(cstr("kmalloc_power_of_two"), kmalloc_power_of_two);
  test(cstr("kmalloc_zero"), kmalloc_zero);
  test(cstr("kmalloc_nothing"), kmalloc_nothing);
  test(cstr("krealloc_keeps"), krealloc_keeps);
  test(cstr("cache"), cache);
  test(cstr("pages"), pages);
  test(cstr("memory_returns"), memory_returns);
  end();
}
