// Sizing of base address registers (drivers/pci/probe.c): all ones are written, the bits that stay zero are the size.

import {
  IORESOURCE_IO,
  IORESOURCE_MEM,
  IORESOURCE_MEM_64,
  IORESOURCE_PREFETCH,
  IORESOURCE_READONLY,
  IORESOURCE_ROM_ENABLE,
  IORESOURCE_SIZEALIGN,
  IORESOURCE_UNSET,
  IORESOURCE_DISABLED,
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_IO_MASK,
  PCI_BASE_ADDRESS_MEM_MASK,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_MEM_TYPE_MASK,
  PCI_BASE_ADDRESS_SPACE,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_COMMAND,
  PCI_COMMAND_IO,
  PCI_COMMAND_MEMORY,
  PCI_ROM_ADDRESS_ENABLE,
  PCI_ROM_ADDRESS_MASK,
  PCI_ROM_RESOURCE,
} from "../../abi";
import { config16, config32, pci_write_config_dword, pci_write_config_word } from "./access";
import { pci_err, pci_info, pci_name, pci_resource, pci_resource_name, to_pci, to_res } from "./internal";

const DECODE: u32 = PCI_COMMAND_IO | PCI_COMMAND_MEMORY;
/** I/O ports are 16 bits here. */
const IO_SPACE_MASK: u32 = 0xffff;
const ROM_FLAGS: u32 = IORESOURCE_MEM | IORESOURCE_PREFETCH | IORESOURCE_READONLY | IORESOURCE_SIZEALIGN;

/** What kind of BAR the value read says it is. */
function decode_bar(bar: u32): u32 {
  if ((bar & PCI_BASE_ADDRESS_SPACE) == PCI_BASE_ADDRESS_SPACE_IO) {
    return (bar & ~PCI_BASE_ADDRESS_IO_MASK) | IORESOURCE_IO;
  }
  let flags = (bar & ~PCI_BASE_ADDRESS_MEM_MASK) | IORESOURCE_MEM;
  if (bar & PCI_BASE_ADDRESS_MEM_PREFETCH) flags |= IORESOURCE_PREFETCH;
  if ((bar & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64) flags |= IORESOURCE_MEM_64;
  return flags;
}

/** The size that the ones in `probed` say; 0 if they make no sense. */
function bar_size(base: u64, probed: u64, mask: u64): u64 {
  const bits = mask & probed;
  if (!bits) return 0;
  const size = bits & -bits;
  // a BAR that did not change was full of ones before, or does not take writes
  if (base == probed && ((base | (size - 1)) & mask) != mask) return 0;
  return size;
}

/** Writes all ones to a register, reads them back and restores it. */
function probe(dev: usize, pos: u32, ones: u32, before: u32): u32 {
  pci_write_config_dword(dev, pos, before | ones);
  const after = config32(dev, pos);
  pci_write_config_dword(dev, pos, before);
  return after;
}

/** Finds out what resource `resno` of the device is, at register `pos`. Whether it takes the next register too; that
 *  is not a BAR if it is the `last`, but, in a bridge, its bus numbers. */
function pci_read_base(dev: usize, resno: u32, pos: u32, last: bool): bool {
  const res = pci_resource(dev, resno);
  const r = to_res(res);
  const rom = resno == PCI_ROM_RESOURCE;
  const name = pci_resource_name(dev, resno);
  r.name = pci_name(dev);
  // While it is probed the device must not answer at addresses made of ones.
  const command = config16(dev, PCI_COMMAND);
  const quiet = (command & DECODE) != 0 && !to_pci(dev).mmio_always_on;
  if (quiet) pci_write_config_word(dev, PCI_COMMAND, command & ~DECODE);
  let low = config32(dev, pos);
  let sized = probe(dev, pos, rom ? PCI_ROM_ADDRESS_MASK : 0xffffffff, low);
  if (sized == 0xffffffff) sized = 0; // nobody there
  if (low == 0xffffffff) low = 0;
  let mask: u64 = rom ? PCI_ROM_ADDRESS_MASK : PCI_BASE_ADDRESS_MEM_MASK;
  if (rom) {
    if (low & PCI_ROM_ADDRESS_ENABLE) r.flags |= IORESOURCE_ROM_ENABLE;
  } else {
    r.flags = decode_bar(low) | IORESOURCE_SIZEALIGN;
    if (r.flags & IORESOURCE_IO) mask = PCI_BASE_ADDRESS_IO_MASK & IO_SPACE_MASK;
  }
  let base: u64 = <u64>low & mask;
  let probed: u64 = <u64>sized & mask;
  const cut_off = last && (r.flags & IORESOURCE_MEM_64) != 0;
  if (r.flags & IORESOURCE_MEM_64 && !cut_off) {
    const high = config32(dev, pos + 4);
    base |= (<u64>high) << 32;
    probed |= (<u64>probe(dev, pos + 4, 0xffffffff, high)) << 32;
    mask |= (<u64>0xffffffff) << 32;
  }
  if (quiet) pci_write_config_word(dev, PCI_COMMAND, command);
  if (cut_off) {
    pci_info(dev, cstr("[Firmware Bug]: %s: invalid; 64 bits wide in the last register"), name);
    r.flags = 0;
    return false;
  }
  const wide = (r.flags & IORESOURCE_MEM_64) != 0;
  settle(dev, res, name, base, probed, mask);
  if (r.flags) pci_info(dev, cstr("%s %pR"), name, res);
  return wide && r.flags != 0;
}

/** Turns what was read into a range; flags 0 if there is no resource. */
function settle(dev: usize, res: usize, name: usize, base: u64, probed: u64, mask: u64): void {
  const r = to_res(res);
  const size = probed ? bar_size(base, probed, mask) : 0;
  if (!size) {
    if (probed) pci_info(dev, cstr("[Firmware Bug]: %s: invalid; can't size"), name);
    r.flags = 0;
  } else if (size > <u64>0xffffffff) {
    r.flags |= IORESOURCE_UNSET | IORESOURCE_DISABLED;
    r.start = 0;
    r.end = 0;
    // an odd number of words before it: the 64-bit value stands at an even place
    pci_err(dev, cstr("%s: can't handle BAR larger than 4GB (size %#010llx)"), name, 0, <u32>size, <u32>(size >> 32));
  } else if (base >> 32) {
    r.flags |= IORESOURCE_UNSET;
    r.start = 0;
    r.end = <u32>size - 1;
    pci_info(dev, cstr("%s: can't handle BAR above 4GB (bus address %#010llx)"), name, 0, <u32>base, <u32>(base >> 32));
  } else {
    r.start = <u32>base;
    r.end = <u32>(base + size - 1);
  }
}

/** The BARs of a header, and the ROM if it has one (`rom` is its register, or 0). */
export function pci_read_bases(dev: usize, howmany: u32, rom: u32): void {
  if (to_pci(dev).non_compliant_bars) return;
  for (let bar: u32 = 0; bar < howmany; bar++) {
    if (pci_read_base(dev, bar, PCI_BASE_ADDRESS_0 + bar * 4, bar + 1 == howmany)) bar++;
  }
  if (!rom) return;
  to_pci(dev).rom_base_reg = <u8>rom;
  to_res(pci_resource(dev, PCI_ROM_RESOURCE)).flags = ROM_FLAGS;
  pci_read_base(dev, PCI_ROM_RESOURCE, rom, true);
}
