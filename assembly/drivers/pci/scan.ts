// drivers/pci/probe.c, buses: what lies behind a bridge is a bus of its own, numbered in the order it is found.

import {
  GFP_KERNEL,
  IORESOURCE_BUS,
  PCI_BRIDGE_CONTROL,
  PCI_BRIDGE_CTL_MASTER_ABORT,
  PCI_BRIDGE_RESOURCES,
  PCI_BRIDGE_RESOURCE_NUM,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_PRIMARY_BUS,
  PCI_STATUS,
  PCI_SUBORDINATE_BUS,
  offsetof_pci_bus_children,
  offsetof_pci_bus_devices,
  offsetof_pci_bus_resource,
  offsetof_pci_bus_resources,
  sizeof_pci_bus,
} from "../../abi";
import { INIT_LIST_HEAD, list_add_tail, list_next } from "../../lib/list";
import { snprintf_ } from "../../lib/vsprintf";
import { kzalloc } from "../../mm/slub";
import { device_register, get_device } from "../base/core";
import { dev_name_set } from "../base/name";
import { dev_err } from "../base/printk";
import { config16, config32, pci_write_config_byte, pci_write_config_dword, pci_write_config_word } from "./access";
import { pcibus_class } from "./bus";
import {
  bus_device,
  bus_number,
  pci_device,
  pci_info,
  pci_is_bridge,
  pci_is_pcie,
  pci_resource,
  pcie_downstream_port,
  to_pci,
  to_pci_bus,
  to_res,
} from "./internal";
import { pci_scan_slot } from "./probe";

/** A bus below `parent`, or the root bus. */
export function pci_alloc_bus(): usize {
  const bus = kzalloc(sizeof_pci_bus, GFP_KERNEL);
  if (!bus) return 0;
  INIT_LIST_HEAD(bus); // node
  INIT_LIST_HEAD(bus + offsetof_pci_bus_children);
  INIT_LIST_HEAD(bus + offsetof_pci_bus_devices);
  INIT_LIST_HEAD(changetype<usize>(to_pci_bus(bus).slots));
  INIT_LIST_HEAD(bus + offsetof_pci_bus_resources);
  return bus;
}

export function pci_set_busn(bus: usize, first: u32, last: u32): void {
  const r = to_pci_bus(bus).busn_res;
  r.start = first;
  r.end = last;
  r.flags = IORESOURCE_BUS;
}

/** Registers the struct device of a bus: "0000:00" of class pci_bus. */
export function pci_register_bus_device(bus: usize, bridge: usize): i32 {
  const b = to_pci_bus(bus);
  const dev = bus_device(bus);
  b.bridge = get_device(bridge);
  b.dev.class_ = pcibus_class;
  b.dev.parent = bridge;
  const error = dev_name_set(dev, cstr("%04x:%02x"), 0, b.number);
  return error ? error : device_register(dev);
}

/** A new bus `number` behind `bridge`; 0 on failure. */
function pci_add_child_bus(parent: usize, bridge: usize, number: u32): usize {
  const bus = pci_alloc_bus();
  if (!bus) return 0;
  const b = to_pci_bus(bus);
  b.parent = parent;
  b.self = bridge;
  b.ops = to_pci_bus(parent).ops;
  b.sysdata = to_pci_bus(parent).sysdata;
  b.bus_flags = to_pci_bus(parent).bus_flags;
  b.number = <u8>number;
  b.primary = to_pci_bus(parent).number;
  pci_set_busn(bus, number, 0xff);
  snprintf_(changetype<usize>(b.name), 48, cstr("PCI Bus %04x:%02x"), 0, number);
  for (let i: u32 = 0; i < PCI_BRIDGE_RESOURCE_NUM; i++) {
    const window = pci_resource(bridge, PCI_BRIDGE_RESOURCES + i);
    store<usize>(bus + offsetof_pci_bus_resource + i * sizeof<usize>(), window);
    to_res(window).name = changetype<usize>(b.name);
  }
  to_pci(bridge).subordinate = bus;
  const error = pci_register_bus_device(bus, pci_device(bridge));
  if (error) dev_err(bus_device(bus), cstr("failed to add bus: %d"), error);
  list_add_tail(bus, parent + offsetof_pci_bus_children);
  return bus;
}

/** Numbers the bus behind a new bridge and scans it. `top` is the highest number in use; returns the new one. */
function scan_bridge(bus: usize, bridge: usize, top: u32, last: u32): u32 {
  if (to_pci(bridge).hdr_type != <u8>PCI_HEADER_TYPE_BRIDGE) return top;
  if (top >= last) {
    pci_info(bridge, cstr("devices behind bridge are unusable because no bus number is left (the last is %02x)"), last);
    return top;
  }
  const child = pci_add_child_bus(bus, bridge, top + 1);
  if (!child) return top;
  // Errors that probing for absent devices makes are not to be reported upstream.
  const control = config16(bridge, PCI_BRIDGE_CONTROL);
  pci_write_config_word(bridge, PCI_BRIDGE_CONTROL, control & ~PCI_BRIDGE_CTL_MASTER_ABORT);
  pci_write_config_word(bridge, PCI_STATUS, 0xffff);
  to_pci_bus(child).bridge_ctl = <u16>control;
  const latency = config32(bridge, PCI_PRIMARY_BUS) & 0xff000000;
  pci_write_config_dword(bridge, PCI_PRIMARY_BUS, latency | (last << 16) | ((top + 1) << 8) | bus_number(bus));
  top = pci_scan_child_bus(child, last);
  pci_set_busn(child, to_pci_bus(child).number, top);
  pci_write_config_byte(bridge, PCI_SUBORDINATE_BUS, top);
  pci_write_config_word(bridge, PCI_BRIDGE_CONTROL, control);
  return top;
}

/** A link has one device at its end. */
function one_child(bus: usize): bool {
  const bridge = to_pci_bus(bus).self;
  return bridge != 0 && pci_is_pcie(bridge) && pcie_downstream_port(bridge);
}

/** Scans a bus and all below it for what is not known yet; returns the highest bus number in use. No bus may be above
 *  `last`. */
export function pci_scan_child_bus(bus: usize, last: u32): u32 {
  let top: u32 = to_pci_bus(bus).busn_res.start;
  const slots: u32 = one_child(bus) ? 1 : 32;
  for (let slot: u32 = 0; slot < slots; slot++) pci_scan_slot(bus, slot << 3);
  const head = bus + offsetof_pci_bus_devices;
  for (let dev = list_next(head); dev != head; dev = list_next(dev)) {
    const below = to_pci(dev).subordinate;
    if (below) top = max(top, pci_scan_child_bus(below, to_pci_bus(below).busn_res.end)); // its numbers are settled
  }
  for (let dev = list_next(head); dev != head; dev = list_next(dev)) {
    if (pci_is_bridge(dev) && !to_pci(dev).subordinate) top = scan_bridge(bus, dev, top, last);
  }
  return top;
}
