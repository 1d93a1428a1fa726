// Traps. An interrupt sets a word that the core looks at, and masks its source; wasm code never runs here. Anything else
// is a fault of the code that ran.

#include "board.h"
#include "firmware.h"

#define INTERRUPT 0x80000000u
#define TIMER 7
#define EXTERNAL 11
#define CAUSE_EBREAK 3
#define CAUSE_LOAD_ACCESS 5
#define CAUSE_STORE_ACCESS 7
#define CAUSE_ECALL_M 11

struct registers {
  u32 x[31]; // x1..x31
  u32 pc;
};
#define RA 0
#define SP 1
#define A7 16

u8 trap_stack[2048] __attribute__((section(".stacks"), aligned(16)));

static const char *text_of(u32 cause, const struct registers *registers) {
  if (cause == CAUSE_EBREAK) return trap_text(TRAP_BOUNDS);
  if (cause == CAUSE_ECALL_M) return trap_text(registers->x[A7]);
  if (cause == CAUSE_LOAD_ACCESS || cause == CAUSE_STORE_ACCESS) return "access fault (a stack that overflowed?)";
  return "processor exception";
}

void trap(struct registers *frame) {
  u32 cause;
  __asm__ volatile("csrr %0, mcause" : "=r"(cause));
  if (cause == (INTERRUPT | TIMER)) {
    alarm_rang(frame->pc, frame->x[RA], frame->x[SP]);
    return;
  }
  if (cause == (INTERRUPT | EXTERNAL)) {
    plic_interrupt();
    return;
  }
  struct fault fault = {text_of(cause, frame), cause, 0, frame->pc, frame->x[RA], frame->x[SP]};
  __asm__ volatile("csrr %0, mtval" : "=r"(fault.value));
  fault_taken(&fault);
  frame->pc = (u32)fault_report;
  frame->x[SP] = (u32)report_stack + REPORT_STACK_BYTES;
}
