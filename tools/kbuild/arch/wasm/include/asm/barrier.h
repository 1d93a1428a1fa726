/* SPDX-License-Identifier: MIT */
/* WebAssembly has one fence, and it is sequentially consistent. */
#ifndef _ASM_WASM_BARRIER_H
#define _ASM_WASM_BARRIER_H

#include <linux/compiler.h>

#define __mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define __rmb() __mb()
#define __wmb() __mb()

#define nop() barrier()

#include <asm-generic/barrier.h>

#endif
