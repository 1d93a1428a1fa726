// Handlers. One of an interrupt sets a word that the core looks at, or wakes it; wasm code never runs here. One of a fault
// has the code that ran go on with a report.

#include "board.h"
#include "firmware.h"

/** What the processor stores on the stack of the code that it interrupts. */
struct stored {
  u32 r0, r1, r2, r3, r12, lr, pc, xpsr;
};
#define XPSR_ALIGNED (1u << 9) /* and a word more */
#define XPSR_THUMB (1u << 24)

#define RETURN_TO_PROCESS_STACK 4u
#define CFSR_MEMORY_STORING (1u << 4)
#define CFSR_BUS_STORING (1u << 12)
#define CFSR_UNDEFINED (1u << 16)
#define UDF 0xde00u

u8 trap_stack[2048] __attribute__((section(".stacks"), aligned(16)));

static u32 sp_before(const struct stored *stored) {
  return (u32)(stored + 1) + (stored->xpsr & XPSR_ALIGNED ? 4 : 0);
}

/** `stored`: of what the alarm interrupted. */
void alarm_handler(const struct stored *stored) {
  timer_interrupt();
  alarm_rang(stored->pc, stored->lr, sp_before(stored));
}

static const char *text_of(u32 cause, u32 pc) {
  if (cause & CFSR_UNDEFINED && (*(const u16 *)pc & 0xff00) == UDF) {
    u32 why = *(const u16 *)pc & 0xff;
    return trap_text(why == 0xff ? TRAP_BOUNDS : why);
  }
  if (cause & 0xff) return "access fault (a stack that overflowed?)";
  if (cause & 0xff00) return "bus fault";
  return "processor exception";
}

void fault_entry(void);

/** `lr`: what the handler began with. Returns where the registers of what goes on are. */
struct stored *fault_handler(struct stored *stored, u32 lr) {
  u32 cause = REG32(SCB_CFSR);
  REG32(SCB_CFSR) = cause;
  struct fault fault = {.cause = cause, .sp = (u32)stored};
  fault.value = cause & 0xff ? REG32(SCB_MMFAR) : REG32(SCB_BFAR);
  // Where the stack is full, nothing has been stored.
  if (!(cause & (CFSR_MEMORY_STORING | CFSR_BUS_STORING))) {
    fault.pc = stored->pc;
    fault.ra = stored->lr;
    fault.sp = sp_before(stored);
  }
  fault.text = text_of(cause, fault.pc);
  if (!(lr & RETURN_TO_PROCESS_STACK)) in_report = 1; // a handler's own fault
  fault_taken(&fault);
  struct stored *next = (struct stored *)(report_stack + REPORT_STACK_BYTES) - 1;
  *next = (struct stored){.pc = (u32)fault_entry & ~CODE_BIT, .xpsr = XPSR_THUMB};
  return next;
}
