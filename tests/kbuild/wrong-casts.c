/* Functions that are called as what they are not, and casts that look alike but do no harm. */
#include <linux/interrupt.h>
#include <linux/module.h>

typedef int (*one_t)(int);
struct ops {
	one_t call;
	void *data;
};

void use(one_t callback);
void keep(void *data);
u64 wide(u64 value);

static int two(int a, void *b)
{
	return a;
}

static int single(int a)
{
	return a;
}

static irqreturn_t handler(int irq, struct ops *own)
{
	return IRQ_HANDLED;
}

static int old_style()
{
	return 0;
}

#define LAUNDER(f) ((one_t)(void *)(f))

/* Each of these would trap. */
struct ops wrong_ops = { .call = (void *)two };
static void (*narrow)(dma_addr_t) = (void *)wide;

static int __init wrong_init(void)
{
	one_t direct = (one_t)two;

	use(direct);
	use((one_t)(unsigned long)two);
	use(LAUNDER(two));
	use((void *)(direct ? two : NULL));
	use(old_style);
	narrow(1);
	return 0;
}

/* None of these would. */
struct ops right_ops = { .call = (void *)single, .data = two };
EXPORT_SYMBOL_GPL(right_ops);
EXPORT_SYMBOL_GPL(wrong_ops);

static void __exit right_exit(void)
{
	void *data = two;

	keep(data);
	keep((void *)two);
	if (right_ops.data == (void *)two || right_ops.call != NULL)
		use(single);
	if (request_irq(1, (irq_handler_t)handler, 0, "right", &right_ops))
		use((one_t)(void *)single);
	use((one_t)data);
}
module_init(wrong_init);
module_exit(right_exit);
MODULE_LICENSE("GPL");
