// The processor of this board, for firmware and images: RV32IMAC, in machine mode only.
#ifndef KPI_ARCH_H
#define KPI_ARCH_H

#include "types.h"

/** The registers by which an image finds linear memory and its state: compilers leave them alone. */
#define MEMORY_REGISTER "gp"
#define STATE_REGISTER "tp"

/** What the address of a function has besides the address. */
#define CODE_BIT 0u

#define MSTATUS_MIE 8

/** Ends what runs: one of abi.h's reasons. A bounds check that fails is __builtin_trap(), an ebreak. */
static inline __attribute__((noreturn)) void arch_trap(u32 why) {
  register u32 reason __asm__("a7") = why;
  __asm__ volatile("ecall" : : "r"(reason));
  __builtin_unreachable();
}

/** Returns what interrupts_restore takes. */
static inline u32 interrupts_off(void) {
  u32 state;
  __asm__ volatile("csrrci %0, mstatus, %1" : "=r"(state) : "i"(MSTATUS_MIE) : "memory");
  return state & MSTATUS_MIE;
}

static inline void interrupts_restore(u32 state) {
  __asm__ volatile("csrs mstatus, %0" : : "r"(state) : "memory");
}

static inline void interrupts_on(void) {
  interrupts_restore(MSTATUS_MIE);
}

/** Until an interrupt is pending, also with interrupts off. */
static inline void wait_for_interrupt(void) {
  __asm__ volatile("wfi" : : : "memory");
}

/** Accesses of memory and of devices before it are done before those behind it. */
static inline void device_barrier(void) {
  __asm__ volatile("fence" : : : "memory");
}

/** Something that counts fast. */
static inline u32 cycle_count(void) {
  u32 cycles;
  __asm__ volatile("csrr %0, mcycle" : "=r"(cycles));
  return cycles;
}

/** Whether the instruction before `pc` calls. */
static inline int follows_call(u32 pc) {
  u16 half = *(const u16 *)(pc - 2);
  u32 word = *(const u16 *)(pc - 4) | (u32)half << 16;
  if ((word & 0xfff) == 0x0ef || (word & 0xfff) == 0x0e7) return 1; // jal ra, jalr ra
  if ((half & 0xe003) == 0x2001) return 1; // c.jal
  return (half & 0xf07f) == 0x9002 && (half & 0x0f80) != 0; // c.jalr
}

/** The stack pointer for a context_switch that begins `function` on the stack that ends at `top` (start.S). */
static inline u32 context_prepare(u32 top, void (*function)(void)) {
  u32 sp = top - 64;
  *(u32 *)sp = (u32)function;
  return sp;
}

#endif
