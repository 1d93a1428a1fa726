/* SPDX-License-Identifier: MIT */
/*
 * linux/lockdep.h for code that annotates its locks: the real functions instead of the empty macros of a kernel without
 * CONFIG_LOCKDEP. That option stays off, since a lockdep_map with a size would move fields that the core knows.
 */
#include <linux/lockdep.h>
#include <linux/irqflags.h>

#undef lock_acquire
#undef lock_release
#undef lockdep_init_map_type
#undef lockdep_init_map_waits
#undef lockdep_init_map_wait
#undef lockdep_init_map
#undef lockdep_reset
#undef lockdep_free_key_range

extern void lock_acquire(struct lockdep_map *lock, unsigned int subclass, int trylock, int read, int check,
			 struct lockdep_map *nest_lock, unsigned long ip);
extern void lock_release(struct lockdep_map *lock, unsigned long ip);
extern void lockdep_init_map_type(struct lockdep_map *lock, const char *name, struct lock_class_key *key,
				  int subclass, u8 inner, u8 outer, u8 lock_type);
extern void lockdep_reset(void);
extern void lockdep_free_key_range(void *start, unsigned long size);

#define lockdep_init_map_waits(lock, name, key, sub, inner, outer) \
	lockdep_init_map_type(lock, name, key, sub, inner, outer, LD_LOCK_NORMAL)
#define lockdep_init_map_wait(lock, name, key, sub, inner) \
	lockdep_init_map_waits(lock, name, key, sub, inner, LD_WAIT_INV)
#define lockdep_init_map(lock, name, key, sub) lockdep_init_map_wait(lock, name, key, sub, LD_WAIT_INV)
/* Who initialises a lock again has a new one. */
#define lockdep_reset_lock(map) do { } while (0)

/* The core reads preempt_count for where it is. */
#undef lockdep_hardirq_enter
#undef lockdep_hardirq_exit
#undef lockdep_hardirq_threaded
#undef lockdep_softirq_enter
#undef lockdep_softirq_exit
#define lockdep_hardirq_enter() do { __wasm_hardirq_wait_type = LD_WAIT_SPIN; } while (0)
#define lockdep_hardirq_threaded() do { __wasm_hardirq_wait_type = LD_WAIT_CONFIG; } while (0)
#define lockdep_hardirq_exit() do { __wasm_hardirq_wait_type = LD_WAIT_CONFIG; } while (0)
#define lockdep_softirq_enter() preempt_count_add(SOFTIRQ_OFFSET)
#define lockdep_softirq_exit() preempt_count_sub(SOFTIRQ_OFFSET)

/* A variable that only the validator's own test has: there it is defined, here it is the core's. */
#undef force_read_lock_recursive
extern unsigned int force_read_lock_recursive;
static unsigned int *const core_force_read_lock_recursive = &force_read_lock_recursive;
#define force_read_lock_recursive *force_read_lock_recursive_at
