// drivers/base/core.c: root devices, which are nothing but a directory in /sys/devices for others to lie under.

import { ENOMEM, GFP_KERNEL, offsetof_module_mkobj, sizeof_device } from "../../abi";
import { sysfs_create_link, sysfs_remove_link } from "../../fs/sysfs/symlink";
import { ERR_PTR } from "../../lib/err";
import { kfree, kzalloc } from "../../mm/slub";
import { dev_kobj, to_device } from "./base";
import { device_register, device_unregister, put_device } from "./core";
import { dev_name_set } from "./name";

/** The module that made it; behind the struct device. */
@inline
function owner_of(root: usize): usize {
  return root + sizeof_device;
}

function root_device_release(dev: usize): void {
  kfree(dev);
}

/** linux/device.h. Makes the device /sys/devices/`name`; its link "module" leads to `owner`, if that is not NULL. Returns
 *  the device or an ERR_PTR: -EEXIST if the name is taken, -ENOMEM. Context: process. */
export function __root_device_register(name: usize, owner: usize): usize {
  const root = kzalloc(sizeof_device + sizeof<usize>(), GFP_KERNEL);
  if (!root) return ERR_PTR(-ENOMEM);
  let error = dev_name_set(root, cstr("%s"), <u32>name);
  if (error) {
    kfree(root);
    return ERR_PTR(error);
  }
  to_device(root).release = root_device_release.index;
  error = device_register(root);
  if (error) {
    put_device(root);
    return ERR_PTR(error);
  }
  if (!owner) return root;
  error = sysfs_create_link(dev_kobj(root), owner + offsetof_module_mkobj, cstr("module"));
  if (error) {
    device_unregister(root);
    return ERR_PTR(error);
  }
  store<usize>(owner_of(root), owner);
  return root;
}

/** linux/device.h. Takes away what root_device_register made. Context: process. */
export function root_device_unregister(root: usize): void {
  if (load<usize>(owner_of(root))) sysfs_remove_link(dev_kobj(root), cstr("module"));
  device_unregister(root);
}
