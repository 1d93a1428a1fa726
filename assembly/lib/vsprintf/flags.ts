// %pGp, %pGg, %pGv: page, allocation and mapping flags by name, in the order and for the configuration of
// include/trace/events/mmflags.h. Where flags overlap, the first row that is wholly set wins.

import * as abi from "../../abi";
import { next_text } from "../texts";
import { decimal, hex_flags } from "./number";
import { Out, put, puts } from "./out";
import { bad_pointer, error_string } from "./string";

/** Tables of masks, 0 at the end, and their names. */
// prettier-ignore
const GFP = memory.data<u32>([
  abi.GFP_TRANSHUGE, abi.GFP_TRANSHUGE_LIGHT, abi.GFP_HIGHUSER_MOVABLE, abi.GFP_HIGHUSER, abi.GFP_USER,
  abi.GFP_KERNEL_ACCOUNT, abi.GFP_KERNEL, abi.GFP_NOFS, abi.GFP_ATOMIC, abi.GFP_NOIO, abi.GFP_NOWAIT, abi.GFP_DMA,
  abi.__GFP_HIGHMEM, abi.GFP_DMA32, abi.__GFP_HIGH, abi.__GFP_ATOMIC, abi.__GFP_IO, abi.__GFP_FS, abi.__GFP_NOWARN,
  abi.__GFP_RETRY_MAYFAIL, abi.__GFP_NOFAIL, abi.__GFP_NORETRY, abi.__GFP_COMP, abi.__GFP_ZERO, abi.__GFP_NOMEMALLOC,
  abi.__GFP_MEMALLOC, abi.__GFP_HARDWALL, abi.__GFP_THISNODE, abi.__GFP_RECLAIMABLE, abi.__GFP_MOVABLE,
  abi.__GFP_ACCOUNT, abi.__GFP_WRITE, abi.__GFP_RECLAIM, abi.__GFP_DIRECT_RECLAIM, abi.__GFP_KSWAPD_RECLAIM,
  abi.__GFP_ZEROTAGS, 0,
]);
// prettier-ignore
const GFP_NAMES = cstr(
  "GFP_TRANSHUGE", "GFP_TRANSHUGE_LIGHT", "GFP_HIGHUSER_MOVABLE", "GFP_HIGHUSER", "GFP_USER", "GFP_KERNEL_ACCOUNT",
  "GFP_KERNEL", "GFP_NOFS", "GFP_ATOMIC", "GFP_NOIO", "GFP_NOWAIT", "GFP_DMA", "__GFP_HIGHMEM", "GFP_DMA32",
  "__GFP_HIGH", "__GFP_ATOMIC", "__GFP_IO", "__GFP_FS", "__GFP_NOWARN", "__GFP_RETRY_MAYFAIL", "__GFP_NOFAIL",
  "__GFP_NORETRY", "__GFP_COMP", "__GFP_ZERO", "__GFP_NOMEMALLOC", "__GFP_MEMALLOC", "__GFP_HARDWALL",
  "__GFP_THISNODE", "__GFP_RECLAIMABLE", "__GFP_MOVABLE", "__GFP_ACCOUNT", "__GFP_WRITE", "__GFP_RECLAIM",
  "__GFP_DIRECT_RECLAIM", "__GFP_KSWAPD_RECLAIM", "__GFP_ZEROTAGS"
);

// prettier-ignore
const PAGE = memory.data<u32>([
  1 << abi.PG_locked, 1 << abi.PG_waiters, 1 << abi.PG_error, 1 << abi.PG_referenced, 1 << abi.PG_uptodate,
  1 << abi.PG_dirty, 1 << abi.PG_lru, 1 << abi.PG_active, 1 << abi.PG_workingset, 1 << abi.PG_slab,
  1 << abi.PG_owner_priv_1, 1 << abi.PG_arch_1, 1 << abi.PG_reserved, 1 << abi.PG_private, 1 << abi.PG_private_2,
  1 << abi.PG_writeback, 1 << abi.PG_head, 1 << abi.PG_mappedtodisk, 1 << abi.PG_reclaim, 1 << abi.PG_swapbacked,
  1 << abi.PG_unevictable, 0,
]);
// prettier-ignore
const PAGE_NAMES = cstr(
  "locked", "waiters", "error", "referenced", "uptodate", "dirty", "lru", "active", "workingset", "slab",
  "owner_priv_1", "arch_1", "reserved", "private", "private_2", "writeback", "head", "mappedtodisk", "reclaim",
  "swapbacked", "unevictable"
);

// prettier-ignore
const VMA = memory.data<u32>([
  abi.VM_READ, abi.VM_WRITE, abi.VM_EXEC, abi.VM_SHARED, abi.VM_MAYREAD, abi.VM_MAYWRITE, abi.VM_MAYEXEC,
  abi.VM_MAYSHARE, abi.VM_GROWSDOWN, abi.VM_UFFD_MISSING, abi.VM_PFNMAP, abi.VM_UFFD_WP, abi.VM_LOCKED, abi.VM_IO,
  abi.VM_SEQ_READ, abi.VM_RAND_READ, abi.VM_DONTCOPY, abi.VM_DONTEXPAND, abi.VM_LOCKONFAULT, abi.VM_ACCOUNT,
  abi.VM_NORESERVE, abi.VM_HUGETLB, abi.VM_SYNC, abi.VM_MAPPED_COPY, abi.VM_WIPEONFORK, abi.VM_DONTDUMP,
  abi.VM_MIXEDMAP, abi.VM_HUGEPAGE, abi.VM_NOHUGEPAGE, abi.VM_MERGEABLE, 0,
]);
// prettier-ignore
const VMA_NAMES = cstr(
  "read", "write", "exec", "shared", "mayread", "maywrite", "mayexec", "mayshare", "growsdown", "uffd_missing",
  "pfnmap", "uffd_wp", "locked", "io", "seqread", "randread", "dontcopy", "dontexpand", "lockonfault", "account",
  "noreserve", "hugetlb", "sync", "mappedcopy", "wipeonfork", "dontdump", "mixedmap", "hugepage", "nohugepage",
  "mergeable"
);

function put_flags(o: Out, flags: u32, row: usize, name: usize): void {
  for (let mask = load<u32>(row); flags && mask; mask = load<u32>(row)) {
    if ((flags & mask) == mask) {
      puts(o, name);
      flags &= ~mask;
      if (flags) put(o, 0x7c);
    }
    row += 4;
    name = next_text(name);
  }
  if (flags) hex_flags(o, flags);
}

/** The fields of page->flags above its flags; those of no width do not exist. */
function put_page_field(o: Out, flags: u32, width: u32, shift: u32, mask: u32, name: usize, first: bool): bool {
  if (!width) return first;
  if (!first) put(o, 0x7c);
  puts(o, name);
  put(o, 0x3d);
  decimal(o, (flags >> shift) & mask);
  return false;
}

function put_page_flags(o: Out, flags: u32): void {
  hex_flags(o, flags);
  put(o, 0x28);
  const main = flags & abi.PAGEFLAGS_MASK;
  put_flags(o, main, PAGE, PAGE_NAMES);
  let first = !main;
  first = put_page_field(o, flags, abi.SECTIONS_WIDTH, abi.SECTIONS_PGSHIFT, abi.SECTIONS_MASK, cstr("section"), first);
  first = put_page_field(o, flags, abi.NODES_WIDTH, abi.NODES_PGSHIFT, abi.NODES_MASK, cstr("node"), first);
  put_page_field(o, flags, abi.ZONES_WIDTH, abi.ZONES_PGSHIFT, abi.ZONES_MASK, cstr("zone"), first);
  put(o, 0x29);
}

export function flags_string(o: Out, ptr: usize, kind: u32): void {
  if (bad_pointer(o, ptr)) return;
  const flags = load<u32>(ptr);
  if (kind == 0x70) put_page_flags(o, flags);
  else if (kind == 0x67) put_flags(o, flags, GFP, GFP_NAMES);
  else if (kind == 0x76) put_flags(o, flags, VMA, VMA_NAMES);
  else error_string(o, cstr("(%pG?)"));
}
