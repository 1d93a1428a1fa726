/* SPDX-License-Identifier: MIT */
/* The core's lock validator keeps what it knows of a lock by the lock's address: a lockdep_map has no size. */
#ifndef _KPI_SHADOW_LINUX_LOCKDEP_H
#define _KPI_SHADOW_LINUX_LOCKDEP_H

#include_next <linux/lockdep.h>
#include <linux/kpi_lock_site.h>

#ifndef CONFIG_LOCKDEP
extern void __wasm_lockdep_set_class(void *lock, const char *name, const char *site);
extern void __wasm_lockdep_set_novalidate_class(void *lock);
/* What a hardirq handler may wait for, LD_WAIT_*: under PREEMPT_RT most would be threads. */
extern unsigned int __wasm_hardirq_wait_type;

#undef lockdep_set_class
#undef lockdep_set_class_and_name
#undef lockdep_set_novalidate_class

#define lockdep_set_class(lock, key) \
	do { (void)(key); __wasm_lockdep_set_class((lock), #key, __KPI_LOCK_SITE); } while (0)
#define lockdep_set_class_and_name(lock, key, name) \
	do { (void)(key); __wasm_lockdep_set_class((lock), (name), __KPI_LOCK_SITE); } while (0)
#define lockdep_set_novalidate_class(lock) __wasm_lockdep_set_novalidate_class(lock)
#endif

#endif
