// net/core/rtnetlink.c: RTNL, the mutex of all configuration. Giving it up is when devices that were unregistered
// meanwhile go for good.

import { sizeof_mutex } from "../../abi";
import {
  __mutex_init,
  mutex_is_locked,
  mutex_lock,
  mutex_lock_killable,
  mutex_trylock,
  mutex_unlock,
} from "../../kernel/locking/mutex";
import { WARN } from "../../kernel/panic";
import { netdev_run_todo } from "./todo";

const rtnl_mutex = memory.data(<i32>sizeof_mutex, 8);

export function rtnl_init(): void {
  __mutex_init(rtnl_mutex, cstr("rtnl_mutex"), 0);
}

/** linux/rtnetlink.h. Takes RTNL. Context: process. */
export function rtnl_lock(): void {
  mutex_lock(rtnl_mutex);
}

/** linux/rtnetlink.h. Takes RTNL unless the task is killed: 0 or -EINTR. Context: process. */
export function rtnl_lock_killable(): i32 {
  return mutex_lock_killable(rtnl_mutex);
}

/** Releases RTNL and nothing else. */
export function __rtnl_unlock(): void {
  mutex_unlock(rtnl_mutex);
}

/** linux/rtnetlink.h. Releases RTNL and waits until the devices unregistered under it are unused. Context: process. */
export function rtnl_unlock(): void {
  netdev_run_todo();
}

/** linux/rtnetlink.h. Takes RTNL if it is free: 1, else 0. Context: process. */
export function rtnl_trylock(): i32 {
  return mutex_trylock(rtnl_mutex);
}

/** linux/rtnetlink.h. Whether anybody holds RTNL. Context: any. */
export function rtnl_is_locked(): bool {
  return mutex_is_locked(rtnl_mutex);
}

/** A caller that needs RTNL and does not hold it is a bug that Linux survives with a warning. */
@inline
export function ASSERT_RTNL(): void {
  if (!rtnl_is_locked()) WARN(cstr("RTNL: assertion failed"));
}
