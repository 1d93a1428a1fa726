// drivers/pci/setup-bus.c: sizes the windows of bridges from what lies behind them, then gives every resource its
// address, the most aligned first: sizes are powers of two, so nothing is lost between them.

import {
  GFP_KERNEL,
  IORESOURCE_IO,
  IORESOURCE_MEM,
  IORESOURCE_PCI_FIXED,
  IORESOURCE_PREFETCH,
  IORESOURCE_STARTALIGN,
  IORESOURCE_UNSET,
  offsetof_pci_bus_devices,
  PCI_BRIDGE_CONTROL,
  PCI_BRIDGE_IO_WINDOW,
  PCI_BRIDGE_MEM_WINDOW,
  PCI_BRIDGE_PREF_MEM_WINDOW,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_IO_BASE,
  PCI_IO_BASE_UPPER16,
  PCI_IO_RANGE_TYPE_32,
  PCI_IO_RANGE_TYPE_MASK,
  PCI_MEMORY_BASE,
  PCI_NUM_RESOURCES,
  PCI_PREF_BASE_UPPER32,
  PCI_PREF_LIMIT_UPPER32,
  PCI_PREF_MEMORY_BASE,
} from "../../abi";
import { list_next } from "../../lib/list";
import { kfree, kzalloc } from "../../mm/slub";
import { config16, pci_write_config_dword, pci_write_config_word } from "./access";
import {
  pci_info,
  pci_resource,
  pci_resource_name,
  pci_warn,
  resource_alignment,
  resource_size,
  to_pci,
  to_pci_bus,
  to_res,
} from "./internal";
import { pci_assign_resource } from "./setup_res";

/** Granules of bridge windows. */
const IO_GRANULE: u32 = 0x1000;
const MEM_GRANULE: u32 = 0x100000;

/** One resource to be placed: which of which device, and its alignment. */
@unmanaged
class Wish {
  dev: usize;
  align: u32;
  resno: u32;
}

@inline
function wish(list: usize, i: u32): Wish {
  return changetype<Wish>(list + i * offsetof<Wish>());
}

/** Whether a resource of the device wants an address. */
function wants_address(dev: usize, i: u32): bool {
  const r = to_res(pci_resource(dev, i));
  return (
    r.flags != 0 && !r.parent && !(r.flags & IORESOURCE_PCI_FIXED) && (r.flags & (IORESOURCE_IO | IORESOURCE_MEM)) != 0
  );
}

function count_wishes(bus: usize): u32 {
  let count: u32 = 0;
  const head = bus + offsetof_pci_bus_devices;
  for (let dev = list_next(head); dev != head; dev = list_next(dev)) {
    for (let i: u32 = 0; i < PCI_NUM_RESOURCES; i++) if (wants_address(dev, i)) count++;
  }
  return count;
}

/** All resources on the bus that want an address, sorted; 0 if there are none or no memory.
 *  `*count` gets their number. */
function collect(bus: usize, count: usize): usize {
  store<u32>(count, 0);
  const total = count_wishes(bus);
  const list = total ? kzalloc(total * offsetof<Wish>(), GFP_KERNEL) : 0;
  if (!list) return 0;
  let used: u32 = 0;
  const head = bus + offsetof_pci_bus_devices;
  for (let dev = list_next(head); dev != head; dev = list_next(dev)) {
    for (let i: u32 = 0; i < PCI_NUM_RESOURCES; i++) {
      if (!wants_address(dev, i)) continue;
      const align = resource_alignment(pci_resource(dev, i));
      if (!align) {
        pci_warn(dev, cstr("BAR %d: %pR has bogus alignment"), i, pci_resource(dev, i));
        continue;
      }
      let at = used++;
      for (; at && wish(list, at - 1).align < align; at--) {
        memory.copy(changetype<usize>(wish(list, at)), changetype<usize>(wish(list, at - 1)), offsetof<Wish>());
      }
      wish(list, at).dev = dev;
      wish(list, at).resno = i;
      wish(list, at).align = align;
    }
  }
  store<u32>(count, used);
  return list;
}

const collected = memory.data(4, 4);

// ── Sizes of windows ──

/** Whether a resource below a bridge goes into its window `kind` (PCI_BRIDGE_*_WINDOW). */
function belongs(flags: u32, kind: u32, has_pref: bool): bool {
  if (flags & IORESOURCE_IO) return kind == PCI_BRIDGE_IO_WINDOW;
  const pref = (flags & IORESOURCE_PREFETCH) != 0 && has_pref;
  return kind == (pref ? PCI_BRIDGE_PREF_MEM_WINDOW : PCI_BRIDGE_MEM_WINDOW);
}

@inline
function align_up(value: u64, align: u32): u64 {
  return (value + align - 1) & ~(<u64>align - 1);
}

/** Gives window `kind` of `bridge` the size that the resources in `list` need, packed from an aligned start. */
function size_window(bridge: usize, kind: u32, list: usize, count: u32, granule: u32): void {
  const r = to_res(pci_resource(bridge, kind));
  if (r.parent) return; // placed by an earlier scan
  let used: u64 = 0;
  let align = granule;
  for (let i: u32 = 0; i < count; i++) {
    const want = wish(list, i);
    const res = pci_resource(want.dev, want.resno);
    if (!belongs(to_res(res).flags, kind, to_pci(bridge).pref_window != 0)) continue;
    align = max(align, want.align);
    used = align_up(used, want.align) + resource_size(res);
  }
  used = align_up(used, granule);
  if (!used || used > <u64>0xffffffff - align) {
    if (used) {
      pci_warn(
        bridge,
        cstr("%s: what lies behind needs %#llx bytes"),
        pci_resource_name(bridge, kind),
        0,
        <u32>used,
        <u32>(used >> 32),
      );
    }
    r.flags = 0;
    return;
  }
  r.start = align;
  r.end = align + <u32>used - 1;
  r.flags |= IORESOURCE_STARTALIGN;
}

/** linux/pci.h. Sizes the windows of all bridges on and below the bus, from the leaves up. Context: process. */
export function pci_bus_size_bridges(bus: usize): void {
  const head = bus + offsetof_pci_bus_devices;
  for (let dev = list_next(head); dev != head; dev = list_next(dev)) {
    const below = to_pci(dev).subordinate;
    if (!below || to_pci(dev).hdr_type != <u8>PCI_HEADER_TYPE_BRIDGE) continue;
    pci_bus_size_bridges(below);
    const list = collect(below, collected);
    const count = load<u32>(collected);
    if (to_pci(dev).io_window) size_window(dev, PCI_BRIDGE_IO_WINDOW, list, count, IO_GRANULE);
    size_window(dev, PCI_BRIDGE_MEM_WINDOW, list, count, MEM_GRANULE);
    if (to_pci(dev).pref_window) size_window(dev, PCI_BRIDGE_PREF_MEM_WINDOW, list, count, MEM_GRANULE);
    kfree(list);
  }
}

// ── Programming of bridges ──

function assigned(bridge: usize, kind: u32): bool {
  const r = to_res(pci_resource(bridge, kind));
  return r.flags != 0 && r.parent != 0 && !(r.flags & IORESOURCE_UNSET);
}

function setup_io(bridge: usize): void {
  const res = pci_resource(bridge, PCI_BRIDGE_IO_WINDOW);
  let window: u32 = 0x00f0; // base above limit: closed
  let upper: u32 = 0;
  if (assigned(bridge, PCI_BRIDGE_IO_WINDOW)) {
    const r = to_res(res);
    const type = config16(bridge, PCI_IO_BASE) & PCI_IO_RANGE_TYPE_MASK;
    window = ((r.start >> 8) & 0xf0) | (r.end & 0xf000);
    if (type == PCI_IO_RANGE_TYPE_32) upper = (r.end & 0xffff0000) | (r.start >> 16);
    pci_info(bridge, cstr("  %s %pR"), pci_resource_name(bridge, PCI_BRIDGE_IO_WINDOW), res);
  }
  pci_write_config_dword(bridge, PCI_IO_BASE_UPPER16, 0x0000ffff); // nothing decodes while the halves differ
  pci_write_config_word(bridge, PCI_IO_BASE, window);
  pci_write_config_dword(bridge, PCI_IO_BASE_UPPER16, upper);
}

function memory_window(bridge: usize, kind: u32): u32 {
  if (!assigned(bridge, kind)) return 0x0000fff0;
  const res = pci_resource(bridge, kind);
  pci_info(bridge, cstr("  %s %pR"), pci_resource_name(bridge, kind), res);
  return ((to_res(res).start >> 16) & 0xfff0) | (to_res(res).end & 0xfff00000);
}

/** linux/pci.h. Programs the windows of the bridge above a bus. Context: process. */
export function pci_setup_bridge(bus: usize): void {
  const bridge = to_pci_bus(bus).self;
  pci_info(bridge, cstr("PCI bridge to %pR"), changetype<usize>(to_pci_bus(bus).busn_res));
  if (to_pci(bridge).io_window) setup_io(bridge);
  pci_write_config_dword(bridge, PCI_MEMORY_BASE, memory_window(bridge, PCI_BRIDGE_MEM_WINDOW));
  if (to_pci(bridge).pref_window) {
    pci_write_config_dword(bridge, PCI_PREF_LIMIT_UPPER32, 0);
    pci_write_config_dword(bridge, PCI_PREF_MEMORY_BASE, memory_window(bridge, PCI_BRIDGE_PREF_MEM_WINDOW));
    pci_write_config_dword(bridge, PCI_PREF_BASE_UPPER32, 0);
  }
  pci_write_config_word(bridge, PCI_BRIDGE_CONTROL, to_pci_bus(bus).bridge_ctl);
}

// ── Addresses ──

/** linux/pci.h. Gives every resource on and below the bus an address and programs the bridges. Context: process. */
export function pci_bus_assign_resources(bus: usize): void {
  const list = collect(bus, collected);
  const count = load<u32>(collected);
  for (let i: u32 = 0; i < count; i++) {
    const want = wish(list, i);
    if (!pci_assign_resource(want.dev, want.resno)) continue;
    const r = to_res(pci_resource(want.dev, want.resno)); // the device has to do without
    r.start = 0;
    r.end = 0;
    r.flags = 0;
  }
  kfree(list);
  const head = bus + offsetof_pci_bus_devices;
  for (let dev = list_next(head); dev != head; dev = list_next(dev)) {
    const below = to_pci(dev).subordinate;
    if (!below || to_pci(dev).hdr_type != <u8>PCI_HEADER_TYPE_BRIDGE) continue;
    pci_bus_assign_resources(below);
    pci_setup_bridge(below);
  }
}
