/* SPDX-License-Identifier: MIT */
/*
 * One task on each of `cpus` CPUs, all in the same test at the same time. A module says what it did and how much of it was
 * wrong: "smp_slab: 4 CPUs, 1000000 operations, 0 wrong"; and of the first things that are wrong, which they are.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#define MAX_CPUS 4

static unsigned int cpus = 2;
module_param(cpus, uint, 0444);
/* Operations, all CPUs together. */
static unsigned int count = 1000;
module_param(count, uint, 0444);

static atomic_t wrong = ATOMIC_INIT(0);
static DECLARE_COMPLETION(all_go);
static DECLARE_COMPLETION(all_done);
static atomic_t arrived;

struct worker {
	unsigned int nr;
	unsigned int rounds;
	u32 seed;
	void (*test)(struct worker *worker);
};

static struct worker workers[MAX_CPUS];

#define MAX_REPORTS 8

static noinline void report_wrong(const char *function, int line, const char *what)
{
	if (atomic_inc_return(&wrong) <= MAX_REPORTS)
		pr_err("%s: CPU %u, %s, line %d: not so: %s\n", KBUILD_MODNAME, raw_smp_processor_id(), function, line, what);
}

#define check(right)                                              \
	do {                                                      \
		if (!(right))                                     \
			report_wrong(__func__, __LINE__, #right); \
	} while (0)

/* A sum that has to be exact. */
static __maybe_unused void check_sum(const char *name, u64 sum, u64 expected)
{
	if (sum == expected)
		return;
	atomic_inc(&wrong);
	pr_err("%s: %s is %llu, not %llu\n", KBUILD_MODNAME, name, sum, expected);
}

static inline u32 next(struct worker *worker)
{
	worker->seed ^= worker->seed << 13;
	worker->seed ^= worker->seed >> 17;
	worker->seed ^= worker->seed << 5;
	return worker->seed;
}

static int work(void *data)
{
	struct worker *worker = data;

	wait_for_completion(&all_go);
	/* Nobody is through before the last one begins. */
	atomic_inc(&arrived);
	while (atomic_read(&arrived) < cpus)
		cpu_relax();
	check(raw_smp_processor_id() == worker->nr);
	worker->test(worker);
	check(raw_smp_processor_id() == worker->nr);
	complete(&all_done);
	return 0;
}

/* Runs `test` on all CPUs and returns when all are through. Each has `count` / `cpus` rounds. */
static int on_all(void (*test)(struct worker *worker))
{
	struct task_struct *tasks[MAX_CPUS];
	unsigned int i;

	reinit_completion(&all_go);
	reinit_completion(&all_done);
	atomic_set(&arrived, 0);
	for (i = 0; i < cpus; i++) {
		struct task_struct *task;

		workers[i].nr = i;
		workers[i].rounds = count / cpus;
		workers[i].seed = 0x9e3779b9 * (i + 1);
		workers[i].test = test;
		task = kthread_create_on_cpu(work, &workers[i], i, "smp/%u");
		if (IS_ERR(task))
			return PTR_ERR(task);
		tasks[i] = task;
		get_task_struct(task);
		wake_up_process(task);
	}
	complete_all(&all_go);
	for (i = 0; i < cpus; i++)
		wait_for_completion(&all_done);
	/* They end by themselves; this waits until they have, also with the last of this module's code. */
	for (i = 0; i < cpus; i++) {
		kthread_stop(tasks[i]);
		put_task_struct(tasks[i]);
	}
	return 0;
}

static void report(const char *test)
{
	pr_info("%s: %s: %u CPUs, %u operations, %d wrong\n", KBUILD_MODNAME, test, cpus, count / cpus * cpus,
		atomic_read(&wrong));
}
