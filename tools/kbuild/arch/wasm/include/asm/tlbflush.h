/* SPDX-License-Identifier: MIT */
/* No page tables, so nothing to flush. */
#ifndef _ASM_WASM_TLBFLUSH_H
#define _ASM_WASM_TLBFLUSH_H

#include <linux/bug.h>

#define flush_tlb_all() do { } while (0)
#define flush_tlb_mm(mm) BUG()
#define flush_tlb_page(vma, addr) BUG()
#define flush_tlb_range(vma, start, end) BUG()
#define flush_tlb_kernel_range(start, end) BUG()

#endif
