// Traps. An interrupt sets a word that the core looks at, and masks its source; wasm code never runs here. Anything else
// is a fault of the code that ran: the task that it belongs to ends, with a report.

#include "board.h"
#include "interpreter.h"

#define INTERRUPT 0x80000000u
#define TIMER 7
#define EXTERNAL 11
#define CAUSE_EBREAK 3
#define CAUSE_ECALL_M 11

struct registers {
  u32 x[31]; // x1..x31
  u32 pc;
};
#define SP 1
#define A7 16

u8 trap_stack[2048] __attribute__((section(".stacks"), aligned(16)));

/** Set until the task is gone: a fault meanwhile is none of the task's. */
volatile u32 in_report;
static u32 fault_cause, fault_value, fault_pc, fault_sp, fault_ra, fault_why;

static const char *fault_text(void) {
  if (fault_cause == CAUSE_EBREAK) return "memory access out of bounds";
  if (fault_cause == CAUSE_ECALL_M) {
    if (fault_why == TRAP_CALL_INDIRECT) return "null function or function signature mismatch";
    if (fault_why == TRAP_STACK) return "stack overflow";
    return fault_why == TRAP_DIVISION ? "divide by zero" : "unreachable";
  }
  if (fault_cause == 5 || fault_cause == 7) return "access fault (a stack that overflowed?)";
  return "processor exception";
}

/** Runs on the trap stack, as if the faulting code had called it; the report goes the way of the core's own. */
static void fault(void) {
  struct values faulted = values;
  if (image->functions) values_reset(CONTEXTS + 1);
  char *report = (char *)(linear_memory + kernel.kpi_trap_report());
  u32 length = 0;
  for (const char *text = fault_text(); *text; text++) report[length++] = *text;
  report[length++] = 0;
  if (image->functions) length += interpreter_functions(&faulted, report + length, 2048);
  else length += backtrace(fault_pc, fault_ra, fault_sp, report + length, 2048);
  report[length] = 0;
  print("kpi: trap, cause %u, pc %08x, value %08x\n", fault_cause, fault_pc, fault_value);
  clock_store();
  task_trapped();
}

void trap(struct registers *frame) {
  u32 cause;
  __asm__ volatile("csrr %0, mcause" : "=r"(cause));
  if (cause == (INTERRUPT | TIMER)) {
    if (cpu_idles) alarm_set(~0ull);
    else watchdog_tick(frame->pc, frame->x[0], frame->x[SP]);
    return;
  }
  if (cause == (INTERRUPT | EXTERNAL)) {
    plic_interrupt();
    return;
  }
  __asm__ volatile("csrr %0, mtval" : "=r"(fault_value));
  fault_cause = cause;
  fault_pc = frame->pc;
  fault_sp = frame->x[SP];
  fault_ra = frame->x[0];
  fault_why = frame->x[A7];
  if (in_report || !image) {
    print("kpi: fault in the firmware, cause %u, pc %08x, value %08x, ra %08x\n", cause, fault_pc, fault_value, fault_ra);
    board_panic();
  }
  in_report = 1;
  static u8 report_stack[4096] __attribute__((aligned(16)));
  frame->pc = (u32)fault;
  frame->x[SP] = (u32)report_stack + sizeof(report_stack);
}

static char *put(char *at, const char *end, const char *text) {
  while (*text && at < end) *at++ = *text++;
  return at;
}

static char *put_hex(char *at, const char *end, u32 value) {
  at = put(at, end, "0x");
  int shift = 28;
  while (shift > 0 && !(value >> shift)) shift -= 4;
  for (; shift >= 0 && at < end; shift -= 4) *at++ = "0123456789abcdef"[value >> shift & 15];
  return at;
}

/** The line of the function that `pc` is in, if it is the image's. */
char *print_function(char *at, const char *end, u32 pc) {
  u32 offset;
  const char *name = symbol_of(pc, &offset);
  if (!name) return at;
  at = put(at, end, " ");
  at = put(at, end, name);
  at = put(at, end, "+");
  at = put_hex(at, end, offset);
  return put(at, end, "\n");
}

/** Whether `pc` lies in the image, behind an instruction that calls: then it is where a function returns to. */
static int returns_to(u32 pc) {
  u32 start = (u32)image;
  if (pc < start + 4 || pc >= start + image_bytes || pc & 1) return 0;
  u32 word = *(u16 *)(pc - 4) | (u32) * (u16 *)(pc - 2) << 16;
  u16 half = *(u16 *)(pc - 2);
  if ((word & 0xfff) == 0x0ef || (word & 0xfff) == 0x0e7) return 1; // jal ra, jalr ra
  return (half & 0xf07f) == 0x9002 && (half & 0x0f80) != 0; // c.jalr
}

/** The functions on a stack, one a line: without frame pointers, what looks like a return address is taken for one.
 *  `named`: one that has its line already. */
u32 stack_functions(u32 sp, u32 high, u32 named, char *text, u32 size) {
  char *at = text;
  for (u32 *word = (u32 *)(sp & ~3u); (u32)word < high; word++) {
    if (*word == named) named = 0;
    else if (returns_to(*word)) at = print_function(at, text + size - 1, *word - 2);
  }
  return (u32)(at - text);
}

/** Those behind the running function, which stopped at `pc`. */
u32 backtrace(u32 pc, u32 ra, u32 sp, char *text, u32 size) {
  if (image->functions) return interpreter_functions(&values, text, size);
  u32 low;
  u32 high = task_stack(&low);
  char *at = text;
  const char *end = text + size - 1;
  at = print_function(at, end, pc);
  // A function that calls nothing has not stored where it returns to; another one has, and is not named twice.
  if (returns_to(ra)) at = print_function(at, end, ra - 2);
  if (sp < low || sp >= high) return (u32)(at - text);
  return (u32)(at - text) + stack_functions(sp, high, ra, at, (u32)(end + 1 - at));
}

/** What the image's maker wants after a fault that the core cannot contain. */
void board_panic(void) {
  if (image && image->halts) board_halt(1);
  board_restart();
}

void board_restart(void) {
  print("kpi: restarting\n");
  REG32(POWER_BASE) = POWER_RESET;
  for (;;) __asm__ volatile("wfi");
}

void board_halt(u32 failed) {
  print("kpi: halted\n");
  REG32(POWER_BASE) = failed ? POWER_FAIL | 1u << 16 : POWER_OFF;
  for (;;) __asm__ volatile("wfi");
}
