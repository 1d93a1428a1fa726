// What of the processor and the board is set once, and the power.

#include "board.h"
#include "firmware.h"

#define MIE_TIMER (1u << 7)
#define MIE_EXTERNAL (1u << 11)
/** A PMP entry that is locked, so that it binds machine mode as well, and lets nobody touch a power of two of bytes. */
#define PMP_LOCKED_NAPOT 0x98u

void machine_init(void) {
  uart_init();
  plic_init();
  __asm__ volatile("csrw mie, %0" : : "r"(MIE_TIMER | MIE_EXTERNAL));
}

void stack_guard(u32 index, u32 address, u32 bytes) {
  u32 napot = address >> 2 | (bytes / 8 - 1);
  u32 config = PMP_LOCKED_NAPOT << (index % 4 * 8);
  switch (index) {
#define ENTRY(n, group) case n: __asm__ volatile("csrw pmpaddr" #n ", %0; csrs pmpcfg" #group ", %1" : : "r"(napot), "r"(config)); break;
    ENTRY(0, 0) ENTRY(1, 0) ENTRY(2, 0) ENTRY(3, 0) ENTRY(4, 1) ENTRY(5, 1) ENTRY(6, 1) ENTRY(7, 1)
  }
}

static void finish(u32 code) __attribute__((noreturn));
static void finish(u32 code) {
  REG32(POWER_BASE) = code;
  for (;;) wait_for_interrupt();
}

void power_reset(void) {
  finish(POWER_RESET);
}

void power_off(u32 failed) {
  finish(failed ? POWER_FAIL | 1u << 16 : POWER_OFF);
}
