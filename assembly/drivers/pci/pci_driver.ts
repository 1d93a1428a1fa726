// drivers/pci/pci-driver.c: the PCI bus of the device model: which driver takes which device, and how it is called.

import {
  ENODEV,
  ENOSYS,
  PCI_ANY_ID,
  PCI_D0,
  PCI_UNKNOWN,
  bus_type,
  dev_pm_ops,
  offsetof_pci_driver_driver,
  pci_device_id,
  pci_driver,
  sizeof_bus_attribute,
  sizeof_bus_type,
  sizeof_dev_pm_ops,
  sizeof_driver_attribute,
  sizeof_pci_device_id,
} from "../../abi";
import { DEBUG } from "../../flavour";
import { sysfs_set_group } from "../../fs/sysfs/group";
import { callback_enter, callback_leave } from "../../kernel/debug/callback";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "../../kernel/locking/spinlock";
import { uevent_var } from "../../lib/kobject_uevent";
import { INIT_LIST_HEAD, list_next } from "../../lib/list";
import { strcmp } from "../../lib/string";
import { set_attribute } from "../base/attr";
import { to_device, to_driver } from "../base/base";
import { bus_register } from "../base/bus";
import { get_device, put_device } from "../base/core";
import { driver_register, driver_unregister } from "../base/driver";
import {
  __pm_runtime_resume,
  pm_runtime_get_sync,
  pm_runtime_put_noidle,
  pm_runtime_put_sync,
} from "../base/power/runtime_api";
import { free_dynids, new_id_store, remove_id_store } from "./dynid";
import { pci_device, pci_name, pci_warn, to_pci, to_pci_dev } from "./internal";
import { pci_enable_wake, pci_finish_runtime_suspend, pci_set_power_state } from "./power";
import { pci_restore_state, pci_save_state } from "./state";
import { pci_bus_rescan_store, pci_dev_groups } from "./sysfs";

/** linux/pci.h. struct bus_type "pci". */
export const pci_bus_type = memory.data(sizeof_bus_type, 4);

const pci_dev_pm_ops = memory.data(sizeof_dev_pm_ops, 4);
const pci_drv_attrs = memory.data(2 * sizeof_driver_attribute, 4);
const pci_drv_groups = memory.data(64, 4);
const pci_bus_attr = memory.data(sizeof_bus_attribute, 4);
const pci_bus_groups = memory.data(64, 4);
/** What a device that is forced on a driver gets as its table entry. */
const pci_device_id_any = memory.data(sizeof_pci_device_id, 4);

export function pci_driver_init(): void {
  const any = changetype<pci_device_id>(pci_device_id_any);
  any.vendor = any.device = any.subvendor = any.subdevice = <u32>PCI_ANY_ID;
  const pm = changetype<dev_pm_ops>(pci_dev_pm_ops);
  pm.runtime_suspend = pci_pm_runtime_suspend.index;
  pm.runtime_resume = pci_pm_runtime_resume.index;
  pm.runtime_idle = pci_pm_runtime_idle.index;
  set_attribute(pci_drv_attrs, cstr("new_id"), 0o200, 0, new_id_store.index);
  set_attribute(pci_drv_attrs + sizeof_driver_attribute, cstr("remove_id"), 0o200, 0, remove_id_store.index);
  const bus = changetype<bus_type>(pci_bus_type);
  bus.name = cstr("pci");
  bus.match = pci_bus_match.index;
  bus.uevent = pci_uevent.index;
  bus.probe = pci_device_probe.index;
  bus.remove = pci_device_remove.index;
  bus.shutdown = pci_device_shutdown.index;
  bus.dev_groups = pci_dev_groups;
  set_attribute(pci_bus_attr, cstr("rescan"), 0o200, 0, pci_bus_rescan_store.index);
  bus.bus_groups = sysfs_set_group(pci_bus_groups, pci_bus_attr, sizeof_bus_attribute, 1);
  bus.drv_groups = sysfs_set_group(pci_drv_groups, pci_drv_attrs, sizeof_driver_attribute, 2);
  bus.pm = pci_dev_pm_ops;
  bus_register(pci_bus_type);
}

@inline
export function to_pci_driver(drv: usize): usize {
  return drv - offsetof_pci_driver_driver;
}

@inline
export function pdrv(drv: usize): pci_driver {
  return changetype<pci_driver>(drv);
}

// ── Matching ──

function matches(id: pci_device_id, dev: usize): bool {
  const d = to_pci(dev);
  return (
    (id.vendor == <u32>PCI_ANY_ID || id.vendor == d.vendor) &&
    (id.device == <u32>PCI_ANY_ID || id.device == d.device) &&
    (id.subvendor == <u32>PCI_ANY_ID || id.subvendor == d.subsystem_vendor) &&
    (id.subdevice == <u32>PCI_ANY_ID || id.subdevice == d.subsystem_device) &&
    !((id.class_ ^ d.class_) & id.class_mask)
  );
}

/** Whether one table entry fits the device. */
export function pci_match_one_device(id: usize, dev: usize): bool {
  return matches(changetype<pci_device_id>(id), dev);
}

/** linux/pci.h. The first entry of a table (its end is all zero) that fits the device; 0 if none does. Context: any. */
export function pci_match_id(ids: usize, dev: usize): usize {
  for (let at = ids; at; at += sizeof_pci_device_id) {
    const id = changetype<pci_device_id>(at);
    if (!id.vendor && !id.subvendor && !id.class_mask) break;
    if (matches(id, dev)) return at;
  }
  return 0;
}

/** An id added at run time: a node of pci_driver.dynids.list, then struct pci_device_id. */
export const DYNID_ID: usize = 8;

export function dynids_lock(drv: usize): usize {
  return changetype<usize>(pdrv(drv).dynids.lock);
}

export function dynids_list(drv: usize): usize {
  return changetype<usize>(pdrv(drv).dynids.list);
}

/** The entry by which the driver takes the device: of an override,
 *  of ids added later, of its table; 0 if it does not. */
function match_device(drv: usize, dev: usize): usize {
  const override_ = to_pci(dev).driver_override;
  if (override_ && strcmp(override_, pdrv(drv).name)) return 0;
  let found: usize = 0;
  const flags = _raw_spin_lock_irqsave(dynids_lock(drv));
  const head = dynids_list(drv);
  for (let at = list_next(head); at != head && !found; at = list_next(at)) {
    if (pci_match_one_device(at + DYNID_ID, dev)) found = at + DYNID_ID;
  }
  _raw_spin_unlock_irqrestore(dynids_lock(drv), flags);
  if (found) return found;
  for (let at = pci_match_id(pdrv(drv).id_table, dev); at; at = pci_match_id(at + sizeof_pci_device_id, dev)) {
    if (!changetype<pci_device_id>(at).override_only || override_) return at; // such an entry counts for overrides only
  }
  return override_ ? pci_device_id_any : 0;
}

function pci_bus_match(dev: usize, drv: usize): i32 {
  const pdev = to_pci_dev(dev);
  return <i32>(to_pci(pdev).match_driver && match_device(to_pci_driver(drv), pdev) != 0);
}

// ── Registration ──

/** linux/pci.h. Registers a driver; the devices that it matches are probed before this returns. 0 or an error:
 *  -EBUSY if its name is taken. Context: process. */
export function __pci_register_driver(drv: usize, owner: usize, mod_name: usize): i32 {
  const d = pdrv(drv).driver;
  d.name = pdrv(drv).name;
  d.bus = pci_bus_type;
  d.owner = owner;
  d.mod_name = mod_name;
  d.groups = pdrv(drv).groups;
  d.dev_groups = pdrv(drv).dev_groups;
  store<u32>(dynids_lock(drv), 0);
  INIT_LIST_HEAD(dynids_list(drv));
  return driver_register(changetype<usize>(d));
}

/** linux/pci.h. Takes a driver off: remove() of each device that it has, then nothing refers to it.
 *  Context: process. */
export function pci_unregister_driver(drv: usize): void {
  driver_unregister(changetype<usize>(pdrv(drv).driver));
  free_dynids(drv);
}

/** linux/pci.h. The driver of a device; 0 if it has none. Context: any. */
export function pci_dev_driver(dev: usize): usize {
  return to_pci(dev).driver;
}

// ── Probe and remove ──

function probe_with(drv: usize, dev: usize, id: usize): i32 {
  pm_runtime_get_sync(pci_device(dev)); // a device that is probed is awake; the driver drops the use if it can sleep
  to_pci(dev).driver = drv;
  const state = callback_enter();
  const result = call_indirect<i32>(<u32>pdrv(drv).probe, dev, id);
  if (DEBUG) callback_leave(state, pdrv(drv).probe);
  if (!result) return 0;
  if (result < 0) {
    to_pci(dev).driver = 0;
    pm_runtime_put_sync(pci_device(dev));
    return result;
  }
  pci_warn(dev, cstr("Driver probe function unexpectedly returned %d"), result);
  return 0;
}

function pci_device_probe(device: usize): i32 {
  const dev = to_pci_dev(device);
  const drv = to_pci_driver(to_device(device).driver);
  if (!pdrv(drv).probe) return 0;
  const id = match_device(drv, dev);
  if (!id) return -ENODEV;
  get_device(device);
  const error = probe_with(drv, dev, id);
  if (error) put_device(device);
  return error;
}

function pci_device_remove(device: usize): void {
  const dev = to_pci_dev(device);
  const drv = to_pci(dev).driver;
  if (pdrv(drv).remove) {
    pm_runtime_get_sync(device);
    const state = callback_enter();
    call_indirect<void>(<u32>pdrv(drv).remove, dev);
    if (DEBUG) callback_leave(state, pdrv(drv).remove);
    pm_runtime_put_noidle(device);
  }
  to_pci(dev).driver = 0;
  pm_runtime_put_sync(device); // the use that probe_with() took
  if (to_pci(dev).current_state == PCI_D0) to_pci(dev).current_state = PCI_UNKNOWN; // nobody watches it any more
  put_device(device);
}

function pci_device_shutdown(device: usize): void {
  const dev = to_pci_dev(device);
  const drv = to_pci(dev).driver;
  __pm_runtime_resume(device, 0);
  if (drv && pdrv(drv).shutdown) call_indirect<void>(<u32>pdrv(drv).shutdown, dev);
}

function pci_uevent(device: usize, env: usize): i32 {
  const d = to_pci(to_pci_dev(device));
  const c = d.class_;
  let error = uevent_var(env, cstr("PCI_CLASS=%04X"), c);
  if (!error) error = uevent_var(env, cstr("PCI_ID=%04X:%04X"), d.vendor, d.device);
  if (!error) error = uevent_var(env, cstr("PCI_SUBSYS_ID=%04X:%04X"), d.subsystem_vendor, d.subsystem_device);
  if (!error) error = uevent_var(env, cstr("PCI_SLOT_NAME=%s"), pci_name(to_pci_dev(device)));
  if (!error) {
    error = uevent_var(
      env,
      cstr("MODALIAS=pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X"),
      d.vendor,
      d.device,
      d.subsystem_vendor,
      d.subsystem_device,
      (c >> 16) & 0xff,
      (c >> 8) & 0xff,
      c & 0xff,
    );
  }
  return error;
}

// ── Sleeping while unused ──

/** A callback of the driver's dev_pm_ops, a table slot; 0 if it has none. */
function driver_pm(device: usize): dev_pm_ops {
  const drv = to_device(device).driver;
  return changetype<dev_pm_ops>(drv ? to_driver(drv).pm : 0);
}

function pci_pm_runtime_suspend(device: usize): i32 {
  const dev = to_pci_dev(device);
  if (!to_pci(dev).driver) return pci_save_state(dev);
  const pm = driver_pm(device);
  to_pci(dev).state_saved = 0;
  if (changetype<usize>(pm) && pm.runtime_suspend) {
    const error = call_indirect<i32>(<u32>pm.runtime_suspend, device);
    if (error) return error;
  }
  if (to_pci(dev).state_saved) return 0; // the driver did it all
  pci_save_state(dev);
  pci_finish_runtime_suspend(dev);
  return 0;
}

function pci_pm_runtime_resume(device: usize): i32 {
  const dev = to_pci_dev(device);
  pci_set_power_state(dev, PCI_D0);
  pci_restore_state(dev);
  if (!to_pci(dev).driver) return 0;
  pci_enable_wake(dev, PCI_D0, false);
  const pm = driver_pm(device);
  return changetype<usize>(pm) && pm.runtime_resume ? call_indirect<i32>(<u32>pm.runtime_resume, device) : 0;
}

function pci_pm_runtime_idle(device: usize): i32 {
  if (!to_pci(to_pci_dev(device)).driver) return 0;
  const pm = driver_pm(device);
  if (!changetype<usize>(pm)) return -ENOSYS;
  return pm.runtime_idle ? call_indirect<i32>(<u32>pm.runtime_idle, device) : 0;
}
