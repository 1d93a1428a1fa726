// linux/page_ref.h: reference counts. Modules change them inline (get_page, put_page), so they are atomic everywhere.

import { offsetof_page__refcount } from "../abi";
import { compound_head } from "./page";
import { free_unreferenced } from "./page_alloc";

@inline
function refcount_of(p: usize): usize {
  return p + offsetof_page__refcount;
}

@inline
export function page_count(p: usize): i32 {
  return atomic.load<i32>(refcount_of(p));
}

@inline
export function set_page_count(p: usize, count: i32): void {
  atomic.store<i32>(refcount_of(p), count);
}

@inline
export function page_ref_add(p: usize, count: i32): void {
  atomic.add<i32>(refcount_of(p), count);
}

/** Takes `count` references away; whether those were the last. A count below zero is left for the caller to find. */
@inline
export function page_ref_sub_and_test(p: usize, count: i32): bool {
  return atomic.sub<i32>(refcount_of(p), count) == count;
}

/** linux/mm.h. Takes a reference on the page or compound page that `p` belongs to. */
export function get_page(p: usize): void {
  page_ref_add(compound_head(p), 1);
}

/** linux/mm.h. Drops a reference on the page or compound page that `p` belongs to; the last one frees it. */
export function put_page(p: usize): void {
  const head = compound_head(p);
  if (page_ref_sub_and_test(head, 1)) free_unreferenced(head);
}
