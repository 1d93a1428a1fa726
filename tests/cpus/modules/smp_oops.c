// SPDX-License-Identifier: MIT
/* A thread on the second CPU that traps. */
#include <linux/kthread.h>
#include <linux/module.h>

static noinline int trap_here(void *unused)
{
	__builtin_trap();
	return 0;
}

static int __init smp_oops_init(void)
{
	struct task_struct *task = kthread_create_on_cpu(trap_here, NULL, 1, "smp_oops/%u");

	if (IS_ERR(task))
		return PTR_ERR(task);
	wake_up_process(task);
	return 0;
}
module_init(smp_oops_init);

static void __exit smp_oops_exit(void)
{
}
module_exit(smp_oops_exit);
MODULE_LICENSE("GPL");
