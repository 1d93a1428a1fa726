/* SPDX-License-Identifier: MIT */
/*
 * Initialising a lock tells the core its name and place, so that a report can say which lock it
 * is; the lock itself stays the 4 bytes that the layout has for it.
 */
#ifndef _KPI_SHADOW_LINUX_SPINLOCK_H
#define _KPI_SHADOW_LINUX_SPINLOCK_H

#include_next <linux/spinlock.h>

extern void __wasm_spin_lock_init(raw_spinlock_t *lock, const char *name, const char *site);
extern void __wasm_rwlock_init(rwlock_t *lock, const char *name, const char *site);

#define __KPI_LOCK_SITE __FILE__ ":" __stringify(__LINE__)

#undef raw_spin_lock_init
#define raw_spin_lock_init(lock) __wasm_spin_lock_init((lock), #lock, __KPI_LOCK_SITE)

#undef spin_lock_init
#define spin_lock_init(lock) __wasm_spin_lock_init(spinlock_check(lock), #lock, __KPI_LOCK_SITE)

#undef rwlock_init
#define rwlock_init(lock) __wasm_rwlock_init((lock), #lock, __KPI_LOCK_SITE)

#endif
