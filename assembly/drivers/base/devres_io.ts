// lib/devres.c, kernel/irq/devres.c, kernel/dma/mapping.c: mappings, interrupts and DMA memory that go with the driver.

import { EBUSY, EINVAL, ENOMEM, GFP_KERNEL, IORESOURCE_MEM, IORESOURCE_TYPE_BITS, resource } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { dma_alloc_attrs, dma_free_attrs } from "../../kernel/dma/mapping";
import { free_irq, request_threaded_irq } from "../../kernel/irq/manage";
import { WARN } from "../../kernel/panic";
import { __release_region, __request_region, iomem_resource } from "../../kernel/resource";
import { ERR_PTR } from "../../lib/err";
import { ioremap, iounmap } from "../../mm/ioremap";
import { __devres_alloc_node, devres_add, devres_destroy, devres_free, devres_release } from "./devres";
import { dev_name } from "./name";
import { dev_err } from "./printk";

// ── ioremap ──

function devm_ioremap_release(dev: usize, res: usize): void {
  iounmap(load<usize>(res));
}

function match_word(dev: usize, res: usize, word: usize): i32 {
  return <i32>(load<usize>(res) == word);
}

/** linux/io.h. ioremap() of [offset, offset + size) that is undone when the driver goes; 0 on failure. Context:
 *  process. */
export function devm_ioremap(dev: usize, offset: u32, size: u32): usize {
  const res = __devres_alloc_node(
    devm_ioremap_release.index,
    sizeof<usize>(),
    GFP_KERNEL,
    -1,
    cstr("devm_ioremap_release"),
  );
  if (!res) return 0;
  const addr = ioremap(offset, size);
  if (!addr) {
    devres_free(res);
    return 0;
  }
  store<usize>(res, addr);
  devres_add(dev, res);
  return addr;
}

/** linux/io.h. devm_ioremap(): device memory is never cached here. Context: process. */
export function devm_ioremap_uc(dev: usize, offset: u32, size: u32): usize {
  return devm_ioremap(dev, offset, size);
}

/** linux/io.h. devm_ioremap(): write combining is the host's business. Context: process. */
export function devm_ioremap_wc(dev: usize, offset: u32, size: u32): usize {
  return devm_ioremap(dev, offset, size);
}

/** linux/io.h. Undoes devm_ioremap() before its time. Context: process. */
export function devm_iounmap(dev: usize, addr: usize): void {
  if (devres_destroy(dev, devm_ioremap_release.index, match_word.index, addr)) {
    WARN(cstr("devm_iounmap: not the device's mapping"));
  }
  iounmap(addr);
}

/** linux/device.h. Checks, requests and maps a memory resource. The mapping, or ERR_PTR(-EINVAL, -EBUSY, -ENOMEM).
 *  Context: process. */
export function devm_ioremap_resource(dev: usize, res: usize): usize {
  const r = changetype<resource>(res);
  if (!res || (r.flags & <u32>IORESOURCE_TYPE_BITS) != <u32>IORESOURCE_MEM) {
    dev_err(dev, cstr("invalid resource %pR"), res);
    return ERR_PTR(-EINVAL);
  }
  const size = r.end - r.start + 1;
  if (!__devm_request_region(dev, iomem_resource, r.start, size, dev_name(dev))) {
    dev_err(dev, cstr("can't request region for resource %pR"), res);
    return ERR_PTR(-EBUSY);
  }
  const addr = devm_ioremap(dev, r.start, size);
  if (addr) return addr;
  dev_err(dev, cstr("ioremap failed for resource %pR"), res);
  __devm_release_region(dev, iomem_resource, r.start, size);
  return ERR_PTR(-ENOMEM);
}

// ── Regions ──

@unmanaged
class Region {
  parent: usize;
  start: u32;
  n: u32;
}

function devm_region_release(dev: usize, res: usize): void {
  const region = changetype<Region>(res);
  __release_region(region.parent, region.start, region.n);
}

function devm_region_match(dev: usize, res: usize, data: usize): i32 {
  return <i32>(memory.compare(res, data, offsetof<Region>()) == 0);
}

/** linux/ioport.h. Requests [start, start + n) of `parent` until the driver goes; the region, or 0 if it is taken.
 *  Context: process. */
export function __devm_request_region(dev: usize, parent: usize, start: u32, n: u32, name: usize): usize {
  const res = __devres_alloc_node(
    devm_region_release.index,
    offsetof<Region>(),
    GFP_KERNEL,
    -1,
    cstr("devm_region_release"),
  );
  if (!res) return 0;
  const region = changetype<Region>(res);
  region.parent = parent;
  region.start = start;
  region.n = n;
  const got = __request_region(parent, start, n, name, 0);
  if (got) devres_add(dev, res);
  else devres_free(res);
  return got;
}

/** linux/ioport.h. Gives back __devm_request_region() before its time. Context: process. */
export function __devm_release_region(dev: usize, parent: usize, start: u32, n: u32): void {
  const key = stack_alloc(16);
  changetype<Region>(key).parent = parent;
  changetype<Region>(key).start = start;
  changetype<Region>(key).n = n;
  if (devres_release(dev, devm_region_release.index, devm_region_match.index, key)) {
    WARN(cstr("__devm_release_region: not the device's region"));
  }
  stack_free(16);
}

// ── Interrupts ──

@unmanaged
class IrqUse {
  irq: u32;
  dev_id: usize;
}

function devm_irq_release(dev: usize, res: usize): void {
  free_irq(changetype<IrqUse>(res).irq, changetype<IrqUse>(res).dev_id);
}

function devm_irq_match(dev: usize, res: usize, data: usize): i32 {
  return <i32>(memory.compare(res, data, offsetof<IrqUse>()) == 0);
}

function irq_resource(irq: u32, dev_id: usize): usize {
  const res = __devres_alloc_node(devm_irq_release.index, offsetof<IrqUse>(), GFP_KERNEL, -1, cstr("devm_irq_release"));
  if (!res) return 0;
  changetype<IrqUse>(res).irq = irq;
  changetype<IrqUse>(res).dev_id = dev_id;
  return res;
}

/** linux/interrupt.h. request_threaded_irq() that is undone when the driver goes. 0 or an error. Context: process. */
export function devm_request_threaded_irq(
  dev: usize,
  irq: u32,
  handler: u32,
  thread_fn: u32,
  irqflags: u32,
  devname: usize,
  dev_id: usize,
): i32 {
  const res = irq_resource(irq, dev_id);
  if (!res) return -ENOMEM;
  const error = request_threaded_irq(irq, handler, thread_fn, irqflags, devname ? devname : dev_name(dev), dev_id);
  if (error) devres_free(res);
  else devres_add(dev, res);
  return error;
}

/** linux/interrupt.h. request_any_context_irq() until the driver goes. 0 (IRQC_IS_HARDIRQ) or an error. Context:
 *  process. */
export function devm_request_any_context_irq(
  dev: usize,
  irq: u32,
  handler: u32,
  irqflags: u32,
  devname: usize,
  dev_id: usize,
): i32 {
  return devm_request_threaded_irq(dev, irq, handler, 0, irqflags, devname, dev_id);
}

/** linux/interrupt.h. Undoes devm_request_threaded_irq() before its time. Context: process. */
export function devm_free_irq(dev: usize, irq: u32, dev_id: usize): void {
  const key = stack_alloc(16);
  changetype<IrqUse>(key).irq = irq;
  changetype<IrqUse>(key).dev_id = dev_id;
  if (devres_destroy(dev, devm_irq_release.index, devm_irq_match.index, key)) {
    WARN(cstr("devm_free_irq: not the device's interrupt"));
  }
  stack_free(16);
  free_irq(irq, dev_id);
}

// ── DMA memory ──

@unmanaged
class DmaUse {
  vaddr: usize;
  size: usize;
  handle: u32;
  attrs: u32;
}

function dmam_release(dev: usize, res: usize): void {
  const use = changetype<DmaUse>(res);
  dma_free_attrs(dev, use.size, use.vaddr, use.handle, use.attrs);
}

/** linux/dma-mapping.h. dma_alloc_attrs() of memory that goes with the driver; 0 on failure. Context: as `gfp`. */
export function dmam_alloc_attrs(dev: usize, size: usize, dma_handle: usize, gfp: u32, attrs: u32): usize {
  const res = __devres_alloc_node(dmam_release.index, offsetof<DmaUse>(), gfp, -1, cstr("dmam_release"));
  if (!res) return 0;
  const vaddr = dma_alloc_attrs(dev, size, dma_handle, gfp, attrs);
  if (!vaddr) {
    devres_free(res);
    return 0;
  }
  const use = changetype<DmaUse>(res);
  use.vaddr = vaddr;
  use.size = size;
  use.handle = load<u32>(dma_handle);
  use.attrs = attrs;
  devres_add(dev, res);
  return vaddr;
}

/** linux/dma-mapping.h. Frees what dmam_alloc_attrs() returned before its time. Context: process. */
export function dmam_free_coherent(dev: usize, size: usize, vaddr: usize, dma_handle: u32): void {
  if (devres_release(dev, dmam_release.index, match_word.index, vaddr)) {
    WARN(cstr("dmam_free_coherent: not the device's memory"));
  }
}
