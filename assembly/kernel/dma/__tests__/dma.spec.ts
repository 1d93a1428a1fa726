import {
  DMA_ATTR_SKIP_CPU_SYNC,
  DMA_BIDIRECTIONAL,
  DMA_FROM_DEVICE,
  DMA_MAPPING_ERROR,
  DMA_TO_DEVICE,
  EIO,
  ENOMEM,
  GFP_ATOMIC,
  GFP_KERNEL,
  PAGE_SHIFT,
  PAGE_SIZE,
  SG_CHAIN,
  SG_END,
  __GFP_ZERO,
  device,
  scatterlist,
  sg_table,
  sizeof_device,
  sizeof_scatterlist,
} from "../../../abi";
import { ONE_READ, ONE_WRITE } from "../../../arch/wasm/iommu";
import { BOOT_DMA_BASE, BOOT_RAM_END, HEARTBEAT, IOMMU_BYTES, IOMMU_TABLE } from "../../../arch/wasm/memory";
import { log_count, log_mark, logged } from "../../../__tests__/log";
import { nr_free_pages } from "../../../mm/buddy";
import { dma_pool_alloc, dma_pool_create, dma_pool_destroy, dma_pool_free } from "../../../mm/dmapool";
import { mm_init } from "../../../mm/init";
import { virt_to_page } from "../../../mm/page";
import { __get_free_pages } from "../../../mm/page_alloc";
import { kfree, kmalloc, kzalloc } from "../../../mm/slub";
import { vmalloc } from "../../../mm/vmalloc";
import { dma_alloc_coherent, dma_free_coherent } from "../coherent";
import {
  dma_map_page_attrs,
  dma_map_single,
  dma_mapping_error,
  dma_sync_single_for_cpu,
  dma_sync_single_for_device,
  dma_unmap_page_attrs,
  dma_unmap_single,
} from "../mapping";
import {
  dma_get_required_mask,
  dma_max_mapping_size,
  dma_need_sync,
  dma_opt_mapping_size,
  dma_set_coherent_mask,
  dma_set_mask,
} from "../mask";
import { dma_map_sg_attrs, dma_map_sgtable, dma_sync_sg_for_cpu, dma_unmap_sg_attrs, sg_next } from "../sg";
import { dma_debug_counts } from "../debug/report";

const BASE: u32 = 0x10000000;
const mask = memory.data(8, 8);
const handle = memory.data(4, 4);
let dev: usize = 0;

function word(address: usize): u32 {
  return load<u32>(IOMMU_TABLE + ((address >> PAGE_SHIFT) << 2));
}

function table_is_empty(): bool {
  for (let i: u32 = 0; i < IOMMU_BYTES; i += 4) if (load<u32>(IOMMU_TABLE + i)) return false;
  return true;
}

function setup(): void {
  dma_debug_counts.show_all = 1;
  store<u32>(BOOT_DMA_BASE, BASE);
  memory.fill(IOMMU_TABLE, 0, IOMMU_BYTES);
  mm_init();
  dev = kzalloc(sizeof_device, GFP_KERNEL);
  changetype<device>(dev).dma_mask = mask;
  store<u64>(mask, 0xffffffff);
  changetype<device>(dev).coherent_dma_mask = 0xffffffff;
  log_mark();
}

describe("DMA masks", () => {
  beforeEach(setup);

  test("are taken if they reach memory, truncated to bus addresses", () => {
    expect(dma_set_mask(dev, 0xffffffffffffffff)).toBe(0);
    expect(load<u64>(mask)).toBe(0xffffffff);
    expect(dma_set_mask(dev, 0x1fffffff)).toBe(0);
    expect(dma_set_coherent_mask(dev, 0x1fffffff)).toBe(0);
    expect(changetype<device>(dev).coherent_dma_mask).toBe(0x1fffffff);
  });

  test("are refused with -EIO if they reach none", () => {
    expect(dma_set_mask(dev, 0x00ffffff)).toBe(-EIO);
    expect(dma_set_coherent_mask(dev, BASE + 0xfff)).toBe(-EIO);
    expect(load<u64>(mask)).toBe(0xffffffff);
    changetype<device>(dev).dma_mask = 0;
    expect(dma_set_mask(dev, 0xffffffff)).toBe(-EIO);
  });

  test("that are required cover all RAM", () => {
    const last = BASE + load<u32>(BOOT_RAM_END) - 1;
    expect(dma_get_required_mask(dev) >= <u64>last).toBe(true);
    expect(dma_get_required_mask(dev)).toBe(0x1fffffff);
  });

  test("limit what is allocated and mapped", () => {
    const limit: u32 = BASE + 0x3fffff;
    expect(dma_set_coherent_mask(dev, limit)).toBe(0);
    expect(dma_set_mask(dev, limit)).toBe(0);
    for (let i = 0; i < 20; i++) {
      const address = dma_alloc_coherent(dev, 16384, handle, GFP_KERNEL);
      expect(load<u32>(handle) + 16383 <= limit).toBe(true);
      expect(load<u32>(handle)).toBe(BASE + address);
    }
    expect(dma_map_single(dev, 0x3ffff0, 16, DMA_TO_DEVICE)).toBe(BASE + 0x3ffff0);
    expect(dma_map_single(dev, 0x3ffff0, 17, DMA_TO_DEVICE)).not.toBe(BASE + 0x3ffff0);
    expect(log_count()).toBe(0);
  });

  test("say how large a mapping may be", () => {
    expect(dma_max_mapping_size(dev)).toBe(usize.MAX_VALUE);
    dma_set_mask(dev, BASE + 0x3fffff);
    expect(dma_max_mapping_size(dev)).toBe(0x40000);
    expect(dma_opt_mapping_size(dev)).toBe(0x40000);
  });
});

/** A buffer beyond the mask, at an odd place of its page. */
function far_buffer(): usize {
  const far = __get_free_pages(GFP_KERNEL, 1) + 0xff0; // high memory goes first
  for (let i: usize = 0; i < 64; i++) store<u8>(far + i, <u8>i);
  return far;
}

describe("bounce buffers", () => {
  beforeEach(() => {
    setup();
    store<u64>(mask, BASE + 0x3fffff);
  });

  test("stand for memory that the device does not reach, in its place in the page", () => {
    const far = far_buffer();
    const free = nr_free_pages();
    const bus = dma_map_single(dev, far, 64, DMA_TO_DEVICE);
    expect(bus + 64 <= BASE + 0x400000).toBe(true);
    expect(bus & 0xfff).toBe(0xff0);
    expect(word(far)).toBe(0);
    expect(word(bus - BASE)).toBe(ONE_READ);
    expect(word(bus - BASE + 0x1000)).toBe(ONE_READ);
    expect(dma_need_sync(dev, bus)).toBe(true);
    for (let i: u32 = 0; i < 64; i++) expect(load<u8>(bus - BASE + i)).toBe(<u8>i);
    dma_unmap_single(dev, bus, 64, DMA_TO_DEVICE);
    expect(table_is_empty()).toBe(true);
    expect(nr_free_pages()).toBe(free);
    expect(dma_need_sync(dev, BASE + far)).toBe(false);
    expect(log_count()).toBe(0);
  });

  test("bring what the device writes, when it is synced and when the mapping ends", () => {
    const far = far_buffer();
    const bus = dma_map_single(dev, far, 64, DMA_FROM_DEVICE);
    const bounce = <usize>(bus - BASE);
    expect(load<u8>(bounce + 9)).toBe(9, "what the device leaves out must not change");
    store<u8>(bounce + 1, 0xd1);
    store<u8>(bounce + 40, 0xd2);
    expect(load<u8>(far + 1)).toBe(1);
    dma_sync_single_for_cpu(dev, bus + 32, 32, DMA_FROM_DEVICE);
    expect(load<u8>(far + 1)).toBe(1, "outside the range that was synced");
    expect(load<u8>(far + 40)).toBe(0xd2);
    store<u8>(far + 2, 0xc2);
    dma_sync_single_for_device(dev, bus, 64, DMA_FROM_DEVICE);
    expect(load<u8>(bounce + 2)).toBe(2, "the device's half");
    dma_unmap_single(dev, bus, 64, DMA_FROM_DEVICE);
    expect(load<u8>(far + 1)).toBe(0xd1);
    expect(log_count()).toBe(0);
  });

  test("take what the CPU writes when it is synced for the device, and nothing back", () => {
    const far = far_buffer();
    const bus = dma_map_single(dev, far, 64, DMA_TO_DEVICE);
    const bounce = <usize>(bus - BASE);
    store<u8>(far + 3, 0xc3);
    expect(load<u8>(bounce + 3)).toBe(3);
    dma_sync_single_for_device(dev, bus, 64, DMA_TO_DEVICE);
    expect(load<u8>(bounce + 3)).toBe(0xc3);
    store<u8>(bounce + 3, 0xd3);
    dma_unmap_single(dev, bus, 64, DMA_TO_DEVICE);
    expect(load<u8>(far + 3)).toBe(0xc3);
  });

  test("are not copied back if the driver says so, and not given beyond their largest size", () => {
    const far = far_buffer();
    const bus = dma_map_page_attrs(dev, virt_to_page(far), far & 0xfff, 64, DMA_BIDIRECTIONAL, 0);
    expect(dma_mapping_error(dev, bus)).toBe(0);
    store<u8>(<usize>(bus - BASE), 0xff);
    dma_unmap_page_attrs(dev, bus, 64, DMA_BIDIRECTIONAL, DMA_ATTR_SKIP_CPU_SYNC);
    expect(load<u8>(far)).toBe(0);
    expect(log_count()).toBe(0);
    expect(dma_map_single(dev, 0x1001000, 0x40001, DMA_TO_DEVICE)).toBe(DMA_MAPPING_ERROR);
    expect(logged("swiotlb buffer is full (sz: 262145 bytes)")).toBe(true);
  });
});

describe("coherent memory", () => {
  beforeEach(setup);

  test("is zeroed, aligned, open to the device, and goes back", () => {
    const before = nr_free_pages();
    const address = dma_alloc_coherent(dev, 5000, handle, GFP_KERNEL);
    expect(address & (2 * PAGE_SIZE - 1)).toBe(0);
    expect(word(address)).toBe(ONE_READ + ONE_WRITE);
    expect(word(address + PAGE_SIZE)).toBe(ONE_READ + ONE_WRITE);
    expect(word(address + 2 * PAGE_SIZE)).toBe(0);
    memory.fill(address, 0xff, 8192);
    dma_free_coherent(dev, 5000, address, load<u32>(handle));
    expect(nr_free_pages()).toBe(before);
    expect(table_is_empty()).toBe(true);
    const again = dma_alloc_coherent(dev, 8192, handle, GFP_ATOMIC);
    let sum: u64 = 0;
    for (let i = 0; i < 8192; i += 8) sum |= load<u64>(again + i);
    expect(sum).toBe(0);
    dma_free_coherent(dev, 8192, again, load<u32>(handle));
    dma_free_coherent(dev, 8192, 0, 0);
    expect(log_count()).toBe(0);
  });

  test("may be larger than the largest block", () => {
    const address = dma_alloc_coherent(dev, 6 << 20, handle, GFP_KERNEL);
    expect(address).not.toBe(0);
    dma_free_coherent(dev, 6 << 20, address, load<u32>(handle));
    expect(table_is_empty()).toBe(true);
    expect(dma_alloc_coherent(dev, 100 << 20, handle, GFP_KERNEL)).toBe(0);
  });

  test("reports frees that do not fit", () => {
    const address = dma_alloc_coherent(dev, 4096, handle, GFP_KERNEL);
    dma_free_coherent(dev, 8192, address, load<u32>(handle));
    expect(logged("frees DMA memory with different size")).toBe(true);
    dma_free_coherent(dev, 4096, address + 4096, load<u32>(handle));
    expect(logged("with different CPU address")).toBe(true);
    dma_free_coherent(dev, 4096, address, load<u32>(handle));
    dma_free_coherent(dev, 4096, address, load<u32>(handle));
    expect(logged("tries to free DMA memory it has not allocated")).toBe(true);
    kfree(dma_alloc_coherent(dev, 4096, handle, GFP_KERNEL));
    expect(logged("is not memory from kmalloc")).toBe(true);
    expect(dma_alloc_coherent(0, 4096, handle, GFP_KERNEL)).toBe(0);
    expect(logged("without a coherent DMA mask")).toBe(true);
  });
});

describe("streaming mappings", () => {
  beforeEach(setup);

  test("open the pages they touch, by direction, and close them", () => {
    const buffer = kmalloc(16384, GFP_KERNEL);
    const a = dma_map_single(dev, buffer + 4000, 200, DMA_TO_DEVICE);
    expect(a).toBe(BASE + buffer + 4000);
    expect(word(buffer)).toBe(ONE_READ);
    expect(word(buffer + 4096)).toBe(ONE_READ);
    expect(word(buffer + 8192)).toBe(0);
    const b = dma_map_page_attrs(dev, virt_to_page(buffer), 4096, 8192, DMA_FROM_DEVICE, 0);
    expect(dma_mapping_error(dev, b)).toBe(0);
    expect(dma_mapping_error(dev, DMA_MAPPING_ERROR)).toBe(-ENOMEM);
    expect(word(buffer + 4096)).toBe(ONE_READ + ONE_WRITE);
    expect(word(buffer + 8192)).toBe(ONE_WRITE);
    const c = dma_map_single(dev, buffer, 1, DMA_BIDIRECTIONAL);
    expect(word(buffer)).toBe(2 * ONE_READ + ONE_WRITE);
    dma_unmap_single(dev, a, 200, DMA_TO_DEVICE);
    dma_unmap_page_attrs(dev, b, 8192, DMA_FROM_DEVICE, 0);
    dma_unmap_single(dev, c, 1, DMA_BIDIRECTIONAL);
    expect(table_is_empty()).toBe(true);
    expect(log_count()).toBe(0);
  });

  test("report an end that had no beginning", () => {
    const buffer = kmalloc(4096, GFP_KERNEL);
    const a = dma_map_single(dev, buffer, 100, DMA_TO_DEVICE);
    dma_unmap_single(dev, a, 100, DMA_FROM_DEVICE);
    expect(logged("frees DMA memory with different direction [device address=0x")).toBe(true);
    expect(table_is_empty()).toBe(true, "it ends as it was made");
    log_mark();
    dma_unmap_single(dev, a, 100, DMA_TO_DEVICE);
    expect(logged("tries to free DMA memory")).toBe(true);
    log_mark();
    dma_unmap_single(dev, 0x5000, 100, DMA_TO_DEVICE);
    expect(logged("tries to free DMA memory")).toBe(true);
    expect(table_is_empty()).toBe(true);
  });

  test("refuse vmalloc memory, what is no memory, and no mask", () => {
    expect(dma_map_single(dev, vmalloc(4096), 10, DMA_TO_DEVICE)).toBe(DMA_MAPPING_ERROR);
    expect(logged("rejecting DMA map of vmalloc memory")).toBe(true);
    expect(dma_map_page_attrs(dev, 4, 0, 10, DMA_TO_DEVICE, 0)).toBe(DMA_MAPPING_ERROR);
    expect(dma_map_single(dev, load<u32>(BOOT_RAM_END) - 8, 9, DMA_TO_DEVICE)).toBe(DMA_MAPPING_ERROR);
    expect(logged("maps what is not memory")).toBe(true);
    changetype<device>(dev).dma_mask = 0;
    expect(dma_map_single(dev, kmalloc(8, GFP_KERNEL), 8, DMA_TO_DEVICE)).toBe(DMA_MAPPING_ERROR);
    expect(logged("without a DMA mask")).toBe(true);
    expect(table_is_empty()).toBe(true);
  });

  test("are interrupt windows when synced", () => {
    const a = dma_map_single(dev, kmalloc(64, GFP_KERNEL), 64, DMA_FROM_DEVICE);
    const before = load<u32>(HEARTBEAT);
    dma_sync_single_for_cpu(dev, a, 64, DMA_FROM_DEVICE);
    dma_sync_single_for_device(dev, a, 64, DMA_FROM_DEVICE);
    expect(load<u32>(HEARTBEAT)).toBe(before + 2);
    expect(log_count()).toBe(0);
    dma_unmap_single(dev, a, 64, DMA_FROM_DEVICE);
    dma_sync_single_for_cpu(dev, a, 64, DMA_FROM_DEVICE);
    expect(logged("tries to sync DMA memory it has not allocated")).toBe(true);
  });

  test("of scatter lists follow chains, and are undone if one entry fails", () => {
    const first = kzalloc(3 * sizeof_scatterlist, GFP_KERNEL);
    const second = kzalloc(2 * sizeof_scatterlist, GFP_KERNEL);
    const at = (sg: usize, address: usize, length: u32, flags: u32): void => {
      changetype<scatterlist>(sg).page_link = <u32>virt_to_page(address) | flags;
      changetype<scatterlist>(sg).offset = <u32>address & (PAGE_SIZE - 1);
      changetype<scatterlist>(sg).length = length;
    };
    at(first, 0x401010, 100, 0);
    at(first + 16, 0x402000, 5000, 0);
    changetype<scatterlist>(first + 32).page_link = <u32>second | SG_CHAIN;
    at(second, 0x500000, 4096, 0);
    at(second + 16, 0x501000, 1, SG_END);
    expect(sg_next(first + 16)).toBe(second);
    expect(sg_next(second + 16)).toBe(0);
    const table = changetype<sg_table>(kzalloc(12, GFP_KERNEL));
    table.sgl = first;
    table.orig_nents = 4;
    expect(dma_map_sgtable(dev, changetype<usize>(table), DMA_TO_DEVICE, 0)).toBe(0);
    expect(table.nents).toBe(4);
    expect(changetype<scatterlist>(first).dma_address).toBe(BASE + 0x401010);
    expect(changetype<scatterlist>(second + 16).dma_address).toBe(BASE + 0x501000);
    expect(word(0x403000)).toBe(ONE_READ);
    dma_sync_sg_for_cpu(dev, first, 4, DMA_TO_DEVICE);
    expect(log_count()).toBe(0);
    dma_unmap_sg_attrs(dev, first, 4, DMA_TO_DEVICE, 0);
    expect(table_is_empty()).toBe(true);
    changetype<scatterlist>(second).page_link = 4;
    expect(dma_map_sg_attrs(dev, first, 4, DMA_TO_DEVICE, 0)).toBe(0);
    expect(table_is_empty()).toBe(true);
  });
});

describe("dma_pool", () => {
  beforeEach(setup);

  test("gives aligned blocks that cross no boundary, all apart", () => {
    const before = nr_free_pages();
    const pool = dma_pool_create(cstr("ring"), dev, 100, 32, 512);
    const blocks = new StaticArray<usize>(100);
    const buses = new StaticArray<u32>(100);
    for (let i = 0; i < 100; i++) {
      blocks[i] = dma_pool_alloc(pool, GFP_KERNEL | __GFP_ZERO, handle);
      buses[i] = load<u32>(handle);
      expect(buses[i]).toBe(BASE + blocks[i]);
      expect(buses[i] & 31).toBe(0);
      expect(buses[i] >> 9).toBe((buses[i] + 99) >> 9);
      expect(load<u32>(blocks[i])).toBe(0);
      store<u32>(blocks[i], i + 1);
    }
    for (let i = 0; i < 100; i++) expect(load<u32>(blocks[i])).toBe(i + 1);
    for (let i = 0; i < 100; i++) dma_pool_free(pool, blocks[i], buses[i]);
    expect(log_count()).toBe(0);
    dma_pool_free(pool, blocks[3], buses[3]);
    expect(logged("already free")).toBe(true);
    dma_pool_destroy(pool);
    dma_pool_destroy(0);
    expect(table_is_empty()).toBe(true);
    expect(before - nr_free_pages()).toBeLessThan(16, "slabs of the records");
  });

  test("refuses nonsense and reports what is left", () => {
    expect(dma_pool_create(cstr("none"), dev, 0, 0, 0)).toBe(0);
    expect(dma_pool_create(cstr("odd"), dev, 64, 24, 0)).toBe(0);
    expect(dma_pool_create(cstr("tight"), dev, 64, 0, 32)).toBe(0);
    const pool = dma_pool_create(cstr("left"), dev, 64, 0, 0);
    dma_pool_alloc(pool, GFP_KERNEL, handle);
    dma_pool_destroy(pool);
    expect(logged("dma_pool_destroy left")).toBe(true);
  });
});
