// Locks and what disables interrupts, softirqs and preemption.

import type { MacroTable } from "./row.ts";

export const locking: MacroTable = {
  "linux/spinlock.h": [
    [
      "spin_lock_init(lock)",
      "macro",
      "*lock = unlocked; here also __wasm_spin_lock_init(lock, name, site) for reports",
      "__wasm_spin_lock_init",
    ],
    ["spin_lock(lock)", "inline", "_raw_spin_lock(lock)", "_raw_spin_lock"],
    ["spin_lock_bh(lock)", "inline", "_raw_spin_lock_bh(lock)", "_raw_spin_lock_bh"],
    ["spin_lock_irq(lock)", "inline", "_raw_spin_lock_irq(lock)", "_raw_spin_lock_irq"],
    ["spin_lock_irqsave(lock, flags)", "macro", "flags = _raw_spin_lock_irqsave(lock)", "_raw_spin_lock_irqsave"],
    ["spin_trylock(lock)", "inline", "_raw_spin_trylock(lock)", "_raw_spin_trylock"],
    [
      "spin_trylock_irqsave(lock, flags)",
      "macro",
      "local_irq_save(flags), _raw_spin_trylock(lock), local_irq_restore(flags) if it was taken",
      "_raw_spin_trylock arch_local_irq_save arch_local_irq_restore",
    ],
    ["spin_unlock(lock)", "inline", "_raw_spin_unlock(lock)", "_raw_spin_unlock"],
    ["spin_unlock_bh(lock)", "inline", "_raw_spin_unlock_bh(lock)", "_raw_spin_unlock_bh"],
    ["spin_unlock_irq(lock)", "inline", "_raw_spin_unlock_irq(lock)", "_raw_spin_unlock_irq"],
    [
      "spin_unlock_irqrestore(lock, flags)",
      "inline",
      "_raw_spin_unlock_irqrestore(lock, flags)",
      "_raw_spin_unlock_irqrestore",
    ],
    ["spin_is_locked(lock)", "inline", "whether the lock word is not 0", ""],
  ],
  "linux/rwlock.h": [
    ["read_lock(lock)", "macro", "_raw_read_lock(lock)", "_raw_read_lock"],
    ["read_lock_bh(lock)", "macro", "_raw_read_lock_bh(lock)", "_raw_read_lock_bh"],
    ["read_unlock(lock)", "macro", "_raw_read_unlock(lock)", "_raw_read_unlock"],
    ["read_unlock_bh(lock)", "macro", "_raw_read_unlock_bh(lock)", "_raw_read_unlock_bh"],
    ["write_lock(lock)", "macro", "_raw_write_lock(lock)", "_raw_write_lock"],
    ["write_lock_bh(lock)", "macro", "_raw_write_lock_bh(lock)", "_raw_write_lock_bh"],
    ["write_lock_irqsave(lock, flags)", "macro", "flags = _raw_write_lock_irqsave(lock)", "_raw_write_lock_irqsave"],
    ["write_unlock(lock)", "macro", "_raw_write_unlock(lock)", "_raw_write_unlock"],
    ["write_unlock_bh(lock)", "macro", "_raw_write_unlock_bh(lock)", "_raw_write_unlock_bh"],
    [
      "write_unlock_irqrestore(lock, flags)",
      "macro",
      "_raw_write_unlock_irqrestore(lock, flags)",
      "_raw_write_unlock_irqrestore",
    ],
  ],
  "linux/bottom_half.h": [
    ["local_bh_disable()", "inline", "current's preempt_count + SOFTIRQ_DISABLE_OFFSET", "__wasm_get_current"],
    ["local_bh_enable()", "inline", "__local_bh_enable_ip(ip, SOFTIRQ_DISABLE_OFFSET)", "__local_bh_enable_ip"],
  ],
  "linux/irqflags.h": [
    ["local_irq_save(flags)", "macro", "flags = arch_local_irq_save()", "arch_local_irq_save"],
    ["local_irq_restore(flags)", "macro", "arch_local_irq_restore(flags)", "arch_local_irq_restore"],
    ["local_irq_disable()", "macro", "arch_local_irq_disable()", "arch_local_irq_disable"],
    ["local_irq_enable()", "macro", "arch_local_irq_enable()", "arch_local_irq_enable"],
  ],
  "linux/mutex.h": [["mutex_init(mutex)", "macro", "__mutex_init(mutex, name, key)", "__mutex_init"]],
  "linux/rwsem.h": [["init_rwsem(sem)", "macro", "__init_rwsem(sem, name, key)", "__init_rwsem"]],
  "linux/rcupdate.h": [
    ["rcu_read_lock()", "inline", "preempt_disable(): current's preempt_count + 1", "__wasm_get_current"],
    ["rcu_read_unlock()", "inline", "preempt_enable(): current's preempt_count - 1", "__wasm_get_current"],
    ["kfree_rcu(ptr, member)", "macro", "kvfree_call_rcu(&ptr->member, ptr)", "kvfree_call_rcu"],
  ],
};
