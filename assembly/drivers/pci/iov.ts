// drivers/pci/iov.c, as far as it concerns devices that are no SR-IOV physical function: the core enables no virtual
// functions, so no device is one.

import { ENODEV, ENOSYS } from "../../abi";

/** linux/pci.h. -ENODEV: `dev` is no physical function. Context: process. (Differs: no device is one.) */
export function pci_enable_sriov(dev: usize, nr_virtfn: i32): i32 {
  return -ENODEV;
}

/** linux/pci.h. How many virtual functions of `dev` are enabled: 0. Context: any. */
export function pci_num_vf(dev: usize): i32 {
  return 0;
}

/** linux/pci.h. How many virtual functions `dev` can have: 0. Context: any. */
export function pci_sriov_get_totalvfs(dev: usize): i32 {
  return 0;
}

/** linux/pci.h. Limits the virtual functions of `dev`. -ENOSYS: it is no physical function. Context: process. */
export function pci_sriov_set_totalvfs(dev: usize, numvfs: u16): i32 {
  return -ENOSYS;
}

/** linux/pci.h. Does nothing: `dev` has no virtual functions. Context: process. */
export function pci_disable_sriov(dev: usize): void {}

/** linux/pci.h. How many virtual functions of `dev` guests have: 0. Context: process. */
export function pci_vfs_assigned(dev: usize): i32 {
  return 0;
}

/** linux/pci.h. pci_driver.sriov_configure of drivers that need not prepare: -ENODEV, `dev` is no physical function.
 *  Context: process. (Differs: no device is one.) */
export function pci_sriov_configure_simple(dev: usize, nr_virtfn: i32): i32 {
  return -ENODEV;
}
