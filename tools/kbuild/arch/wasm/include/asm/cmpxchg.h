/* SPDX-License-Identifier: MIT */
/* Exchange and compare-exchange of 1, 2, 4 and 8 bytes: the threads proposal has them all. */
#ifndef _ASM_WASM_CMPXCHG_H
#define _ASM_WASM_CMPXCHG_H

#include <linux/compiler.h>
#include <linux/types.h>

#define arch_xchg(ptr, val)                                                    \
	({                                                                     \
		typeof(*(ptr)) __xchg_new = (typeof(*(ptr)))(val);             \
		(typeof(*(ptr)))__atomic_exchange_n((ptr), __xchg_new,         \
						    __ATOMIC_SEQ_CST);         \
	})

#define arch_cmpxchg(ptr, expect, val)                                         \
	({                                                                     \
		__unqual_scalar_typeof(*(ptr)) __cas_seen =                    \
			(__unqual_scalar_typeof(*(ptr)))(expect);              \
		(void)__atomic_compare_exchange_n(                             \
			(ptr), &__cas_seen, (typeof(*(ptr)))(val), 0,          \
			__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                   \
		(typeof(*(ptr)))__cas_seen;                                    \
	})

#define arch_cmpxchg_local(ptr, expect, val) arch_cmpxchg(ptr, expect, val)
#define arch_cmpxchg64(ptr, expect, val) arch_cmpxchg(ptr, expect, val)
#define arch_cmpxchg64_local(ptr, expect, val) arch_cmpxchg(ptr, expect, val)

#endif
