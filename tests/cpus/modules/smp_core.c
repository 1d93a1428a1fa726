// SPDX-License-Identifier: MIT
/* What else CPUs share: pages, per-CPU memory, identifiers, RCU, timers that are waited for, the log. */
#include "smp.h"
#include <linux/gfp.h>
#include <linux/idr.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

static char *test = "pages";
module_param(test, charp, 0444);

#define OWN 16
#define SHARED 32

/* Blocks of pages, half of them freed by another CPU than took them; each carries its owner's mark at both ends. */
struct block {
	u32 mark;
	u32 order;
};
static struct block *shared[SHARED];

static struct block *take(u32 mark, u32 order)
{
	struct block *block = (void *)__get_free_pages(GFP_KERNEL, order);

	if (!block) {
		check(false);
		return NULL;
	}
	block->mark = mark;
	block->order = order;
	*(u32 *)((u8 *)block + (PAGE_SIZE << order) - 4) = ~mark;
	return block;
}

static void give(struct block *block)
{
	if (!block)
		return;
	check(*(u32 *)((u8 *)block + (PAGE_SIZE << block->order) - 4) == ~block->mark);
	free_pages((unsigned long)block, block->order);
}

static void pages(struct worker *worker)
{
	struct block *own[OWN] = {};
	unsigned int i;

	for (i = 0; i < worker->rounds; i++) {
		u32 r = next(worker);
		struct block *block;

		if (r & 0x10000) {
			give(xchg(&shared[r % SHARED], take(worker->nr << 28 | i, (r >> 20) % 3)));
			continue;
		}
		block = own[r % OWN];
		if (block)
			check(block->mark >> 28 == worker->nr);
		give(block);
		own[r % OWN] = take(worker->nr << 28 | i, (r >> 20) % 3);
	}
	for (i = 0; i < OWN; i++)
		give(own[i]);
}

/* Per-CPU counters that come and go, vmalloc'ed memory. */
static void areas(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < worker->rounds; i++) {
		u32 __percpu *counter = alloc_percpu(u32);
		u32 *area = i % 16 ? NULL : vzalloc(3 * PAGE_SIZE);

		if (!counter) {
			check(false);
			continue;
		}
		check(*this_cpu_ptr(counter) == 0);
		*this_cpu_ptr(counter) = i + 1;
		if (area) {
			check(area[0] == 0);
			area[0] = worker->nr;
		}
		cpu_relax();
		check(*this_cpu_ptr(counter) == i + 1);
		if (area)
			check(area[0] == worker->nr);
		free_percpu(counter);
		vfree(area);
	}
}

static DEFINE_IDA(ida);
static u8 taken[4096];

/* No identifier has two owners. */
static void ids(struct worker *worker)
{
	int own[8] = { -1, -1, -1, -1, -1, -1, -1, -1 };
	unsigned int i;

	for (i = 0; i < worker->rounds; i++) {
		int *id = &own[next(worker) % 8];

		if (*id >= 0) {
			check(xchg(&taken[*id], 0) == worker->nr + 1);
			ida_free(&ida, *id);
		}
		*id = ida_alloc_max(&ida, 4095, GFP_KERNEL);
		check(*id >= 0 && xchg(&taken[*id], worker->nr + 1) == 0);
	}
	for (i = 0; i < 8; i++) {
		if (own[i] >= 0) {
			xchg(&taken[own[i]], 0);
			ida_free(&ida, own[i]);
		}
	}
}

struct value {
	u32 a, b;
};
static struct value __rcu *current_value;
static atomic_t readers_left;

/* CPU 0 puts new values in place of old ones, which it spoils and frees when nobody can be reading them. */
static void rcu(struct worker *worker)
{
	unsigned int i;

	if (worker->nr != 0) {
		for (i = 0; i < worker->rounds; i++) {
			struct value *value;
			u32 a;

			rcu_read_lock();
			value = rcu_dereference(current_value);
			a = value->a;
			if (i % 64 == 0)
				cpu_relax();
			check(a != 0 && value->b == ~a);
			rcu_read_unlock();
			if (i % 256 == 0)
				cond_resched();
		}
		atomic_dec(&readers_left);
		return;
	}
	for (i = 2; atomic_read(&readers_left) > 0; i++) {
		struct value *value = kmalloc(sizeof(*value), GFP_KERNEL), *old;

		value->a = i;
		value->b = ~i;
		old = rcu_replace_pointer(current_value, value, true);
		synchronize_rcu();
		old->a = 0;
		old->b = 0;
		kfree(old);
	}
}

struct ticker {
	struct timer_list timer;
	int inside;
	u32 fired;
};
static struct ticker tickers[MAX_CPUS];

static void tick(struct timer_list *timer)
{
	struct ticker *ticker = from_timer(ticker, timer, timer);
	int i;

	WRITE_ONCE(ticker->inside, 1);
	for (i = 0; i < 50; i++)
		cpu_relax();
	ticker->fired++;
	WRITE_ONCE(ticker->inside, 0);
	mod_timer(timer, jiffies + 1);
}

/* Each stops the timer that fires on its neighbour. */
static void timer_sync(struct worker *worker)
{
	struct ticker *ticker = &tickers[worker->nr];
	unsigned int i;

	timer_setup(&ticker->timer, tick, 0);
	/* A neighbour whose thread has to wait for a processor fires later. */
	for (i = 0; i < worker->rounds || !READ_ONCE(ticker->fired); i++) {
		ticker->timer.expires = jiffies + 1;
		add_timer_on(&ticker->timer, (worker->nr + 1) % cpus);
		schedule_timeout_uninterruptible(2);
		del_timer_sync(&ticker->timer);
		check(!READ_ONCE(ticker->inside));
		check(!timer_pending(&ticker->timer));
	}
}

static void log_lines(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < worker->rounds; i++)
		pr_info("line %u of %u <%*c>\n", i, worker->nr, (int)(next(worker) % 40) + 1, '.');
}

static int __init smp_core_init(void)
{
	unsigned int i;
	int error = -EINVAL;

	if (!strcmp(test, "pages")) {
		error = on_all(pages);
		for (i = 0; i < SHARED; i++)
			give(shared[i]);
	} else if (!strcmp(test, "areas")) {
		error = on_all(areas);
	} else if (!strcmp(test, "ids")) {
		error = on_all(ids);
		check(ida_is_empty(&ida));
	} else if (!strcmp(test, "rcu")) {
		struct value *first = kmalloc(sizeof(*first), GFP_KERNEL);

		if (!first)
			return -ENOMEM;
		first->a = 1;
		first->b = ~1;
		rcu_assign_pointer(current_value, first);
		atomic_set(&readers_left, cpus - 1);
		error = on_all(rcu);
		kfree(rcu_dereference_raw(current_value));
	} else if (!strcmp(test, "timer_sync")) {
		error = on_all(timer_sync);
	} else if (!strcmp(test, "log_lines")) {
		error = on_all(log_lines);
	}
	if (!error)
		report(test);
	return error;
}
module_init(smp_core_init);

static void __exit smp_core_exit(void)
{
}
module_exit(smp_core_exit);
MODULE_LICENSE("GPL");
