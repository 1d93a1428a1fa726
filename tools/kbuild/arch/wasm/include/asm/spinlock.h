/* SPDX-License-Identifier: MIT */
/* Lock and unlock are functions of the core (_raw_spin_lock, ...); this is what inline code asks of a lock word. */
#ifndef _ASM_WASM_SPINLOCK_H
#define _ASM_WASM_SPINLOCK_H

#include <asm/processor.h>
#include <asm/qspinlock.h>
#include <asm/qrwlock.h>

#endif
