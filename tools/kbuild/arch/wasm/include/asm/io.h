/* SPDX-License-Identifier: MIT */
/*
 * Every device access is a call of the core: cookies from ioremap lie outside RAM, and each access is
 * an interrupt window. The core orders memory before and after an access, so no barrier stands here.
 */
#ifndef _ASM_WASM_IO_H
#define _ASM_WASM_IO_H

#include <linux/types.h>
#include <linux/compiler.h>
#include <asm/byteorder.h>

extern u8 __raw_readb(const volatile void __iomem *addr);
extern u16 __raw_readw(const volatile void __iomem *addr);
extern u32 __raw_readl(const volatile void __iomem *addr);
extern u64 __raw_readq(const volatile void __iomem *addr);
extern void __raw_writeb(u8 value, volatile void __iomem *addr);
extern void __raw_writew(u16 value, volatile void __iomem *addr);
extern void __raw_writel(u32 value, volatile void __iomem *addr);
extern void __raw_writeq(u64 value, volatile void __iomem *addr);
#define __raw_readb __raw_readb
#define __raw_readw __raw_readw
#define __raw_readl __raw_readl
#define __raw_readq __raw_readq
#define __raw_writeb __raw_writeb
#define __raw_writew __raw_writew
#define __raw_writel __raw_writel
#define __raw_writeq __raw_writeq

#define __io_br() barrier()
#define __io_ar(value) barrier()
#define __io_bw() barrier()
#define __io_aw() barrier()

#define IO_SPACE_LIMIT 0xffff

extern u8 inb(unsigned long port);
extern u16 inw(unsigned long port);
extern u32 inl(unsigned long port);
extern void outb(u8 value, unsigned long port);
extern void outw(u16 value, unsigned long port);
extern void outl(u32 value, unsigned long port);
#define inb inb
#define inw inw
#define inl inl
#define outb outb
#define outw outw
#define outl outl

extern void insb(unsigned long port, void *buffer, unsigned int count);
extern void insw(unsigned long port, void *buffer, unsigned int count);
extern void insl(unsigned long port, void *buffer, unsigned int count);
extern void outsb(unsigned long port, const void *buffer, unsigned int count);
extern void outsw(unsigned long port, const void *buffer, unsigned int count);
extern void outsl(unsigned long port, const void *buffer, unsigned int count);
#define insb insb
#define insw insw
#define insl insl
#define outsb outsb
#define outsw outsw
#define outsl outsl

extern void memset_io(volatile void __iomem *addr, int value, size_t size);
extern void memcpy_fromio(void *buffer, const volatile void __iomem *addr, size_t size);
extern void memcpy_toio(volatile void __iomem *addr, const void *buffer, size_t size);
#define memset_io memset_io
#define memcpy_fromio memcpy_fromio
#define memcpy_toio memcpy_toio

extern void __iomem *ioremap(phys_addr_t offset, size_t size);
extern void iounmap(volatile void __iomem *addr);
#define ioremap ioremap
#define iounmap iounmap

/* ioread and iowrite take a cookie of either kind, memory or port, and are functions too. */
#include <asm-generic/io.h>

#endif
