// SPDX-License-Identifier: MIT
/*
 * Allocations and frees on all CPUs. Each object carries a mark that is its owner's alone. Half of them pass through slots
 * that all CPUs share, so that they are freed by another CPU than allocated them. An object with two owners shows a wrong
 * mark; one that was lost is missed when the cache is destroyed, and by whoever counts objects before and after.
 */
#include "smp.h"
#include <linux/slab.h>

#define OWN 64
#define SHARED 256

struct object {
	u32 mark;
	u32 words;
	u32 body[];
};

static struct kmem_cache *cache;
static struct object *shared[SHARED];

static struct object *make(struct worker *worker, u32 mark)
{
	bool cached = mark & 1;
	size_t bytes = cached ? 96 : 8 + (next(worker) & 0x3fc);
	struct object *object = cached ? kmem_cache_alloc(cache, GFP_KERNEL) : kmalloc(bytes, GFP_KERNEL);
	u32 words = (bytes - sizeof(*object)) / 4;

	if (!object) {
		check(false);
		return NULL;
	}
	object->mark = mark;
	object->words = words;
	if (words) {
		object->body[0] = ~mark;
		object->body[words - 1] = ~mark;
	}
	return object;
}

static void drop(struct object *object)
{
	u32 mark;

	if (!object)
		return;
	mark = object->mark;
	if (object->words) {
		check(object->body[0] == ~mark);
		check(object->body[object->words - 1] == ~mark);
	}
	/* Whoever gets it twice finds this. */
	object->mark = 0xdeadbeef;
	check(mark != 0xdeadbeef);
	if (mark & 1)
		kmem_cache_free(cache, object);
	else
		kfree(object);
}

static void slab(struct worker *worker)
{
	struct object *own[OWN] = {};
	unsigned int i;

	for (i = 0; i < worker->rounds; i++) {
		u32 mark = (worker->nr << 28) | i;
		u32 r = next(worker);

		if (r & 0x10000) {
			drop(xchg(&shared[r % SHARED], make(worker, mark)));
		} else {
			drop(own[r % OWN]);
			own[r % OWN] = make(worker, mark);
		}
		if (own[r % OWN])
			check(own[r % OWN]->mark >> 28 == worker->nr);
	}
	for (i = 0; i < OWN; i++)
		drop(own[i]);
}

static int __init smp_slab_init(void)
{
	unsigned int i;
	int error;

	cache = kmem_cache_create("smp_slab", 96, 0, 0, NULL);
	if (!cache)
		return -ENOMEM;
	error = on_all(slab);
	for (i = 0; i < SHARED; i++)
		drop(shared[i]);
	kmem_cache_destroy(cache);
	report("slab");
	return error;
}
module_init(smp_slab_init);

static void __exit smp_slab_exit(void)
{
}
module_exit(smp_slab_exit);
MODULE_LICENSE("GPL");
