// Faults of the code that ran: the task that it belongs to ends, with a report. The board's trap handler calls
// fault_taken, and has the code go on in fault_report.

#include "firmware.h"
#include "interpreter.h"

/** Set until the task is gone: a fault meanwhile is none of the task's. */
volatile u32 in_report;
static struct fault last;

/** What abi.h's reasons mean. */
const char *trap_text(u32 why) {
  switch (why) {
    case TRAP_BOUNDS: return "memory access out of bounds";
    case TRAP_CALL_INDIRECT: return "null function or function signature mismatch";
    case TRAP_DIVISION: return "divide by zero";
    case TRAP_STACK: return "stack overflow";
    default: return "unreachable";
  }
}

/** Below a stack that overflowed there is nothing to see. */
static u32 on_stack(u32 sp) {
  u32 low;
  task_stack(&low);
  return sp < low ? low : sp;
}

u8 report_stack[REPORT_STACK_BYTES] __attribute__((aligned(16)));

/** Runs on the report's stack, as if the faulting code had called it; the report goes the way of the core's own. */
void fault_report(void) {
  struct values faulted = values;
  if (image->functions) values_reset(CONTEXTS + 1);
  char *report = (char *)(linear_memory + kernel.kpi_trap_report());
  u32 length = 0;
  for (const char *text = last.text; *text; text++) report[length++] = *text;
  report[length++] = 0;
  if (image->functions) length += interpreter_functions(&faulted, report + length, 2048);
  else length += backtrace(last.pc, last.ra, on_stack(last.sp), report + length, 2048);
  report[length] = 0;
  print("kpi: trap, cause %u, pc %08x, value %08x\n", last.cause, last.pc, last.value);
  clock_store();
  task_trapped();
}

/** In the trap handler. Returns if there is a report to write. */
void fault_taken(const struct fault *fault) {
  if (in_report || !image) {
    print("kpi: fault in the firmware, cause %u, pc %08x, value %08x, ra %08x\n", fault->cause, fault->pc, fault->value, fault->ra);
    board_panic();
  }
  in_report = 1;
  last = *fault;
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

/** The place of the call that returns to `address`, if it is the address of code that is in the image, behind a call. */
static u32 call_before(u32 address) {
  u32 pc = address ^ CODE_BIT;
  u32 start = (u32)image;
  if (pc < start + 4 || pc >= start + image_bytes || pc & 1 || !follows_call(pc)) return 0;
  return pc - 2;
}

/** The functions on a stack, one a line: without frame pointers, what looks like a return address is taken for one.
 *  `named`: one that has its line already. */
u32 stack_functions(u32 sp, u32 high, u32 named, char *text, u32 size) {
  char *at = text;
  for (u32 *word = (u32 *)(sp & ~3u); (u32)word < high; word++) {
    u32 call = call_before(*word);
    if (*word == named) named = 0;
    else if (call) at = print_function(at, text + size - 1, call);
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
  if (call_before(ra)) at = print_function(at, end, call_before(ra));
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
  power_reset();
}

void board_halt(u32 failed) {
  print(failed ? "kpi: halted after a failure\n" : "kpi: halted\n");
  power_off(failed);
}
