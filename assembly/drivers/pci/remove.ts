// drivers/pci/remove.c: a device goes: first its driver, then the device, for a bridge all behind it before.

import { offsetof_pci_bus_devices, PCI_NUM_RESOURCES } from "../../abi";
import { release_resource } from "../../kernel/resource";
import { list_del, list_empty, list_prev } from "../../lib/list";
import { device_del, device_unregister, put_device } from "../base/core";
import { device_release_driver } from "../base/dd";
import { pci_dev_assign_added, pci_dev_is_added, pci_lock_rescan_remove, pci_unlock_rescan_remove } from "./bus";
import { bus_device, pci_device, pci_resource, to_pci, to_pci_bus, to_res } from "./internal";
import { pci_pme_active } from "./power";

function stop(dev: usize): void {
  const below = to_pci(dev).subordinate;
  if (below) {
    const head = below + offsetof_pci_bus_devices;
    for (let at = list_prev(head); at != head; at = list_prev(at)) stop(at);
  }
  pci_pme_active(dev, false);
  if (!pci_dev_is_added(dev)) return;
  device_release_driver(pci_device(dev));
  to_pci(dev).match_driver = false;
  pci_dev_assign_added(dev, false);
}

function remove(dev: usize): void {
  const below = to_pci(dev).subordinate;
  if (below) {
    const head = below + offsetof_pci_bus_devices;
    while (!list_empty(head)) remove(list_prev(head));
    list_del(below); // from the children of the bus above
    to_pci(dev).subordinate = 0;
    device_unregister(bus_device(below));
  }
  device_del(pci_device(dev));
  list_del(dev);
  for (let i: u32 = 0; i < PCI_NUM_RESOURCES; i++) {
    const res = pci_resource(dev, i);
    if (to_res(res).parent) release_resource(res);
  }
  put_device(pci_device(dev));
}

/** linux/pci.h. Unbinds and removes a device, for a bridge all behind it first. Context: process, rescan locked. */
export function pci_stop_and_remove_bus_device(dev: usize): void {
  stop(dev);
  remove(dev);
}

/** linux/pci.h. Removes a root bus: all devices, the bus, its host bridge and windows.
 *  Context: process, rescan locked. */
export function pci_remove_root_bus(bus: usize): void {
  const head = bus + offsetof_pci_bus_devices;
  const bridge = to_pci_bus(bus).bridge;
  for (let at = list_prev(head); at != head; at = list_prev(at)) stop(at);
  while (!list_empty(head)) remove(list_prev(head));
  list_del(bus);
  device_unregister(bus_device(bus));
  device_unregister(bridge);
}

/** linux/pci.h. pci_stop_and_remove_bus_device() that takes the lock itself. Context: process. */
export function pci_stop_and_remove_bus_device_locked(dev: usize): void {
  pci_lock_rescan_remove();
  pci_stop_and_remove_bus_device(dev);
  pci_unlock_rescan_remove();
}
