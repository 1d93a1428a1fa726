/* SPDX-License-Identifier: MIT */
/*
 * The kernel's EXPORT_SYMBOL writes its strings with file-scope assembly in ELF syntax, which wasm
 * objects have no sections for. The same strings as C arrays; the ksymtab entry itself stays the kernel's.
 */
#ifndef _KPI_SHADOW_LINUX_EXPORT_H
#define _KPI_SHADOW_LINUX_EXPORT_H

#include_next <linux/export.h>

#ifndef __ASSEMBLY__
#undef ___EXPORT_SYMBOL
#define ___EXPORT_SYMBOL(sym, sec, ns)                                         \
	extern typeof(sym) sym;                                                \
	static const char __kstrtab_##sym[]                                    \
		__attribute__((section("__ksymtab_strings"), used)) = #sym;    \
	static const char __kstrtabns_##sym[]                                  \
		__attribute__((section("__ksymtab_strings"), used)) = ns;      \
	__KSYMTAB_ENTRY(sym, sec)
#endif

#endif
