// SPDX-License-Identifier: MIT
/* Locks of every kind around plain variables, and atomic operations without a lock, on all CPUs: the sums are exact. */
#include "smp.h"
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>
#include <linux/spinlock.h>

static char *test = "spinlock";
module_param(test, charp, 0444);

/* Two halves of one value: whoever sees them differ came in while somebody else was inside. */
static volatile u32 left, right;

static void enter(void)
{
	check(left == right);
	left++;
	/* An interrupt window, so that others are here meanwhile also where there is one processor for all. */
	if (!(left & 0xff))
		cpu_relax();
	right++;
}

static DEFINE_SPINLOCK(spin);

static void spinlock(struct worker *worker)
{
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < worker->rounds; i++) {
		switch (i % 4) {
		case 0:
			spin_lock(&spin);
			enter();
			spin_unlock(&spin);
			break;
		case 1:
			spin_lock_irqsave(&spin, flags);
			enter();
			spin_unlock_irqrestore(&spin, flags);
			break;
		case 2:
			spin_lock_bh(&spin);
			enter();
			spin_unlock_bh(&spin);
			break;
		default:
			while (!spin_trylock(&spin))
				cpu_relax();
			enter();
			spin_unlock(&spin);
		}
	}
}

static DEFINE_RWLOCK(rw);
static atomic_t readers = ATOMIC_INIT(0);
static atomic_t written = ATOMIC_INIT(0);

static void rwlock(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < worker->rounds; i++) {
		if (next(worker) % 4 == 0) {
			write_lock(&rw);
			check(atomic_read(&readers) == 0);
			enter();
			write_unlock(&rw);
			atomic_inc(&written);
		} else {
			read_lock(&rw);
			atomic_inc(&readers);
			check(left == right);
			atomic_dec(&readers);
			read_unlock(&rw);
		}
	}
}

static DEFINE_MUTEX(mutex_);

static void mutex(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < worker->rounds; i++) {
		mutex_lock(&mutex_);
		enter();
		/* With the lock held somebody else is let in front: others have to sleep for it. */
		if (!(i % 16))
			cond_resched();
		mutex_unlock(&mutex_);
	}
}

static DECLARE_RWSEM(rwsem_);

static void rwsem(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < worker->rounds; i++) {
		if (next(worker) % 4 == 0) {
			down_write(&rwsem_);
			check(atomic_read(&readers) == 0);
			enter();
			up_write(&rwsem_);
			atomic_inc(&written);
		} else {
			down_read(&rwsem_);
			atomic_inc(&readers);
			check(left == right);
			atomic_dec(&readers);
			up_read(&rwsem_);
		}
	}
}

/* One less than there are CPUs may be inside. */
static struct semaphore sem;
static atomic_t inside = ATOMIC_INIT(0);

static void semaphore(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < worker->rounds; i++) {
		down(&sem);
		check(atomic_inc_return(&inside) < cpus);
		atomic_inc(&written);
		atomic_dec(&inside);
		up(&sem);
	}
}

static atomic_t sum = ATOMIC_INIT(0), returned = ATOMIC_INIT(0), swapped = ATOMIC_INIT(0);
static atomic64_t sum64 = ATOMIC64_INIT(0);
static refcount_t references = REFCOUNT_INIT(1);
static unsigned long bits[2], lock_bit;
static u8 bytes[4];

static void atomics(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < worker->rounds; i++) {
		int seen;

		atomic_inc(&sum);
		atomic_add(2, &sum);
		atomic_dec(&sum);
		atomic64_add(0x100000001LL, &sum64);
		/* No two get the same number: the sum of all is that of 1 to count. Modulo 2^32, as far as atomic_t goes. */
		atomic_add(atomic_inc_return(&returned), &swapped);
		seen = atomic_read(&sum);
		while (!atomic_try_cmpxchg(&sum, &seen, seen + 1))
			;
		refcount_inc(&references);
		check(!refcount_dec_and_test(&references));
		/* A bit of each CPU's own, in a word of all; a byte of each CPU's own beside those of others. */
		check(!test_and_set_bit(worker->nr * 7, bits));
		check(test_and_clear_bit(worker->nr * 7, bits));
		check(!test_and_change_bit(32 + worker->nr, bits));
		change_bit(32 + worker->nr, bits);
		check(xchg(&bytes[worker->nr], 1) == 0);
		check(cmpxchg(&bytes[worker->nr], 1, 0) == 1);
		while (test_and_set_bit_lock(3, &lock_bit))
			cpu_relax();
		enter();
		clear_bit_unlock(3, &lock_bit);
	}
}

static u32 sum_to(u32 n)
{
	return (u64)n * (n + 1) / 2;
}

static int __init smp_locks_init(void)
{
	u32 all = count / cpus * cpus;
	u32 expected = all;
	int error;

	sema_init(&sem, cpus - 1);
	if (!strcmp(test, "spinlock"))
		error = on_all(spinlock);
	else if (!strcmp(test, "rwlock"))
		error = on_all(rwlock);
	else if (!strcmp(test, "mutex"))
		error = on_all(mutex);
	else if (!strcmp(test, "rwsem"))
		error = on_all(rwsem);
	else if (!strcmp(test, "semaphore"))
		error = on_all(semaphore);
	else if (!strcmp(test, "atomics"))
		error = on_all(atomics);
	else
		return -EINVAL;
	if (!strcmp(test, "rwlock") || !strcmp(test, "rwsem"))
		expected = atomic_read(&written);
	if (!strcmp(test, "semaphore"))
		check(atomic_read(&written) == all);
	else
		check(left == expected && right == expected);
	if (!strcmp(test, "atomics")) {
		check((u32)atomic_read(&sum) == 3 * all);
		check(atomic64_read(&sum64) == all * 0x100000001LL);
		check((u32)atomic_read(&swapped) == sum_to(all));
		check(refcount_read(&references) == 1);
		check(bits[0] == 0 && bits[1] == 0);
	}
	report(test);
	return error;
}
module_init(smp_locks_init);

static void __exit smp_locks_exit(void)
{
}
module_exit(smp_locks_exit);
MODULE_LICENSE("GPL");
