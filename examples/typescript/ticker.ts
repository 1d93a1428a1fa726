// An example driver in TypeScript, the twin of ../ticker.c: the timer of an RTL8139, which counts PCI clocks and interrupts
// at a value. It reads the card's MAC address, lets the timer interrupt every `period_us`, and says at its end how often
// that was.

import {
  BIT,
  EINVAL,
  ENOMEM,
  GFP_KERNEL,
  IRQF_SHARED,
  IRQ_HANDLED,
  IRQ_NONE,
  MODULE_DESCRIPTION,
  MODULE_DEVICE_TABLE,
  MODULE_LICENSE,
  MODULE_PARM_DESC,
  PCI_DEVICE,
  cstr,
  dev_info,
  devm_kmalloc,
  devm_request_threaded_irq,
  ioread16,
  ioread8,
  iowrite16,
  iowrite32,
  irqreturn_t,
  module_param,
  module_pci_driver,
  pci_dev,
  pci_device_id,
  pci_device_table,
  pci_get_drvdata,
  pci_set_drvdata,
  pcim_enable_device,
  pcim_iomap_regions,
  pcim_iomap_table,
  ptr,
  __GFP_ZERO,
} from "linuxkpi/driver";

const REG_MAC = 0x00;
const REG_INTR_MASK = 0x3c;
const REG_INTR_STATUS = 0x3e;
const REG_TCTR = 0x48; // counts; any write makes it 0
const REG_TIMER_INT = 0x54;
const INTR_TIMEOUT: u16 = 1 << 14;
const CLOCKS_PER_US: u32 = 33;

let period_us: u32 = 1000;
module_param(period_us, 0o444);
MODULE_PARM_DESC(period_us, "microseconds between two interrupts");

@unmanaged
class Ticker {
  regs: usize;
  ticks: u32;
}

function interrupt(irq: i32, data: usize): irqreturn_t {
  const ticker = changetype<Ticker>(data);
  const status = ioread16(ticker.regs + REG_INTR_STATUS);

  if (!(status & INTR_TIMEOUT)) return IRQ_NONE;
  iowrite16(INTR_TIMEOUT, ticker.regs + REG_INTR_STATUS);
  iowrite32(0, ticker.regs + REG_TCTR);
  ticker.ticks++;
  return IRQ_HANDLED;
}

function probe(pdev: pci_dev, id: pci_device_id): i32 {
  if (!period_us) return -EINVAL;
  const ticker = changetype<Ticker>(devm_kmalloc(ptr(pdev.dev), offsetof<Ticker>(), GFP_KERNEL | __GFP_ZERO));
  if (!ticker) return -ENOMEM;
  let err = pcim_enable_device(ptr(pdev));
  if (err) return err;
  err = pcim_iomap_regions(ptr(pdev), BIT(1), cstr("ticker"));
  if (err) return err;
  ticker.regs = load<usize>(pcim_iomap_table(ptr(pdev)), 1 * sizeof<usize>());
  pci_set_drvdata(pdev, ptr(ticker));

  const mac = memory.data(6, 1);
  for (let i = 0; i < 6; i++) store<u8>(mac + i, ioread8(ticker.regs + REG_MAC + i));
  err = devm_request_threaded_irq(
    ptr(pdev.dev),
    pdev.irq,
    interrupt.index,
    0,
    IRQF_SHARED,
    cstr("ticker"),
    ptr(ticker),
  );
  if (err) return err;
  iowrite32(period_us * CLOCKS_PER_US, ticker.regs + REG_TIMER_INT);
  iowrite32(0, ticker.regs + REG_TCTR);
  iowrite16(INTR_TIMEOUT, ticker.regs + REG_INTR_MASK);
  dev_info(pdev.dev, "ticks every %u us, card %pM\n", period_us, mac);
  return 0;
}

function remove(pdev: pci_dev): void {
  const ticker = changetype<Ticker>(pci_get_drvdata(pdev));

  iowrite16(0, ticker.regs + REG_INTR_MASK);
  iowrite32(0, ticker.regs + REG_TIMER_INT);
  dev_info(pdev.dev, "%u ticks\n", ticker.ticks);
}

const ids = pci_device_table(PCI_DEVICE(0x10ec, 0x8139));
MODULE_DEVICE_TABLE("pci", ids);
module_pci_driver(cstr("ticker"), ids, probe, remove);

MODULE_DESCRIPTION("Example: the timer of an RTL8139");
MODULE_LICENSE("Dual MIT/GPL");
