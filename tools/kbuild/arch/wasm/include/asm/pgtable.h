/* SPDX-License-Identifier: MIT */
/* There are no page tables; these names keep headers that mention them compiling. */
#ifndef _ASM_WASM_PGTABLE_H
#define _ASM_WASM_PGTABLE_H

#include <asm-generic/pgtable-nopud.h>
#include <asm/page.h>
#include <asm/processor.h>
#include <asm/io.h>

#define PAGE_NONE __pgprot(0)
#define PAGE_SHARED __pgprot(0)
#define PAGE_COPY __pgprot(0)
#define PAGE_READONLY __pgprot(0)
#define PAGE_KERNEL __pgprot(0)

#define pgd_present(pgd) 1
#define pgd_none(pgd) 0
#define pgd_bad(pgd) 0
#define pgd_clear(pgdp) ((void)(pgdp))

#define __swp_type(entry) 0
#define __swp_offset(entry) 0UL
#define __swp_entry(type, offset) ((swp_entry_t){ (type) | (offset) })
#define __pte_to_swp_entry(pte) ((swp_entry_t){ pte_val(pte) })
#define __swp_entry_to_pte(entry) ((pte_t){ (entry).val })

#define swapper_pg_dir ((pgd_t *)0)

#define VMALLOC_START 0UL
#define VMALLOC_END 0xffffffffUL

extern unsigned long empty_zero_page[PAGE_SIZE / sizeof(unsigned long)];
#define ZERO_PAGE(vaddr) virt_to_page(empty_zero_page)

#endif
