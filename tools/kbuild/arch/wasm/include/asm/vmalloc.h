/* SPDX-License-Identifier: MIT */
/* vmalloc is an allocator like any other here: no mapping, so no mapping sizes. */
#ifndef _ASM_WASM_VMALLOC_H
#define _ASM_WASM_VMALLOC_H

#endif
