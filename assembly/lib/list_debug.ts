// lib/list_debug.c: what list_add and list_del of a driver check first (CONFIG_DEBUG_LIST). A list that is not one any
// more is a BUG (CONFIG_BUG_ON_DATA_CORRUPTION): going on would write to memory that belongs to somebody else.

import { DEBUG } from "../flavour";
import { LIST_POISON1, LIST_POISON2 } from "../abi";
import { BUG } from "../kernel/panic";
import { pr } from "../kernel/printk/printk";
import { list_next, list_prev } from "./list";

/** Says what is wrong, with up to three addresses. Never returns. */
@inline
function corrupt(fmt: usize, a: usize = 0, b: usize = 0, c: usize = 0): bool {
  if (DEBUG) pr(fmt, <u32>a, <u32>b, <u32>c);
  BUG(cstr("a list is corrupt"));
  return false;
}

/** linux/list.h. Whether `entry` can go between `prev` and `next`: 1; a list that is corrupt is a BUG. Context: any. */
export function __list_add_valid(entry: usize, prev: usize, next: usize): bool {
  if (prev == 0) return corrupt(cstr("\x013list_add corruption. prev is NULL."));
  if (next == 0) return corrupt(cstr("\x013list_add corruption. next is NULL."));
  if (list_prev(next) != prev) {
    return corrupt(
      cstr("\x013list_add corruption. next->prev should be prev (%px), but was %px. (next=%px)."),
      prev,
      list_prev(next),
      next,
    );
  }
  if (list_next(prev) != next) {
    return corrupt(
      cstr("\x013list_add corruption. prev->next should be next (%px), but was %px. (prev=%px)."),
      next,
      list_next(prev),
      prev,
    );
  }
  if (entry == prev || entry == next) {
    return corrupt(cstr("\x013list_add double add: new=%px, prev=%px, next=%px."), entry, prev, next);
  }
  return true;
}

/** linux/list.h. Whether `entry` is on a list that it can be taken from: 1; anything else is a BUG. Context: any. */
export function __list_del_entry_valid(entry: usize): bool {
  const prev = list_prev(entry);
  const next = list_next(entry);
  if (next == 0) return corrupt(cstr("\x013list_del corruption, %px->next is NULL"), entry);
  if (prev == 0) return corrupt(cstr("\x013list_del corruption, %px->prev is NULL"), entry);
  if (next == LIST_POISON1) {
    return corrupt(cstr("\x013list_del corruption, %px->next is LIST_POISON1 (%px)"), entry, next);
  }
  if (prev == LIST_POISON2) {
    return corrupt(cstr("\x013list_del corruption, %px->prev is LIST_POISON2 (%px)"), entry, prev);
  }
  if (list_next(prev) != entry) {
    return corrupt(
      cstr("\x013list_del corruption. prev->next should be %px, but was %px. (prev=%px)"),
      entry,
      list_next(prev),
      prev,
    );
  }
  if (list_prev(next) != entry) {
    return corrupt(
      cstr("\x013list_del corruption. next->prev should be %px, but was %px. (next=%px)"),
      entry,
      list_prev(next),
      next,
    );
  }
  return true;
}
