// linux/rculist.h: unlinking from a list that others may be walking: the entry still leads on.

import { LIST_POISON2 } from "../../abi";
import { list_next, list_prev } from "../../lib/list";

/** Unlinks `entry`; its memory may go after a grace period. */
export function list_del_rcu(entry: usize): void {
  const next = list_next(entry);
  const prev = list_prev(entry);
  store<usize>(prev, next, 0);
  store<usize>(next, prev, sizeof<usize>());
  store<usize>(entry, LIST_POISON2, sizeof<usize>());
}
