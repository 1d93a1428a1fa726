/* SPDX-License-Identifier: MIT */
/* The running task. Constant within a C function: a function belongs to one task from entry to return. */
#ifndef _ASM_WASM_CURRENT_H
#define _ASM_WASM_CURRENT_H

struct task_struct;

extern struct task_struct *__wasm_get_current(void) __attribute__((const));

#define get_current() __wasm_get_current()
#define current get_current()

#endif
