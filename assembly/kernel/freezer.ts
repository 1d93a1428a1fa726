// kernel/freezer.c: kthreads that stand still while the system is suspended. It never is, so that they never do.

import { PF_NOFREEZE } from "../abi";
import { current } from "../arch/wasm/current";

/** linux/freezer.h. A static key that is on while the system freezes: off. */
export const freezer_active: usize = memory.data(4, 4);

/** linux/freezer.h. Whether a task has to stand still: false. Context: any. */
export function freezing_slow_path(task: usize): bool {
  return false;
}

/** linux/freezer.h. Stands still while the system is frozen; whether it was: false. Context: process. */
export function __refrigerator(check_kthr_stop: bool): bool {
  return false;
}

/** linux/freezer.h. The running kthread may be frozen; whether it was at once: false. Context: process. */
export function set_freezable(): bool {
  current().flags &= ~PF_NOFREEZE;
  return false;
}
