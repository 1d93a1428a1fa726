/* SPDX-License-Identifier: MIT */
/* The core exports memcpy and its kin; clang turns those of constant size into memory.copy and memory.fill. */
#ifndef _ASM_WASM_STRING_H
#define _ASM_WASM_STRING_H

#endif
