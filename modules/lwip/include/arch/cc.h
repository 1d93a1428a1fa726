/* SPDX-License-Identifier: MIT */
/* lwIP's compiler and platform: the kernel's types and functions. */
#ifndef LWIP_ARCH_CC_H
#define LWIP_ARCH_CC_H

#include <linux/bug.h>
#include <linux/ctype.h>
#include <linux/limits.h>
#include <linux/random.h>
#include <linux/types.h>

#define LWIP_NO_STDDEF_H 1
#define LWIP_NO_STDINT_H 1
#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_LIMITS_H 1
#define LWIP_NO_UNISTD_H 1
#define LWIP_NO_CTYPE_H 1

typedef u8 u8_t;
typedef s8 s8_t;
typedef u16 u16_t;
typedef s16 s16_t;
typedef u32 u32_t;
typedef s32 s32_t;
typedef uintptr_t mem_ptr_t;

/* The kernel has these macros itself. */
#define LWIP_DONT_PROVIDE_BYTEORDER_FUNCTIONS
#define lwip_htons(x) __swab16(x)
#define lwip_htonl(x) __swab32(x)

#define LWIP_RAND() get_random_u32()
#define LWIP_PLATFORM_DIAG(x) do {} while (0)
#define LWIP_PLATFORM_ASSERT(why) WARN_ONCE(1, "lwip: %s", why)

#endif
