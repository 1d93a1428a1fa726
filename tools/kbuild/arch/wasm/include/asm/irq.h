/* SPDX-License-Identifier: MIT */
/* One fixed table of interrupt vectors. */
#ifndef _ASM_WASM_IRQ_H
#define _ASM_WASM_IRQ_H

#define NR_IRQS 256

#define irq_canonicalize(irq) (irq)

#endif
