// What of the processor and the board is set once, buses that it has not, and the power.

#include "board.h"
#include "firmware.h"

#define SYSTICK_PROCESSOR_CLOCK 4u
#define SYSTICK_ENABLE 1u
/** Memory, bus and usage faults have handlers of their own. */
#define SHCSR_FAULTS (7u << 16)
#define MPU_ENABLE 1u
/** What no region says is as without the MPU. */
#define MPU_PRIVDEFENA 4u
#define RBAR_VALID 0x10u
/** No access at all, nor code. */
#define RASR_NOBODY (1u << 28)
#define RASR_ENABLE 1u
#define AIRCR_RESET 0x05fa0004u

void machine_init(void) {
  uart_init();
  timer_init();
  REG32(SYSTICK_RELOAD) = 0xffffff;
  REG32(SYSTICK_CTRL) = SYSTICK_PROCESSOR_CLOCK | SYSTICK_ENABLE;
  REG32(SCB_SHCSR) = SHCSR_FAULTS;
}

void stack_guard(u32 index, u32 address, u32 bytes) {
  u32 log2 = 31 - (u32)__builtin_clz(bytes);
  REG32(MPU_RBAR) = address | RBAR_VALID | index;
  REG32(MPU_RASR) = RASR_NOBODY | (log2 - 1) << 1 | RASR_ENABLE;
  REG32(MPU_CTRL) = MPU_ENABLE | MPU_PRIVDEFENA;
  __asm__ volatile("dsb\n isb" : : : "memory");
}

// No driver of this board's devices takes an interrupt, and none of them reaches memory.

void devices_init(void) {}

void devices_accessed(void) {}

void devices_stop(void) {}

void bus_describe(void) {
  WORD(BOOT_NO_PCI) = 1;
}

u32 pci_read(u32 bdf, u32 where, u32 width) {
  (void)bdf;
  (void)where;
  return ~0u >> (32 - 8 * width);
}

void pci_write(u32 bdf, u32 where, u32 width, u32 value) {
  (void)bdf;
  (void)where;
  (void)width;
  (void)value;
}

u32 port_read(u32 port, u32 width) {
  (void)port;
  return ~0u >> (32 - 8 * width);
}

void port_write(u32 port, u32 width, u32 value) {
  (void)port;
  (void)width;
  (void)value;
}

/** What is pending is taken when interrupts are on again; here nobody does that. */
void sleep_until(u64 until) {
  uart_wake();
  alarm_set(until);
  cpu_sleep();
}

void power_reset(void) {
  __asm__ volatile("dsb" : : : "memory");
  REG32(SCB_AIRCR) = AIRCR_RESET;
  for (;;) wait_for_interrupt();
}

/** It has no switch for that: it sleeps. */
void power_off(u32 failed) {
  (void)failed;
  interrupts_off();
  for (;;) wait_for_interrupt();
}
