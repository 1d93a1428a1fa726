// Brings PCI up: the bus type, and on a board with a host bridge everything behind it.

import {
  BOOT_NO_PCI,
  BOOT_PCI_IO_BASE,
  BOOT_PCI_IO_SIZE,
  BOOT_PCI_LAST_BUS,
  BOOT_PCI_MEM_BASE,
  BOOT_PCI_MEM_SIZE,
} from "../../arch/wasm/memory";
import { host_pci_ops, pci_access_init } from "./access";
import { pci_bus_init, pci_scan_host } from "./bus";
import { pci_driver_init } from "./pci_driver";
import { pci_sysfs_init } from "./sysfs";

/** What PCI drivers need, without any device. */
export function pci_core_init(): void {
  pci_access_init();
  pci_bus_init();
  pci_sysfs_init();
  pci_driver_init();
}

export function pci_init(): void {
  pci_core_init();
  if (load<u32>(BOOT_NO_PCI)) return;
  pci_scan_host(
    host_pci_ops,
    load<u32>(BOOT_PCI_LAST_BUS),
    load<u32>(BOOT_PCI_MEM_BASE),
    load<u32>(BOOT_PCI_MEM_SIZE),
    load<u32>(BOOT_PCI_IO_BASE),
    load<u32>(BOOT_PCI_IO_SIZE),
  );
}
