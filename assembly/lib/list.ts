// linux/list.h over the kernel's own list_head layout { next, prev }: pointers in, pointers out.

import { LIST_POISON1, LIST_POISON2 } from "../abi";

@inline
export function list_next(entry: usize): usize {
  return load<usize>(entry, 0);
}

@inline
export function list_prev(entry: usize): usize {
  return load<usize>(entry, sizeof<usize>());
}

@inline
function link(prev: usize, next: usize): void {
  store<usize>(prev, next, 0);
  store<usize>(next, prev, sizeof<usize>());
}

@inline
export function INIT_LIST_HEAD(head: usize): void {
  link(head, head);
}

@inline
export function list_empty(head: usize): bool {
  return list_next(head) == head;
}

function list_insert(entry: usize, prev: usize, next: usize): void {
  link(prev, entry);
  link(entry, next);
}

/** Inserts `entry` right after `head`. */
export function list_add(entry: usize, head: usize): void {
  list_insert(entry, head, list_next(head));
}

/** Inserts `entry` right before `head`, that is at the end of the list. */
export function list_add_tail(entry: usize, head: usize): void {
  list_insert(entry, list_prev(head), head);
}

/** Unlinks `entry` and poisons its pointers with LIST_POISON1/2, so that a second list_del traps or shows. */
export function list_del(entry: usize): void {
  link(list_prev(entry), list_next(entry));
  store<usize>(entry, LIST_POISON1, 0);
  store<usize>(entry, LIST_POISON2, sizeof<usize>());
}

/** Unlinks `entry` and leaves it an empty list. */
export function list_del_init(entry: usize): void {
  link(list_prev(entry), list_next(entry));
  INIT_LIST_HEAD(entry);
}

export function list_move_tail(entry: usize, head: usize): void {
  link(list_prev(entry), list_next(entry));
  list_add_tail(entry, head);
}

/** Moves all of `list` to the end of `head` and leaves `list` empty. */
export function list_splice_tail_init(list: usize, head: usize): void {
  if (list_empty(list)) return;
  const first = list_next(list);
  const last = list_prev(list);
  link(list_prev(head), first);
  link(last, head);
  INIT_LIST_HEAD(list);
}
