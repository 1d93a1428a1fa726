/* SPDX-License-Identifier: MIT */
/* Modules are wasm objects, not ELF; linux/elf.h still wants a class and an architecture. */
#ifndef _ASM_WASM_ELF_H
#define _ASM_WASM_ELF_H

#define ELF_ARCH EM_NONE
#define ELF_CLASS ELFCLASS32
#define ELF_DATA ELFDATA2LSB

#define ELF_EXEC_PAGESIZE 4096
#define ELF_HWCAP 0
#define ELF_PLATFORM NULL
#define elf_check_arch(header) 0

typedef unsigned long elf_greg_t;
typedef elf_greg_t elf_gregset_t[1];
typedef unsigned long elf_fpregset_t;

#endif
