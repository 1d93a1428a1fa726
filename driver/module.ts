// linux/module.h: what a driver says at its top level. The file's own statements run when the module is loaded, before
// what module_init() names; what it says with MODULE_LICENSE and its kin goes into .modinfo at build time and is no code.

import { __pci_register_driver, pci_unregister_driver } from "./kernel";
import { pci_dev, pci_device_id, pci_driver, sizeof_module, sizeof_pci_driver } from "./abi/index";

/** `THIS_MODULE`, a struct module. The build writes it. */
export const THIS_MODULE: usize = memory.data(sizeof_module, 64);

let init: usize = 0;
let exit: usize = 0;

/** Names the function that rmmod runs. Without one the module has nothing to undo. */
@inline
export function module_exit(fn: () => void): void {
  exit = fn.index;
}

/** Names the function that insmod runs after the file's own statements; an error it returns refuses the module. */
@inline
export function module_init(fn: () => i32): void {
  init = fn.index;
}

/** What .init of struct module points to. */
export function init_module(): i32 {
  return init ? call_indirect<i32>(<u32>init) : 0;
}

/** What .exit of struct module points to. */
export function cleanup_module(): void {
  if (exit) call_indirect<void>(<u32>exit);
}

const driver = changetype<pci_driver>(memory.data(sizeof_pci_driver, 8));

function register(): i32 {
  return __pci_register_driver(changetype<usize>(driver), THIS_MODULE, driver.name);
}

function unregister(): void {
  pci_unregister_driver(changetype<usize>(driver));
}

/** linux/pci.h. The whole of a module that is one PCI driver: registers it at insmod, unregisters it at rmmod. `ids` is a
 *  table of `pci_device_table()`. */
export function module_pci_driver(
  name: usize,
  ids: usize,
  probe: (pdev: pci_dev, id: pci_device_id) => i32,
  remove: (pdev: pci_dev) => void,
): void {
  driver.name = name;
  driver.id_table = ids;
  driver.probe = probe.index;
  driver.remove = remove.index;
  module_init(register);
  module_exit(unregister);
}
