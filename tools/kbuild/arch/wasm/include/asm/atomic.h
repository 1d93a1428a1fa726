/* SPDX-License-Identifier: MIT */
/*
 * atomic_t and atomic64_t over the threads proposal, which has native 64-bit operations.
 * All are fully ordered; the kernel's fallbacks derive the relaxed forms from them.
 */
#ifndef _ASM_WASM_ATOMIC_H
#define _ASM_WASM_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>
#include <asm/cmpxchg.h>

typedef struct {
	s64 counter;
} atomic64_t;

#define ATOMIC64_INIT(value) { (value) }

#define __WASM_ATOMIC_RMW(prefix, word, counter_t, name, builtin)              \
	static __always_inline void prefix##_##name(counter_t by, word *v)     \
	{                                                                      \
		(void)__atomic_fetch_##builtin(&v->counter, by,                \
					       __ATOMIC_SEQ_CST);              \
	}                                                                      \
	static __always_inline counter_t prefix##_fetch_##name(counter_t by,   \
							       word *v)        \
	{                                                                      \
		return __atomic_fetch_##builtin(&v->counter, by,               \
						__ATOMIC_SEQ_CST);             \
	}

#define __WASM_ATOMIC_RETURN(prefix, word, counter_t, name)                    \
	static __always_inline counter_t prefix##_##name##_return(             \
		counter_t by, word *v)                                         \
	{                                                                      \
		return __atomic_##name##_fetch(&v->counter, by,                \
					       __ATOMIC_SEQ_CST);              \
	}

#define __WASM_ATOMIC(prefix, word, counter_t)                                 \
	static __always_inline counter_t prefix##_read(const word *v)          \
	{                                                                      \
		return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);         \
	}                                                                      \
	static __always_inline void prefix##_set(word *v, counter_t value)     \
	{                                                                      \
		__atomic_store_n(&v->counter, value, __ATOMIC_RELAXED);        \
	}                                                                      \
	__WASM_ATOMIC_RMW(prefix, word, counter_t, add, add)                   \
	__WASM_ATOMIC_RMW(prefix, word, counter_t, sub, sub)                   \
	__WASM_ATOMIC_RMW(prefix, word, counter_t, and, and)                   \
	__WASM_ATOMIC_RMW(prefix, word, counter_t, or, or)                     \
	__WASM_ATOMIC_RMW(prefix, word, counter_t, xor, xor)                   \
	__WASM_ATOMIC_RETURN(prefix, word, counter_t, add)                     \
	__WASM_ATOMIC_RETURN(prefix, word, counter_t, sub)

__WASM_ATOMIC(arch_atomic, atomic_t, int)
__WASM_ATOMIC(arch_atomic64, atomic64_t, s64)

#undef __WASM_ATOMIC
#undef __WASM_ATOMIC_RETURN
#undef __WASM_ATOMIC_RMW

/* The fallback generator asks the preprocessor which operations exist. */
#define arch_atomic_read arch_atomic_read
#define arch_atomic_set arch_atomic_set
#define arch_atomic_add_return arch_atomic_add_return
#define arch_atomic_sub_return arch_atomic_sub_return
#define arch_atomic_fetch_add arch_atomic_fetch_add
#define arch_atomic_fetch_sub arch_atomic_fetch_sub
#define arch_atomic_fetch_and arch_atomic_fetch_and
#define arch_atomic_fetch_or arch_atomic_fetch_or
#define arch_atomic_fetch_xor arch_atomic_fetch_xor
#define arch_atomic64_read arch_atomic64_read
#define arch_atomic64_set arch_atomic64_set
#define arch_atomic64_add_return arch_atomic64_add_return
#define arch_atomic64_sub_return arch_atomic64_sub_return
#define arch_atomic64_fetch_add arch_atomic64_fetch_add
#define arch_atomic64_fetch_sub arch_atomic64_fetch_sub
#define arch_atomic64_fetch_and arch_atomic64_fetch_and
#define arch_atomic64_fetch_or arch_atomic64_fetch_or
#define arch_atomic64_fetch_xor arch_atomic64_fetch_xor

#define arch_atomic_xchg(v, value) arch_xchg(&(v)->counter, value)
#define arch_atomic_cmpxchg(v, expect, value)                                  \
	arch_cmpxchg(&(v)->counter, expect, value)
#define arch_atomic64_xchg(v, value) arch_xchg(&(v)->counter, value)
#define arch_atomic64_cmpxchg(v, expect, value)                                \
	arch_cmpxchg(&(v)->counter, expect, value)

#endif
