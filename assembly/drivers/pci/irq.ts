// drivers/pci/irq.c, setup-irq.c: requesting a vector of a device; which of the board's four interrupt lines a device's pin reaches. A bridge passes the pins
// of the devices behind it on, turned by their slot ("swizzled"), to its own.

import { ENOMEM, GFP_KERNEL, IRQF_ONESHOT, IRQF_SHARED, PCI_INTERRUPT_LINE } from "../../abi";
import { BOOT_PCI_INTX } from "../../arch/wasm/memory";
import { free_irq, request_threaded_irq } from "../../kernel/irq/manage";
import { kasprintf } from "../../lib/kasprintf";
import { kfree } from "../../mm/slub";
import { pci_write_config_byte } from "./access";
import { pci_is_root_bus, to_pci, to_pci_bus } from "./internal";
import { pci_irq_vector } from "./msi/msi";

/** linux/pci.h. request_threaded_irq() for vector `nr` of the device, shared, by a name that `fmt` makes. 0 or an error.
 *  Context: process. */
export function pci_request_irq(
  dev: usize,
  nr: u32,
  handler: usize,
  thread_fn: usize,
  dev_id: usize,
  fmt: usize,
  args: usize,
): i32 {
  const name = kasprintf(GFP_KERNEL, fmt, args);
  if (!name) return -ENOMEM;
  const flags: u32 = handler ? IRQF_SHARED : IRQF_SHARED | IRQF_ONESHOT;
  const error = request_threaded_irq(pci_irq_vector(dev, nr), handler, thread_fn, flags, name, dev_id);
  if (error) kfree(name);
  return error;
}

/** linux/pci.h. Undoes pci_request_irq(). Context: process. */
export function pci_free_irq(dev: usize, nr: u32, dev_id: usize): void {
  kfree(free_irq(pci_irq_vector(dev, nr), dev_id));
}

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
