// drivers/base/base.h: what the driver core keeps beside the public structs, and the ways from one to another.
//
//   device ──p──▶ device_private      kset and klists of a bus or class:
//   device_driver ──p──▶ driver_private        bus_type ──p──▶ subsys_private ◀──p── class

import {
  bus_type,
  class_,
  device,
  device_driver,
  sizeof_blocking_notifier_head,
  sizeof_klist,
  sizeof_klist_node,
  sizeof_kobject,
  sizeof_kset,
  sizeof_mutex,
} from "../../abi";

@inline
export function to_device(dev: usize): device {
  return changetype<device>(dev);
}

@inline
export function dev_kobj(dev: usize): usize {
  return changetype<usize>(to_device(dev).kobj);
}

@inline
export function kobj_to_dev(kobj: usize): usize {
  return kobj - dev_kobj(0);
}

@inline
export function dev_mutex(dev: usize): usize {
  return changetype<usize>(to_device(dev).mutex);
}

// ── struct device_private ──

const CHILDREN: usize = 0;
const KNODE_PARENT: usize = CHILDREN + sizeof_klist;
const KNODE_DRIVER: usize = KNODE_PARENT + sizeof_klist_node;
const KNODE_BUS: usize = KNODE_DRIVER + sizeof_klist_node;
const KNODE_CLASS: usize = KNODE_BUS + sizeof_klist_node;
const DEFERRED: usize = KNODE_CLASS + sizeof_klist_node;
const DEFERRED_REASON: usize = DEFERRED + 2 * sizeof<usize>();
const OWNER: usize = DEFERRED_REASON + sizeof<usize>();
const DEAD: usize = OWNER + sizeof<usize>();
export const DEVICE_PRIVATE_BYTES: usize = DEAD + sizeof<usize>();

@inline
function device_private(dev: usize): usize {
  return to_device(dev).p;
}

/** The list of a device's children. */
@inline
export function klist_children(dev: usize): usize {
  return device_private(dev) + CHILDREN;
}

@inline
export function knode_parent(dev: usize): usize {
  return device_private(dev) + KNODE_PARENT;
}

@inline
export function knode_driver(dev: usize): usize {
  return device_private(dev) + KNODE_DRIVER;
}

@inline
export function knode_bus(dev: usize): usize {
  return device_private(dev) + KNODE_BUS;
}

@inline
export function knode_class(dev: usize): usize {
  return device_private(dev) + KNODE_CLASS;
}

/** list_head in one of the lists of devices whose probe waits. */
@inline
export function deferred_link(dev: usize): usize {
  return device_private(dev) + DEFERRED;
}

/** Where the pointer to the text "why it waits" lies. */
@inline
export function deferred_reason(dev: usize): usize {
  return device_private(dev) + DEFERRED_REASON;
}

/** Where the back pointer to the device lies. */
@inline
export function private_owner(dev: usize): usize {
  return device_private(dev) + OWNER;
}

/** Where the flag "kill_device() was called" lies. */
@inline
export function private_dead(dev: usize): usize {
  return device_private(dev) + DEAD;
}

@inline
export function dev_of_parent(node: usize): usize {
  return load<usize>(node - KNODE_PARENT + OWNER);
}

@inline
export function dev_of_driver(node: usize): usize {
  return load<usize>(node - KNODE_DRIVER + OWNER);
}

@inline
export function dev_of_bus(node: usize): usize {
  return load<usize>(node - KNODE_BUS + OWNER);
}

@inline
export function dev_of_class(node: usize): usize {
  return load<usize>(node - KNODE_CLASS + OWNER);
}

@inline
export function dev_of_deferred(link: usize): usize {
  return load<usize>(link - DEFERRED + OWNER);
}

// ── struct driver_private ──

const DRV_KLIST: usize = sizeof_kobject;
const DRV_KNODE_BUS: usize = DRV_KLIST + sizeof_klist;
const DRV_OWNER: usize = DRV_KNODE_BUS + sizeof_klist_node;
export const DRIVER_PRIVATE_BYTES: usize = DRV_OWNER + sizeof<usize>();

@inline
export function to_driver(drv: usize): device_driver {
  return changetype<device_driver>(drv);
}

/** The driver's kobject is the first member of its private part. */
@inline
export function drv_kobj(drv: usize): usize {
  return to_driver(drv).p;
}

@inline
export function kobj_to_drv(kobj: usize): usize {
  return load<usize>(kobj + DRV_OWNER);
}

@inline
export function drv_devices(drv: usize): usize {
  return to_driver(drv).p + DRV_KLIST;
}

@inline
export function drv_knode(drv: usize): usize {
  return to_driver(drv).p + DRV_KNODE_BUS;
}

@inline
export function drv_of_knode(node: usize): usize {
  return load<usize>(node - DRV_KNODE_BUS + DRV_OWNER);
}

@inline
export function drv_set_owner(drv: usize): void {
  store<usize>(to_driver(drv).p + DRV_OWNER, drv);
}

// ── struct subsys_private: of a bus or of a class ──

const SUBSYS: usize = 0;
const GLUE_DIRS: usize = SUBSYS + sizeof_kset;
const DEVICES_KSET: usize = GLUE_DIRS + sizeof_kset;
const DRIVERS_KSET: usize = DEVICES_KSET + sizeof<usize>();
const INTERFACES: usize = DRIVERS_KSET + sizeof<usize>();
const MUTEX: usize = INTERFACES + 2 * sizeof<usize>();
const DEVICES: usize = MUTEX + sizeof_mutex;
const DRIVERS: usize = DEVICES + sizeof_klist;
const NOTIFIER: usize = DRIVERS + sizeof_klist;
const AUTOPROBE: usize = NOTIFIER + sizeof_blocking_notifier_head;
const SUBSYS_OWNER: usize = AUTOPROBE + sizeof<usize>();
export const SUBSYS_PRIVATE_BYTES: usize = SUBSYS_OWNER + sizeof<usize>();

/** The kset /sys/bus/<name> or /sys/class/<name>. */
@inline
export function sp_kset(sp: usize): usize {
  return sp + SUBSYS;
}

/** kset of the directories that stand between a class device and a parent of another class. */
@inline
export function sp_glue_dirs(sp: usize): usize {
  return sp + GLUE_DIRS;
}

/** Where the pointer to kset "devices" lies. */
@inline
export function sp_devices_kset(sp: usize): usize {
  return sp + DEVICES_KSET;
}

/** Where the pointer to kset "drivers" lies. */
@inline
export function sp_drivers_kset(sp: usize): usize {
  return sp + DRIVERS_KSET;
}

@inline
export function sp_interfaces(sp: usize): usize {
  return sp + INTERFACES;
}

@inline
export function sp_mutex(sp: usize): usize {
  return sp + MUTEX;
}

@inline
export function sp_devices(sp: usize): usize {
  return sp + DEVICES;
}

@inline
export function sp_drivers(sp: usize): usize {
  return sp + DRIVERS;
}

@inline
export function sp_notifier(sp: usize): usize {
  return sp + NOTIFIER;
}

/** Where the flag "probe devices and drivers as they come" lies. */
@inline
export function sp_autoprobe(sp: usize): usize {
  return sp + AUTOPROBE;
}

/** Where the pointer to the bus_type or class lies. */
@inline
export function sp_owner(sp: usize): usize {
  return sp + SUBSYS_OWNER;
}

@inline
export function to_bus(bus: usize): bus_type {
  return changetype<bus_type>(bus);
}

@inline
export function to_class(cls: usize): class_ {
  return changetype<class_>(cls);
}
