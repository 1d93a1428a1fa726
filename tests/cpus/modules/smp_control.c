// SPDX-License-Identifier: MIT
/*
 * What must go wrong: two CPUs go through the one order of steps in which a counter without a lock loses an increment, and
 * a lock-free stack without a tag gives an object to two owners. With `guarded` the same steps end well.
 */
#include "smp.h"
#include <linux/atomic.h>
#include <linux/spinlock.h>

static char *test = "counter";
module_param(test, charp, 0444);
static bool guarded;
module_param(guarded, bool, 0444);

static atomic_t step = ATOMIC_INIT(0);

static void reach(int number)
{
	atomic_set(&step, number);
}

static void await(int number)
{
	while (atomic_read(&step) < number)
		cpu_relax();
}

static volatile u32 counter;
static DEFINE_SPINLOCK(lock);

/* In each round: 0 reads, 1 increments, 0 writes what it has read plus one. Under the lock 1 comes after all that. */
static void count_up(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < worker->rounds; i++) {
		if (worker->nr == 0) {
			u32 read;

			if (guarded)
				spin_lock(&lock);
			read = counter;
			reach(3 * i + 1);
			if (!guarded)
				await(3 * i + 2);
			counter = read + 1;
			if (guarded)
				spin_unlock(&lock);
			await(3 * i + 2);
			reach(3 * i + 3);
		} else {
			await(3 * i + 1);
			if (guarded)
				spin_lock(&lock);
			counter = counter + 1;
			if (guarded)
				spin_unlock(&lock);
			reach(3 * i + 2);
			await(3 * i + 3);
		}
	}
}

struct node {
	struct node *next;
	atomic_t owners;
};
static struct node nodes[2];
/* A tag and a pointer: as mm/magazine.ts has them. Unguarded the tag stays 0. */
static u64 head;

static struct node *top(u64 seen)
{
	return (struct node *)(u32)seen;
}

static u64 tagged(u64 seen, struct node *node)
{
	u64 tag = guarded ? (seen >> 32) + 1 : 0;

	return tag << 32 | (u32)node;
}

static void push(struct node *node)
{
	u64 seen = READ_ONCE(head);

	atomic_dec(&node->owners);
	for (;;) {
		u64 now;

		node->next = top(seen);
		now = cmpxchg64(&head, seen, tagged(seen, node));
		if (now == seen)
			return;
		seen = now;
	}
}

/* `pause`: between the look at the first node and the exchange the other CPU has its turn. */
static struct node *pop(bool pause)
{
	u64 seen = READ_ONCE(head);

	while (top(seen)) {
		struct node *next = READ_ONCE(top(seen)->next);
		u64 now;

		if (pause) {
			reach(1);
			await(2);
			pause = false;
		}
		now = cmpxchg64(&head, seen, tagged(seen, next));
		if (now == seen) {
			check(atomic_inc_return(&top(seen)->owners) == 1);
			return top(seen);
		}
		seen = now;
	}
	return NULL;
}

static void aba(struct worker *worker)
{
	if (worker->nr == 0) {
		pop(true);
		/* Nothing is left: the other one has the second node. */
		check(pop(false) == NULL);
		reach(3);
	} else {
		struct node *first;

		await(1);
		first = pop(false);
		pop(false);
		push(first);
		reach(2);
		await(3);
	}
}

static int __init smp_control_init(void)
{
	int error;

	if (!strcmp(test, "counter")) {
		error = on_all(count_up);
		check(counter == count / cpus * cpus);
	} else {
		atomic_set(&nodes[0].owners, 1);
		atomic_set(&nodes[1].owners, 1);
		push(&nodes[1]);
		push(&nodes[0]);
		error = on_all(aba);
	}
	report(test);
	return error;
}
module_init(smp_control_init);

static void __exit smp_control_exit(void)
{
}
module_exit(smp_control_exit);
MODULE_LICENSE("GPL");
