/* SPDX-License-Identifier: MIT */
#ifndef _UAPI_ASM_WASM_PTRACE_H
#define _UAPI_ASM_WASM_PTRACE_H

#ifndef __ASSEMBLY__
struct pt_regs {
	unsigned long pc;
	unsigned long sp;
	unsigned long ret;
};
#endif

#endif
