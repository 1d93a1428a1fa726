// Capability lists (drivers/pci/pci.c). A list comes from the device, which may be broken or hostile: walks are
// bounded.

import {
  PCI_CAP_LIST_ID,
  PCI_CAP_LIST_NEXT,
  PCI_CAPABILITY_LIST,
  PCI_CB_CAPABILITY_LIST,
  PCI_DVSEC_HEADER1,
  PCI_DVSEC_HEADER2,
  PCI_EXT_CAP_ID_DSN,
  PCI_EXT_CAP_ID_DVSEC,
  PCI_EXT_CAP_ID_VNDR,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_HEADER_TYPE_NORMAL,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
} from "../../abi";
import { bus_config, config32 } from "./access";
import { to_pci } from "./internal";

/** The most capabilities that fit between 0x40 and 0xff, four bytes each. */
const CAP_TTL: u32 = 48;
/** The most extended capabilities that fit between 0x100 and 0xfff, eight bytes each. */
const EXT_CAP_TTL: u32 = (4096 - 256) / 8;
const STD_HEADER: u32 = 0x40;
const CONFIG_SIZE: u32 = 256;

/** Where the pointer to the first capability lies, 0 if the device has no list. */
function cap_start(bus: usize, devfn: u32, header: u32): u32 {
  if (!(bus_config(bus, devfn, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST)) return 0;
  if (header == PCI_HEADER_TYPE_CARDBUS) return PCI_CB_CAPABILITY_LIST;
  return header == PCI_HEADER_TYPE_NORMAL || header == PCI_HEADER_TYPE_BRIDGE ? PCI_CAPABILITY_LIST : 0;
}

/** Follows the pointer at `pos` to the first capability `cap`; 0 if there is none. */
function next_cap(bus: usize, devfn: u32, pos: u32, cap: u32): u32 {
  let at = bus_config(bus, devfn, pos, 1);
  for (let ttl = CAP_TTL; ttl && at >= STD_HEADER; ttl--) {
    at &= ~3;
    const entry = bus_config(bus, devfn, at + PCI_CAP_LIST_ID, 2);
    const id = entry & 0xff;
    if (id == 0xff) break;
    if (id == cap) return at;
    at = entry >> 8;
  }
  return 0;
}

/** linux/pci.h. Where capability `cap` (PCI_CAP_ID_*) lies in configuration space; 0 if the device has none. Context:
 *  any. */
export function pci_find_capability(dev: usize, cap: i32): u8 {
  const d = to_pci(dev);
  const pos = cap_start(d.bus, d.devfn, d.hdr_type);
  return pos ? <u8>next_cap(d.bus, d.devfn, pos, cap) : 0;
}

/** linux/pci.h. pci_find_capability() for a device that there is no struct for. Context: any. */
export function pci_bus_find_capability(bus: usize, devfn: u32, cap: i32): u8 {
  const pos = cap_start(bus, devfn, bus_config(bus, devfn, PCI_HEADER_TYPE, 1) & PCI_HEADER_TYPE_MASK);
  return pos ? <u8>next_cap(bus, devfn, pos, cap) : 0;
}

/** linux/pci.h. The next capability `cap` behind the one at `pos`; 0 if there is none. Context: any. */
export function pci_find_next_capability(dev: usize, pos: u8, cap: i32): u8 {
  return <u8>next_cap(to_pci(dev).bus, to_pci(dev).devfn, <u32>pos + PCI_CAP_LIST_NEXT, cap);
}

/** linux/pci.h. The next extended capability `cap` behind the one at `start` (0: the first); 0 if none.
 *  Context: any. */
export function pci_find_next_ext_capability(dev: usize, start: u16, cap: i32): u16 {
  if (to_pci(dev).cfg_size <= <i32>CONFIG_SIZE) return 0;
  let pos: u32 = start ? <u32>start : CONFIG_SIZE;
  let header = config32(dev, pos);
  if (!header || header == 0xffffffff) return 0;
  for (let ttl = EXT_CAP_TTL; ttl; ttl--) {
    if ((header & 0xffff) == <u32>cap && pos != <u32>start) return <u16>pos;
    pos = (header >> 20) & 0xffc;
    if (pos < CONFIG_SIZE) break;
    header = config32(dev, pos);
    if (header == 0xffffffff) break;
  }
  return 0;
}

/** linux/pci.h. Where extended capability `cap` (PCI_EXT_CAP_ID_*) lies; 0 if the device has none. Context: any. */
export function pci_find_ext_capability(dev: usize, cap: i32): u16 {
  return pci_find_next_ext_capability(dev, 0, cap);
}

/** linux/pci.h. Where the vendor-specific extended capability `cap` of `vendor` lies; 0 if there is none.
 *  Context: any. */
export function pci_find_vsec_capability(dev: usize, vendor: u16, cap: i32): u16 {
  if (to_pci(dev).vendor != vendor) return 0;
  let at: u16 = 0;
  for (let left = EXT_CAP_TTL; left; left--) {
    at = pci_find_next_ext_capability(dev, at, PCI_EXT_CAP_ID_VNDR);
    if (!at || (config32(dev, <u32>at + 4) & 0xffff) == <u32>cap) break;
    if (left == 1) at = 0;
  }
  return at;
}

/** linux/pci.h. Where the designated vendor-specific extended capability `dvsec` of `vendor` lies; 0 if there is none.
 *  Context: any. */
export function pci_find_dvsec_capability(dev: usize, vendor: u16, dvsec: u16): u16 {
  let at: u16 = 0;
  for (let left = EXT_CAP_TTL; left; left--) {
    at = pci_find_next_ext_capability(dev, at, PCI_EXT_CAP_ID_DVSEC);
    if (!at) return 0;
    const of_vendor = (config32(dev, <u32>at + PCI_DVSEC_HEADER1) & 0xffff) == <u32>vendor;
    if (of_vendor && (config32(dev, <u32>at + PCI_DVSEC_HEADER2) & 0xffff) == <u32>dvsec) return at;
  }
  return 0;
}

/** linux/pci.h. The device serial number; 0 if there is none. Context: any. */
export function pci_get_dsn(dev: usize): u64 {
  const at: u32 = pci_find_ext_capability(dev, PCI_EXT_CAP_ID_DSN);
  return at ? ((<u64>config32(dev, at + 8)) << 32) | config32(dev, at + 4) : 0;
}
