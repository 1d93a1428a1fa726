/* SPDX-License-Identifier: MIT */
/*
 * A mutex says where it is initialised, so that the core knows its class, and at which level it is taken inside others of
 * that; struct mutex stays as it is. The key of Linux has no size without CONFIG_LOCKDEP, and so tells nothing.
 */
#ifndef _KPI_SHADOW_LINUX_MUTEX_H
#define _KPI_SHADOW_LINUX_MUTEX_H

#include_next <linux/mutex.h>
#include <linux/kpi_lock_site.h>

#undef mutex_init
#define mutex_init(mutex) __mutex_init((mutex), #mutex, (struct lock_class_key *)__KPI_LOCK_SITE)

#ifndef CONFIG_DEBUG_LOCK_ALLOC
#undef mutex_lock_nested
#undef mutex_lock_interruptible_nested
#undef mutex_lock_killable_nested
#undef mutex_lock_io_nested

extern void mutex_lock_nested(struct mutex *lock, unsigned int subclass);
extern int __must_check mutex_lock_interruptible_nested(struct mutex *lock, unsigned int subclass);
extern int __must_check mutex_lock_killable_nested(struct mutex *lock, unsigned int subclass);
extern void mutex_lock_io_nested(struct mutex *lock, unsigned int subclass);
#endif

#endif
