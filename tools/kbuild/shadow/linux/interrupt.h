/* SPDX-License-Identifier: MIT */
/*
 * The core's lock validator does not know that a handler whose line is disabled cannot interrupt who holds its lock. A
 * driver that relies on that says so with these functions, which with CONFIG_LOCKDEP disable interrupts too, as here.
 */
#ifndef _KPI_SHADOW_LINUX_INTERRUPT_H
#define _KPI_SHADOW_LINUX_INTERRUPT_H

#include_next <linux/interrupt.h>

#ifndef CONFIG_LOCKDEP
#define disable_irq_nosync_lockdep(irq) \
	do { disable_irq_nosync(irq); local_irq_disable(); } while (0)
#define disable_irq_nosync_lockdep_irqsave(irq, flags) \
	do { disable_irq_nosync(irq); local_irq_save(*(flags)); } while (0)
#define disable_irq_lockdep(irq) \
	do { disable_irq(irq); local_irq_disable(); } while (0)
#define enable_irq_lockdep(irq) \
	do { local_irq_enable(); enable_irq(irq); } while (0)
#define enable_irq_lockdep_irqrestore(irq, flags) \
	do { local_irq_restore(*(flags)); enable_irq(irq); } while (0)
#endif

#endif
