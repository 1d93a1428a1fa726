// drivers/pci/search.c: finding devices and buses. What is returned is referenced, what is passed in as the place to go
// on from loses its reference.

import { offsetof_pci_bus_children, offsetof_pci_bus_devices, PCI_ANY_ID, pci_device_id } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { list_next } from "../../lib/list";
import { bus_find_device } from "../base/bus_iter";
import { get_device, put_device } from "../base/core";
import { pci_root_buses } from "./bus";
import { pci_device, to_pci, to_pci_bus, to_pci_dev } from "./internal";
import { pci_bus_type, pci_match_id, pci_match_one_device } from "./pci_driver";

/** linux/pci.h. Takes a reference; returns `dev`, which may be 0. Context: any. */
export function pci_dev_get(dev: usize): usize {
  if (dev) get_device(pci_device(dev));
  return dev;
}

/** linux/pci.h. Drops a reference. Context: process. */
export function pci_dev_put(dev: usize): void {
  if (dev) put_device(pci_device(dev));
}

function match_id(dev: usize, id: usize): i32 {
  return <i32>pci_match_one_device(id, to_pci_dev(dev));
}

function match_ids(dev: usize, ids: usize): i32 {
  return <i32>(pci_match_id(ids, to_pci_dev(dev)) != 0);
}

function match_place(dev: usize, place: usize): i32 {
  const d = to_pci(to_pci_dev(dev));
  return <i32>(to_pci_bus(d.bus).number == load<u32>(place) && d.devfn == load<u32>(place, 4));
}

/** The first device behind `from` that `match(dev, data)` accepts. */
function find(from: usize, data: usize, match: u32): usize {
  const dev = bus_find_device(pci_bus_type, from ? pci_device(from) : 0, data, match);
  pci_dev_put(from);
  return dev ? to_pci_dev(dev) : 0;
}

function find_id(
  vendor: u32,
  device: u32,
  subvendor: u32,
  subdevice: u32,
  cls: u32,
  class_mask: u32,
  from: usize,
): usize {
  const key = stack_alloc(32);
  const id = changetype<pci_device_id>(key);
  id.vendor = vendor;
  id.device = device;
  id.subvendor = subvendor;
  id.subdevice = subdevice;
  id.class_ = cls;
  id.class_mask = class_mask;
  const dev = find(from, key, match_id.index);
  stack_free(32);
  return dev;
}

/** linux/pci.h. The next device with these ids (PCI_ANY_ID: any) behind `from`, whose reference is dropped; referenced,
 *  or 0. Context: process. */
export function pci_get_subsys(vendor: u32, device: u32, ss_vendor: u32, ss_device: u32, from: usize): usize {
  return find_id(vendor, device, ss_vendor, ss_device, 0, 0, from);
}

/** linux/pci.h. The next device with these ids (PCI_ANY_ID: any) behind `from`, whose reference is dropped; referenced,
 *  or 0. Context: process. */
export function pci_get_device(vendor: u32, device: u32, from: usize): usize {
  return pci_get_subsys(vendor, device, PCI_ANY_ID, PCI_ANY_ID, from);
}

/** linux/pci.h. The next device of exactly this class (24 bits) behind `from`, whose reference is dropped; referenced,
 *  or 0. Context: process. */
export function pci_get_class(cls: u32, from: usize): usize {
  return find_id(PCI_ANY_ID, PCI_ANY_ID, PCI_ANY_ID, PCI_ANY_ID, cls, 0xffffffff, from);
}

/** linux/pci.h. 1 if a device fits an entry of the table. Context: process. */
export function pci_dev_present(ids: usize): i32 {
  const dev = find(0, ids, match_ids.index);
  pci_dev_put(dev);
  return <i32>(dev != 0);
}

/** linux/pci.h. The device at `devfn` of a bus, referenced; 0 if there is none. Context: process. */
export function pci_get_slot(bus: usize, devfn: u32): usize {
  const head = bus + offsetof_pci_bus_devices;
  for (let dev = list_next(head); dev != head; dev = list_next(dev)) {
    if (to_pci(dev).devfn == devfn) return pci_dev_get(dev);
  }
  return 0;
}

/** linux/pci.h. The device at domain, bus and devfn, referenced; 0 if there is none. Context: process. */
export function pci_get_domain_bus_and_slot(domain: i32, bus: u32, devfn: u32): usize {
  if (domain) return 0;
  const place = stack_alloc(16);
  store<u32>(place, bus, 0);
  store<u32>(place, devfn, 4);
  const dev = find(0, place, match_place.index);
  stack_free(16);
  return dev;
}

function find_below(bus: usize, number: u32): usize {
  if (to_pci_bus(bus).number == <u8>number) return bus;
  const head = bus + offsetof_pci_bus_children;
  for (let at = list_next(head); at != head; at = list_next(at)) {
    const found = find_below(at, number);
    if (found) return found;
  }
  return 0;
}

/** linux/pci.h. The root bus behind `from` (0: the first); 0 at the end. Context: process. */
export function pci_find_next_bus(from: usize): usize {
  const at = list_next(from ? from : pci_root_buses);
  return at == pci_root_buses ? 0 : at;
}

/** linux/pci.h. The bus with that number; 0 if there is none. Context: process. */
export function pci_find_bus(domain: i32, busnr: i32): usize {
  if (domain) return 0;
  for (let root = pci_find_next_bus(0); root; root = pci_find_next_bus(root)) {
    const found = find_below(root, busnr);
    if (found) return found;
  }
  return 0;
}

/** linux/pci.h. Calls `cb(dev, data)` for each device on and below a bus until one returns non-zero.
 *  Context: process. */
export function pci_walk_bus(top: usize, cb: u32, userdata: usize): void {
  walk(top, cb, userdata);
}

function walk(bus: usize, cb: u32, userdata: usize): i32 {
  const head = bus + offsetof_pci_bus_devices;
  let next: usize = 0;
  for (let dev = list_next(head); dev != head; dev = next) {
    next = list_next(dev);
    const below = to_pci(dev).subordinate;
    let result = call_indirect<i32>(cb, dev, userdata);
    if (!result && below) result = walk(below, cb, userdata);
    if (result) return result;
  }
  return 0;
}
