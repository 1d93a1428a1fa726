// Reserving and mapping BARs (drivers/pci/pci.c, lib/pci_iomap.c).

import {
  EBUSY,
  IORESOURCE_EXCLUSIVE,
  IORESOURCE_IO,
  IORESOURCE_MEM,
  IORESOURCE_UNSET,
  PCI_NUM_RESOURCES,
  PCI_STD_NUM_BARS,
} from "../../abi";
import { __release_region, __request_region, iomem_resource, ioport_resource } from "../../kernel/resource";
import { ioport_map, ioremap, iounmap } from "../../mm/ioremap";
import { pci_err, pci_resource, pci_resource_len, pci_warn, to_res } from "./internal";
import { pcim_note_region } from "./pcim";

@inline
function tree_of(flags: u32): usize {
  return flags & IORESOURCE_IO ? ioport_resource : iomem_resource;
}

/** linux/pci.h. A bit for each resource of the device that has one of `flags` (IORESOURCE_*). Context: any. */
export function pci_select_bars(dev: usize, flags: u32): i32 {
  let bars: u32 = 0;
  for (let i: u32 = 0; i < PCI_NUM_RESOURCES; i++) if (to_res(pci_resource(dev, i)).flags & flags) bars |= 1 << i;
  return bars;
}

/** linux/pci.h. Gives the reservation of a BAR back. Context: process. */
export function pci_release_region(pdev: usize, bar: i32): void {
  const length = pci_resource_len(pdev, bar);
  const r = to_res(pci_resource(pdev, bar));
  if (!length || !(r.flags & (IORESOURCE_IO | IORESOURCE_MEM))) return;
  __release_region(tree_of(r.flags), r.start, length);
  pcim_note_region(pdev, bar, false);
}

function request(pdev: usize, bar: u32, name: usize, exclusive: u32): i32 {
  const res = pci_resource(pdev, bar);
  const length = pci_resource_len(pdev, bar);
  const r = to_res(res);
  if (!length || !(r.flags & (IORESOURCE_IO | IORESOURCE_MEM))) return 0;
  if (!__request_region(tree_of(r.flags), r.start, length, name, r.flags & IORESOURCE_MEM ? exclusive : 0)) {
    pci_warn(pdev, cstr("BAR %d: can't reserve %pR"), bar, res);
    return -EBUSY;
  }
  pcim_note_region(pdev, bar, true);
  return 0;
}

function request_bars(pdev: usize, bars: i32, name: usize, exclusive: u32): i32 {
  for (let i: i32 = 0; i < <i32>PCI_STD_NUM_BARS; i++) {
    if (!(bars & (1 << i)) || !request(pdev, i, name, exclusive)) continue;
    while (--i >= 0) if (bars & (1 << i)) pci_release_region(pdev, i);
    return -EBUSY;
  }
  return 0;
}

/** linux/pci.h. Reserves a BAR's addresses for `res_name`. 0, or -EBUSY. Context: process. */
export function pci_request_region(pdev: usize, bar: i32, res_name: usize): i32 {
  return request(pdev, bar, res_name, 0);
}

/** linux/pci.h. Reserves the BARs whose bits are set in `bars`; all or none. 0, or -EBUSY. Context: process. */
export function pci_request_selected_regions(pdev: usize, bars: i32, res_name: usize): i32 {
  return request_bars(pdev, bars, res_name, 0);
}

/** linux/pci.h. pci_request_selected_regions() that keeps user space out of memory BARs. 0, or -EBUSY. Context:
 *  process. */
export function pci_request_selected_regions_exclusive(pdev: usize, bars: i32, res_name: usize): i32 {
  return request_bars(pdev, bars, res_name, IORESOURCE_EXCLUSIVE);
}

/** linux/pci.h. Gives the reservations of the BARs in `bars` back. Context: process. */
export function pci_release_selected_regions(pdev: usize, bars: i32): void {
  for (let i: u32 = 0; i < PCI_STD_NUM_BARS; i++) if (bars & (1 << i)) pci_release_region(pdev, i);
}

/** linux/pci.h. Reserves all six BARs; all or none. 0, or -EBUSY. Context: process. */
export function pci_request_regions(pdev: usize, res_name: usize): i32 {
  return request_bars(pdev, (1 << PCI_STD_NUM_BARS) - 1, res_name, 0);
}

/** linux/pci.h. pci_request_regions() that keeps user space out of memory BARs. 0, or -EBUSY. Context: process. */
export function pci_request_regions_exclusive(pdev: usize, res_name: usize): i32 {
  return request_bars(pdev, (1 << PCI_STD_NUM_BARS) - 1, res_name, IORESOURCE_EXCLUSIVE);
}

/** linux/pci.h. Gives the reservations of all six BARs back. Context: process. */
export function pci_release_regions(pdev: usize): void {
  pci_release_selected_regions(pdev, (1 << PCI_STD_NUM_BARS) - 1);
}

// ── Mapping ──

/** asm-generic/pci_iomap.h. Maps a memory or I/O BAR from `offset` on, at most `maxlen` bytes (0: to its end), for
 *  ioread and iowrite; 0 if the BAR is not that long or there is none. Context: process. */
export function pci_iomap_range(dev: usize, bar: i32, offset: u32, maxlen: u32): usize {
  if (<u32>bar >= PCI_NUM_RESOURCES) return 0;
  const r = to_res(pci_resource(dev, bar));
  let length = pci_resource_len(dev, bar);
  if (length <= offset || !r.start) return 0;
  length -= offset;
  if (maxlen && length > maxlen) length = maxlen;
  if (r.flags & IORESOURCE_IO) return ioport_map(r.start + offset, length);
  return r.flags & IORESOURCE_MEM ? ioremap(r.start + offset, length) : 0;
}

/** asm-generic/pci_iomap.h. Maps a BAR, at most `maxlen` bytes (0: all of it), for ioread8() and its kin. NULL if
 *  there is no such BAR or no room. Context: process. */
export function pci_iomap(dev: usize, bar: i32, maxlen: u32): usize {
  return pci_iomap_range(dev, bar, 0, maxlen);
}

/** asm-generic/pci_iomap.h. pci_iomap_range(): device memory is never cached here. Context: process. */
export function pci_iomap_wc_range(dev: usize, bar: i32, offset: u32, maxlen: u32): usize {
  return pci_iomap_range(dev, bar, offset, maxlen);
}

/** asm-generic/pci_iomap.h. pci_iomap(): device memory is never cached here. Context: process. */
export function pci_iomap_wc(dev: usize, bar: i32, maxlen: u32): usize {
  return pci_iomap_range(dev, bar, 0, maxlen);
}

/** asm-generic/pci_iomap.h. Undoes pci_iomap(). Context: process. */
export function pci_iounmap(dev: usize, addr: usize): void {
  iounmap(addr); // ports have cookies too
}

/** linux/pci.h. Maps all of a memory BAR; 0 if it is none or has no address. Context: process. */
export function pci_ioremap_bar(pdev: usize, bar: i32): usize {
  const res = pci_resource(pdev, bar);
  const r = to_res(res);
  if (r.flags & IORESOURCE_UNSET || !(r.flags & IORESOURCE_MEM)) {
    pci_err(pdev, cstr("can't ioremap BAR %d: %pR"), bar, res);
    return 0;
  }
  return ioremap(r.start, pci_resource_len(pdev, bar));
}

/** linux/pci.h. pci_ioremap_bar(): device memory is never cached here. Context: process. */
export function pci_ioremap_wc_bar(pdev: usize, bar: i32): usize {
  return pci_ioremap_bar(pdev, bar);
}
