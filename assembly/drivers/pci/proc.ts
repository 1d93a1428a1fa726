// drivers/pci/proc.c: /proc/bus/pci/devices, one line a device, which lspci and its like read.

import { PCI_ANY_ID, PCI_REGION_FLAG_MASK, PCI_ROM_RESOURCE, pci_driver } from "../../abi";
import { seq_printf, seq_putc } from "../../lib/seq_buf";
import { bus_number, pci_resource, resource_size, to_pci, to_res } from "./internal";
import { pci_get_device } from "./search";

function next_device(from: usize): usize {
  return pci_get_device(PCI_ANY_ID, PCI_ANY_ID, from);
}

/** Writes /proc/bus/pci/devices to the seq_buf `s`: bus and devfn, vendor and device, irq, the starts (with the flags
 *  that the register has) and the sizes of BARs and ROM, and the driver's name. */
export function proc_bus_pci_devices(s: usize): void {
  for (let dev = next_device(0); dev; dev = next_device(dev)) {
    const d = to_pci(dev);
    seq_printf(s, cstr("%02x%02x\t%04x%04x\t%x"), bus_number(d.bus), d.devfn, d.vendor, d.device, d.irq);
    for (let i: u32 = 0; i <= PCI_ROM_RESOURCE; i++) {
      const r = to_res(pci_resource(dev, i));
      seq_printf(s, cstr("\t%16llx"), r.start | (r.flags & PCI_REGION_FLAG_MASK), 0);
    }
    for (let i: u32 = 0; i <= PCI_ROM_RESOURCE; i++) {
      const res = pci_resource(dev, i);
      seq_printf(s, cstr("\t%16llx"), to_res(res).start < to_res(res).end ? resource_size(res) : 0, 0);
    }
    seq_putc(s, 0x09);
    if (d.driver) seq_printf(s, cstr("%s"), changetype<pci_driver>(d.driver).name);
    seq_putc(s, 0x0a);
  }
}
