/* SPDX-License-Identifier: MIT */
/* No registers are visible to C on WebAssembly; pt_regs only exists to be pointed to. */
#ifndef _ASM_WASM_PTRACE_H
#define _ASM_WASM_PTRACE_H

#include <uapi/asm/ptrace.h>

#define user_mode(regs) 0
#define kernel_mode(regs) 1
#define instruction_pointer(regs) ((regs)->pc)
#define instruction_pointer_set(regs, value) ((void)((regs)->pc = (value)))
#define user_stack_pointer(regs) ((regs)->sp)
#define kernel_stack_pointer(regs) ((regs)->sp)
#define frame_pointer(regs) ((regs)->sp)
#define profile_pc(regs) instruction_pointer(regs)
#define regs_return_value(regs) ((regs)->ret)

#endif
