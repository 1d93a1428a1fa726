// drivers/pci/pci-sysfs.c: what a PCI device shows in /sys/bus/pci/devices/<name>/.

import {
  attribute_group,
  bin_attribute,
  EINVAL,
  EIO,
  offsetof_pci_dev_driver_override,
  PCI_BRIDGE_RESOURCES,
  PCI_NUM_RESOURCES,
  sizeof_bin_attribute,
  sizeof_device_attribute,
} from "../../abi";
import { sysfs_emit_at } from "../../fs/sysfs/file";
import { sysfs_set_group } from "../../fs/sysfs/group";
import { _kstrtoul } from "../../lib/kstrtox";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { va_block, va_free } from "../../lib/vsprintf";
import { device_remove_file_self, emit_line, set_attribute } from "../base/attr";
import { driver_set_override } from "../base/driver";
import { pci_user_read_config_byte, pci_user_write_config_byte } from "./access";
import { pci_disable_device, pci_enable_device, pci_is_enabled } from "./enable";
import { kobj_to_dev } from "../base/base";
import { pci_lock_rescan_remove, pci_rescan_bus, pci_unlock_rescan_remove } from "./bus";
import { pci_resource, to_pci, to_pci_dev, to_res } from "./internal";
import { pci_power_name } from "./power";
import { pci_reset_function } from "./reset";
import { pci_find_next_bus } from "./search";
import { pci_stop_and_remove_bus_device_locked } from "./remove";

const ATTRIBUTES: u32 = 15;
const attrs = memory.data(15 * sizeof_device_attribute, 4);
const config_attr = memory.data(sizeof_bin_attribute, 4);
const config_list = memory.data(8, 4);
/** The 0-terminated array of groups that every PCI device has. */
export const pci_dev_groups = memory.data(128, 4);

@inline
function slot(i: u32): usize {
  return attrs + i * sizeof_device_attribute;
}

export function pci_sysfs_init(): void {
  set_attribute(slot(0), cstr("vendor"), 0o444, vendor_show.index, 0);
  set_attribute(slot(1), cstr("device"), 0o444, device_show.index, 0);
  set_attribute(slot(2), cstr("subsystem_vendor"), 0o444, subsystem_vendor_show.index, 0);
  set_attribute(slot(3), cstr("subsystem_device"), 0o444, subsystem_device_show.index, 0);
  set_attribute(slot(4), cstr("revision"), 0o444, revision_show.index, 0);
  set_attribute(slot(5), cstr("class"), 0o444, class_show.index, 0);
  set_attribute(slot(6), cstr("irq"), 0o444, irq_show.index, 0);
  set_attribute(slot(7), cstr("resource"), 0o444, resource_show.index, 0);
  set_attribute(slot(8), cstr("modalias"), 0o444, modalias_show.index, 0);
  set_attribute(slot(9), cstr("enable"), 0o644, enable_show.index, enable_store.index);
  set_attribute(slot(10), cstr("driver_override"), 0o644, driver_override_show.index, driver_override_store.index);
  set_attribute(slot(11), cstr("remove"), 0o200, 0, remove_store.index);
  set_attribute(slot(12), cstr("reset"), 0o200, 0, reset_store.index);
  set_attribute(slot(13), cstr("power_state"), 0o444, power_state_show.index, 0);
  set_attribute(slot(14), cstr("rescan"), 0o200, 0, rescan_store.index);
  const config = changetype<bin_attribute>(config_attr);
  config.attr.name = cstr("config");
  config.attr.mode = 0o644;
  config.read = config_read.index;
  config.write = config_write.index;
  store<usize>(config_list, config_attr);
  sysfs_set_group(pci_dev_groups, attrs, sizeof_device_attribute, ATTRIBUTES);
  changetype<attribute_group>(load<usize>(pci_dev_groups)).bin_attrs = config_list;
}

function vendor_show(dev: usize, attr: usize, buf: usize): i32 {
  return emit_line(buf, cstr("0x%04x\n"), to_pci(to_pci_dev(dev)).vendor);
}

function device_show(dev: usize, attr: usize, buf: usize): i32 {
  return emit_line(buf, cstr("0x%04x\n"), to_pci(to_pci_dev(dev)).device);
}

function subsystem_vendor_show(dev: usize, attr: usize, buf: usize): i32 {
  return emit_line(buf, cstr("0x%04x\n"), to_pci(to_pci_dev(dev)).subsystem_vendor);
}

function subsystem_device_show(dev: usize, attr: usize, buf: usize): i32 {
  return emit_line(buf, cstr("0x%04x\n"), to_pci(to_pci_dev(dev)).subsystem_device);
}

function revision_show(dev: usize, attr: usize, buf: usize): i32 {
  return emit_line(buf, cstr("0x%02x\n"), to_pci(to_pci_dev(dev)).revision);
}

function class_show(dev: usize, attr: usize, buf: usize): i32 {
  return emit_line(buf, cstr("0x%06x\n"), to_pci(to_pci_dev(dev)).class_);
}

function irq_show(dev: usize, attr: usize, buf: usize): i32 {
  return emit_line(buf, cstr("%u\n"), to_pci(to_pci_dev(dev)).irq);
}

/** Start, end and flags of each resource: BARs and ROM, for a bridge its windows too. */
function resource_show(dev: usize, attr: usize, buf: usize): i32 {
  const pdev = to_pci_dev(dev);
  const count = to_pci(pdev).subordinate ? PCI_NUM_RESOURCES : PCI_BRIDGE_RESOURCES;
  let length: i32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const r = to_res(pci_resource(pdev, i));
    length += sysfs_emit_at(
      buf,
      length,
      cstr("0x%016llx 0x%016llx 0x%016llx\n"),
      va_block(r.start, 0, r.end, 0, r.flags, 0),
    );
    va_free();
  }
  return length;
}

function modalias_show(dev: usize, attr: usize, buf: usize): i32 {
  const d = to_pci(to_pci_dev(dev));
  const va = va_block(
    d.vendor,
    d.device,
    d.subsystem_vendor,
    d.subsystem_device,
    (d.class_ >> 16) & 0xff,
    (d.class_ >> 8) & 0xff,
    d.class_ & 0xff,
  );
  const length = sysfs_emit_at(buf, 0, cstr("pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X\n"), va);
  va_free();
  return length;
}

function enable_show(dev: usize, attr: usize, buf: usize): i32 {
  return emit_line(buf, cstr("%u\n"), load<u32>(changetype<usize>(to_pci(to_pci_dev(dev)).enable_cnt)));
}

/** The number that `buf` begins with, or an error. */
function number(buf: usize): i32 {
  const value = stack_alloc(16);
  const error = _kstrtoul(buf, 0, value);
  const result = error ? error : <i32>(load<u32>(value) & 0x7fffffff);
  stack_free(16);
  return result;
}

function enable_store(dev: usize, attr: usize, buf: usize, count: usize): i32 {
  const pdev = to_pci_dev(dev);
  const on = number(buf);
  if (on < 0) return on;
  let error: i32 = 0;
  if (on) error = pci_enable_device(pdev);
  else if (pci_is_enabled(pdev)) pci_disable_device(pdev);
  else error = -EIO;
  return error ? error : <i32>count;
}

function driver_override_show(dev: usize, attr: usize, buf: usize): i32 {
  return emit_line(buf, cstr("%s\n"), to_pci(to_pci_dev(dev)).driver_override);
}

function driver_override_store(dev: usize, attr: usize, buf: usize, count: usize): i32 {
  const error = driver_set_override(dev, to_pci_dev(dev) + offsetof_pci_dev_driver_override, buf, count);
  return error ? error : <i32>count;
}

function remove_store(dev: usize, attr: usize, buf: usize, count: usize): i32 {
  const value = number(buf);
  if (value < 0) return value;
  if (value && device_remove_file_self(dev, attr)) pci_stop_and_remove_bus_device_locked(to_pci_dev(dev));
  return <i32>count;
}

/** Looks for new devices on the device's bus. */
function rescan_store(dev: usize, attr: usize, buf: usize, count: usize): i32 {
  const value = number(buf);
  if (value < 0) return value;
  if (value) {
    pci_lock_rescan_remove();
    pci_rescan_bus(to_pci(to_pci_dev(dev)).bus);
    pci_unlock_rescan_remove();
  }
  return <i32>count;
}

/** /sys/bus/pci/rescan: looks for new devices everywhere. */
export function pci_bus_rescan_store(bus: usize, buf: usize, count: usize): i32 {
  const value = number(buf);
  if (value < 0) return value;
  if (value) {
    pci_lock_rescan_remove();
    for (let at = pci_find_next_bus(0); at; at = pci_find_next_bus(at)) pci_rescan_bus(at);
    pci_unlock_rescan_remove();
  }
  return <i32>count;
}

function reset_store(dev: usize, attr: usize, buf: usize, count: usize): i32 {
  const value = number(buf);
  if (value != 1) return value < 0 ? value : -EINVAL;
  const error = pci_reset_function(to_pci_dev(dev));
  return error ? error : <i32>count;
}

function power_state_show(dev: usize, attr: usize, buf: usize): i32 {
  return emit_line(buf, cstr("%s\n"), pci_power_name(to_pci(to_pci_dev(dev)).current_state));
}

/** Configuration space, byte by byte; nothing behind its end. */
function config_read(file: usize, kobj: usize, attr: usize, buf: usize, offset: i64, count: usize): i32 {
  const pdev = to_pci_dev(kobj_to_dev(kobj));
  const end = min(<u64>to_pci(pdev).cfg_size, <u64>offset + count);
  for (let at = <u64>offset; at < end; at++) pci_user_read_config_byte(pdev, <i32>at, buf + <usize>(at - offset));
  return end > <u64>offset ? <i32>(end - offset) : 0;
}

function config_write(file: usize, kobj: usize, attr: usize, buf: usize, offset: i64, count: usize): i32 {
  const pdev = to_pci_dev(kobj_to_dev(kobj));
  const end = min(<u64>to_pci(pdev).cfg_size, <u64>offset + count);
  for (let at = <u64>offset; at < end; at++) {
    pci_user_write_config_byte(pdev, <i32>at, load<u8>(buf + <usize>(at - offset)));
  }
  return end > <u64>offset ? <i32>(end - offset) : 0;
}
