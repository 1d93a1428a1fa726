// Native stacks of kernel tasks. A task that runs or sleeps has one; one that has ended, or has yet to begin, has none.
// Below each stack lies a guard, which the processor itself lets nobody touch.

#include "firmware.h"
#include "interpreter.h"

#define STACK_BYTES 4096
#define GUARD_BYTES 256

struct context {
  u32 task; // 0: free
  u32 sp;
  struct values values;
};

struct stack {
  u8 guard[GUARD_BYTES];
  u8 bytes[STACK_BYTES - GUARD_BYTES];
};

static struct stack stacks[CONTEXTS] __attribute__((section(".stacks"), aligned(GUARD_BYTES)));
struct stack boot_stack __attribute__((section(".stacks"), aligned(GUARD_BYTES)));

/** The boot's stack is the idle task's: the last one. */
static struct context contexts[CONTEXTS + 1];
static struct context *current = &contexts[CONTEXTS];

static u32 top_of(const struct context *context) {
  return (u32)&stacks[context - contexts + 1];
}

void contexts_init(void) {
  for (u32 i = 0; i < CONTEXTS; i++) stack_guard(i, (u32)stacks[i].guard, GUARD_BYTES);
  stack_guard(CONTEXTS, (u32)boot_stack.guard, GUARD_BYTES);
}

static struct context *context_of(u32 task) {
  for (u32 i = 0; i <= CONTEXTS; i++) {
    if (contexts[i].task == task) return &contexts[i];
  }
  return 0;
}

static void switch_to(struct context *next) {
  struct context *previous = current;
  previous->values = values;
  current = next;
  values = next->values;
  context_switch(&previous->sp, next->sp);
}

static void run_next(u32 next) __attribute__((noreturn));

/** A task ended, by return or by task_exit. */
static void ended(void) {
  u32 task = current->task;
  u32 next = kernel.kpi_task_exit();
  program_ended(task);
  run_next(next);
}

static void run(void) {
  values_reset((u32)(current - contexts));
  kernel.kpi_task_run(current->task);
  ended();
}

/** The stack that this is called on is nobody's any more. */
static void run_next(u32 next) {
  struct context *sleeper = context_of(next);
  if (sleeper) {
    current->task = 0;
    switch_to(sleeper);
  }
  current->task = next;
  context_restart(top_of(current), run);
}

void task_park(u32 prev, u32 next) {
  current->task = prev;
  struct context *to = context_of(next);
  if (!to) {
    to = context_of(0);
    if (!to) {
      print("kpi: more than %u tasks sleep at once\n", CONTEXTS);
      board_panic();
    }
    to->task = next;
    to->sp = context_prepare(top_of(to), run);
  }
  switch_to(to);
}

void task_exit(void) {
  context_restart(top_of(current), ended);
}

/** The running task trapped; called on the trap's own stack, with the report written. */
void task_trapped(void) {
  u32 task = current->task;
  u32 next = kernel.kpi_task_trap();
  in_report = 0;
  program_trapped(task);
  run_next(next);
}

/** The stack pointer with which `task` sleeps, and where its stack ends; 0: it does not. */
u32 task_parked_at(u32 task, u32 *high, struct values *parked) {
  struct context *context = context_of(task);
  if (!context || context == current) return 0;
  *high = context == &contexts[CONTEXTS] ? (u32)(&boot_stack + 1) : top_of(context);
  *parked = context->values;
  return context->sp;
}

/** Where the running task's stack ends and begins. */
u32 task_stack(u32 *low) {
  if (current == &contexts[CONTEXTS]) {
    *low = (u32)boot_stack.bytes;
    return (u32)(&boot_stack + 1);
  }
  *low = (u32)stacks[current - contexts].bytes;
  return top_of(current);
}
