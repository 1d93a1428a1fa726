// The root bus: host bridge, windows, and the devices' way to their drivers (drivers/pci/{probe,bus,host-bridge}.c).

import {
  GFP_KERNEL,
  IORESOURCE_IO,
  IORESOURCE_MEM,
  offsetof_pci_bus_devices,
  offsetof_pci_host_bridge_windows,
  pci_host_bridge,
  resource_entry,
  sizeof_class,
  sizeof_pci_host_bridge,
  sizeof_resource_entry,
} from "../../abi";
import { __mutex_init, mutex_lock, mutex_unlock } from "../../kernel/locking/mutex";
import { ioport_resource, iomem_resource, release_resource, request_resource } from "../../kernel/resource";
import { pr } from "../../kernel/printk/printk";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_empty, list_next } from "../../lib/list";
import { snprintf_ } from "../../lib/vsprintf";
import { kfree, kzalloc } from "../../mm/slub";
import { to_class } from "../base/base";
import { __class_register } from "../base/class";
import { device_attach } from "../base/dd";
import { device_register, put_device } from "../base/core";
import { dev_name, dev_name_set } from "../base/name";
import { dev_err, dev_info } from "../base/printk";
import { pci_bus_add_resource, pci_bus_remove_resources } from "./bus_res";
import { bus_device, pci_device, pci_warn, to_pci, to_pci_bus, to_res } from "./internal";
import { pci_alloc_bus, pci_register_bus_device, pci_scan_child_bus, pci_set_busn } from "./scan";
import { pci_bus_assign_resources, pci_bus_size_bridges } from "./setup_bus";

/** linux/pci.h. list_head of the root buses. */
export const pci_root_buses = memory.data(8, 4);

/** struct class "pci_bus". */
export const pcibus_class = memory.data(sizeof_class, 4);

/** struct mutex over adding and removing devices. */
const pci_rescan_remove_lock = memory.data(32, 4);

/** Bit in pci_dev.priv_flags: the device was offered to drivers (PCI_DEV_ADDED). */
const DEV_ADDED: u32 = 1;

export function pci_dev_is_added(dev: usize): bool {
  return (to_pci(dev).priv_flags & DEV_ADDED) != 0;
}

export function pci_dev_assign_added(dev: usize, added: bool): void {
  const flags = to_pci(dev).priv_flags;
  to_pci(dev).priv_flags = added ? flags | DEV_ADDED : flags & ~DEV_ADDED;
}

/** linux/pci.h. Keeps others from adding or removing devices. Context: process. */
export function pci_lock_rescan_remove(): void {
  mutex_lock(pci_rescan_remove_lock);
}

/** linux/pci.h. Takes back pci_lock_rescan_remove(). Context: process. */
export function pci_unlock_rescan_remove(): void {
  mutex_unlock(pci_rescan_remove_lock);
}

// ── Buses and their classes ──

function release_pcibus_dev(dev: usize): void {
  const bus = dev - bus_device(0);
  put_device(to_pci_bus(bus).bridge);
  pci_bus_remove_resources(bus);
  kfree(bus);
}

function release_host_bridge(bridge: usize): void {
  const head = bridge + offsetof_pci_host_bridge_windows;
  while (!list_empty(head)) {
    const entry = list_next(head);
    list_del(entry);
    release_resource(changetype<resource_entry>(entry).res);
    kfree(entry);
  }
  kfree(bridge);
}

/** Fills what the first bus needs. */
export function pci_bus_init(): void {
  INIT_LIST_HEAD(pci_root_buses);
  __mutex_init(pci_rescan_remove_lock, cstr("pci_rescan_remove_lock"), 0);
  to_class(pcibus_class).name = cstr("pci_bus");
  to_class(pcibus_class).dev_release = release_pcibus_dev.index;
  __class_register(pcibus_class, 0);
}

/** A window of the host bridge, entered into the tree of its kind. */
function add_window(bridge: usize, flags: u32, start: u32, size: u32): void {
  if (!size) return;
  const entry = kzalloc(sizeof_resource_entry, GFP_KERNEL);
  if (!entry) return;
  const e = changetype<resource_entry>(entry);
  e.res = changetype<usize>(e.__res);
  const r = to_res(e.res);
  r.start = start;
  r.end = start + size - 1;
  r.flags = flags;
  list_add_tail(entry, bridge + offsetof_pci_host_bridge_windows);
}

/** A new host bridge without windows; 0 without memory. */
function alloc_host_bridge(ops: usize): usize {
  const bridge = kzalloc(sizeof_pci_host_bridge, GFP_KERNEL);
  if (!bridge) return 0;
  INIT_LIST_HEAD(bridge + offsetof_pci_host_bridge_windows);
  INIT_LIST_HEAD(changetype<usize>(changetype<pci_host_bridge>(bridge).dma_ranges));
  changetype<pci_host_bridge>(bridge).ops = ops;
  changetype<pci_host_bridge>(bridge).dev.release = release_host_bridge.index;
  return bridge;
}

/** Enters the windows into the resource trees and routes them to the root bus. */
function route_windows(bus: usize, bridge: usize): void {
  const head = bridge + offsetof_pci_host_bridge_windows;
  const dev = bus_device(bus);
  dev_info(dev, cstr("root bus resource %pR"), changetype<usize>(to_pci_bus(bus).busn_res));
  for (let entry = list_next(head); entry != head; entry = list_next(entry)) {
    const res = changetype<resource_entry>(entry).res;
    to_res(res).name = changetype<usize>(to_pci_bus(bus).name);
    const tree = to_res(res).flags & IORESOURCE_IO ? ioport_resource : iomem_resource;
    if (request_resource(tree, res)) {
      dev_err(dev, cstr("%pR: the window is taken by something else"), res);
      continue;
    }
    pci_bus_add_resource(bus, res, 0);
    dev_info(dev, cstr("root bus resource %pR"), res);
  }
}

/** Registers the bridge and its root bus 0. The bus, or 0 on failure. */
function register_host_bridge(bridge: usize, last: u32): usize {
  const b = changetype<pci_host_bridge>(bridge);
  const bus = pci_alloc_bus();
  if (!bus) return 0;
  b.bus = bus;
  to_pci_bus(bus).ops = b.ops;
  to_pci_bus(bus).number = 0;
  pci_set_busn(bus, 0, last);
  snprintf_(changetype<usize>(to_pci_bus(bus).name), 48, cstr("PCI Bus %04x:%02x"), 0, 0);
  let error = dev_name_set(bridge, cstr("pci%04x:%02x"), 0, 0);
  if (!error) error = device_register(bridge);
  if (!error) error = pci_register_bus_device(bus, bridge);
  if (error) {
    dev_err(bridge, cstr("cannot register the host bridge: error %d"), error);
    return 0;
  }
  list_add_tail(bus, pci_root_buses);
  pr(cstr("\x016PCI host bridge to bus %s"), dev_name(bus_device(bus)));
  route_windows(bus, bridge);
  return bus;
}

/** Scans all buses of a host bridge whose configuration space `ops` reach, places and registers what is there. Windows
 *  of size 0 do not exist. The root bus, or 0. Context: process. */
export function pci_scan_host(ops: usize, last: u32, mem: u32, mem_size: u32, io: u32, io_size: u32): usize {
  const bridge = alloc_host_bridge(ops);
  if (!bridge) return 0;
  add_window(bridge, IORESOURCE_MEM, mem, mem_size);
  add_window(bridge, IORESOURCE_IO, io, io_size);
  const bus = register_host_bridge(bridge, last);
  if (!bus) return 0;
  mutex_lock(pci_rescan_remove_lock);
  pci_scan_child_bus(bus, last);
  pci_bus_size_bridges(bus);
  pci_bus_assign_resources(bus);
  pci_bus_add_devices(bus);
  mutex_unlock(pci_rescan_remove_lock);
  return bus;
}

/** linux/pci.h. Lets a device that was scanned have a driver. Context: process. */
export function pci_bus_add_device(dev: usize): void {
  to_pci(dev).match_driver = true;
  const result = device_attach(pci_device(dev));
  if (result < 0) pci_warn(dev, cstr("device attach failed (%d)"), result);
  pci_dev_assign_added(dev, true);
}

/** linux/pci.h. pci_bus_add_device() for all on and below a bus that were not offered yet. Context: process. */
export function pci_bus_add_devices(bus: usize): void {
  const head = bus + offsetof_pci_bus_devices;
  for (let dev = list_next(head); dev != head; dev = list_next(dev)) {
    if (!pci_dev_is_added(dev)) pci_bus_add_device(dev);
  }
  for (let dev = list_next(head); dev != head; dev = list_next(dev)) {
    const below = to_pci(dev).subordinate;
    if (below && pci_dev_is_added(dev)) pci_bus_add_devices(below);
  }
}

/** linux/pci.h. Looks for devices that came since the last scan, on and below a root bus, and adds them; the highest
 *  bus number. Context: process, rescan locked. */
export function pci_rescan_bus(bus: usize): u32 {
  const max = pci_scan_child_bus(bus, to_pci_bus(bus).busn_res.end);
  pci_bus_size_bridges(bus);
  pci_bus_assign_resources(bus);
  pci_bus_add_devices(bus);
  return max;
}
