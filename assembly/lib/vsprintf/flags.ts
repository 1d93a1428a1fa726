// %pGp, %pGg, %pGv: page, allocation and mapping flags by name, in the order and for the configuration of
// include/trace/events/mmflags.h. Where flags overlap, the first row that is wholly set wins.

import * as abi from "../../abi";
import { decimal, hex_flags } from "./number";
import { Out, put, puts } from "./out";
import { bad_pointer, error_string } from "./string";

/** Tables of masks and names, 0 at the end. */
// prettier-ignore
const GFP = memory.data<usize>([
  abi.GFP_TRANSHUGE, cstr("GFP_TRANSHUGE"), abi.GFP_TRANSHUGE_LIGHT, cstr("GFP_TRANSHUGE_LIGHT"),
  abi.GFP_HIGHUSER_MOVABLE, cstr("GFP_HIGHUSER_MOVABLE"), abi.GFP_HIGHUSER, cstr("GFP_HIGHUSER"),
  abi.GFP_USER, cstr("GFP_USER"), abi.GFP_KERNEL_ACCOUNT, cstr("GFP_KERNEL_ACCOUNT"),
  abi.GFP_KERNEL, cstr("GFP_KERNEL"), abi.GFP_NOFS, cstr("GFP_NOFS"), abi.GFP_ATOMIC, cstr("GFP_ATOMIC"),
  abi.GFP_NOIO, cstr("GFP_NOIO"), abi.GFP_NOWAIT, cstr("GFP_NOWAIT"), abi.GFP_DMA, cstr("GFP_DMA"),
  abi.__GFP_HIGHMEM, cstr("__GFP_HIGHMEM"), abi.GFP_DMA32, cstr("GFP_DMA32"), abi.__GFP_HIGH, cstr("__GFP_HIGH"),
  abi.__GFP_ATOMIC, cstr("__GFP_ATOMIC"), abi.__GFP_IO, cstr("__GFP_IO"), abi.__GFP_FS, cstr("__GFP_FS"),
  abi.__GFP_NOWARN, cstr("__GFP_NOWARN"), abi.__GFP_RETRY_MAYFAIL, cstr("__GFP_RETRY_MAYFAIL"),
  abi.__GFP_NOFAIL, cstr("__GFP_NOFAIL"), abi.__GFP_NORETRY, cstr("__GFP_NORETRY"),
  abi.__GFP_COMP, cstr("__GFP_COMP"), abi.__GFP_ZERO, cstr("__GFP_ZERO"),
  abi.__GFP_NOMEMALLOC, cstr("__GFP_NOMEMALLOC"), abi.__GFP_MEMALLOC, cstr("__GFP_MEMALLOC"),
  abi.__GFP_HARDWALL, cstr("__GFP_HARDWALL"), abi.__GFP_THISNODE, cstr("__GFP_THISNODE"),
  abi.__GFP_RECLAIMABLE, cstr("__GFP_RECLAIMABLE"), abi.__GFP_MOVABLE, cstr("__GFP_MOVABLE"),
  abi.__GFP_ACCOUNT, cstr("__GFP_ACCOUNT"), abi.__GFP_WRITE, cstr("__GFP_WRITE"),
  abi.__GFP_RECLAIM, cstr("__GFP_RECLAIM"), abi.__GFP_DIRECT_RECLAIM, cstr("__GFP_DIRECT_RECLAIM"),
  abi.__GFP_KSWAPD_RECLAIM, cstr("__GFP_KSWAPD_RECLAIM"), abi.__GFP_ZEROTAGS, cstr("__GFP_ZEROTAGS"), 0,
]);

// prettier-ignore
const PAGE = memory.data<usize>([
  1 << abi.PG_locked, cstr("locked"), 1 << abi.PG_waiters, cstr("waiters"), 1 << abi.PG_error, cstr("error"),
  1 << abi.PG_referenced, cstr("referenced"), 1 << abi.PG_uptodate, cstr("uptodate"),
  1 << abi.PG_dirty, cstr("dirty"), 1 << abi.PG_lru, cstr("lru"), 1 << abi.PG_active, cstr("active"),
  1 << abi.PG_workingset, cstr("workingset"), 1 << abi.PG_slab, cstr("slab"),
  1 << abi.PG_owner_priv_1, cstr("owner_priv_1"), 1 << abi.PG_arch_1, cstr("arch_1"),
  1 << abi.PG_reserved, cstr("reserved"), 1 << abi.PG_private, cstr("private"),
  1 << abi.PG_private_2, cstr("private_2"), 1 << abi.PG_writeback, cstr("writeback"), 1 << abi.PG_head, cstr("head"),
  1 << abi.PG_mappedtodisk, cstr("mappedtodisk"), 1 << abi.PG_reclaim, cstr("reclaim"),
  1 << abi.PG_swapbacked, cstr("swapbacked"), 1 << abi.PG_unevictable, cstr("unevictable"), 0,
]);

// prettier-ignore
const VMA = memory.data<usize>([
  abi.VM_READ, cstr("read"), abi.VM_WRITE, cstr("write"), abi.VM_EXEC, cstr("exec"), abi.VM_SHARED, cstr("shared"),
  abi.VM_MAYREAD, cstr("mayread"), abi.VM_MAYWRITE, cstr("maywrite"), abi.VM_MAYEXEC, cstr("mayexec"),
  abi.VM_MAYSHARE, cstr("mayshare"), abi.VM_GROWSDOWN, cstr("growsdown"), abi.VM_UFFD_MISSING, cstr("uffd_missing"),
  abi.VM_PFNMAP, cstr("pfnmap"), abi.VM_UFFD_WP, cstr("uffd_wp"), abi.VM_LOCKED, cstr("locked"),
  abi.VM_IO, cstr("io"), abi.VM_SEQ_READ, cstr("seqread"), abi.VM_RAND_READ, cstr("randread"),
  abi.VM_DONTCOPY, cstr("dontcopy"), abi.VM_DONTEXPAND, cstr("dontexpand"), abi.VM_LOCKONFAULT, cstr("lockonfault"),
  abi.VM_ACCOUNT, cstr("account"), abi.VM_NORESERVE, cstr("noreserve"), abi.VM_HUGETLB, cstr("hugetlb"),
  abi.VM_SYNC, cstr("sync"), abi.VM_MAPPED_COPY, cstr("mappedcopy"), abi.VM_WIPEONFORK, cstr("wipeonfork"),
  abi.VM_DONTDUMP, cstr("dontdump"), abi.VM_MIXEDMAP, cstr("mixedmap"), abi.VM_HUGEPAGE, cstr("hugepage"),
  abi.VM_NOHUGEPAGE, cstr("nohugepage"), abi.VM_MERGEABLE, cstr("mergeable"), 0,
]);

function put_flags(o: Out, flags: u32, row: usize): void {
  for (let mask = load<u32>(row); flags && mask; mask = load<u32>(row)) {
    if ((flags & mask) == mask) {
      puts(o, load<usize>(row, 4));
      flags &= ~mask;
      if (flags) put(o, 0x7c);
    }
    row += 8;
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
  put_flags(o, main, PAGE);
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
  else if (kind == 0x67) put_flags(o, flags, GFP);
  else if (kind == 0x76) put_flags(o, flags, VMA);
  else error_string(o, cstr("(%pG?)"));
}
