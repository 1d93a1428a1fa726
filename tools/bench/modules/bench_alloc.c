// SPDX-License-Identifier: MIT
/* A caller of kmalloc and kfree. The benchmark loads it as a module, and links the same object code to other allocators
 * that go by these names, so that each pays for the same calls. */
#include <linux/module.h>
#include <linux/slab.h>

#define LIVE 64

static void *live[LIVE];

int bench_alloc_fixed(u32 count, u32 size);
int bench_alloc_mixed(u32 count, u32 seed);

/* Pairs of one size, which the compiler does not know. */
int bench_alloc_fixed(u32 count, u32 size)
{
	while (count--)
		kfree(__kmalloc(size, GFP_ATOMIC));
	return 0;
}
EXPORT_SYMBOL_GPL(bench_alloc_fixed);

/* 64 live objects of 8 to 4103 bytes; each turn frees one and puts another in its place. */
int bench_alloc_mixed(u32 count, u32 seed)
{
	u32 x = seed;
	int i;

	while (count--) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		kfree(live[x % LIVE]);
		live[x % LIVE] = __kmalloc(8 + (x >> 8) % 4096, GFP_ATOMIC);
	}
	for (i = 0; i < LIVE; i++) {
		kfree(live[i]);
		live[i] = NULL;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(bench_alloc_mixed);

static int __init bench_alloc_init(void)
{
	return 0;
}
module_init(bench_alloc_init);

static void __exit bench_alloc_exit(void)
{
}
module_exit(bench_alloc_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("calls of an allocator, to be timed");
