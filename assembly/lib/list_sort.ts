// linux/list_sort.h, lib/list_sort.c: a stable merge sort of a list_head.

import { list_next } from "./list";

@inline
function set_next(entry: usize, next: usize): void {
  store<usize>(entry, next, 0);
}

@inline
function set_prev(entry: usize, prev: usize): void {
  store<usize>(entry, prev, sizeof<usize>());
}

/** Cuts the first `count` entries off the NULL-terminated list; returns what follows them. */
function cut(list: usize, count: u32): usize {
  while (--count && list) list = list_next(list);
  if (!list) return 0;
  const rest = list_next(list);
  set_next(list, 0);
  return rest;
}

/** Merges two NULL-terminated lists behind `tail`; of equal entries, those of `a` come first. Returns the last. */
function merge(priv: usize, cmp: u32, tail: usize, a: usize, b: usize): usize {
  while (a && b) {
    if (call_indirect<i32>(cmp, priv, a, b) <= 0) {
      set_next(tail, a);
      tail = a;
      a = list_next(a);
    } else {
      set_next(tail, b);
      tail = b;
      b = list_next(b);
    }
  }
  set_next(tail, a ? a : b);
  while (list_next(tail)) tail = list_next(tail);
  return tail;
}

/** linux/list_sort.h. Sorts the list `head` by `cmp(priv, a, b)`, where a result above 0 means that `a` belongs behind
 *  `b`. Stable. Context: as `cmp` allows. */
export function list_sort(priv: usize, head: usize, cmp: u32): void {
  const first = list_next(head);
  if (first == head || list_next(first) == head) return;
  set_next(load<usize>(head, sizeof<usize>()), 0);
  for (let width: u32 = 1; ; width <<= 1) {
    let rest = list_next(head);
    let tail = head;
    let merges: u32 = 0;
    while (rest) {
      const a = rest;
      const b = cut(a, width);
      rest = b ? cut(b, width) : 0;
      tail = merge(priv, cmp, tail, a, b);
      merges++;
    }
    if (merges <= 1) break;
  }
  let prev = head;
  for (let entry = list_next(head); entry; entry = list_next(entry)) {
    set_prev(entry, prev);
    prev = entry;
  }
  set_next(prev, head);
  set_prev(head, prev);
}
