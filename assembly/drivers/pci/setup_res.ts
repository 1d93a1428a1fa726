// drivers/pci/setup-res.c: gives one resource of a device an address and tells the device.

import {
  EBUSY,
  EINVAL,
  IORESOURCE_IO,
  IORESOURCE_MEM,
  IORESOURCE_MEM_64,
  IORESOURCE_PCI_FIXED,
  IORESOURCE_PREFETCH,
  IORESOURCE_ROM_ENABLE,
  IORESOURCE_STARTALIGN,
  IORESOURCE_UNSET,
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_IO_MASK,
  PCI_BASE_ADDRESS_MEM_MASK,
  PCI_BRIDGE_RESOURCES,
  PCI_COMMAND,
  PCI_COMMAND_IO,
  PCI_COMMAND_MEMORY,
  PCI_NUM_RESOURCES,
  PCI_ROM_ADDRESS_ENABLE,
  PCI_ROM_ADDRESS_MASK,
  PCI_ROM_RESOURCE,
  PCIBIOS_MIN_IO,
  PCIBIOS_MIN_MEM,
} from "../../abi";
import { release_resource, request_resource_conflict } from "../../kernel/resource";
import { config16, config32, pci_write_config_dword, pci_write_config_word } from "./access";
import { pci_bus_alloc_resource, pci_find_parent_resource } from "./bus_res";
import {
  pci_err,
  pci_info,
  pci_resource,
  pci_resource_name,
  resource_alignment,
  resource_size,
  to_pci,
  to_pci_bus,
  to_res,
} from "./internal";

/** Writes a BAR's or the ROM's address to the device. */
export function pci_update_resource(dev: usize, resno: u32): void {
  const r = to_res(pci_resource(dev, resno));
  if (!r.flags || r.flags & (IORESOURCE_UNSET | IORESOURCE_PCI_FIXED)) return;
  let reg: u32 = PCI_BASE_ADDRESS_0 + 4 * resno;
  let mask: u32 = PCI_BASE_ADDRESS_MEM_MASK;
  let value = r.start;
  if (resno == PCI_ROM_RESOURCE) {
    if (!(r.flags & IORESOURCE_ROM_ENABLE)) return; // a ROM that decodes may hide what a shared decoder shows
    reg = to_pci(dev).rom_base_reg;
    mask = PCI_ROM_ADDRESS_MASK;
    value |= PCI_ROM_ADDRESS_ENABLE;
  } else if (r.flags & IORESOURCE_IO) {
    mask = PCI_BASE_ADDRESS_IO_MASK;
    value |= r.flags & ~PCI_BASE_ADDRESS_IO_MASK;
  } else {
    value |= r.flags & ~PCI_BASE_ADDRESS_MEM_MASK & 0xf;
  }
  // Half of a 64-bit BAR is some other address: nothing may be decoded between the two writes.
  const split = (r.flags & IORESOURCE_MEM_64) != 0 && !to_pci(dev).mmio_always_on;
  const command = config16(dev, PCI_COMMAND);
  if (split) pci_write_config_word(dev, PCI_COMMAND, command & ~PCI_COMMAND_MEMORY);
  pci_write_config_dword(dev, reg, value);
  const check = config32(dev, reg);
  if ((value ^ check) & mask) {
    pci_err(dev, cstr("%s: error updating (%#010x != %#010x)"), pci_resource_name(dev, resno), value, check);
  }
  if (r.flags & IORESOURCE_MEM_64) {
    pci_write_config_dword(dev, reg + 4, 0);
    const high = config32(dev, reg + 4);
    if (high) pci_err(dev, cstr("%s: error updating (high %#010x != %#010x)"), pci_resource_name(dev, resno), 0, high);
  }
  if (split) pci_write_config_word(dev, PCI_COMMAND, command);
}

/** The best window first: for a prefetchable one a prefetchable, else any of the type. */
function allocate(bus: usize, dev: usize, resno: u32, size: u32, align: u32): i32 {
  const res = pci_resource(dev, resno);
  const flags = to_res(res).flags;
  const lowest = flags & IORESOURCE_IO ? PCIBIOS_MIN_IO : PCIBIOS_MIN_MEM;
  const better = IORESOURCE_PREFETCH | IORESOURCE_MEM_64;
  let error = pci_bus_alloc_resource(bus, res, size, align, lowest, better, 0, 0);
  if (error && (flags & better) == better) {
    error = pci_bus_alloc_resource(bus, res, size, align, lowest, IORESOURCE_PREFETCH, 0, 0);
  }
  if (error && flags & better) error = pci_bus_alloc_resource(bus, res, size, align, lowest, 0, 0, 0);
  return error;
}

/** linux/pci.h. Gives resource `resno` of the device an address in a window of its bus. 0, -EINVAL if its alignment is
 *  bogus, or an error if there is no room. Context: process. */
export function pci_assign_resource(dev: usize, resno: i32): i32 {
  const res = pci_resource(dev, resno);
  const r = to_res(res);
  const name = pci_resource_name(dev, resno);
  if (r.flags & IORESOURCE_PCI_FIXED) return 0;
  r.flags |= IORESOURCE_UNSET;
  const align = resource_alignment(res);
  if (!align) {
    pci_info(dev, cstr("%s %pR: can't assign; bogus alignment"), name, res);
    return -EINVAL;
  }
  const size = resource_size(res);
  let bus = to_pci(dev).bus;
  let error = allocate(bus, dev, resno, size, align);
  while (error && to_pci_bus(bus).parent && to_pci(to_pci_bus(bus).self).transparent) {
    bus = to_pci_bus(bus).parent;
    error = allocate(bus, dev, resno, size, align);
  }
  if (error) {
    pci_info(dev, cstr("%s %pR: can't assign; no space"), name, res);
    pci_info(dev, cstr("%s %pR: failed to assign"), name, res);
    return error;
  }
  r.flags &= ~(IORESOURCE_UNSET | IORESOURCE_STARTALIGN);
  pci_info(dev, cstr("%s %pR: assigned"), name, res);
  if (<u32>resno < PCI_BRIDGE_RESOURCES) pci_update_resource(dev, resno);
  return 0;
}

/** linux/pci.h. Enters a resource that has an address into the resource tree. 0, -EINVAL, -EBUSY. Context: process. */
export function pci_claim_resource(dev: usize, resno: i32): i32 {
  const res = pci_resource(dev, resno);
  const name = pci_resource_name(dev, resno);
  if (to_res(res).flags & IORESOURCE_UNSET) {
    pci_info(dev, cstr("%s %pR: can't claim; no address assigned"), name, res);
    return -EINVAL;
  }
  const window = pci_find_parent_resource(dev, res);
  if (!window) {
    pci_info(dev, cstr("%s %pR: can't claim; no compatible bridge window"), name, res);
    to_res(res).flags |= IORESOURCE_UNSET;
    return -EINVAL;
  }
  const conflict = request_resource_conflict(window, res);
  if (!conflict) return 0;
  pci_info(dev, cstr("%s %pR: can't claim; address conflict with %s %pR"), name, res, to_res(conflict).name, conflict);
  to_res(res).flags |= IORESOURCE_UNSET;
  return -EBUSY;
}

/** linux/pci.h. Takes the address of a resource back. Context: process. */
export function pci_release_resource(dev: usize, resno: i32): void {
  const res = pci_resource(dev, resno);
  if (!to_res(res).parent) return;
  pci_info(dev, cstr("%s %pR: releasing"), pci_resource_name(dev, resno), res);
  release_resource(res);
  to_res(res).end = resource_size(res) - 1;
  to_res(res).start = 0;
  to_res(res).flags |= IORESOURCE_UNSET;
}

/** Switches the decoders of the resources in `mask` on (pcibios_enable_device). 0, or -EINVAL if one has no address. */
export function pci_enable_resources(dev: usize, mask: u32): i32 {
  const old = config16(dev, PCI_COMMAND);
  let command = old;
  for (let i: u32 = 0; i < PCI_NUM_RESOURCES; i++) {
    const res = pci_resource(dev, i);
    const r = to_res(res);
    if (!(mask & (1 << i)) || !(r.flags & (IORESOURCE_IO | IORESOURCE_MEM))) continue;
    if (i == PCI_ROM_RESOURCE && !(r.flags & IORESOURCE_ROM_ENABLE)) continue;
    if (r.flags & IORESOURCE_UNSET) {
      pci_err(dev, cstr("%s %pR: not assigned; can't enable device"), pci_resource_name(dev, i), res);
      return -EINVAL;
    }
    if (!r.parent) {
      pci_err(dev, cstr("%s %pR: not claimed; can't enable device"), pci_resource_name(dev, i), res);
      return -EINVAL;
    }
    command |= r.flags & IORESOURCE_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
  }
  if (command == old) return 0;
  pci_info(dev, cstr("enabling device (%04x -> %04x)"), old, command);
  pci_write_config_word(dev, PCI_COMMAND, command);
  return 0;
}
