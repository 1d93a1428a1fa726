/* SPDX-License-Identifier: MIT */
/*
 * The interrupt-enable flag of this CPU belongs to the core: enabling is an interrupt window.
 * A flags word is ARCH_IRQ_ENABLED or ARCH_IRQ_DISABLED.
 */
#ifndef _ASM_WASM_IRQFLAGS_H
#define _ASM_WASM_IRQFLAGS_H

#define ARCH_IRQ_DISABLED 0
#define ARCH_IRQ_ENABLED 1

extern unsigned long arch_local_save_flags(void);
extern unsigned long arch_local_irq_save(void);
extern void arch_local_irq_restore(unsigned long flags);
extern void arch_local_irq_disable(void);
extern void arch_local_irq_enable(void);

#define arch_local_save_flags arch_local_save_flags
#define arch_local_irq_save arch_local_irq_save
#define arch_local_irq_restore arch_local_irq_restore
#define arch_local_irq_disable arch_local_irq_disable
#define arch_local_irq_enable arch_local_irq_enable

#include <asm-generic/irqflags.h>

#endif
