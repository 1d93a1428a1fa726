// What this board is: addresses and numbers of QEMU's riscv32 virt machine, which are those of its device tree, and the
// firmware's parts. Nothing here is particular to an emulator.
#ifndef KPI_BOARD_H
#define KPI_BOARD_H

#include "abi.h"
#include "memory-map.h"

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
#define RAM_BASE 0x80000000u
#define FLASH_SLOTS 0x22000000u
#define SLOT_BYTES 0x00400000u

#define REG8(address) (*(volatile u8 *)(address))
#define REG16(address) (*(volatile u16 *)(address))
#define REG32(address) (*(volatile u32 *)(address))

extern u8 linear_memory[];
extern struct wasm wasm_state;
extern struct kernel kernel;
extern const struct image *image;

/** A word of linear memory, by the names of memory-map.h. The core and trap handlers both change some of them. */
#define WORD(address) (*(volatile u32 *)(linear_memory + (address)))
#define WORD64(address) (*(volatile u64 *)(linear_memory + (address)))

// uart.c
void uart_init(void);
void uart_put(u8 byte);
int uart_get(void);
void print(const char *format, ...);

// time.c
u64 now_ns(void);
void clock_store(void);
void alarm_set(u64 ns);
void delay_ns(u32 ns);

// plic.c
void plic_init(void);
void plic_interrupt(void);
void plic_resample(void);
void plic_await_uart(void);
void plic_sleep(u64 until);

// pci.c
u32 pci_read(u32 bdf, u32 where, u32 width);
void pci_write(u32 bdf, u32 where, u32 width, u32 value);
int pci_line_asserted(u32 line);
void pci_stop(void);

// contexts.c

/** Native stacks, beside the one that the core boots on. */
#define CONTEXTS 6

void contexts_init(void);
void task_park(u32 prev, u32 next);
void task_exit(void);
u32 task_running(void);
void task_trapped(void);
u32 task_stack(u32 *low);
struct values;
u32 task_parked_at(u32 task, u32 *high, struct values *parked);

// watchdog.c
void watchdog_arm(void);
void watchdog_tick(u32 pc, u32 ra, u32 sp);

// trap.c
extern volatile u32 in_report;
u32 backtrace(u32 pc, u32 ra, u32 sp, char *text, u32 size);
char *print_function(char *at, const char *end, u32 pc);
u32 stack_functions(u32 sp, u32 high, u32 named, char *text, u32 size);
void board_restart(void) __attribute__((noreturn));
void board_halt(u32 failed) __attribute__((noreturn));
void board_panic(void) __attribute__((noreturn));

// symbols.c
const char *symbol_of(u32 pc, u32 *offset);
u32 table_function(u32 slot);

// program.c
void program_step(void);
void program_ended(u32 task);
extern u32 program_task;

// host.c
extern volatile u32 cpu_idles;
void host_init(void);

// slot.c
int slot_find(void);
u32 crc32(const u8 *bytes, u32 count);

// loader.c
void loader_listen(void);
void loader_wait(void) __attribute__((noreturn));
void loader_poll(void);

extern const u8 *symbol_table;
extern u32 image_bytes;

#endif
