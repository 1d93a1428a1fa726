import { EBUSY, pci_driver, sizeof_pci_driver } from "../../../abi";
import { to_pci } from "../internal";
import { pci_disable_device, pci_enable_device } from "../enable";
import { pci_unregister_driver } from "../pci_driver";
import { pci_register_driver, pci_resource_len, pci_resource_start } from "../pci_inline";
import { pci_iomap, pci_iounmap } from "../region";
import { ROOT, add, bar_mem, boot, dev_at, scan } from "./fake_pci";

const drivers = memory.data(2 * 160, 8);
const none = memory.data(32, 4);

function driver(n: usize): usize {
  const at = drivers + n * 160;
  memory.fill(at, 0, sizeof_pci_driver);
  changetype<pci_driver>(at).name = cstr("inline_spec");
  changetype<pci_driver>(at).id_table = none;
  return at;
}

describe("PCI names that are macros in Linux", () => {
  beforeEach(() => {
    boot();
    bar_mem(add(ROOT, 1, 0, 0x10ec, 0x8139, 0x020000), 1, 0x1000);
    scan();
  });

  test("pci_resource_start and pci_resource_len: where a BAR is and how long, 0 for none", () => {
    const dev = dev_at(0, 1);
    expect(pci_resource_start(dev, 1)).not.toBe(0);
    expect(pci_resource_start(dev, 1) & 0xfff).toBe(0);
    expect(pci_resource_len(dev, 1)).toBe(0x1000);
    expect(pci_resource_start(dev, 0)).toBe(0);
    expect(pci_resource_len(dev, 0)).toBe(0);
  });

  test("pci_iomap: all of a BAR for 0 or for more than it has, a part for less, NULL for what is no BAR", () => {
    const dev = dev_at(0, 1);
    expect(pci_enable_device(dev)).toBe(0);
    const all = pci_iomap(dev, 1, 0);
    const more = pci_iomap(dev, 1, 0x100000);
    const part = pci_iomap(dev, 1, 16);
    expect(all).not.toBe(0);
    expect(more).not.toBe(0);
    expect(part).not.toBe(0);
    for (let bar = 2; bar < 8; bar++) expect(pci_iomap(dev, bar, 0)).toBe(0);
    pci_iounmap(dev, all);
    pci_iounmap(dev, more);
    pci_iounmap(dev, part);
    pci_disable_device(dev);
    expect(to_pci(dev).vendor).toBe(0x10ec);
  });

  test("pci_register_driver: one driver of a name", () => {
    expect(pci_register_driver(driver(0))).toBe(0);
    expect(pci_register_driver(driver(1))).toBe(-EBUSY);
    pci_unregister_driver(drivers);
    expect(pci_register_driver(driver(1))).toBe(0);
    pci_unregister_driver(drivers + 160);
  });
});
