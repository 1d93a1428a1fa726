// SPDX-License-Identifier: MIT
/* Timers and work that run on one CPU and set themselves again, while another stops them: when that returns nothing runs,
 * and nothing is pending. */
#include "smp.h"
#include <linux/delay.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

static char *test = "timer";
module_param(test, charp, 0444);

struct victim {
	struct timer_list timer;
	struct delayed_work work;
	struct kthread_work kwork;
	struct kthread_worker *worker;
	atomic_t inside;
	bool stopped;
	u32 runs;
	u32 cpu;
};
static struct victim victims[MAX_CPUS];

static void run(struct victim *victim)
{
	check(!READ_ONCE(victim->stopped));
	check(atomic_inc_return(&victim->inside) == 1);
	victim->runs++;
	udelay(20 + victim->runs % 50);
	check(!READ_ONCE(victim->stopped));
	atomic_dec(&victim->inside);
}

static void stopped(struct victim *victim, bool pending)
{
	WRITE_ONCE(victim->stopped, true);
	check(atomic_read(&victim->inside) == 0);
	check(!pending);
}

/* All rounds, and as many more as it takes: a CPU whose thread has to wait for a processor comes late. */
static bool again(struct worker *worker, unsigned int round)
{
	return round < worker->rounds || !READ_ONCE(victims[worker->nr].runs);
}

static void timer_fn(struct timer_list *timer)
{
	struct victim *victim = from_timer(victim, timer, timer);

	run(victim);
	check(raw_smp_processor_id() == victim->cpu);
	mod_timer(timer, jiffies + 1);
}

static void timer(struct worker *worker)
{
	struct victim *victim = &victims[worker->nr];
	unsigned int i;

	for (i = 0; again(worker, i); i++) {
		WRITE_ONCE(victim->stopped, false);
		timer_setup(&victim->timer, timer_fn, TIMER_PINNED);
		victim->timer.expires = jiffies;
		add_timer_on(&victim->timer, victim->cpu);
		usleep_range(3000 + next(worker) % 5000, 10000);
		del_timer_sync(&victim->timer);
		stopped(victim, timer_pending(&victim->timer));
	}
}

static void work_fn(struct work_struct *work)
{
	struct victim *victim = container_of(work, struct victim, work.work);

	run(victim);
	queue_delayed_work_on(victim->cpu, system_wq, &victim->work, victim->runs % 4 ? 0 : 1);
}

static void delayed(struct worker *worker)
{
	struct victim *victim = &victims[worker->nr];
	unsigned int i;

	INIT_DELAYED_WORK(&victim->work, work_fn);
	for (i = 0; again(worker, i); i++) {
		WRITE_ONCE(victim->stopped, false);
		queue_delayed_work_on(victim->cpu, system_wq, &victim->work, 0);
		usleep_range(next(worker) % 500, 1000);
		cancel_delayed_work_sync(&victim->work);
		stopped(victim, delayed_work_pending(&victim->work));
	}
}

static void kwork_fn(struct kthread_work *work)
{
	struct victim *victim = container_of(work, struct victim, kwork);

	run(victim);
	kthread_queue_work(victim->worker, work);
}

static void kthread(struct worker *worker)
{
	struct victim *victim = &victims[worker->nr];
	unsigned int i;

	victim->worker = kthread_create_worker_on_cpu(victim->cpu, 0, "victim/%u", victim->cpu);
	kthread_init_work(&victim->kwork, kwork_fn);
	for (i = 0; again(worker, i); i++) {
		WRITE_ONCE(victim->stopped, false);
		kthread_queue_work(victim->worker, &victim->kwork);
		usleep_range(next(worker) % 500, 1000);
		kthread_cancel_work_sync(&victim->kwork);
		stopped(victim, !list_empty(&victim->kwork.node));
	}
	kthread_destroy_worker(victim->worker);
}

static int __init smp_cancel_init(void)
{
	unsigned int i;
	int error;

	for (i = 0; i < cpus; i++)
		victims[i].cpu = (i + 1) % cpus;
	if (!strcmp(test, "timer"))
		error = on_all(timer);
	else if (!strcmp(test, "delayed"))
		error = on_all(delayed);
	else
		error = on_all(kthread);
	report(test);
	return error;
}
module_init(smp_cancel_init);

static void __exit smp_cancel_exit(void)
{
}
module_exit(smp_cancel_exit);
MODULE_LICENSE("Dual MIT/GPL");
