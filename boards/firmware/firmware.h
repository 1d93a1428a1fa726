// The parts of the firmware: those that all boards share, in this folder, and what each board has of its own.
//
//   arch.h, board.h     the processor, and where devices are: in the board's folder
//   description.h       what kpi knows of the board, too (tools/image/boards.ts); made by the build
//   memory-map.h        the core's memory map (assembly/arch/wasm/memory.ts); made by the build
#ifndef KPI_FIRMWARE_H
#define KPI_FIRMWARE_H

#include "abi.h"
#include "arch.h"
#include "description.h"
#include "memory-map.h"

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

// ── What a board has ──

/** Serial line, clock, and interrupts that end a wait, while interrupts are off. */
void machine_init(void);
/** Interrupts of devices, before the core starts. */
void devices_init(void);
/** After each access of a device, which may let go of its interrupt with it; interrupts are off. */
void devices_accessed(void);
/** Has no device touch memory any more. */
void devices_stop(void);
/** What the boot block says of buses. */
void bus_describe(void);
u32 port_read(u32 port, u32 width);
void port_write(u32 port, u32 width, u32 value);
u32 pci_read(u32 bdf, u32 where, u32 width);
void pci_write(u32 bdf, u32 where, u32 width, u32 value);

void uart_put(u8 byte);
/** A byte that has come, or -1. */
int uart_get(void);
/** Has a byte that comes end a wait, once. */
void uart_wake(void);

/** The monotonic clock. */
u64 now_ns(void);
/** Has an interrupt, and alarm_rang(), come at `ns` or before; all ones: never. */
void alarm_set(u64 ns);
/** Sleeps, with interrupts off, until a byte comes or the clock reaches `until`, or less. */
void sleep_until(u64 until);

/** Nobody may touch `bytes`, a power of two, at `address`, until the next reset; `index`: up to CONTEXTS. */
void stack_guard(u32 index, u32 address, u32 bytes);
/** What calls keep goes onto the stack, and comes back from the other one. */
void context_switch(u32 *save, u32 sp);
/** Drops the stack that it is called on. */
void context_restart(u32 sp, void (*function)(void)) __attribute__((noreturn));

void power_reset(void) __attribute__((noreturn));
/** Or what comes next to it. */
void power_off(u32 failed) __attribute__((noreturn));

/** Bytes of a block that is erased as a whole; 0: what slots lie in cannot be written. */
u32 flash_init(void);
/** Erases the blocks that [offset, offset + bytes) touches; offsets count from SLOTS_BASE. */
int flash_erase(u32 offset, u32 bytes);
/** Writes `count` bytes at `offset`, a multiple of 4, and reads them back. What is there already may be written again. */
int flash_write(u32 offset, const u8 *bytes, u32 count);

// ── console.c ──
void print(const char *format, ...);

// ── clock.c ──
void clock_store(void);
void cpu_sleep(void);
void delay_ns(u32 ns);

// ── contexts.c ──

/** Native stacks, beside the one that the core boots on. */
#define CONTEXTS 6

void contexts_init(void);
void task_park(u32 prev, u32 next);
void task_exit(void);
void task_trapped(void);
u32 task_stack(u32 *low);
struct values;
u32 task_parked_at(u32 task, u32 *high, struct values *parked);

// ── main.c ──
void load_data(u32 address, u32 bytes);

// ── command.c ──
void command_byte(u8 byte);
int command_take(const char **name);

// ── watchdog.c ──
void watchdog_arm(void);
void alarm_rang(u32 pc, u32 ra, u32 sp);

// ── fault.c ──

/** Something that is no interrupt: the code that ran has done what it may not. */
struct fault {
  const char *text;
  /** As the processor has them. */
  u32 cause;
  u32 value;
  u32 pc;
  u32 ra;
  u32 sp;
};

extern volatile u32 in_report;
const char *trap_text(u32 why);
void fault_taken(const struct fault *fault);
void fault_report(void);
extern u8 report_stack[];
#define REPORT_STACK_BYTES 4096
u32 backtrace(u32 pc, u32 ra, u32 sp, char *text, u32 size);
char *print_function(char *at, const char *end, u32 pc);
u32 stack_functions(u32 sp, u32 high, u32 named, char *text, u32 size);
void board_restart(void) __attribute__((noreturn));
void board_halt(u32 failed) __attribute__((noreturn));
void board_panic(void) __attribute__((noreturn));

// ── symbols.c ──
const char *symbol_of(u32 pc, u32 *offset);
u32 table_function(u32 slot);

// ── program.c ──
void program_step(void);
void program_ended(u32 task);
void program_trapped(u32 task);
extern u32 program_task;

// ── host.c ──
extern volatile u32 cpu_idles;
void host_init(void);

// ── slot.c ──
int slot_find(void);
u32 crc32(const u8 *bytes, u32 count);

extern const u8 *symbol_table;
extern u32 image_bytes;

// ── loader.c ──
void loader_listen(void);
void loader_wait(void) __attribute__((noreturn));
void loader_poll(void);

#endif
