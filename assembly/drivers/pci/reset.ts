// drivers/pci/pci.c: resetting a function, in the first way that it can be reset.

import {
  EAGAIN,
  EINVAL,
  ENOTTY,
  PCI_BRIDGE_CONTROL,
  PCI_BRIDGE_CTL_BUS_RESET,
  PCI_COMMAND,
  PCI_COMMAND_INTX_DISABLE,
  PCI_D0,
  PCI_D3hot,
  PCI_DEV_FLAGS_NO_BUS_RESET,
  PCI_DEV_FLAGS_NO_PM_RESET,
  PCI_PM_CTRL,
  PCI_PM_CTRL_NO_SOFT_RESET,
  PCI_PM_CTRL_STATE_MASK,
  pci_driver,
  pci_error_handlers,
} from "../../abi";
import { mutex_lock, mutex_trylock, mutex_unlock } from "../../kernel/locking/mutex";
import { msleep } from "../../kernel/time/sleep";
import { list_next } from "../../lib/list";
import { dev_mutex } from "../base/base";
import {
  config16,
  pci_cfg_access_lock,
  pci_cfg_access_trylock,
  pci_cfg_access_unlock,
  pci_write_config_word,
} from "./access";
import { pci_device, pci_is_root_bus, to_pci, to_pci_bus } from "./internal";
import { pci_af_flr, pci_wait_ready, pcie_reset_flr } from "./pcie";
import { pci_set_power_state, wait_d3 } from "./power";
import { pci_restore_state, pci_save_state } from "./state";

// ── Ways ──

/** To D3hot and back: a device that forgets its state on the way. */
function pm_reset(dev: usize, probe: bool): i32 {
  const d = to_pci(dev);
  if (!d.pm_cap || d.dev_flags & PCI_DEV_FLAGS_NO_PM_RESET) return -ENOTTY;
  const at = <u32>d.pm_cap + PCI_PM_CTRL;
  const csr = config16(dev, at);
  if (csr & PCI_PM_CTRL_NO_SOFT_RESET) return -ENOTTY;
  if (probe) return 0;
  if (d.current_state != PCI_D0) return -EINVAL;
  pci_write_config_word(dev, at, (csr & ~PCI_PM_CTRL_STATE_MASK) | PCI_D3hot);
  wait_d3(dev);
  pci_write_config_word(dev, at, csr & ~PCI_PM_CTRL_STATE_MASK);
  wait_d3(dev);
  return pci_wait_ready(dev, cstr("PM D3hot->D0"));
}

/** linux/pci.h. Resets all that is behind a bridge. 0, or -ENOTTY if it does not come back. Context: process. */
export function pci_bridge_secondary_bus_reset(bridge: usize): i32 {
  const control = config16(bridge, PCI_BRIDGE_CONTROL);
  pci_write_config_word(bridge, PCI_BRIDGE_CONTROL, control | PCI_BRIDGE_CTL_BUS_RESET);
  msleep(2);
  pci_write_config_word(bridge, PCI_BRIDGE_CONTROL, control & ~PCI_BRIDGE_CTL_BUS_RESET);
  msleep(1000); // what the specification gives devices until they have to answer
  return pci_wait_ready(bridge, cstr("bus reset"));
}

/** The device alone on its bus, reset by the bridge above. */
function parent_bus_reset(dev: usize, probe: bool): i32 {
  const d = to_pci(dev);
  const bus = to_pci_bus(d.bus);
  if (pci_is_root_bus(d.bus) || d.subordinate || !bus.self || d.dev_flags & PCI_DEV_FLAGS_NO_BUS_RESET) return -ENOTTY;
  const devices = changetype<usize>(bus.devices);
  if (list_next(list_next(devices)) != devices) return -ENOTTY; // there are others
  return probe ? 0 : pci_bridge_secondary_bus_reset(bus.self);
}

function reset(dev: usize, probe: bool): i32 {
  let error = pcie_reset_flr(dev, probe);
  if (error == -ENOTTY) error = pci_af_flr(dev, probe);
  if (error == -ENOTTY) error = pm_reset(dev, probe);
  return error == -ENOTTY ? parent_bus_reset(dev, probe) : error;
}

// ── Around it ──

function tell_driver(dev: usize, done: bool): void {
  const drv = to_pci(dev).driver;
  const handlers = changetype<pci_error_handlers>(drv ? changetype<pci_driver>(drv).err_handler : 0);
  if (!changetype<usize>(handlers)) return;
  const callback = done ? handlers.reset_done : handlers.reset_prepare;
  if (callback) call_indirect<void>(<u32>callback, dev);
}

/** Resets the function with its state saved around it. Device locked. */
function reset_locked(dev: usize): i32 {
  tell_driver(dev, false);
  pci_set_power_state(dev, PCI_D0);
  pci_save_state(dev);
  pci_write_config_word(dev, PCI_COMMAND, PCI_COMMAND_INTX_DISABLE); // quiet, until the state is back
  const error = reset(dev, false);
  pci_restore_state(dev);
  tell_driver(dev, true);
  return error;
}

/** linux/pci.h. Locks the device, and its configuration space for user space. Context: process. */
export function pci_dev_lock(dev: usize): void {
  mutex_lock(dev_mutex(pci_device(dev)));
  pci_cfg_access_lock(dev);
}

/** linux/pci.h. pci_dev_lock() unless that would wait: 1 if locked, else 0. Context: process. */
export function pci_dev_trylock(dev: usize): i32 {
  if (!mutex_trylock(dev_mutex(pci_device(dev)))) return 0;
  if (pci_cfg_access_trylock(dev)) return 1;
  mutex_unlock(dev_mutex(pci_device(dev)));
  return 0;
}

/** linux/pci.h. Takes back pci_dev_lock(). Context: process. */
export function pci_dev_unlock(dev: usize): void {
  pci_cfg_access_unlock(dev);
  mutex_unlock(dev_mutex(pci_device(dev)));
}

/** linux/pci.h. Resets the function: by its PCI Express or Advanced Features capability, by power management, or by the
 *  bridge above if it is alone there. Configuration space is saved and restored, the driver told before and after. 0, or
 *  -ENOTTY if there is no way. Context: process. */
export function pci_reset_function(dev: usize): i32 {
  if (reset(dev, true)) return -ENOTTY;
  pci_dev_lock(dev);
  const error = reset_locked(dev);
  pci_dev_unlock(dev);
  return error;
}

/** linux/pci.h. pci_reset_function() unless somebody has the device locked: then -EAGAIN. Context: process. */
export function pci_try_reset_function(dev: usize): i32 {
  if (reset(dev, true)) return -ENOTTY;
  if (!pci_dev_trylock(dev)) return -EAGAIN;
  const error = reset_locked(dev);
  pci_dev_unlock(dev);
  return error;
}

/** linux/pci.h. pci_reset_function() by one who has locked the device. Context: process. */
export function pci_reset_function_locked(dev: usize): i32 {
  if (reset(dev, true)) return -ENOTTY;
  return reset_locked(dev);
}

/** linux/pci.h. The reset alone: nothing saved, nobody told, by one who has locked the device. 0 or -ENOTTY. Context:
 *  process. */
export function __pci_reset_function_locked(dev: usize): i32 {
  return reset(dev, false);
}
