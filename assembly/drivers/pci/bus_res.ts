// The address space that is routed to a bus (drivers/pci/bus.c): the windows of the host bridge on the root bus, those
// of the bridge above on any other.

import {
  ENOMEM,
  GFP_KERNEL,
  IORESOURCE_PREFETCH,
  IORESOURCE_TYPE_BITS,
  offsetof_pci_bus_resource,
  offsetof_pci_bus_resources,
  PCI_BRIDGE_RESOURCE_NUM,
  pci_bus_resource,
  sizeof_pci_bus_resource,
} from "../../abi";
import { allocate_resource } from "../../kernel/resource";
import { list_add_tail, list_del, list_empty, list_next } from "../../lib/list";
import { kfree, kzalloc } from "../../mm/slub";
import { to_pci, to_res } from "./internal";

/** linux/pci.h. Adds a window to a bus, behind the four of its table. Context: process. */
export function pci_bus_add_resource(bus: usize, res: usize, flags: u32): void {
  const at = kzalloc(sizeof_pci_bus_resource, GFP_KERNEL);
  if (!at) return;
  changetype<pci_bus_resource>(at).res = res;
  changetype<pci_bus_resource>(at).flags = flags;
  list_add_tail(at, bus + offsetof_pci_bus_resources);
}

/** linux/pci.h. Forgets all windows of a bus. Context: process. */
export function pci_bus_remove_resources(bus: usize): void {
  for (let i: u32 = 0; i < PCI_BRIDGE_RESOURCE_NUM; i++) store<usize>(table(bus, i), 0);
  const head = bus + offsetof_pci_bus_resources;
  while (!list_empty(head)) {
    const at = list_next(head);
    list_del(at);
    kfree(at);
  }
}

@inline
function table(bus: usize, n: u32): usize {
  return bus + offsetof_pci_bus_resource + n * sizeof<usize>();
}

/** linux/pci.h. Window `n` of a bus; 0 if it is unused or past the last. Context: any. */
export function pci_bus_resource_n(bus: usize, n: i32): usize {
  if (<u32>n < PCI_BRIDGE_RESOURCE_NUM) return load<usize>(table(bus, n));
  const head = bus + offsetof_pci_bus_resources;
  let left = <u32>n - PCI_BRIDGE_RESOURCE_NUM;
  for (let at = list_next(head); at != head; at = list_next(at)) {
    if (!left--) return changetype<pci_bus_resource>(at).res;
  }
  return 0;
}

/** One past the highest number that pci_bus_resource_n() takes. */
export function pci_bus_resource_count(bus: usize): i32 {
  const head = bus + offsetof_pci_bus_resources;
  let count: i32 = PCI_BRIDGE_RESOURCE_NUM;
  for (let at = list_next(head); at != head; at = list_next(at)) count++;
  return count;
}

/** linux/pci.h. Finds `size` bytes for `res` in a window of its type and makes `res` that range. What differs in the
 *  bits of `type_mask` does not fit. 0, or -EBUSY, -ENOMEM. Context: process. */
export function pci_bus_alloc_resource(
  bus: usize,
  res: usize,
  size: u32,
  align: u32,
  lowest: u32,
  type_mask: u32,
  alignf: usize,
  alignf_data: usize,
): i32 {
  type_mask |= IORESOURCE_TYPE_BITS;
  const flags = to_res(res).flags;
  const count = pci_bus_resource_count(bus);
  let error: i32 = -ENOMEM;
  for (let n: i32 = 0; n < count; n++) {
    const window = pci_bus_resource_n(bus, n);
    if (!window) continue;
    const w = to_res(window);
    if ((flags ^ w.flags) & type_mask) continue;
    if (w.flags & IORESOURCE_PREFETCH && !(flags & IORESOURCE_PREFETCH)) continue; // reads there may have no effect
    error = allocate_resource(window, res, size, w.start ? w.start : lowest, u32.MAX_VALUE, align, alignf, alignf_data);
    if (!error) return 0;
  }
  return error;
}

/** linux/pci.h. The window of the bus that contains `res`; 0 if none does. Context: any. */
export function pci_find_parent_resource(dev: usize, res: usize): usize {
  const bus = to_pci(dev).bus;
  const count = pci_bus_resource_count(bus);
  const inner = to_res(res);
  let found: usize = 0;
  for (let n: i32 = 0; n < count; n++) {
    const window = pci_bus_resource_n(bus, n);
    if (!window) continue;
    const w = to_res(window);
    if ((inner.flags ^ w.flags) & IORESOURCE_TYPE_BITS || inner.start < w.start || inner.end > w.end) continue;
    if (w.flags & IORESOURCE_PREFETCH && !(inner.flags & IORESOURCE_PREFETCH)) return 0;
    if (w.flags & IORESOURCE_PREFETCH) return window;
    found = window; // a prefetchable window would be better
  }
  return found;
}
