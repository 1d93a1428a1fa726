// The processor of this board, for firmware and images: a Cortex-M3 (ARMv7-M), privileged, in thread mode on the process
// stack, handlers on the main one.
#ifndef KPI_ARCH_H
#define KPI_ARCH_H

#include "types.h"

/** The registers by which an image finds linear memory and its state: compilers leave them alone (-ffixed-r10 -ffixed-r11). */
#define MEMORY_REGISTER "r10"
#define STATE_REGISTER "r11"

/** What the address of a function has besides the address: that it is Thumb code. */
#define CODE_BIT 1u

/** Ends what runs: one of abi.h's reasons, in an instruction that is undefined for good. A bounds check that fails is
 *  __builtin_trap(), the same with 0xff. */
static inline __attribute__((noreturn, always_inline)) void arch_trap(u32 why) {
  __asm__ volatile("udf %0" : : "i"(why));
  __builtin_unreachable();
}

/** Returns what interrupts_restore takes. */
static inline u32 interrupts_off(void) {
  u32 state;
  __asm__ volatile("mrs %0, primask\n cpsid i" : "=r"(state) : : "memory");
  return state;
}

static inline void interrupts_restore(u32 state) {
  __asm__ volatile("msr primask, %0" : : "r"(state) : "memory");
}

static inline void interrupts_on(void) {
  interrupts_restore(0);
}

/** Until an interrupt is pending, also with interrupts off. */
static inline void wait_for_interrupt(void) {
  __asm__ volatile("dsb\n wfi" : : : "memory");
}

/** Accesses of memory and of devices before it are done before those behind it. */
static inline void device_barrier(void) {
  __asm__ volatile("dmb" : : : "memory");
}

/** Something that counts fast: SysTick, which does nothing else here. */
static inline u32 cycle_count(void) {
  return *(volatile u32 *)0xe000e018u;
}

/** Whether the instruction before `pc` calls. */
static inline int follows_call(u32 pc) {
  u16 first = *(const u16 *)(pc - 4);
  u16 half = *(const u16 *)(pc - 2);
  if ((first & 0xf800) == 0xf000 && (half & 0xd000) == 0xd000) return 1; // bl
  return (half & 0xff87) == 0x4780; // blx register
}

/** The stack pointer for a context_switch that begins `function` on the stack that ends at `top` (start.S). */
static inline u32 context_prepare(u32 top, void (*function)(void)) {
  u32 sp = top - 32;
  *(u32 *)(sp + 28) = (u32)function;
  return sp;
}

#endif
