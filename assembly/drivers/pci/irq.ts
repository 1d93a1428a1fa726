// drivers/pci/setup-irq.c: which of the board's four interrupt lines a device's pin reaches. A bridge passes the pins
// of the devices behind it on, turned by their slot ("swizzled"), to its own.

import { PCI_INTERRUPT_LINE } from "../../abi";
import { BOOT_PCI_INTX } from "../../arch/wasm/memory";
import { pci_write_config_byte } from "./access";
import { pci_is_root_bus, to_pci, to_pci_bus } from "./internal";

/** linux/pci.h. The pin (1..4) of the bridge above that pin `pin` of the device is wired to. Context: any. */
export function pci_swizzle_interrupt_pin(dev: usize, pin: u32): u32 {
  return ((pin - 1 + (to_pci(dev).devfn >> 3)) & 3) + 1;
}

/** Follows the device's pin to the root bus and asks the board's wiring; irq 0 if the device has no pin. */
export function pci_assign_irq(pdev: usize): void {
  let pin: u32 = to_pci(pdev).pin;
  if (!pin || pin > 4) {
    to_pci(pdev).irq = 0;
    return;
  }
  let dev = pdev;
  while (!pci_is_root_bus(to_pci(dev).bus)) {
    pin = pci_swizzle_interrupt_pin(dev, pin);
    dev = to_pci_bus(to_pci(dev).bus).self;
  }
  const line = (to_pci(dev).devfn >> 3) + pin - 1;
  to_pci(pdev).irq = load<u8>(BOOT_PCI_INTX + (line & 3));
  pci_write_config_byte(pdev, PCI_INTERRUPT_LINE, to_pci(pdev).irq);
}
