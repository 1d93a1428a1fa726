/* SPDX-License-Identifier: MIT */
/* clang's size_t on wasm32 is unsigned long, where other 32-bit architectures have unsigned int. */
#ifndef _UAPI_ASM_WASM_POSIX_TYPES_H
#define _UAPI_ASM_WASM_POSIX_TYPES_H

typedef __SIZE_TYPE__ __kernel_size_t;
typedef long __kernel_ssize_t;
typedef __PTRDIFF_TYPE__ __kernel_ptrdiff_t;
#define __kernel_size_t __kernel_size_t

#include <asm-generic/posix_types.h>

#endif
