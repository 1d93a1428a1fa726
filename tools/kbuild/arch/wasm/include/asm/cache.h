/* SPDX-License-Identifier: MIT */
/* The cache line decides the layout of aligned structs: 64 bytes, as in the malta kernel. */
#ifndef _ASM_WASM_CACHE_H
#define _ASM_WASM_CACHE_H

#define L1_CACHE_SHIFT 6
#define L1_CACHE_BYTES (1 << L1_CACHE_SHIFT)

#endif
