/* SPDX-License-Identifier: MIT */
/* Linear memory is physical memory: address 0 is page 0, and mem_map covers all RAM. */
#ifndef _ASM_WASM_PAGE_H
#define _ASM_WASM_PAGE_H

#define PAGE_SHIFT 12
#ifdef __ASSEMBLY__
#define PAGE_SIZE (1 << PAGE_SHIFT)
#else
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#endif
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PAGE_OFFSET 0UL
#define ARCH_PFN_OFFSET 0UL

#ifndef __ASSEMBLY__

#include <linux/pfn.h>

typedef struct { unsigned long pte; } pte_t;
typedef struct { unsigned long pmd; } pmd_t;
typedef struct { unsigned long pgd; } pgd_t;
typedef struct { unsigned long pgprot; } pgprot_t;
typedef struct page *pgtable_t;

#define pte_val(x) ((x).pte)
#define pmd_val(x) ((x).pmd)
#define pgd_val(x) ((x).pgd)
#define pgprot_val(x) ((x).pgprot)
#define __pte(x) ((pte_t){ (x) })
#define __pmd(x) ((pmd_t){ (x) })
#define __pgd(x) ((pgd_t){ (x) })
#define __pgprot(x) ((pgprot_t){ (x) })

#define clear_page(page) __builtin_memset((page), 0, PAGE_SIZE)
#define copy_page(to, from) __builtin_memcpy((to), (from), PAGE_SIZE)
#define clear_user_page(page, vaddr, pg) clear_page(page)
#define copy_user_page(to, from, vaddr, pg) copy_page(to, from)

/*
 * Where the board has the RAM whose first byte is linear address 0. Devices that take physical addresses, such as virtio's
 * without VIRTIO_F_ACCESS_PLATFORM, take these. Page numbers count from linear address 0.
 */
extern const unsigned long __wasm_phys_base;

#define __pa(x) ((unsigned long)(x) + __wasm_phys_base)
#define __va(x) ((void *)((unsigned long)(x) - __wasm_phys_base))
#define __pa_symbol(x) __pa(x)

#define virt_to_pfn(kaddr) ((unsigned long)(kaddr) >> PAGE_SHIFT)
#define pfn_to_virt(pfn) ((void *)((unsigned long)(pfn) << PAGE_SHIFT))
#define pfn_to_kaddr(pfn) pfn_to_virt(pfn)
#define virt_to_page(kaddr) pfn_to_page(virt_to_pfn(kaddr))
#define page_to_virt(page) pfn_to_virt(page_to_pfn(page))
#define page_to_phys(page) ((phys_addr_t)(page_to_pfn(page) << PAGE_SHIFT) + __wasm_phys_base)

/* One past the last page of RAM, as in the kernel's own flat memory model. */
extern unsigned long max_mapnr;
#define pfn_valid(pfn) ((pfn) < max_mapnr)
#define virt_addr_valid(kaddr) pfn_valid(virt_to_pfn(kaddr))

#endif

#include <asm-generic/memory_model.h>
#include <asm-generic/getorder.h>

#endif
