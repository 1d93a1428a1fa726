// The kernel, for a driver in TypeScript (docs/typescript.md): `import { … } from "linuxkpi/driver"`.
//
//   kernel.ts   every function of the core under its C name, made from the core's own sources by the build
//   abi/        the kernel's structs, as classes with their fields, and its constants (assembly/abi)
//   inline.ts   macros and inline functions of the headers, and calls that take functions
//   log.ts      printk and its kin
//   module.ts   module_init, module_exit, module_pci_driver
//   va.ts       values of a message, as C passes them

import "./va";

export * from "./abi/index";
export * from "./inline";
export * from "./kernel";
export * from "./log";
export { THIS_MODULE, module_exit, module_init, module_pci_driver } from "./module";

// What the build reads, and takes out of the program.

/** Goes into .modinfo: what licence the driver has, such as "Dual MIT/GPL". Without one it is proprietary. */
export declare function MODULE_LICENSE(license: string): void;
/** Goes into .modinfo. */
export declare function MODULE_AUTHOR(author: string): void;
/** Goes into .modinfo. */
export declare function MODULE_DESCRIPTION(description: string): void;
/** Goes into .modinfo. */
export declare function MODULE_VERSION(version: string): void;
/** Goes into .modinfo: another name that modprobe finds the module by. */
export declare function MODULE_ALIAS(alias: string): void;
/** Has modprobe find the module by the devices of `table`, which pci_device_table() has made. */
export declare function MODULE_DEVICE_TABLE(bus: "pci", table: usize): void;
/** Makes a variable of the file a parameter: `insmod driver.ko name=value`. A usize is a C string. */
export declare function module_param<T>(variable: T, permissions: u32): void;
/** Goes into .modinfo: what a parameter is. */
export declare function MODULE_PARM_DESC<T>(variable: T, description: string): void;

/** An entry of pci_device_table(). */
export declare function PCI_DEVICE(vendor: u32, device: u32): usize;
/** A struct pci_device_id[] with its end: `const ids = pci_device_table(PCI_DEVICE(0x10ec, 0x8139))`. */
export declare function pci_device_table(...devices: usize[]): usize;
/** The address of a C string. */
export declare function cstr(text: string): usize;
