// linux/pci.h: its macros as functions, for modules built without the kernel's headers.

import { pci_driver } from "../../abi";
import { pci_resource, pci_resource_len as resource_len, to_res } from "./internal";
import { __pci_register_driver } from "./pci_driver";

/** linux/pci.h. pci_register_driver() for a module built without the kernel's headers. 0 or an error. Context: process.
 *  Differs: no module owns the driver; it goes by its own name. */
export function pci_register_driver(drv: usize): i32 {
  return __pci_register_driver(drv, 0, changetype<pci_driver>(drv).name);
}

/** linux/pci.h. pci_resource_start() for a module built without the kernel's headers. Context: any. */
export function pci_resource_start(pdev: usize, bar: u32): u32 {
  return to_res(pci_resource(pdev, bar)).start;
}

/** linux/pci.h. pci_resource_len() for a module built without the kernel's headers. Context: any. */
export function pci_resource_len(pdev: usize, bar: u32): u32 {
  return resource_len(pdev, bar);
}
