// drivers/pci/pci.h and the inlines of linux/pci.h: ways from one struct to another, and the log of PCI devices.

import {
  IORESOURCE_SIZEALIGN,
  IORESOURCE_STARTALIGN,
  offsetof_pci_bus_dev,
  offsetof_pci_dev_dev,
  offsetof_pci_dev_resource,
  pci_bus,
  pci_channel_io_perm_failure,
  pci_dev,
  PCI_EXP_FLAGS_TYPE,
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_PCIE_BRIDGE,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_CARDBUS,
  resource,
  sizeof_resource,
} from "../../abi";
import { dev_err, dev_info, dev_warn } from "../base/printk";
import { dev_name } from "../base/name";

@inline
export function to_pci(pdev: usize): pci_dev {
  return changetype<pci_dev>(pdev);
}

@inline
export function to_pci_bus(bus: usize): pci_bus {
  return changetype<pci_bus>(bus);
}

/** The struct device in a pci_dev. */
@inline
export function pci_device(pdev: usize): usize {
  return pdev + offsetof_pci_dev_dev;
}

@inline
export function to_pci_dev(dev: usize): usize {
  return dev - offsetof_pci_dev_dev;
}

/** The struct device in a pci_bus. */
@inline
export function bus_device(bus: usize): usize {
  return bus + offsetof_pci_bus_dev;
}

@inline
export function bus_number(bus: usize): u32 {
  return to_pci_bus(bus).number;
}

/** Resource `i` of a device: BAR, expansion ROM or bridge window. */
@inline
export function pci_resource(pdev: usize, i: u32): usize {
  return pdev + offsetof_pci_dev_resource + i * sizeof_resource;
}

@inline
export function to_res(r: usize): resource {
  return changetype<resource>(r);
}

@inline
export function resource_size(r: usize): u32 {
  return to_res(r).end - to_res(r).start + 1;
}

/** The size of a BAR, 0 if there is none or it has no address. */
export function pci_resource_len(pdev: usize, bar: u32): u32 {
  const r = to_res(pci_resource(pdev, bar));
  return r.end ? r.end - r.start + 1 : 0;
}

/** linux/ioport.h (kernel/resource.c). What a resource's address must be a multiple of; 0 if it does not say. Context:
 *  any. */
export function resource_alignment(r: usize): u32 {
  const align = to_res(r).flags & (IORESOURCE_SIZEALIGN | IORESOURCE_STARTALIGN);
  if (align == IORESOURCE_SIZEALIGN) return resource_size(r);
  return align == IORESOURCE_STARTALIGN ? to_res(r).start : 0;
}

@inline
export function pci_name(pdev: usize): usize {
  return dev_name(pci_device(pdev));
}

@inline
export function pci_is_bridge(pdev: usize): bool {
  const type = to_pci(pdev).hdr_type;
  return type == <u8>PCI_HEADER_TYPE_BRIDGE || type == <u8>PCI_HEADER_TYPE_CARDBUS;
}

@inline
export function pci_is_root_bus(bus: usize): bool {
  return !to_pci_bus(bus).parent;
}

/** The bridge above a device, 0 on the root bus. */
@inline
export function pci_upstream_bridge(pdev: usize): usize {
  const bus = to_pci(pdev).bus;
  return pci_is_root_bus(bus) ? 0 : to_pci_bus(bus).self;
}

@inline
export function pci_is_pcie(pdev: usize): bool {
  return to_pci(pdev).pcie_cap != 0;
}

/** PCI_EXP_TYPE_* of a PCI Express device. */
@inline
export function pci_pcie_type(pdev: usize): u32 {
  return (to_pci(pdev).pcie_flags_reg & PCI_EXP_FLAGS_TYPE) >> 4;
}

/** Whether a link begins below the device. */
export function pcie_downstream_port(pdev: usize): bool {
  const type = pci_pcie_type(pdev);
  return type == PCI_EXP_TYPE_ROOT_PORT || type == PCI_EXP_TYPE_DOWNSTREAM || type == PCI_EXP_TYPE_PCIE_BRIDGE;
}

/** Whether the device is known to be gone, so that asking it is no use. */
@inline
export function pci_dev_is_disconnected(pdev: usize): bool {
  return to_pci(pdev).error_state == pci_channel_io_perm_failure;
}

export function pci_err(pdev: usize, fmt: usize, a: u32 = 0, b: u32 = 0, c: u32 = 0, d: u32 = 0): void {
  dev_err(pci_device(pdev), fmt, a, b, c, d);
}

export function pci_warn(pdev: usize, fmt: usize, a: u32 = 0, b: u32 = 0, c: u32 = 0, d: u32 = 0): void {
  dev_warn(pci_device(pdev), fmt, a, b, c, d);
}

export function pci_info(pdev: usize, fmt: usize, a: u32 = 0, b: u32 = 0, c: u32 = 0, d: u32 = 0): void {
  dev_info(pci_device(pdev), fmt, a, b, c, d);
}

/** What the log calls resource `i` of a device (pci_resource_name). */
export function pci_resource_name(pdev: usize, i: u32): usize {
  if (to_pci(pdev).hdr_type == <u8>PCI_HEADER_TYPE_CARDBUS) return i ? cstr("CardBus bridge window") : cstr("BAR 1");
  switch (i) {
    case 0:
      return cstr("BAR 0");
    case 1:
      return cstr("BAR 1");
    case 2:
      return cstr("BAR 2");
    case 3:
      return cstr("BAR 3");
    case 4:
      return cstr("BAR 4");
    case 5:
      return cstr("BAR 5");
    case 6:
      return cstr("ROM");
    default:
      return i < 13 ? cstr("VF BAR") : cstr("bridge window");
  }
}
