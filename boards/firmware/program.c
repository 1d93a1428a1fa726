// What the board does by itself once the core is idle: it loads the modules, a task of the core for each.

#include "firmware.h"

u32 program_task;

static u32 ready;
static u32 step;
static u32 result;
static u32 have_result;

static void call(u32 slot, const char *name, u32 argument) {
  u32 flags = kernel.kpi_host_enter();
  u32 text = image->scratch;
  u32 length = 0;
  for (; name[length]; length++) linear_memory[text + length] = (u8)name[length];
  linear_memory[text + length] = 0;
  program_task = kernel.kpi_task_create(slot, 1, 1, text, argument, 0, 0, 0);
  kernel.kpi_host_leave(flags);
  if (!program_task) {
    print("kpi: no memory for a task to run %s\n", name);
    board_panic();
  }
}

/** A task ended; the core frees its own. */
void program_ended(u32 task) {
  if (task != program_task) return;
  result = kernel.kpi_task_result(task);
  have_result = 1;
  program_task = 0;
  u32 flags = kernel.kpi_host_enter();
  kernel.kpi_task_free(task);
  kernel.kpi_host_leave(flags);
}

static const struct step *step_at(u32 index) {
  return (const struct step *)((const u8 *)image + image->steps) + index;
}

static void loaded(const struct step *one) {
  const char *name = (const char *)image + one->name;
  if ((s32)result < 0) print("kpi: could not load %s: error %u\n", name, -result);
}

/** Takes the next step, if the last one is done. */
void program_step(void) {
  if (program_task || ready) return;
  if (have_result) loaded(step_at(step++));
  if (step < image->step_count) {
    const struct step *one = step_at(step);
    call(one->slot, (const char *)image + one->name, one->argument);
    return;
  }
  ready = 1;
  print("kpi: ready\n");
}
