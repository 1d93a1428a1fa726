// drivers/pci/probe.c: finds the devices of a bus, reads what they are, and registers them.

import {
  EIO,
  GFP_KERNEL,
  IORESOURCE_IO,
  IORESOURCE_MEM,
  IORESOURCE_MEM_64,
  IORESOURCE_PREFETCH,
  PCI_BRIDGE_IO_WINDOW,
  PCI_BRIDGE_MEM_WINDOW,
  PCI_BRIDGE_PREF_MEM_WINDOW,
  PCI_CAP_ID_SSVID,
  PCI_CB_SUBSYSTEM_ID,
  PCI_CB_SUBSYSTEM_VENDOR_ID,
  PCI_CFG_SPACE_EXP_SIZE,
  PCI_CFG_SPACE_SIZE,
  PCI_CLASS_BRIDGE_CARDBUS,
  PCI_CLASS_BRIDGE_PCI,
  PCI_CLASS_NOT_DEFINED,
  PCI_CLASS_REVISION,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_HEADER_TYPE_NORMAL,
  PCI_INTERRUPT_LINE,
  PCI_INTERRUPT_PIN,
  PCI_IO_BASE,
  PCI_PREF_MEMORY_BASE,
  PCI_PREF_RANGE_TYPE_64,
  PCI_PREF_RANGE_TYPE_MASK,
  PCI_ROM_ADDRESS,
  PCI_ROM_ADDRESS1,
  PCI_SSVID_DEVICE_ID,
  PCI_SSVID_VENDOR_ID,
  PCI_STD_NUM_BARS,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_UNKNOWN,
  PCI_VENDOR_ID,
  offsetof_pci_bus_devices,
  offsetof_pci_dev_dma_mask,
  pci_channel_io_normal,
  sizeof_pci_dev,
} from "../../abi";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_next } from "../../lib/list";
import { kfree, kzalloc } from "../../mm/slub";
import { device_add, device_initialize, get_device, put_device } from "../base/core";
import { dev_name_set } from "../base/name";
import { bus_config, config16, config32, config8, pci_write_config_dword, pci_write_config_word } from "./access";
import { pci_read_bases } from "./bar";
import { pci_find_capability } from "./capability";
import {
  bus_device,
  bus_number,
  pci_device,
  pci_err,
  pci_info,
  pci_is_pcie,
  pci_resource,
  pci_upstream_bridge,
  to_pci,
  to_pci_bus,
  to_pci_dev,
  to_res,
} from "./internal";
import { pci_assign_irq } from "./irq";
import { pci_msi_init } from "./msi/msi";
import { pci_bus_type } from "./pci_driver";
import { pcie_get_mps, pcie_set_mps, set_pcie_port_type } from "./pcie";
import { pci_pm_init } from "./power";
import { pci_allocate_cap_save_buffers, pci_free_cap_save_buffers } from "./state";
import { pci_vpd_init } from "./vpd";

const DMA_MASK_32: u64 = 0xffffffff;

/** linux/pci.h. A new, empty device on a bus; 0 without memory. Context: process. */
export function pci_alloc_dev(bus: usize): usize {
  const dev = kzalloc(sizeof_pci_dev, GFP_KERNEL);
  if (!dev) return 0;
  INIT_LIST_HEAD(dev); // bus_list, its first member
  to_pci(dev).dev.type = 0;
  get_device(bus_device(bus));
  to_pci(dev).bus = bus;
  return dev;
}

function pci_release_dev(device: usize): void {
  const dev = to_pci_dev(device);
  pci_free_cap_save_buffers(dev);
  kfree(to_pci(dev).driver_override);
  put_device(bus_device(to_pci(dev).bus));
  kfree(to_pci(dev).dma_alias_mask);
  kfree(dev);
}

/** How much configuration space there is: an extended one can be read. */
function cfg_space_size(dev: usize): i32 {
  if (!pci_is_pcie(dev)) return PCI_CFG_SPACE_SIZE;
  const value = config32(dev, PCI_CFG_SPACE_SIZE);
  if (value == 0xffffffff) return PCI_CFG_SPACE_SIZE;
  // A board that decodes 8 bits of the register number shows the first 256 bytes again.
  return value == config32(dev, PCI_VENDOR_ID) ? PCI_CFG_SPACE_SIZE : PCI_CFG_SPACE_EXP_SIZE;
}

function read_irq(dev: usize): void {
  const pin = config8(dev, PCI_INTERRUPT_PIN);
  to_pci(dev).pin = <u8>pin;
  to_pci(dev).irq = pin ? config8(dev, PCI_INTERRUPT_LINE) : 0;
}

/** Which windows a bridge has: registers that do not take a value are not there. */
function read_bridge_windows(bridge: usize): void {
  const b = to_pci(bridge);
  let io = config16(bridge, PCI_IO_BASE);
  if (!io) {
    pci_write_config_word(bridge, PCI_IO_BASE, 0xe0f0);
    io = config16(bridge, PCI_IO_BASE);
    pci_write_config_word(bridge, PCI_IO_BASE, 0);
  }
  if (io) {
    b.io_window = 1;
    to_res(pci_resource(bridge, PCI_BRIDGE_IO_WINDOW)).flags = IORESOURCE_IO;
  }
  to_res(pci_resource(bridge, PCI_BRIDGE_MEM_WINDOW)).flags = IORESOURCE_MEM;
  let pref = config32(bridge, PCI_PREF_MEMORY_BASE);
  if (!pref) {
    pci_write_config_dword(bridge, PCI_PREF_MEMORY_BASE, 0xffe0fff0);
    pref = config32(bridge, PCI_PREF_MEMORY_BASE);
    pci_write_config_dword(bridge, PCI_PREF_MEMORY_BASE, 0);
  }
  if (!pref) return;
  b.pref_window = 1;
  const wide = (pref & PCI_PREF_RANGE_TYPE_MASK) == PCI_PREF_RANGE_TYPE_64;
  b.pref_64_window = wide ? 1 : 0;
  to_res(pci_resource(bridge, PCI_BRIDGE_PREF_MEM_WINDOW)).flags =
    IORESOURCE_MEM | IORESOURCE_PREFETCH | (wide ? IORESOURCE_MEM_64 : 0);
}

function setup_normal(dev: usize): void {
  pci_read_bases(dev, PCI_STD_NUM_BARS, PCI_ROM_ADDRESS);
  to_pci(dev).subsystem_vendor = <u16>config16(dev, PCI_SUBSYSTEM_VENDOR_ID);
  to_pci(dev).subsystem_device = <u16>config16(dev, PCI_SUBSYSTEM_ID);
}

function setup_bridge(dev: usize): void {
  to_pci(dev).transparent = (to_pci(dev).class_ & 0xff) == 1 ? 1 : 0;
  pci_read_bases(dev, 2, PCI_ROM_ADDRESS1);
  read_bridge_windows(dev);
  const pos: u32 = pci_find_capability(dev, PCI_CAP_ID_SSVID);
  if (!pos) return;
  to_pci(dev).subsystem_vendor = <u16>config16(dev, pos + PCI_SSVID_VENDOR_ID);
  to_pci(dev).subsystem_device = <u16>config16(dev, pos + PCI_SSVID_DEVICE_ID);
}

function setup_cardbus(dev: usize): void {
  pci_read_bases(dev, 1, 0);
  to_pci(dev).subsystem_vendor = <u16>config16(dev, PCI_CB_SUBSYSTEM_VENDOR_ID);
  to_pci(dev).subsystem_device = <u16>config16(dev, PCI_CB_SUBSYSTEM_ID);
}

/** Fills a pci_dev from the device's configuration header. 0, or -EIO if the header makes no sense. */
function pci_setup_device(dev: usize): i32 {
  const d = to_pci(dev);
  const header = config8(dev, PCI_HEADER_TYPE);
  d.sysdata = to_pci_bus(d.bus).sysdata;
  d.dev.parent = to_pci_bus(d.bus).bridge;
  d.dev.bus = pci_bus_type;
  d.hdr_type = <u8>(header & PCI_HEADER_TYPE_MASK);
  d.multifunction = header & 0x80 ? 1 : 0;
  d.error_state = pci_channel_io_normal;
  set_pcie_port_type(dev);
  d.dma_mask = DMA_MASK_32;
  const error = dev_name_set(
    pci_device(dev),
    cstr("%04x:%02x:%02x.%d"),
    0,
    bus_number(d.bus),
    d.devfn >> 3,
    d.devfn & 7,
  );
  if (error) return error;
  const revision = config32(dev, PCI_CLASS_REVISION);
  d.revision = <u8>revision;
  d.class_ = revision >> 8;
  d.cfg_size = cfg_space_size(dev);
  d.current_state = PCI_UNKNOWN;
  pci_info(dev, cstr("[%04x:%04x] type %02x class %#08x"), d.vendor, d.device, d.hdr_type, d.class_);
  read_irq(dev);
  const base_class = d.class_ >> 8;
  if (d.hdr_type == <u8>PCI_HEADER_TYPE_NORMAL) {
    if (base_class == PCI_CLASS_BRIDGE_PCI) bad_class(dev);
    else setup_normal(dev);
  } else if (d.hdr_type == <u8>PCI_HEADER_TYPE_BRIDGE) {
    setup_bridge(dev);
  } else if (d.hdr_type == <u8>PCI_HEADER_TYPE_CARDBUS) {
    if (base_class != PCI_CLASS_BRIDGE_CARDBUS) bad_class(dev);
    else setup_cardbus(dev);
  } else {
    pci_err(dev, cstr("unknown header type %02x, ignoring device"), d.hdr_type);
    return -EIO;
  }
  return 0;
}

function bad_class(dev: usize): void {
  pci_err(dev, cstr("ignoring class %#08x (doesn't match header type %02x)"), to_pci(dev).class_, to_pci(dev).hdr_type);
  to_pci(dev).class_ = PCI_CLASS_NOT_DEFINED << 8;
}

/** A payload that the port above would not take makes the link unusable (pci_configure_mps). */
function configure_mps(dev: usize): void {
  const bridge = pci_upstream_bridge(dev);
  if (!pci_is_pcie(dev) || !bridge || !pci_is_pcie(bridge)) return;
  const above = pcie_get_mps(bridge);
  const own = pcie_get_mps(dev);
  if (own == above || pcie_set_mps(dev, above)) return;
  pci_info(dev, cstr("Max Payload Size set to %d (was %d, max %d)"), above, own, 128 << to_pci(dev).pcie_mpss);
}

/** Puts a device on its bus and registers it; it gets no driver yet. 0 or an error. */
function pci_device_add(dev: usize, bus: usize): i32 {
  const d = to_pci(dev);
  configure_mps(dev);
  device_initialize(pci_device(dev));
  d.dev.release = pci_release_dev.index;
  d.dev.dma_mask = dev + offsetof_pci_dev_dma_mask;
  d.dev.dma_parms = changetype<usize>(d.dma_parms);
  d.dev.coherent_dma_mask = DMA_MASK_32;
  d.dma_parms.max_segment_size = 65536;
  d.dma_parms.segment_boundary_mask = 0xffffffff;
  d.state_saved = 0;
  pci_msi_init(dev);
  pci_allocate_cap_save_buffers(dev);
  pci_pm_init(dev);
  pci_vpd_init(dev);
  list_add_tail(dev, bus + offsetof_pci_bus_devices);
  pci_assign_irq(dev);
  d.match_driver = false;
  return device_add(pci_device(dev));
}

/** The device at `devfn`, read and registered; 0 if there is none or it cannot be used. */
function pci_scan_single_device(bus: usize, devfn: u32): usize {
  const id = bus_config(bus, devfn, PCI_VENDOR_ID, 4);
  // all ones: nobody; the rest is what some boards answer for nobody
  if (id == 0xffffffff || id == 0 || id == 0x0000ffff || id == 0xffff0000) return 0;
  const dev = pci_alloc_dev(bus);
  if (!dev) return 0;
  to_pci(dev).devfn = devfn;
  to_pci(dev).vendor = <u16>id;
  to_pci(dev).device = <u16>(id >> 16);
  if (pci_setup_device(dev)) {
    kfree(to_pci(dev).dev.kobj.name);
    put_device(bus_device(bus));
    kfree(dev);
    return 0;
  }
  const error = pci_device_add(dev, bus);
  if (!error) return dev;
  pci_err(dev, cstr("cannot be registered: error %d"), error);
  list_del(dev);
  put_device(pci_device(dev));
  return 0;
}

/** The device at `devfn` if it is known already; 0 if not. Not referenced. */
export function pci_known_device(bus: usize, devfn: u32): usize {
  const head = bus + offsetof_pci_bus_devices;
  for (let dev = list_next(head); dev != head; dev = list_next(dev)) if (to_pci(dev).devfn == devfn) return dev;
  return 0;
}

/** linux/pci.h. Scans the functions of the slot that `devfn` begins; how many new ones there are. Context: process. */
export function pci_scan_slot(bus: usize, devfn: u32): i32 {
  let found: i32 = 0;
  for (let fn: u32 = 0; fn < 8; fn++) {
    let dev = pci_known_device(bus, devfn + fn);
    if (!dev) {
      dev = pci_scan_single_device(bus, devfn + fn);
      if (dev) {
        found++;
        if (fn) to_pci(dev).multifunction = 1;
      }
    }
    if (!fn && (!dev || !to_pci(dev).multifunction)) break;
  }
  return found;
}
