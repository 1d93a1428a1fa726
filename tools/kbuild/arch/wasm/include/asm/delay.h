/* SPDX-License-Identifier: MIT */
/* Delays are the core's: they move the clock and are interrupt windows. */
#ifndef _ASM_WASM_DELAY_H
#define _ASM_WASM_DELAY_H

extern void __delay(unsigned long loops);
extern void __ndelay(unsigned long ns);
extern void __udelay(unsigned long us);

#define ndelay(ns) __ndelay(ns)
#define udelay(us) __udelay(us)

#endif
