// SPDX-License-Identifier: GPL-2.0
/*
 * lib/locking-selftest.c, unmodified, as a module: it calls locking_selftest() as start_kernel() does, before the system
 * counts as running, so that might_sleep() does not speak up. Built with this project's lock validator annotated
 * (annotations.h).
 */
#include "annotations.h"
#include <linux/sched.h>
#include <linux/gfp.h>
#include <linux/mm_types.h>

/* might_alloc() as the validator sees it. */
#define CONFIG_LOCKDEP 1
#include <linux/sched/mm.h>
#undef CONFIG_LOCKDEP

#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/ww_mutex.h>
#include <linux/rtmutex.h>
#include <linux/local_lock.h>
#include <linux/rwlock.h>

/* A map without members has nothing to be initialised. */
#undef RAW_SPIN_DEP_MAP_INIT
#undef SPIN_DEP_MAP_INIT
#undef LOCAL_SPIN_DEP_MAP_INIT
#undef RW_DEP_MAP_INIT
#undef __DEP_MAP_MUTEX_INITIALIZER
#undef __RWSEM_DEP_MAP_INIT
#undef __DEP_MAP_RT_MUTEX_INITIALIZER
#undef LOCAL_LOCK_DEBUG_INIT
#define RAW_SPIN_DEP_MAP_INIT(lockname)
#define SPIN_DEP_MAP_INIT(lockname)
#define LOCAL_SPIN_DEP_MAP_INIT(lockname)
#define RW_DEP_MAP_INIT(lockname)
#define __DEP_MAP_MUTEX_INITIALIZER(lockname)
#define __RWSEM_DEP_MAP_INIT(lockname)
#define __DEP_MAP_RT_MUTEX_INITIALIZER(lockname)
#define LOCAL_LOCK_DEBUG_INIT(lockname) .owner = NULL,

#undef locking_selftest
void locking_selftest(void);
#include "locking-selftest.c"

static void __init name_rcu_maps(void)
{
	static struct lock_class_key key;

	lockdep_init_map_waits(&rcu_lock_map, "rcu_read_lock", &key, 0, LD_WAIT_CONFIG, LD_WAIT_FREE);
	lockdep_init_map_waits(&rcu_bh_lock_map, "rcu_read_lock_bh", &key, 0, LD_WAIT_CONFIG, LD_WAIT_FREE);
	lockdep_init_map_waits(&rcu_sched_lock_map, "rcu_read_lock_sched", &key, 0, LD_WAIT_SPIN, LD_WAIT_FREE);
}

static int __init locking_selftest_init(void)
{
	enum system_states state = system_state;

	force_read_lock_recursive_at = core_force_read_lock_recursive;
	name_rcu_maps();
	system_state = SYSTEM_BOOTING;
	locking_selftest();
	system_state = state;
	return 0;
}

static void __exit locking_selftest_exit(void)
{
}

module_init(locking_selftest_init);
module_exit(locking_selftest_exit);
MODULE_LICENSE("GPL");
