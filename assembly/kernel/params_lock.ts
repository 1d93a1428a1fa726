// linux/moduleparam.h, kernel/params.c: the lock around module parameters that change after load.

import { offsetof_mutex_wait_list, sizeof_mutex } from "../abi";
import { __mutex_init, mutex_lock, mutex_unlock } from "./locking/mutex";

const param_lock = memory.data(<i32>sizeof_mutex, 8);

/** linux/moduleparam.h. Keeps other users of module parameters out. Context: process, may sleep. (Differs: one lock
 *  for all modules.) */
export function kernel_param_lock(mod: usize): void {
  if (!load<usize>(param_lock, offsetof_mutex_wait_list)) __mutex_init(param_lock, cstr("param_lock"), 0);
  mutex_lock(param_lock);
}

/** linux/moduleparam.h. Ends kernel_param_lock(). Context: process. */
export function kernel_param_unlock(mod: usize): void {
  mutex_unlock(param_lock);
}
