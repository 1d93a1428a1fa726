// A PCI bus for the specs: configuration space of a few devices and bridges, routed by bus number as bridges do it.
// A register has a value and a mask of the bits that writes reach.

import {
  PCI_BASE_ADDRESS_0,
  PCI_CAPABILITY_LIST,
  PCI_HEADER_TYPE,
  PCI_INTERRUPT_LINE,
  PCI_INTERRUPT_PIN,
  PCI_ROM_ADDRESS,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
  pci_ops,
  sizeof_pci_ops,
} from "../../../abi";
import { boot_drivers } from "../../../__tests__/boot";
import { bus_number } from "../internal";
import { pci_lock_rescan_remove, pci_scan_host, pci_unlock_rescan_remove } from "../bus";
import { pci_core_init } from "../init";
import { pci_remove_root_bus } from "../remove";
import { pci_get_domain_bus_and_slot, pci_dev_put } from "../search";

export const ROOT: i32 = -1;
const MAX: i32 = 16;
const SIZE: usize = 4096;

const values = memory.data(16 * 4096, 8);
const masks = memory.data(16 * 4096, 8);
const parents: i32[] = [];
const devfns: u32[] = [];
const gone: bool[] = [];
const ops = memory.data(sizeof_pci_ops, 4);
let root: usize = 0;

/** Windows of the spec's host bridge. */
export const MEM: u32 = 0x40000000;
export const MEM_SIZE: u32 = 0x10000000;
export const IO: u32 = 0x1000;
export const IO_SIZE: u32 = 0xf000;

let booted = false;

/** The core without a bus, once; then an empty bus. */
export function boot(): void {
  if (!booted) {
    booted = true;
    boot_drivers();
    pci_core_init();
    changetype<pci_ops>(ops).read = read.index;
    changetype<pci_ops>(ops).write = write.index;
  }
  if (root) {
    pci_lock_rescan_remove();
    pci_remove_root_bus(root);
    pci_unlock_rescan_remove();
  }
  root = 0;
  parents.length = 0;
  devfns.length = 0;
  gone.length = 0;
  memory.fill(values, 0, <usize>MAX * SIZE);
  memory.fill(masks, 0, <usize>MAX * SIZE);
}

/** Scans with the windows above; the root bus. */
export function scan(last: u32 = 255): usize {
  return scan_windows(last, MEM, MEM_SIZE, IO, IO_SIZE);
}

export function scan_windows(last: u32, mem: u32, mem_size: u32, io: u32, io_size: u32): usize {
  root = pci_scan_host(ops, last, mem, mem_size, io, io_size);
  return root;
}

// ── Routing ──

function reg(i: i32, where: u32): usize {
  return values + <usize>i * SIZE + where;
}

/** The bridge whose secondary bus is `bus` and that requests for it reach; -2 if none. */
function bridge_of(bus: u32): i32 {
  if (!bus) return ROOT;
  for (let i = 0; i < parents.length; i++) {
    if ((load<u8>(reg(i, PCI_HEADER_TYPE)) & 0x7f) != 1 || load<u8>(reg(i, PCI_SECONDARY_BUS)) != <u8>bus) continue;
    for (let up = parents[i]; ; up = parents[up]) {
      if (up == ROOT) return i;
      if (bus < load<u8>(reg(up, PCI_SECONDARY_BUS)) || bus > load<u8>(reg(up, PCI_SUBORDINATE_BUS))) break;
    }
  }
  return -2;
}

function find(bus: u32, devfn: u32): i32 {
  const above = bridge_of(bus);
  for (let i = 0; i < parents.length; i++) if (parents[i] == above && devfns[i] == devfn && !gone[i]) return i;
  return -1;
}

function read(bus: usize, devfn: u32, where: i32, size: i32, val: usize): i32 {
  const i = find(bus_number(bus), devfn);
  let value: u32 = 0xffffffff;
  if (i >= 0) {
    value = size == 1 ? load<u8>(reg(i, where)) : size == 2 ? load<u16>(reg(i, where)) : load<u32>(reg(i, where));
  }
  store<u32>(val, value);
  return 0;
}

function write(bus: usize, devfn: u32, where: i32, size: i32, val: u32): i32 {
  const i = find(bus_number(bus), devfn);
  if (i < 0) return 0;
  for (let b = 0; b < size; b++) {
    const at = reg(i, where + b);
    const mask = load<u8>(at - values + masks);
    store<u8>(at, (load<u8>(at) & ~mask) | (<u8>(val >> (8 * b)) & mask));
  }
  return 0;
}

// ── Devices ──

export function get8(i: i32, where: u32): u32 {
  return load<u8>(reg(i, where));
}

export function get16(i: i32, where: u32): u32 {
  return load<u16>(reg(i, where));
}

export function get32(i: i32, where: u32): u32 {
  return load<u32>(reg(i, where));
}

export function set8(i: i32, where: u32, value: u32): void {
  store<u8>(reg(i, where), <u8>value);
}

export function set16(i: i32, where: u32, value: u32): void {
  store<u16>(reg(i, where), <u16>value);
}

export function set32(i: i32, where: u32, value: u32): void {
  store<u32>(reg(i, where), value);
}

/** Which bits of a register writes reach. */
export function mask32(i: i32, where: u32, mask: u32): void {
  store<u32>(reg(i, where) - values + masks, mask);
}

export function unplug(i: i32): void {
  gone[i] = true;
}

export function plug(i: i32): void {
  gone[i] = false;
}

/** A device; class is 24 bits. Returns its index. */
export function add(parent: i32, slot: u32, fn: u32, vendor: u32, device: u32, cls: u32): i32 {
  const i = parents.length;
  parents.push(parent);
  devfns.push((slot << 3) | fn);
  gone.push(false);
  set32(i, 0, (device << 16) | vendor);
  set32(i, 8, (cls << 8) | 0x20);
  mask32(i, 4, 0x0000ffff);
  mask32(i, 12, 0x0000ffff); // cache line size, latency
  mask32(i, 0x3c, 0xff); // interrupt line
  return i;
}

export function pin(i: i32, value: u32): void {
  set8(i, PCI_INTERRUPT_PIN, value);
}

export function line(i: i32): u32 {
  return get8(i, PCI_INTERRUPT_LINE);
}

/** A bridge with memory, I/O and 64-bit prefetchable windows. */
export function add_bridge(parent: i32, slot: u32): i32 {
  const i = add(parent, slot, 0, 0x1b36, 0x0001, 0x060400);
  set8(i, PCI_HEADER_TYPE, 1);
  mask32(i, 0x18, 0xffffffff);
  set16(i, 0x1c, 0x0101);
  mask32(i, 0x1c, 0x0000f0f0);
  mask32(i, 0x20, 0xfff0fff0);
  set32(i, 0x24, 0x00010001);
  mask32(i, 0x24, 0xfff0fff0);
  mask32(i, 0x28, 0xffffffff);
  mask32(i, 0x2c, 0xffffffff);
  mask32(i, 0x30, 0xffffffff);
  mask32(i, 0x3c, 0xffff00ff);
  return i;
}

export function bar_io(i: i32, bar: u32, size: u32): void {
  set32(i, PCI_BASE_ADDRESS_0 + bar * 4, 1);
  mask32(i, PCI_BASE_ADDRESS_0 + bar * 4, ~(size - 1) & 0xfffffffc);
}

export function bar_mem(i: i32, bar: u32, size: u32, pref: bool = false): void {
  set32(i, PCI_BASE_ADDRESS_0 + bar * 4, pref ? 8 : 0);
  mask32(i, PCI_BASE_ADDRESS_0 + bar * 4, ~(size - 1) & 0xfffffff0);
}

export function bar_mem64(i: i32, bar: u32, size: u64, pref: bool = false): void {
  const ones = ~(size - 1);
  set32(i, PCI_BASE_ADDRESS_0 + bar * 4, pref ? 12 : 4);
  mask32(i, PCI_BASE_ADDRESS_0 + bar * 4, <u32>ones & 0xfffffff0);
  mask32(i, PCI_BASE_ADDRESS_0 + bar * 4 + 4, <u32>(ones >> 32));
}

export function rom(i: i32, size: u32): void {
  mask32(i, PCI_ROM_ADDRESS, (~(size - 1) & 0xfffff800) | 1);
}

/** A capability at `pos`, in front of those there are. */
export function cap(i: i32, pos: u32, id: u32): void {
  set8(i, pos, id);
  set8(i, pos + 1, get8(i, PCI_CAPABILITY_LIST));
  set8(i, PCI_CAPABILITY_LIST, pos);
  set16(i, PCI_STATUS, get16(i, PCI_STATUS) | PCI_STATUS_CAP_LIST);
}

/** The struct pci_dev at bus, slot, function; 0 if there is none. */
export function dev_at(bus: u32, slot: u32, fn: u32 = 0): usize {
  const dev = pci_get_domain_bus_and_slot(0, bus, (slot << 3) | fn);
  pci_dev_put(dev);
  return dev;
}
