// SPDX-License-Identifier: MIT
/*
 * An interrupt that a thread outside raises as fast as it can, while one CPU disables and enables it and gives it to the
 * other CPU and back, and the other requests and frees a second handler on the same line. Says at its end how often the
 * first handler ran.
 */
#include "smp.h"
#include <linux/delay.h>
#include <linux/interrupt.h>

static unsigned int irq = 60;
module_param(irq, uint, 0444);

static struct task_struct *tasks[2];
static unsigned long inside;
static u32 handled, on_cpu[2];
static atomic_t disabled_, freed;
static bool second;

static irqreturn_t first_handler(int nr, void *dev)
{
	check(!test_and_set_bit(0, &inside));
	handled++;
	on_cpu[smp_processor_id()]++;
	clear_bit(0, &inside);
	return IRQ_HANDLED;
}

static irqreturn_t second_handler(int nr, void *dev)
{
	check(READ_ONCE(second));
	return IRQ_NONE;
}

static void turns(unsigned int count)
{
	while (count--)
		cpu_relax();
}

static int disable_and_move(void *unused)
{
	unsigned int i;

	for (i = 0; !kthread_should_stop(); i++) {
		u32 before;

		disable_irq(irq);
		before = READ_ONCE(handled);
		check(!test_bit(0, &inside));
		turns(8);
		check(READ_ONCE(handled) == before);
		enable_irq(irq);
		check(irq_set_affinity(irq, cpumask_of(i % 2)) == 0);
		turns(64);
		atomic_inc(&disabled_);
		cond_resched();
	}
	return 0;
}

static int request_and_free(void *unused)
{
	while (!kthread_should_stop()) {
		WRITE_ONCE(second, true);
		check(request_irq(irq, second_handler, IRQF_SHARED, "second", &second) == 0);
		turns(64);
		free_irq(irq, &second);
		WRITE_ONCE(second, false);
		turns(8);
		atomic_inc(&freed);
		cond_resched();
	}
	return 0;
}

static int __init smp_irq_init(void)
{
	int error = request_irq(irq, first_handler, IRQF_SHARED, "first", &handled);

	if (error)
		return error;
	tasks[0] = kthread_create_on_cpu(disable_and_move, NULL, 0, "smp_irq/%u");
	tasks[1] = kthread_create_on_cpu(request_and_free, NULL, 1, "smp_irq/%u");
	wake_up_process(tasks[0]);
	wake_up_process(tasks[1]);
	return 0;
}
module_init(smp_irq_init);

static void __exit smp_irq_exit(void)
{
	bool pending;

	kthread_stop(tasks[0]);
	kthread_stop(tasks[1]);
	do {
		msleep(1);
		check(irq_get_irqchip_state(irq, IRQCHIP_STATE_PENDING, &pending) == 0);
	} while (pending);
	free_irq(irq, &handled);
	check(on_cpu[0] + on_cpu[1] == handled);
	pr_info("%s: irq: %u handled, %d disabled, %d freed, both CPUs: %d, %d wrong\n", KBUILD_MODNAME, handled,
		atomic_read(&disabled_) > 0, atomic_read(&freed) > 0, on_cpu[0] && on_cpu[1], atomic_read(&wrong));
}
module_exit(smp_irq_exit);
MODULE_LICENSE("GPL");
