// SPDX-License-Identifier: MIT
/* The loops of bench_alloc.c on several CPUs at once: a thread on each, with objects of its own. */
#include <linux/cache.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>

#define LIVE 64
#define SIZE 64

/* Each in cache lines of its own. */
struct worker {
	u32 count;
	u32 seed;
	bool mixed;
	void *live[LIVE];
} __aligned(2 * L1_CACHE_BYTES);

static struct worker workers[NR_CPUS];
static DECLARE_COMPLETION(done);

int bench_cpus(u32 count, u32 cpus, u32 mixed);

static void fixed_pairs(u32 count)
{
	while (count--)
		kfree(__kmalloc(SIZE, GFP_ATOMIC));
}

static void mixed_pairs(struct worker *worker)
{
	u32 count = worker->count, x = worker->seed;
	int i;

	while (count--) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		kfree(worker->live[x % LIVE]);
		worker->live[x % LIVE] = __kmalloc(8 + (x >> 8) % 4096, GFP_ATOMIC);
	}
	for (i = 0; i < LIVE; i++) {
		kfree(worker->live[i]);
		worker->live[i] = NULL;
	}
}

static int work(void *data)
{
	struct worker *worker = data;

	if (worker->mixed)
		mixed_pairs(worker);
	else
		fixed_pairs(worker->count);
	complete(&done);
	return 0;
}

/* `count` pairs, as many on each of `cpus` CPUs. */
int bench_cpus(u32 count, u32 cpus, u32 mixed)
{
	u32 i;

	reinit_completion(&done);
	for (i = 0; i < cpus; i++) {
		struct task_struct *task;

		workers[i].count = count / cpus;
		workers[i].seed = 0x2545f491 * (i + 1);
		workers[i].mixed = mixed;
		task = kthread_create_on_cpu(work, &workers[i], i, "bench/%u");
		if (IS_ERR(task))
			return PTR_ERR(task);
		wake_up_process(task);
	}
	for (i = 0; i < cpus; i++)
		wait_for_completion(&done);
	return 0;
}
EXPORT_SYMBOL_GPL(bench_cpus);

static int __init bench_cpus_init(void)
{
	return 0;
}
module_init(bench_cpus_init);

static void __exit bench_cpus_exit(void)
{
}
module_exit(bench_cpus_exit);
MODULE_LICENSE("GPL");
