// SPDX-License-Identifier: MIT
/* A thread on the second CPU that never reaches an interrupt window. */
#include <linux/kthread.h>
#include <linux/module.h>

static volatile int forever = 1;

static int spin(void *unused)
{
	while (forever)
		;
	return 0;
}

static int __init smp_stuck_init(void)
{
	struct task_struct *task = kthread_create_on_cpu(spin, NULL, 1, "smp_stuck/%u");

	if (IS_ERR(task))
		return PTR_ERR(task);
	wake_up_process(task);
	return 0;
}
module_init(smp_stuck_init);

static void __exit smp_stuck_exit(void)
{
}
module_exit(smp_stuck_exit);
MODULE_LICENSE("GPL");
