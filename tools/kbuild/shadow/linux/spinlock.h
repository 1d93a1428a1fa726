/* SPDX-License-Identifier: MIT */
/*
 * Initialising a lock tells the core its name and place, so that a report can say which lock it
 * is, and of which class; the lock itself stays the 4 bytes that the layout has for it.
 */
#ifndef _KPI_SHADOW_LINUX_SPINLOCK_H
#define _KPI_SHADOW_LINUX_SPINLOCK_H

#include_next <linux/spinlock.h>
#include <linux/kpi_lock_site.h>

extern void __wasm_raw_spin_lock_init(raw_spinlock_t *lock, const char *name, const char *site);
extern void __wasm_spin_lock_init(raw_spinlock_t *lock, const char *name, const char *site);
extern void __wasm_rwlock_init(rwlock_t *lock, const char *name, const char *site);

#undef raw_spin_lock_init
#define raw_spin_lock_init(lock) __wasm_raw_spin_lock_init((lock), #lock, __KPI_LOCK_SITE)

#undef spin_lock_init
#define spin_lock_init(lock) __wasm_spin_lock_init(spinlock_check(lock), #lock, __KPI_LOCK_SITE)

#undef rwlock_init
#define rwlock_init(lock) __wasm_rwlock_init((lock), #lock, __KPI_LOCK_SITE)

#ifndef CONFIG_DEBUG_LOCK_ALLOC
#undef raw_spin_lock_nested
#undef raw_spin_lock_irqsave_nested

extern void _raw_spin_lock_nested(raw_spinlock_t *lock, int subclass);
extern unsigned long _raw_spin_lock_irqsave_nested(raw_spinlock_t *lock, int subclass);

#define raw_spin_lock_nested(lock, subclass) _raw_spin_lock_nested(lock, subclass)
#define raw_spin_lock_irqsave_nested(lock, flags, subclass)               \
	((flags) = _raw_spin_lock_irqsave_nested(lock, subclass))
#endif

#endif
