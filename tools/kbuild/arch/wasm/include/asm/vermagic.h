/* SPDX-License-Identifier: MIT */
#ifndef _ASM_WASM_VERMAGIC_H
#define _ASM_WASM_VERMAGIC_H

#define MODULE_ARCH_VERMAGIC "wasm32 "

#endif
