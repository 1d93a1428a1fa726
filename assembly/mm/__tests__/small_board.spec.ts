import { GFP_KERNEL, PAGE_SHIFT, PAGE_SIZE, __GFP_NOWARN, page, page_frag_cache, sysinfo } from "../../abi";
import {
  BOOT_ARENA,
  BOOT_RAM_END,
  CPU_AREA,
  CPU_AREA_BYTES,
  CPU_MAX,
  IOMMU_SMALL,
  IOREMAP_PT,
  IRQ_VECTORS,
  IRQ_VECTOR_BYTES,
  NR_VECTORS,
} from "../../arch/wasm/memory";
import { phys_to_dma } from "../../kernel/dma/iommu";
import { dma_supported } from "../../kernel/dma/mask";
import { irq_vector, nr_vectors, vectors_unused } from "../../kernel/irq/vector";
import { nr_free_pages } from "../buddy";
import { free_reserved_area, mm_init } from "../init";
import { ioremap, iounmap } from "../ioremap";
import { FLAG_RESERVED, max_mapnr, pfn_to_page, virt_to_head_page } from "../page";
import { __get_free_pages, free_pages } from "../page_alloc";
import { __page_frag_cache_drain, page_frag_alloc_align, page_frag_free } from "../page_frag";
import { __alloc_percpu, free_percpu, per_cpu_ptr } from "../percpu";
import { si_meminfo } from "../show_mem";
import { kfree } from "../slub";
import { kstrdup_const } from "../util";

const RAM: u32 = 0x200000;
/** What a board with one CPU does not use: three CPU blocks, two pages of cookies, all vectors but 32. */
const UNUSED: u32 = 3 + 2 + 7;

let large: u32 = 0;

function used_by_the_core(address: usize): bool {
  if (address < CPU_AREA + CPU_AREA_BYTES) return true;
  if (address >= CPU_AREA + CPU_MAX * CPU_AREA_BYTES && address < IOREMAP_PT + 2 * PAGE_SIZE) return true;
  if (address >= IRQ_VECTORS && address < vectors_unused()) return true;
  return address >= IRQ_VECTORS + NR_VECTORS * IRQ_VECTOR_BYTES && address < load<usize>(BOOT_ARENA);
}

describe("a small board", () => {
  beforeEach(() => {
    large = load<u32>(BOOT_RAM_END);
    store<u32>(BOOT_RAM_END, RAM);
    mm_init();
  });

  afterEach(() => {
    store<u32>(BOOT_RAM_END, large);
    mm_init();
  });

  test("has what the core does not use of its static areas as RAM, and nothing else of them", () => {
    const arena = load<u32>(BOOT_ARENA);
    let given: u32 = 0;
    for (let pfn: u32 = 0; pfn < arena >> PAGE_SHIFT; pfn++) {
      if (!(changetype<page>(pfn_to_page(pfn)).flags & FLAG_RESERVED)) given++;
    }
    expect(given).toBe(UNUSED);
    let low: u32 = 0;
    let wrong: u32 = 0;
    let last: usize = 0;
    while (nr_free_pages() > 0) {
      const address = __get_free_pages(GFP_KERNEL | __GFP_NOWARN, 0);
      if (address == 0) break;
      if (address < arena) low++;
      if (used_by_the_core(address)) wrong++;
      store<usize>(address, last);
      last = address;
    }
    expect(wrong).toBe(0);
    expect(low).toBeGreaterThan(0);
    while (last) {
      const next = load<usize>(last);
      free_pages(last, 0);
      last = next;
    }
  });

  test("serves a device that reaches no more than that", () => {
    const low = phys_to_dma(CPU_AREA + CPU_AREA_BYTES);
    expect(low).toBeLessThan(phys_to_dma(load<usize>(BOOT_ARENA)));
    expect(dma_supported(0, low + PAGE_SIZE - 1)).toBe(1);
    expect(dma_supported(0, low - 1)).toBe(0);
  });

  test("has few vectors", () => {
    expect(nr_vectors()).toBe(32);
    expect(changetype<usize>(irq_vector(31))).not.toBe(0);
    expect(changetype<usize>(irq_vector(32))).toBe(0);
  });

  test("maps device memory within fewer cookies, beside its IOMMU words", () => {
    expect(ioremap(0x40000000, 0x400001)).toBe(0, "more than it has cookies for");
    const cookie = ioremap(0x40000000, 0x3ff000);
    expect(cookie).not.toBe(0);
    expect(load<u32>(IOMMU_SMALL)).toBe(0);
    iounmap(cookie);
  });

  test("has per-CPU memory for its one CPU, in a first unit that is small, and in further ones", () => {
    const small = __alloc_percpu(100, 8);
    const big = __alloc_percpu(0x6000, 8);
    expect(per_cpu_ptr(small, 0)).not.toBe(0);
    store<u32>(per_cpu_ptr(big, 0), 7);
    expect(load<u32>(per_cpu_ptr(big, 0), 0x5ffc)).toBe(0);
    free_percpu(big);
    free_percpu(small);
  });

  test("copies a string that lies in memory of its own below the arena", () => {
    let low: usize = 0;
    let last: usize = 0;
    while (true) {
      low = __get_free_pages(GFP_KERNEL, 0);
      if (low < load<usize>(BOOT_ARENA)) break;
      store<usize>(low, last);
      last = low;
    }
    while (last) {
      const next = load<usize>(last);
      free_pages(last, 0);
      last = next;
    }
    store<u16>(low, 0x61);
    const copy = kstrdup_const(low, GFP_KERNEL);
    expect(copy).not.toBe(low);
    kfree(copy);
    free_pages(low, 0);
  });

  test("has packet buffers in small blocks, for one that stays keeps all of its own", () => {
    const cache = memory.data(24, 4);
    const nc = changetype<page_frag_cache>(cache);
    const before = nr_free_pages();
    const buffer = page_frag_alloc_align(cache, 2432, GFP_KERNEL, ~0);
    expect(buffer).not.toBe(0);
    expect(nc.size).toBe(<u16>(2 * PAGE_SIZE));
    page_frag_free(buffer);
    __page_frag_cache_drain(virt_to_head_page(nc.va), nc.pagecnt_bias);
    expect(nr_free_pages()).toBe(before);
  });

  test("says how much RAM it has", () => {
    const info = memory.data(64, 4);
    si_meminfo(info);
    const before = changetype<sysinfo>(info).freeram;
    expect(before).toBe(nr_free_pages());
    expect(changetype<sysinfo>(info).totalram).toBeGreaterThan(before - 1);
    expect(changetype<sysinfo>(info).mem_unit).toBe(PAGE_SIZE);
    const taken = __get_free_pages(GFP_KERNEL, 1);
    si_meminfo(info);
    expect(changetype<sysinfo>(info).freeram).toBe(before - 2);
    free_pages(taken, 1);
  });

  test("is given no pages that are not RAM", () => {
    const before = nr_free_pages();
    free_reserved_area((<usize>load<u32>(max_mapnr)) << PAGE_SHIFT, 0x10000000);
    expect(nr_free_pages()).toBe(before);
  });
});
