// Managed PCI (drivers/pci/pci.c, lib/devres.c): a device that was enabled by pcim_enable_device() is put back as it
// was when its driver goes: regions, mappings, INTx, MWI, the enable count.

import { DEVICE_COUNT_RESOURCE, EINVAL, ENOMEM, GFP_KERNEL, PCI_STD_NUM_BARS } from "../../abi";
import { WARN } from "../../kernel/panic";
import { __devres_alloc_node, devres_add, devres_find, devres_get } from "../base/devres";
import { pci_clear_mwi, pci_disable_device, pci_enable_device, pci_intx, pci_set_mwi } from "./enable";
import { pci_device, pci_resource_len, to_pci, to_pci_dev } from "./internal";
import { pci_disable_msi, pci_disable_msix } from "./msi/msi";
import {
  pci_iomap,
  pci_iounmap,
  pci_release_region,
  pci_request_region,
  pci_request_selected_regions,
  pci_release_selected_regions,
} from "./region";

/** What to undo (struct pci_devres). */
@unmanaged
class PciDevres {
  enabled: u32;
  /** pcim_pin_device(): stays enabled. */
  pinned: u32;
  /** INTx was changed; how it was. */
  restore_intx: u32;
  orig_intx: u32;
  mwi: u32;
  /** A bit for each BAR that is reserved. */
  region_mask: u32;
}

function pcim_release(device: usize, res: usize): void {
  const dev = to_pci_dev(device);
  const dr = changetype<PciDevres>(res);
  if (to_pci(dev).msi_enabled) pci_disable_msi(dev);
  if (to_pci(dev).msix_enabled) pci_disable_msix(dev);
  for (let bar: u32 = 0; bar < DEVICE_COUNT_RESOURCE; bar++) {
    if (dr.region_mask & (1 << bar)) pci_release_region(dev, bar);
  }
  if (dr.mwi) pci_clear_mwi(dev);
  if (dr.restore_intx) pci_intx(dev, dr.orig_intx);
  if (dr.enabled && !dr.pinned) pci_disable_device(dev);
}

/** What the device has to undo; null if it is not managed. */
function find_dr(dev: usize): PciDevres {
  return changetype<PciDevres>(to_pci(dev).is_managed ? devres_find(pci_device(dev), pcim_release.index, 0, 0) : 0);
}

function get_dr(dev: usize): PciDevres {
  const known = devres_find(pci_device(dev), pcim_release.index, 0, 0);
  if (known) return changetype<PciDevres>(known);
  const res = __devres_alloc_node(pcim_release.index, offsetof<PciDevres>(), GFP_KERNEL, -1, cstr("pcim_release"));
  return changetype<PciDevres>(res ? devres_get(pci_device(dev), res, 0, 0) : 0);
}

@inline
function none(dr: PciDevres): bool {
  return changetype<usize>(dr) == 0;
}

/** The driver disabled the device itself. */
export function pcim_note_disabled(dev: usize): void {
  const dr = find_dr(dev);
  if (!none(dr)) dr.enabled = 0;
}

/** INTx changed; `was` is how it was before. */
export function pcim_note_intx(dev: usize, was: i32): void {
  const dr = find_dr(dev);
  if (none(dr) || dr.restore_intx) return;
  dr.restore_intx = 1;
  dr.orig_intx = was;
}

export function pcim_note_region(dev: usize, bar: u32, held: bool): void {
  const dr = find_dr(dev);
  if (none(dr)) return;
  dr.region_mask = held ? dr.region_mask | (1 << bar) : dr.region_mask & ~(1 << bar);
}

/** linux/pci.h. pci_enable_device() that is undone when the driver goes, with what is reserved after it. 0 or an error.
 *  Context: process. */
export function pcim_enable_device(pdev: usize): i32 {
  const dr = get_dr(pdev);
  if (none(dr)) return -ENOMEM;
  if (dr.enabled) return 0;
  const error = pci_enable_device(pdev);
  if (error) return error;
  to_pci(pdev).is_managed = 1;
  dr.enabled = 1;
  return 0;
}

/** linux/pci.h. Leaves a managed device enabled when its driver goes. Context: process. */
export function pcim_pin_device(pdev: usize): void {
  const dr = find_dr(pdev);
  if (none(dr) || !dr.enabled) WARN(cstr("pcim_pin_device: the device is not enabled by pcim_enable_device"));
  if (!none(dr)) dr.pinned = 1;
}

/** linux/pci.h. pci_set_mwi() that is undone when the driver goes. 0 or an error. Context: process. */
export function pcim_set_mwi(dev: usize): i32 {
  const dr = find_dr(dev);
  if (none(dr)) return -ENOMEM;
  dr.mwi = 1;
  return pci_set_mwi(dev);
}

// ── Mappings ──

function pcim_iomap_release(device: usize, table: usize): void {
  for (let bar: u32 = 0; bar < PCI_STD_NUM_BARS; bar++) {
    const addr = load<usize>(table + bar * sizeof<usize>());
    if (addr) pci_iounmap(to_pci_dev(device), addr);
  }
}

/** linux/pci.h. The mappings of the device's BARs, void __iomem *[6]; 0 without memory. Context: process. */
export function pcim_iomap_table(pdev: usize): usize {
  const known = devres_find(pci_device(pdev), pcim_iomap_release.index, 0, 0);
  if (known) return known;
  const res = __devres_alloc_node(
    pcim_iomap_release.index,
    PCI_STD_NUM_BARS * sizeof<usize>(),
    GFP_KERNEL,
    -1,
    cstr("pcim_iomap_release"),
  );
  if (res) devres_add(pci_device(pdev), res);
  return res;
}

/** linux/pci.h. pci_iomap() that is undone when the driver goes; 0 on failure. Context: process. */
export function pcim_iomap(pdev: usize, bar: i32, maxlen: u32): usize {
  if (<u32>bar >= PCI_STD_NUM_BARS) return 0;
  const table = pcim_iomap_table(pdev);
  const at = table + bar * sizeof<usize>();
  if (!table || load<usize>(at)) return 0;
  const addr = pci_iomap(pdev, bar, maxlen);
  store<usize>(at, addr);
  return addr;
}

/** linux/pci.h. Undoes pcim_iomap() before its time. Context: process. */
export function pcim_iounmap(pdev: usize, addr: usize): void {
  pci_iounmap(pdev, addr);
  const table = pcim_iomap_table(pdev);
  for (let bar: u32 = 0; table && bar < PCI_STD_NUM_BARS; bar++) {
    if (load<usize>(table + bar * sizeof<usize>()) != addr) continue;
    store<usize>(table + bar * sizeof<usize>(), 0);
    return;
  }
  WARN(cstr("pcim_iounmap: not the device's mapping"));
}

function unmap_regions(pdev: usize, mask: u32, below: u32): void {
  const table = pcim_iomap_table(pdev);
  for (let bar = <i32>below - 1; bar >= 0; bar--) {
    if (!(mask & (1 << bar))) continue;
    pcim_iounmap(pdev, load<usize>(table + bar * sizeof<usize>()));
    pci_release_region(pdev, bar);
  }
}

/** linux/pci.h. Reserves and maps the BARs whose bits are set in `mask`; all or none. 0, -EINVAL if one has no address,
 *  -EBUSY, -ENOMEM. Context: process. */
export function pcim_iomap_regions(pdev: usize, mask: i32, name: usize): i32 {
  if (!pcim_iomap_table(pdev)) return -ENOMEM;
  for (let bar: u32 = 0; bar < PCI_STD_NUM_BARS; bar++) {
    if (!(mask & (1 << bar))) continue;
    let error: i32 = pci_resource_len(pdev, bar) ? pci_request_region(pdev, bar, name) : -EINVAL;
    if (!error && !pcim_iomap(pdev, bar, 0)) {
      pci_release_region(pdev, bar);
      error = -ENOMEM;
    }
    if (!error) continue;
    unmap_regions(pdev, mask, bar);
    return error;
  }
  return 0;
}

/** linux/pci.h. Reserves all six BARs and maps those in `mask`. 0 or an error. Context: process. */
export function pcim_iomap_regions_request_all(pdev: usize, mask: i32, name: usize): i32 {
  const rest = ((1 << PCI_STD_NUM_BARS) - 1) & ~mask;
  let error = pci_request_selected_regions(pdev, rest, name);
  if (error) return error;
  error = pcim_iomap_regions(pdev, mask, name);
  if (error) pci_release_selected_regions(pdev, rest);
  return error;
}

/** linux/pci.h. Undoes pcim_iomap_regions() before its time. Context: process. */
export function pcim_iounmap_regions(pdev: usize, mask: i32): void {
  unmap_regions(pdev, mask, PCI_STD_NUM_BARS);
}
