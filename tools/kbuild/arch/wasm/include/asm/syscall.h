/* SPDX-License-Identifier: MIT */
/* There is no user space and so no system call. */
#ifndef _ASM_WASM_SYSCALL_H
#define _ASM_WASM_SYSCALL_H

struct task_struct;
struct pt_regs;

#define syscall_get_nr(task, regs) (-1)
#define syscall_get_arguments(task, regs, args) ((void)(args))
#define syscall_get_return_value(task, regs) 0L
#define syscall_get_error(task, regs) 0L
#define syscall_get_arch(task) 0

#endif
