/* SPDX-License-Identifier: MIT */
/* What C needs that WebAssembly lacks: code addresses. */
#ifndef _ASM_WASM_LINKAGE_H
#define _ASM_WASM_LINKAGE_H

/* Functions have a table index, not an address, and a label has neither. */
#define _THIS_IP_ 0UL
#define __builtin_return_address(level) ((void *)0)
#define __builtin_frame_address(level) ((void *)0)

#endif
