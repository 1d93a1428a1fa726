// net/devres.c: devices that go with the device they were made for.

import { EINVAL, ENOMEM, GFP_KERNEL, NUMA_NO_NODE, net_device } from "../abi";
import { __devres_alloc_node, devres_add, devres_find, devres_free } from "../drivers/base/devres";
import { WARN } from "../kernel/panic";
import { free_netdev } from "./core/dev_alloc";
import { register_netdev, unregister_netdev } from "./core/dev_register";
import { alloc_etherdev_mqs } from "./ethernet/eth";

/** Frees the device that the managed resource names. */
function devm_free_netdev(dev: usize, res: usize): void {
  free_netdev(changetype<net_device>(load<usize>(res)));
}

function devm_unregister_netdev(dev: usize, res: usize): void {
  unregister_netdev(changetype<net_device>(load<usize>(res)));
}

/** linux/etherdevice.h. alloc_etherdev_mqs for a device that is freed when `dev` lets go of its driver. Null without
 *  memory. Context: process. */
export function devm_alloc_etherdev_mqs(dev: usize, sizeof_priv: i32, txqs: u32, rxqs: u32): net_device {
  const res = __devres_alloc_node(devm_free_netdev.index, 4, GFP_KERNEL, NUMA_NO_NODE, cstr("devm_free_netdev"));
  if (res == 0) return changetype<net_device>(0);
  const netdev = alloc_etherdev_mqs(sizeof_priv, txqs, rxqs);
  if (changetype<usize>(netdev) == 0) {
    devres_free(res);
    return netdev;
  }
  store<usize>(res, changetype<usize>(netdev));
  devres_add(dev, res);
  return netdev;
}

function is_netdev(dev: usize, res: usize, netdev: usize): i32 {
  return <i32>(load<usize>(res) == netdev);
}

/** linux/netdevice.h. register_netdev for a device of devm_alloc_etherdev_mqs, unregistered when `dev` lets go of its
 *  driver. 0 or an errno; -EINVAL for any other device, which would be freed before it is unregistered. Context:
 *  process. */
export function devm_register_netdev(dev: usize, netdev: net_device): i32 {
  if (!devres_find(dev, devm_free_netdev.index, is_netdev.index, changetype<usize>(netdev))) {
    WARN(cstr("devm_register_netdev: the device is not of devm_alloc_etherdev_mqs"));
    return -EINVAL;
  }
  const name = cstr("devm_unregister_netdev");
  const res = __devres_alloc_node(devm_unregister_netdev.index, 4, GFP_KERNEL, NUMA_NO_NODE, name);
  if (res == 0) return -ENOMEM;
  const err = register_netdev(netdev);
  if (err) {
    devres_free(res);
    return err;
  }
  store<usize>(res, changetype<usize>(netdev));
  devres_add(dev, res);
  return 0;
}
