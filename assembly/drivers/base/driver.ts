// drivers/base/driver.c: registering drivers with their bus.

import { EBUSY, EINVAL, GFP_KERNEL, ENOMEM, KOBJ_ADD } from "../../abi";
import { sysfs_create_groups, sysfs_remove_groups } from "../../fs/sysfs/group";
import { mutex_lock, mutex_unlock } from "../../kernel/locking/mutex";
import { WARN } from "../../kernel/panic";
import { pr } from "../../kernel/printk/printk";
import { kobject_put, kset_find_obj } from "../../lib/kobject";
import { kobject_uevent } from "../../lib/kobject_uevent";
import { strchr } from "../../lib/string";
import { kfree, kzalloc } from "../../mm/slub";
import { dev_mutex, drv_kobj, kobj_to_drv, sp_drivers_kset, to_bus, to_driver } from "./base";
import { bus_add_driver, bus_remove_driver } from "./bus";

/** linux/device/driver.h. The driver of `bus` called `name`, 0 if there is none. Context: process. */
export function driver_find(name: usize, bus: usize): usize {
  const kobj = kset_find_obj(load<usize>(sp_drivers_kset(to_bus(bus).p)), name);
  if (!kobj) return 0;
  kobject_put(kobj); // whoever asked keeps the driver from being unregistered
  return kobj_to_drv(kobj);
}

/** linux/device/driver.h. Registers a driver; the devices that it matches are probed before this returns. 0, -EINVAL if
 *  the bus is not registered, -EBUSY if the name is taken, or an error. Context: process. */
export function driver_register(drv: usize): i32 {
  const d = to_driver(drv);
  const bus = to_bus(d.bus);
  if (!d.bus || !bus.p) {
    pr(
      cstr("\x013Driver '%s' was unable to register with bus_type '%s' because the bus was not initialized."),
      d.name,
      d.bus ? bus.name : 0,
    );
    return -EINVAL;
  }
  if ((bus.probe && d.probe) || (bus.remove && d.remove) || (bus.shutdown && d.shutdown)) {
    pr(cstr("\x014Driver '%s' needs updating - please use bus_type methods"), d.name);
  }
  if (driver_find(d.name, d.bus)) {
    pr(cstr("\x013Error: Driver '%s' is already registered, aborting..."), d.name);
    return -EBUSY;
  }
  let error = bus_add_driver(drv);
  if (error) return error;
  error = sysfs_create_groups(drv_kobj(drv), d.groups);
  if (error) {
    bus_remove_driver(drv);
    return error;
  }
  kobject_uevent(drv_kobj(drv), KOBJ_ADD);
  return 0;
}

/** linux/device/driver.h. Unbinds a driver from all its devices and takes it off its bus. Context: process. */
export function driver_unregister(drv: usize): void {
  if (!drv || !to_driver(drv).p) {
    WARN(cstr("Unexpected driver unregister!"));
    return;
  }
  sysfs_remove_groups(drv_kobj(drv), to_driver(drv).groups);
  bus_remove_driver(drv);
}

/** linux/device/driver.h. Sets the name of the only driver that may bind to `dev`, from the `len` bytes that were
 *  written to an attribute; an empty line clears it. `override` is where the name is kept. 0, -EINVAL, -ENOMEM.
 *  Context: process. */
export function driver_set_override(dev: usize, override_: usize, s: usize, len: usize): i32 {
  if (!override_ || !s) return -EINVAL;
  if (len >= 4095) return -EINVAL; // one page in an attribute, with newline and NUL
  const newline = strchr(s, 0x0a);
  if (newline && newline < s + len) len = newline - s;
  let name: usize = 0;
  if (len) {
    name = kzalloc(len + 1, GFP_KERNEL);
    if (!name) return -ENOMEM;
    memory.copy(name, s, len);
  }
  mutex_lock(dev_mutex(dev));
  const old = load<usize>(override_);
  store<usize>(override_, name);
  mutex_unlock(dev_mutex(dev));
  kfree(old);
  return 0;
}
