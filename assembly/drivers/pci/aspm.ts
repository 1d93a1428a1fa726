// drivers/pci/pcie/aspm.c: power states of PCI Express links. The core manages none: no device has a link state, which
// is how Linux treats a device whose link cannot do ASPM.

import { EINVAL, pci_dev } from "../../abi";

/** linux/pci.h. Forbids the link of `pdev` the states PCIE_LINK_STATE_*. -EINVAL: the link has no power management.
 *  Context: process. */
export function pci_disable_link_state(pdev: pci_dev, state: i32): i32 {
  return -EINVAL;
}

/** linux/pci.h. pci_disable_link_state for a caller that holds the bus semaphore. Context: process. */
export function pci_disable_link_state_locked(pdev: pci_dev, state: i32): i32 {
  return -EINVAL;
}

/** linux/pci.h. Whether the link of `pdev` uses ASPM: 0. Context: any. */
export function pcie_aspm_enabled(pdev: pci_dev): bool {
  return false;
}

/** linux/pci.h. Whether the kernel manages ASPM at all: 0. Context: any. */
export function pcie_aspm_support_enabled(): bool {
  return false;
}
