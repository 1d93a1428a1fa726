// SPDX-License-Identifier: MIT
/* Tasks that wake each other across CPUs. A wake-up that is lost leaves them asleep for ever; one too many shows in a sum. */
#include "smp.h"
#include <linux/delay.h>
#include <linux/smp.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

static char *test = "completion";
module_param(test, charp, 0444);

static u32 handled;

/* A token goes around: each passes it on to the next CPU. */
static struct completion tokens[MAX_CPUS];

static void completion(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < worker->rounds; i++) {
		wait_for_completion(&tokens[worker->nr]);
		handled++;
		complete(&tokens[(worker->nr + 1) % cpus]);
	}
}

static DECLARE_WAIT_QUEUE_HEAD(queue);
static u32 turn;

/* All sleep on one queue, and each wake-up is for one of them. Whose turn it is may enter without having slept, that is,
 * without any lock between it and the one before: the turn itself is what orders the one's work before the other's. */
static void waitqueue(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < worker->rounds; i++) {
		wait_event(queue, smp_load_acquire(&turn) % cpus == worker->nr);
		handled++;
		smp_store_release(&turn, turn + 1);
		wake_up_all(&queue);
	}
}

/* wake_up_process, and the sleeper's own look at what it waits for. */
static struct task_struct *tasks[MAX_CPUS];
static atomic_t there = ATOMIC_INIT(0);

static void process(struct worker *worker)
{
	u32 other = (worker->nr + 1) % cpus;
	unsigned int i;

	WRITE_ONCE(tasks[worker->nr], current);
	atomic_inc(&there);
	while (atomic_read(&there) < cpus)
		msleep(1);
	for (i = 0; i < worker->rounds; i++) {
		for (;;) {
			set_current_state(TASK_UNINTERRUPTIBLE);
			if (smp_load_acquire(&turn) % cpus == worker->nr)
				break;
			schedule();
		}
		__set_current_state(TASK_RUNNING);
		handled++;
		smp_store_release(&turn, turn + 1);
		wake_up_process(READ_ONCE(tasks[other]));
	}
	/* The last one has nobody to wake it once the others are gone; and nobody may be woken that is gone. */
	atomic_dec(&there);
	while (atomic_read(&there) > 0)
		msleep(1);
}

static void add_one(void *info)
{
	check(raw_smp_processor_id() == (unsigned long)info);
	handled++;
}

static atomic_t everywhere = ATOMIC_INIT(0);

static void count_cpu(void *info)
{
	atomic_inc(info);
}

/* Only CPU 0 calls, into the interrupts of CPU 1; drivers see two CPUs. */
static void calls(struct worker *worker)
{
	unsigned int i, all = worker->rounds * cpus;

	if (worker->nr != 0)
		return;
	for (i = 0; i < all; i++)
		check(smp_call_function_single(1, add_one, (void *)1, i % 2) == 0);
	/* Calls are made in order, so this one comes after all. */
	check(smp_call_function_single(1, count_cpu, &everywhere, 1) == 0);
	on_each_cpu(count_cpu, &everywhere, 1);
	check(atomic_read(&everywhere) == 1 + num_online_cpus());
	check(smp_call_function_single(5, count_cpu, &everywhere, 1) == -ENXIO);
}

struct item {
	struct work_struct work;
	u32 runs;
	u32 queued;
	int cpu;
};
static struct item items[MAX_CPUS];

static void run_item(struct work_struct *work)
{
	struct item *item = container_of(work, struct item, work);

	check(raw_smp_processor_id() == item->cpu);
	item->runs++;
}

/* Each queues its item on the other CPU: an item runs once for each time that it was queued. */
static void workqueue(struct worker *worker)
{
	struct item *item = &items[worker->nr];
	unsigned int i;

	INIT_WORK(&item->work, run_item);
	item->cpu = (worker->nr + 1) % min(cpus, 2u);
	for (i = 0; i < worker->rounds; i++) {
		item->queued += schedule_work_on(item->cpu, &item->work);
		if (i % 8 == 0)
			flush_work(&item->work);
	}
	flush_work(&item->work);
	check(item->runs == item->queued);
	check(item->queued > worker->rounds / 8);
	check(!cancel_work_sync(&item->work));
}

/* Timers of each CPU's own, waited for. */
static void timers(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		unsigned long start = jiffies;

		check(schedule_timeout_uninterruptible(2) == 0);
		check(time_after_eq(jiffies, start + 2));
		usleep_range(100, 200);
	}
}

static int __init smp_wake_init(void)
{
	u32 expected = count / cpus * cpus;
	unsigned int i;
	int error;

	for (i = 0; i < MAX_CPUS; i++)
		init_completion(&tokens[i]);
	complete(&tokens[0]);
	if (!strcmp(test, "completion"))
		error = on_all(completion);
	else if (!strcmp(test, "waitqueue"))
		error = on_all(waitqueue);
	else if (!strcmp(test, "process"))
		error = on_all(process);
	else if (!strcmp(test, "calls"))
		error = on_all(calls);
	else if (!strcmp(test, "workqueue"))
		error = on_all(workqueue);
	else if (!strcmp(test, "timers"))
		error = on_all(timers);
	else
		return -EINVAL;
	if (strcmp(test, "workqueue") && strcmp(test, "timers"))
		check_sum("handled", handled, expected);
	report(test);
	return error;
}
module_init(smp_wake_init);

static void __exit smp_wake_exit(void)
{
}
module_exit(smp_wake_exit);
MODULE_LICENSE("GPL");
