/* An interrupt handler without its second parameter: works on most processors, traps on WebAssembly. */
#include <linux/interrupt.h>
#include <linux/module.h>

static irqreturn_t handler(int irq)
{
	return IRQ_HANDLED;
}

static int __init wrong_init(void)
{
	return request_irq(1, handler, 0, "wrong", NULL);
}
module_init(wrong_init);
MODULE_LICENSE("GPL");
