/* SPDX-License-Identifier: MIT */
/* As linux/mutex.h here: where a semaphore is initialised, and at which level it is taken. */
#ifndef _KPI_SHADOW_LINUX_RWSEM_H
#define _KPI_SHADOW_LINUX_RWSEM_H

#include_next <linux/rwsem.h>
#include <linux/kpi_lock_site.h>

#undef init_rwsem
#define init_rwsem(sem) __init_rwsem((sem), #sem, (struct lock_class_key *)__KPI_LOCK_SITE)

#ifndef CONFIG_DEBUG_LOCK_ALLOC
#undef down_read_nested
#undef down_read_killable_nested
#undef down_write_nested
#undef down_write_killable_nested
#undef down_read_non_owner
#undef up_read_non_owner

extern void down_read_nested(struct rw_semaphore *sem, int subclass);
extern int __must_check down_read_killable_nested(struct rw_semaphore *sem, int subclass);
extern void down_write_nested(struct rw_semaphore *sem, int subclass);
extern int __must_check down_write_killable_nested(struct rw_semaphore *sem, int subclass);
extern void down_read_non_owner(struct rw_semaphore *sem);
extern void up_read_non_owner(struct rw_semaphore *sem);
#endif

#endif
