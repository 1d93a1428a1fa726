/* SPDX-License-Identifier: MIT */
/* There is no ISA DMA controller; all memory is within reach of it all the same. */
#ifndef _ASM_WASM_DMA_H
#define _ASM_WASM_DMA_H

#define MAX_DMA_ADDRESS 0xffffffffUL

#endif
