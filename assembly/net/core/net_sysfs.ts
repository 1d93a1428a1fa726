// net/core/net-sysfs.c: the class "net": an interface as a device of the driver model, below its parent.

import { NETREG_RELEASED, class_, net_device, offsetof_net_device_dev, sizeof_class } from "../../abi";
import { __class_register } from "../../drivers/base/class";
import { device_add, device_del, device_initialize, get_device } from "../../drivers/base/core";
import { dev_name_set } from "../../drivers/base/name";
import { BUG } from "../../kernel/panic";
import { netdev_freemem } from "./dev_alloc";
import { net_class_groups } from "./net_sysfs_attrs";

/** `struct class net_class`. */
const net_class = memory.data(<i32>sizeof_class, 8);

/** The device's last reference is gone: its memory goes. */
function netdev_release(d: usize): void {
  const dev = changetype<net_device>(d - offsetof_net_device_dev);
  if (dev.reg_state != NETREG_RELEASED) BUG(cstr("netdev_release: the device was not freed"));
  netdev_freemem(dev);
}

export function net_sysfs_init(): void {
  const cls = changetype<class_>(net_class);
  cls.name = cstr("net");
  cls.dev_release = netdev_release.index;
  cls.dev_groups = net_class_groups();
  __class_register(net_class, 0);
}

/** Adds the interface to the driver model. 0 or an errno. */
export function netdev_register_kobject(dev: net_device): i32 {
  const d = changetype<usize>(dev.dev);
  device_initialize(d);
  dev.dev.class_ = net_class;
  dev.dev.platform_data = changetype<usize>(dev);
  dev_name_set(d, cstr("%s"), dev.name);
  return device_add(d);
}

/** Takes the interface out of the driver model; netdev_run_todo drops the reference taken here. */
export function netdev_unregister_kobject(dev: net_device): void {
  get_device(changetype<usize>(dev.dev));
  device_del(changetype<usize>(dev.dev));
}
