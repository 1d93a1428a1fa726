// What a page that is freed must look like, and the report when it does not: it is in use, free already, or not RAM.

import { PG_active, PG_locked, PG_lru, PG_private, PG_private_2, PG_unevictable, PG_writeback, page } from "../abi";
import { BUG } from "../kernel/panic";
import { pr } from "../kernel/printk/printk";
import { page_is_buddy } from "./buddy";
import { FLAG_RESERVED, FLAG_SLAB, PAGE_TYPE_NONE, compound_head, is_page, page_to_pfn } from "./page";
import { page_count } from "./page_ref";

/** Flags that no page may have when it is freed. */
const CHECK_AT_FREE: u32 =
  FLAG_RESERVED |
  FLAG_SLAB |
  (1 << PG_active) |
  (1 << PG_locked) |
  (1 << PG_lru) |
  (1 << PG_private) |
  (1 << PG_private_2) |
  (1 << PG_unevictable) |
  (1 << PG_writeback);

/** Reports page `p` and stops: `why` names what is wrong. */
export function bad_page(p: usize, why: usize): void {
  if (is_page(p)) {
    const fields = changetype<page>(p);
    pr(cstr("\x011BUG: Bad page state: pfn:%05x"), page_to_pfn(p));
    pr(
      cstr("\x011page:%08x refcount:%d page_type:%08x head:%08x flags:%08x private:%08x"),
      p,
      page_count(p),
      fields.page_type,
      compound_head(p),
      fields.flags,
      fields.private_,
    );
  } else {
    pr(cstr("\x011BUG: Bad page state: page:%08x is not in mem_map"), p);
  }
  BUG(why);
}

/** Checks a page that is about to be freed, or to lose its last reference. */
export function check_freeable(p: usize): void {
  if (page_is_buddy(p)) bad_page(p, cstr("free of a page that is free already"));
  if (changetype<page>(p).flags & CHECK_AT_FREE) bad_page(p, cstr("free of a page that is in use: a flag forbids it"));
  if (changetype<page>(p).page_type != PAGE_TYPE_NONE)
    bad_page(p, cstr("free of a page that belongs to another allocator"));
}
