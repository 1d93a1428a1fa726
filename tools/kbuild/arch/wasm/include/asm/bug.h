/* SPDX-License-Identifier: MIT */
/* BUG() is a call that does not return; the core reports it and ends the task, or the machine. */
#ifndef _ASM_WASM_BUG_H
#define _ASM_WASM_BUG_H

#ifndef __ASSEMBLY__
extern void __wasm_bug(const char *file, int line) __attribute__((noreturn));
#define BUG()                                                                  \
	do {                                                                   \
		__wasm_bug(__FILE__, __LINE__);                                \
		__builtin_unreachable();                                       \
	} while (0)
#define HAVE_ARCH_BUG
#endif

#include <asm-generic/bug.h>

#endif
