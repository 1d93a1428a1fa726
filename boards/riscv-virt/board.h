// Where this board has what: the addresses and interrupts of its device tree.
#ifndef KPI_BOARD_H
#define KPI_BOARD_H

#include "types.h"

#define UART_BASE 0x10000000u
#define CLINT_MTIMECMP 0x02004000u
#define CLINT_MTIME 0x0200bff8u
#define MTIME_NS 100u /* 10 MHz */
#define PLIC_BASE 0x0c000000u
#define PLIC_UART 10u
#define PLIC_INTX 32u /* the four lines of the PCI host bridge */
#define PCI_ECAM 0x30000000u
#define PCI_PIO 0x03000000u
#define PCI_PIO_FIRST 0x1000u
#define PCI_PIO_BYTES 0xf000u
#define PCI_MMIO 0x40000000u
#define PCI_MMIO_BYTES 0x20000000u
#define POWER_BASE 0x00100000u /* SiFive test finisher */
#define POWER_FAIL 0x3333u
#define POWER_OFF 0x5555u
#define POWER_RESET 0x7777u

// uart.c
void uart_init(void);

// plic.c
void plic_init(void);
void plic_interrupt(void);

// pci.c
int pci_line_asserted(u32 line);

#endif
