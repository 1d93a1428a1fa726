// SPDX-License-Identifier: MIT
/* Calls of the core as drivers make them, in loops that the benchmark times from outside. */
#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#define REGISTERS 1 /* the base address that maps the RTL8139's registers into memory */
#define INTR_STATUS 0x3e
#define TIMERS 256

int bench_spin_lock(u32 count);
int bench_spin_lock_irqsave(u32 count);
int bench_mmio_read(u32 count);
int bench_mmio_write(u32 count);
int bench_interrupt(u32 count);
int bench_switch(u32 count);
int bench_timer(u32 count);
int bench_work(u32 count);

static uint vector;
module_param(vector, uint, 0444);
MODULE_PARM_DESC(vector, "the interrupt that the doorbell raises");
static uint doorbell;
module_param(doorbell, uint, 0444);
MODULE_PARM_DESC(doorbell, "bus address of a register; a write to it raises the interrupt");

static DEFINE_SPINLOCK(lock);
static struct pci_dev *card;
static void __iomem *registers;
static void __iomem *bell;
static u32 interrupts;
static struct timer_list *timers;
static u32 fired;
static DECLARE_COMPLETION(all_fired);
static DECLARE_COMPLETION(worked);

int bench_spin_lock(u32 count)
{
	while (count--) {
		spin_lock(&lock);
		spin_unlock(&lock);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(bench_spin_lock);

int bench_spin_lock_irqsave(u32 count)
{
	unsigned long flags;

	while (count--) {
		spin_lock_irqsave(&lock, flags);
		spin_unlock_irqrestore(&lock, flags);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(bench_spin_lock_irqsave);

/* What each interrupt handler begins with. */
int bench_mmio_read(u32 count)
{
	int sum = 0;

	while (count--)
		sum += readw(registers + INTR_STATUS);
	return sum & 1;
}
EXPORT_SYMBOL_GPL(bench_mmio_read);

/* The doorbell with no one to hear it. */
int bench_mmio_write(u32 count)
{
	disable_irq(vector);
	while (count--)
		writel(0, bell);
	enable_irq(vector);
	return 0;
}
EXPORT_SYMBOL_GPL(bench_mmio_write);

static irqreturn_t interrupt(int irq, void *data)
{
	interrupts++;
	return IRQ_HANDLED;
}

/* Each write raises an interrupt, which is taken before the next. */
int bench_interrupt(u32 count)
{
	u32 before = interrupts;
	u32 i;

	for (i = 0; i < count; i++)
		writel(1, bell);
	return interrupts - before == count ? 0 : -EIO;
}
EXPORT_SYMBOL_GPL(bench_interrupt);

/* `count` times the other task's turn; two tasks run this at once. */
int bench_switch(u32 count)
{
	while (count--)
		schedule();
	return 0;
}
EXPORT_SYMBOL_GPL(bench_switch);

static void timer_function(struct timer_list *timer)
{
	if (++fired == TIMERS)
		complete(&all_fired);
}

/* Timers that are all due at the next tick. */
int bench_timer(u32 count)
{
	int i;

	for (; count >= TIMERS; count -= TIMERS) {
		fired = 0;
		for (i = 0; i < TIMERS; i++)
			mod_timer(&timers[i], jiffies + 1);
		wait_for_completion(&all_fired);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(bench_timer);

static void work_function(struct work_struct *work)
{
	complete(&worked);
}

/* Work that the task waits for. */
int bench_work(u32 count)
{
	static DECLARE_WORK(work, work_function);

	while (count--) {
		schedule_work(&work);
		wait_for_completion(&worked);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(bench_work);

static int __init bench_core_init(void)
{
	int error = -ENOMEM;
	int i;

	timers = kcalloc(TIMERS, sizeof(*timers), GFP_KERNEL);
	bell = ioremap(doorbell, 4);
	if (!timers || !bell)
		goto no_memory;
	for (i = 0; i < TIMERS; i++)
		timer_setup(&timers[i], timer_function, 0);
	error = -ENODEV;
	card = pci_get_device(PCI_VENDOR_ID_REALTEK, PCI_ANY_ID, NULL);
	if (!card)
		goto no_memory;
	error = pci_enable_device(card);
	if (error)
		goto no_device;
	error = -ENOMEM;
	registers = pci_iomap(card, REGISTERS, 0);
	if (!registers)
		goto no_registers;
	error = request_irq(vector, interrupt, 0, KBUILD_MODNAME, NULL);
	if (!error)
		return 0;
	pci_iounmap(card, registers);
no_registers:
	pci_disable_device(card);
no_device:
	pci_dev_put(card);
no_memory:
	if (bell)
		iounmap(bell);
	kfree(timers);
	return error;
}
module_init(bench_core_init);

static void __exit bench_core_exit(void)
{
	free_irq(vector, NULL);
	pci_iounmap(card, registers);
	pci_disable_device(card);
	pci_dev_put(card);
	iounmap(bell);
	kfree(timers);
}
module_exit(bench_core_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("calls of the core, to be timed");
