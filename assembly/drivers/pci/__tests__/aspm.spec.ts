import { EINVAL, pci_dev } from "../../../abi";
import {
  pci_disable_link_state,
  pci_disable_link_state_locked,
  pcie_aspm_enabled,
  pcie_aspm_support_enabled,
} from "../aspm";

describe("link power management", () => {
  test("no link has any", () => {
    const dev = changetype<pci_dev>(0);
    expect(pcie_aspm_support_enabled()).toBe(false);
    expect(pcie_aspm_enabled(dev)).toBe(false);
    expect(pci_disable_link_state(dev, 1)).toBe(-EINVAL);
    expect(pci_disable_link_state_locked(dev, 1)).toBe(-EINVAL);
  });
});
