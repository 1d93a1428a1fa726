// SPDX-License-Identifier: MIT
/*
 * The lockdep_maps of RCU's readers (kernel/rcu/update.c). The headers declare them with a type that has no size here;
 * each has an address of its own all the same.
 */
char rcu_lock_map[16];
char rcu_bh_lock_map[16];
char rcu_sched_lock_map[16];
