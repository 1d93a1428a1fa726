/* SPDX-License-Identifier: MIT */
/* A lock is Linux's qspinlock word: byte 0 says locked. */
#ifndef _ASM_WASM_SPINLOCK_TYPES_H
#define _ASM_WASM_SPINLOCK_TYPES_H

#include <asm-generic/qspinlock_types.h>
#include <asm-generic/qrwlock_types.h>

#endif
