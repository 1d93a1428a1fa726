// kernel/locking/ww_mutex.h: mutexes of which a task takes several in any order, all under one ticket (ww_acquire_ctx).
// Where two tasks would wait for each other, the younger one gives up: it gets -EDEADLK, releases what it has and begins
// again (Documentation/locking/ww-mutex-design.rst). Of a wait-die class the younger one gives up when it would wait, of
// a wound-wait class when an older one wants what it has and it waits itself.

import {
  EALREADY,
  EDEADLK,
  EINTR,
  TASK_INTERRUPTIBLE,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
  offsetof_mutex_owner,
  sizeof_ww_acquire_ctx,
  sizeof_ww_mutex,
  ww_acquire_ctx,
  ww_mutex,
} from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { DEBUG } from "../../flavour";
import { list_add, list_del, list_empty, list_next, list_prev } from "../../lib/list";
import { WARN } from "../panic";
import { schedule, set_current_state, wake_up_process } from "../sched/core";
import { signal_pending_state } from "../sched/signal";
import { debug_locks_off } from "./debug_locks";
import { HELD_TRYLOCK, HELD_WAITING, NEST_UNSEEN, held_index } from "./held";
import { LD_WAIT_SLEEP } from "./lockdep/classes";
import { acquire, acquired, release } from "./lockdep/lockdep";
import { might_sleep } from "./might_sleep";
import {
  mutex_check_owner,
  mutex_lock_state,
  mutex_owner_left,
  mutex_set_owner,
  mutex_try,
  mutex_trylock,
  mutex_unlock,
  mutex_wait_list,
  mutex_wait_lock,
} from "./mutex";
import {
  _raw_spin_lock_irq,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock_irq,
  _raw_spin_unlock_irqrestore,
} from "./spinlock";
import { WAITER_BYTES, Waiter } from "./waiter";

@inline
function ctx_of(ctx: usize): ww_acquire_ctx {
  return changetype<ww_acquire_ctx>(ctx);
}

/** What a module built with DEBUG_WW_MUTEXES has behind a ticket: what it did wrong shows there. */
@unmanaged
class DebugCtx {
  done_acquire: u32;
  ww_class: usize;
  contending_lock: usize;
}

/** The ticket's lockdep_map, if its module has it tell the validator. */
@inline
function map_of(ctx: usize): usize {
  return ctx + sizeof_ww_acquire_ctx + offsetof<DebugCtx>();
}

/** The debug part of a ticket; 0: it has none. */
function debug_of(ctx: usize): DebugCtx {
  const known = held_index(this_cpu().current, map_of(ctx));
  return changetype<DebugCtx>(known ? ctx + sizeof_ww_acquire_ctx : 0);
}

/** DEBUG_LOCKS_WARN_ON */
function warn_if(wrong: bool, what: usize): void {
  if (wrong && debug_locks_off()) WARN(what);
}

/** Debug. What lets the running task take several locks of the class: its ticket. */
@inline
function nest_under(ctx: usize): usize {
  return changetype<usize>(debug_of(ctx)) ? map_of(ctx) : ctx | NEST_UNSEEN;
}

/** Whether ticket `a` was drawn after `b`. */
@inline
function is_younger(a: usize, b: usize): bool {
  return <i32>(<u32>ctx_of(a).stamp - <u32>ctx_of(b).stamp) > 0;
}

function check_taken(lock: usize, ctx: usize): void {
  const own = debug_of(ctx);
  if (!changetype<usize>(own)) return;
  warn_if(changetype<ww_mutex>(lock).ctx != 0, cstr("DEBUG_LOCKS_WARN_ON(ww->ctx)"));
  warn_if(own.done_acquire != 0, cstr("DEBUG_LOCKS_WARN_ON(ww_ctx->done_acquire)"));
  if (own.contending_lock) {
    warn_if(own.contending_lock != lock, cstr("DEBUG_LOCKS_WARN_ON(ww_ctx->contending_lock != ww)"));
    warn_if(<u32>ctx_of(ctx).acquired > 0, cstr("DEBUG_LOCKS_WARN_ON(ww_ctx->acquired > 0)"));
    own.contending_lock = 0;
  }
  const its = load<usize>(lock + sizeof_ww_mutex);
  warn_if(own.ww_class != its, cstr("DEBUG_LOCKS_WARN_ON(ww_ctx->ww_class != ww->ww_class)"));
}

/** The lock is taken under the ticket. Wait lock held, or nobody waits. */
function taken(lock: usize, ctx: usize): void {
  if (DEBUG) check_taken(lock, ctx);
  ctx_of(ctx).acquired++;
  changetype<ww_mutex>(lock).ctx = ctx;
}

/** The younger one gives up, if it has anything to give. */
function kill(lock: usize, ctx: usize): i32 {
  if (!ctx_of(ctx).acquired) return 0;
  if (DEBUG) {
    const own = debug_of(ctx);
    if (changetype<usize>(own)) {
      warn_if(own.contending_lock != 0, cstr("DEBUG_LOCKS_WARN_ON(ww_ctx->contending_lock)"));
      own.contending_lock = lock;
    }
  }
  return -EDEADLK;
}

/** Wait-die: a younger waiter that holds other locks is woken, and gives up. Whether the class is of that kind. */
function die(waiter: Waiter, ctx: usize): bool {
  if (!ctx_of(ctx).is_wait_die) return false;
  if (<u32>ctx_of(waiter.kind).acquired > 0 && is_younger(waiter.kind, ctx)) wake_up_process(waiter.task);
  return true;
}

/** Wound-wait: who holds the lock and is younger than a waiter with `ctx` gives up when it next waits. */
function wound(lock: usize, ctx: usize, hold_ctx: usize): bool {
  const owner = atomic.load<usize>(lock, offsetof_mutex_owner) & ~1;
  if (!hold_ctx || !owner || !ctx_of(ctx).acquired || !is_younger(hold_ctx, ctx)) return false;
  ctx_of(hold_ctx).wounded = 1;
  if (owner != this_cpu().current) wake_up_process(owner);
  return true;
}

/** The lock is taken: older waiters have younger ones, or the new holder, give up. */
function check_waiters(lock: usize, ctx: usize): void {
  const list = mutex_wait_list(lock);
  for (let node = list_next(list); node != list; node = list_next(node)) {
    const waiter = changetype<Waiter>(node);
    if (waiter.kind && (die(waiter, ctx) || wound(lock, waiter.kind, ctx))) break;
  }
}

/** Whether the waiter has to give up. */
function check_kill(lock: usize, waiter: Waiter, ctx: usize): i32 {
  const own = ctx_of(ctx);
  if (!own.acquired) return 0;
  if (!own.is_wait_die) return own.wounded ? kill(lock, ctx) : 0;
  const hold_ctx = changetype<ww_mutex>(lock).ctx;
  if (hold_ctx && is_younger(ctx, hold_ctx)) return kill(lock, ctx);
  const list = mutex_wait_list(lock);
  for (let node = list_prev(changetype<usize>(waiter)); node != list; node = list_prev(node)) {
    if (changetype<Waiter>(node).kind) return kill(lock, ctx);
  }
  return 0;
}

/** Waiters with a ticket stand in the order of the tickets, the oldest first, those without where they came. */
function add_waiter(lock: usize, waiter: Waiter, ctx: usize): i32 {
  const list = mutex_wait_list(lock);
  let behind = list_prev(list);
  for (let node = behind; node != list; node = list_prev(node)) {
    const other = changetype<Waiter>(node);
    if (!other.kind) continue;
    if (is_younger(ctx, other.kind)) {
      if (ctx_of(ctx).is_wait_die) {
        const error = kill(lock, ctx);
        if (error) return error;
      }
      break;
    }
    behind = list_prev(node);
    die(other, ctx);
  }
  waiter.task = this_cpu().current;
  waiter.kind = <u32>ctx;
  waiter.granted = 0;
  list_add(changetype<usize>(waiter), behind);
  if (!ctx_of(ctx).is_wait_die) wound(lock, ctx, changetype<ww_mutex>(lock).ctx);
  return 0;
}

/** Sleeps until the waiter has the lock. Wait lock held. */
function sleep(lock: usize, waiter: Waiter, ctx: usize, state: u32): i32 {
  let error: i32 = 0;
  while (!load<u32>(changetype<usize>(waiter), offsetof<Waiter>("granted"))) {
    error = signal_pending_state(state, waiter.task) ? -EINTR : check_kill(lock, waiter, ctx);
    if (error) {
      list_del(changetype<usize>(waiter));
      break;
    }
    mutex_check_owner(lock);
    set_current_state(state);
    _raw_spin_unlock_irq(mutex_wait_lock(lock));
    schedule();
    _raw_spin_lock_irq(mutex_wait_lock(lock));
  }
  set_current_state(TASK_RUNNING);
  return error;
}

function lock_slow(lock: usize, ctx: usize, state: u32): i32 {
  const waiter = changetype<Waiter>(stack_alloc(WAITER_BYTES));
  let error: i32 = 0;
  _raw_spin_lock_irq(mutex_wait_lock(lock));
  if (!mutex_try(lock)) {
    error = add_waiter(lock, waiter, ctx);
    if (!error && !mutex_owner_left(lock, waiter)) error = sleep(lock, waiter, ctx, state);
    if (error && list_empty(mutex_wait_list(lock))) atomic.and<usize>(lock, ~1, offsetof_mutex_owner);
  }
  if (!error) {
    taken(lock, ctx);
    check_waiters(lock, ctx);
  }
  _raw_spin_unlock_irq(mutex_wait_lock(lock));
  stack_free(WAITER_BYTES);
  return error;
}

function lock_state(lock: usize, ctx: usize, state: u32): i32 {
  if (!ctx) return mutex_lock_state(lock, state, 0, 0);
  if (ctx == changetype<ww_mutex>(lock).ctx) return -EALREADY;
  if (!ctx_of(ctx).acquired) ctx_of(ctx).wounded = 0;
  if (DEBUG) {
    might_sleep(cstr("ww_mutex_lock"));
    acquire(lock, 0, 0, HELD_WAITING, nest_under(ctx), LD_WAIT_SLEEP);
  }
  const error = lock_slow(lock, ctx, state);
  if (DEBUG) {
    if (error) release(lock);
    else acquired(lock);
  }
  return error;
}

/** linux/ww_mutex.h. Takes the mutex under the ticket `ctx`, or as any mutex without (NULL). 0; -EALREADY: it is taken
 *  under this ticket; -EDEADLK: release all that is, and begin with this one. Context: process. */
export function ww_mutex_lock(lock: usize, ctx: usize): i32 {
  return lock_state(lock, ctx, TASK_UNINTERRUPTIBLE);
}

/** linux/ww_mutex.h. ww_mutex_lock that a signal ends: -EINTR. Context: process. */
export function ww_mutex_lock_interruptible(lock: usize, ctx: usize): i32 {
  return lock_state(lock, ctx, TASK_INTERRUPTIBLE);
}

/** linux/ww_mutex.h. Takes the mutex if it is free, under the ticket `ctx` if that is not NULL: 1, else 0. Context:
 *  process. */
export function ww_mutex_trylock(lock: usize, ctx: usize): i32 {
  if (!ctx) return mutex_trylock(lock);
  if (!ctx_of(ctx).acquired) ctx_of(ctx).wounded = 0;
  const flags = _raw_spin_lock_irqsave(mutex_wait_lock(lock));
  const free = mutex_try(lock);
  if (free) {
    taken(lock, ctx);
    check_waiters(lock, ctx);
  }
  _raw_spin_unlock_irqrestore(mutex_wait_lock(lock), flags);
  if (DEBUG && free) acquire(lock, 0, 0, HELD_TRYLOCK, nest_under(ctx), LD_WAIT_SLEEP);
  return free ? 1 : 0;
}

/** linux/ww_mutex.h. Releases the mutex. Context: process. */
export function ww_mutex_unlock(lock: usize): void {
  const ctx = changetype<ww_mutex>(lock).ctx;
  if (ctx) {
    if (DEBUG && changetype<usize>(debug_of(ctx)))
      warn_if(!ctx_of(ctx).acquired, cstr("DEBUG_LOCKS_WARN_ON(!lock->ctx->acquired)"));
    if (<u32>ctx_of(ctx).acquired > 0) ctx_of(ctx).acquired--;
    changetype<ww_mutex>(lock).ctx = 0;
  }
  mutex_unlock(lock);
}
