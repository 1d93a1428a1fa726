// linux/pci.h: its macros as functions, for modules built without the kernel's headers.

import { pci_driver } from "../../abi";
import { pci_resource, pci_resource_len as resource_len, to_res } from "./internal";
import { __pci_register_driver } from "./pci_driver";

/** linux/pci.h. __pci_register_driver: 0, or an error such as -EBUSY for a name that is taken. A macro in Linux.
 *  Context: process. (Differs: no module owns the driver; it goes by its own name.) */
export function pci_register_driver(drv: usize): i32 {
  return __pci_register_driver(drv, 0, changetype<pci_driver>(drv).name);
}

/** linux/pci.h. Where BAR `bar` begins, 0 if the device has none. A macro in Linux. Context: any. */
export function pci_resource_start(pdev: usize, bar: u32): u32 {
  return to_res(pci_resource(pdev, bar)).start;
}

/** linux/pci.h. How many bytes BAR `bar` has, 0 if there is none. A macro in Linux. Context: any. */
export function pci_resource_len(pdev: usize, bar: u32): u32 {
  return resource_len(pdev, bar);
}
