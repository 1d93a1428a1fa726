// SPDX-License-Identifier: MIT
/*
 * An example driver: the timer of an RTL8139, which counts PCI clocks and interrupts at a value. It reads the card's
 * MAC address, lets the timer interrupt every `period_us`, and says at its end how often that was.
 */
#include <linux/etherdevice.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/pci.h>

#define REG_MAC		0x00
#define REG_INTR_MASK	0x3c
#define REG_INTR_STATUS	0x3e
#define REG_TCTR	0x48	/* counts; any write makes it 0 */
#define REG_TIMER_INT	0x54
#define INTR_TIMEOUT	BIT(14)
#define CLOCKS_PER_US	33

static unsigned int period_us = 1000;
module_param(period_us, uint, 0444);
MODULE_PARM_DESC(period_us, "microseconds between two interrupts");

struct ticker {
	void __iomem *regs;
	unsigned int ticks;
};

static irqreturn_t ticker_interrupt(int irq, void *data)
{
	struct ticker *ticker = data;
	u16 status = ioread16(ticker->regs + REG_INTR_STATUS);

	if (!(status & INTR_TIMEOUT))
		return IRQ_NONE;
	iowrite16(INTR_TIMEOUT, ticker->regs + REG_INTR_STATUS);
	iowrite32(0, ticker->regs + REG_TCTR);
	ticker->ticks++;
	return IRQ_HANDLED;
}

static int ticker_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct ticker *ticker;
	u8 mac[ETH_ALEN];
	int i, err;

	if (!period_us)
		return -EINVAL;
	ticker = devm_kzalloc(&pdev->dev, sizeof(*ticker), GFP_KERNEL);
	if (!ticker)
		return -ENOMEM;
	err = pcim_enable_device(pdev);
	if (err)
		return err;
	err = pcim_iomap_regions(pdev, BIT(1), KBUILD_MODNAME);
	if (err)
		return err;
	ticker->regs = pcim_iomap_table(pdev)[1];
	pci_set_drvdata(pdev, ticker);

	for (i = 0; i < ETH_ALEN; i++)
		mac[i] = ioread8(ticker->regs + REG_MAC + i);
	err = devm_request_irq(&pdev->dev, pdev->irq, ticker_interrupt, IRQF_SHARED, KBUILD_MODNAME, ticker);
	if (err)
		return err;
	iowrite32(period_us * CLOCKS_PER_US, ticker->regs + REG_TIMER_INT);
	iowrite32(0, ticker->regs + REG_TCTR);
	iowrite16(INTR_TIMEOUT, ticker->regs + REG_INTR_MASK);
	dev_info(&pdev->dev, "ticks every %u us, card %pM\n", period_us, mac);
	return 0;
}

static void ticker_remove(struct pci_dev *pdev)
{
	struct ticker *ticker = pci_get_drvdata(pdev);

	iowrite16(0, ticker->regs + REG_INTR_MASK);
	iowrite32(0, ticker->regs + REG_TIMER_INT);
	dev_info(&pdev->dev, "%u ticks\n", ticker->ticks);
}

static const struct pci_device_id ticker_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_REALTEK, PCI_DEVICE_ID_REALTEK_8139) },
	{}
};
MODULE_DEVICE_TABLE(pci, ticker_ids);

static struct pci_driver ticker_driver = {
	.name = KBUILD_MODNAME,
	.id_table = ticker_ids,
	.probe = ticker_probe,
	.remove = ticker_remove,
};
module_pci_driver(ticker_driver);

MODULE_DESCRIPTION("Example: the timer of an RTL8139");
MODULE_LICENSE("Dual MIT/GPL");
