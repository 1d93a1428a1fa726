// What runs above the core: each module is loaded by a task, first all of the image, one after the other, once the core is
// idle; then those that commands name, which take them out as well.

#include "firmware.h"
#include "slot.h"

u32 program_task;

/** What a module is. TRAPPED: its code did what it may not, so that nobody knows what else of it is in use. */
enum { OUT, IN, TRAPPED };
static u8 states[SLOT_SOURCES];

/** What the task does, and how it ended. */
static u32 module;
static u32 removes;
static u32 result;
static u32 have_result;
static u32 has_trapped;

/** How many have been loaded, or tried. */
static u32 begun;
static u32 ready;

static const struct step *step_at(u32 index) {
  return (const struct step *)((const u8 *)image + image->steps) + index;
}

static const char *name_of(u32 index) {
  return (const char *)image + step_at(index)->name;
}

/** Has a task call what is in `slot`, with `argument`, or else the module's name. */
static void call(u32 slot, u32 argument) {
  const char *name = name_of(module);
  u32 flags = kernel.kpi_host_enter();
  u32 text = image->scratch;
  u32 length = 0;
  for (; name[length]; length++) linear_memory[text + length] = (u8)name[length];
  linear_memory[text + length] = 0;
  program_task = kernel.kpi_task_create(slot, 1, 1, text, argument ? argument : text, 0, 0, 0);
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

void program_trapped(u32 task) {
  if (task == program_task) has_trapped = 1;
  program_ended(task);
}

static void insert(u32 index) {
  module = index;
  removes = 0;
  call(step_at(index)->slot, step_at(index)->argument);
}

static void done(void) {
  const char *name = name_of(module);
  have_result = 0;
  if ((s32)result < 0) print("kpi: could not %sload %s: error %u\n", removes ? "un" : "", name, -result);
  else if (ready && !has_trapped) print("kpi: %s is %s\n", name, removes ? "out" : "in");
  if (has_trapped) states[module] = TRAPPED;
  else if ((s32)result >= 0) states[module] = removes ? OUT : IN;
  has_trapped = 0;
}

static int same(const char *a, const char *b) {
  while (*a && *a == *b) {
    a++;
    b++;
  }
  return *a == *b;
}

/** Begins what a command says of a module of the image. It is loaded with its data as the image has it, as if for the first
 *  time. */
static void command(int what, const char *name) {
  u32 found = 0;
  while (found < image->step_count && !same(name_of(found), name)) found++;
  if (found == image->step_count) {
    print("kpi: the image has no module %s\n", name);
  } else if (states[found] == TRAPPED) {
    print("kpi: %s trapped, and stays as it is until the board restarts\n", name);
  } else if ((states[found] == IN) == (what == 'i')) {
    print("kpi: %s is %s already\n", name, what == 'i' ? "in" : "out");
  } else if (what == 'i') {
    load_data(step_at(found)->base, step_at(found)->bytes);
    insert(found);
  } else {
    module = found;
    removes = 1;
    call(image->rmmod, 0);
  }
}

static void list(void) {
  for (u32 i = 0; i < image->step_count; i++) {
    if (states[i] != OUT) print("%s%s\n", name_of(i), states[i] == TRAPPED ? " (trapped)" : "");
  }
}

/** Takes the next step, if the last one is done. */
void program_step(void) {
  if (program_task) return;
  if (have_result) done();
  if (begun < image->step_count) {
    insert(begun++);
    return;
  }
  if (!ready) print("kpi: ready\n");
  ready = 1;
  const char *name;
  int what = command_take(&name);
  if (what == 'l') list();
  else if (what) command(what, name);
}
