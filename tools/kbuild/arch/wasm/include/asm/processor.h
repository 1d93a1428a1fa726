/* SPDX-License-Identifier: MIT */
/* A CPU is one thread of the host; it has no registers to save and no user space. */
#ifndef _ASM_WASM_PROCESSOR_H
#define _ASM_WASM_PROCESSOR_H

#include <linux/cache.h>
#include <asm/ptrace.h>

struct task_struct;

/* A context switch is the host's: it keeps the wasm stack, the core keeps __stack_pointer. */
struct thread_struct {
	unsigned long sp;
};

#define INIT_THREAD { 0 }

#define TASK_SIZE 0xffffffffUL
#define TASK_UNMAPPED_BASE 0UL
#define STACK_TOP TASK_SIZE
#define STACK_TOP_MAX STACK_TOP

/* An interrupt window: the host may deliver, poll links and move the clock. */
extern void __wasm_cpu_relax(void);
#define cpu_relax() __wasm_cpu_relax()

extern unsigned long __get_wchan(struct task_struct *p);

#define task_pt_regs(tsk) ((struct pt_regs *)0)
#define KSTK_EIP(tsk) (0UL)
#define KSTK_ESP(tsk) (0UL)

#endif
