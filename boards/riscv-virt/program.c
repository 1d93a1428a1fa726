// What the board does by itself once the core is idle, one task of the core after the other: it loads the drivers, then
// brings each interface up and asks for its address.

#include "board.h"

u32 program_task;

static enum { LOADING, NEXT, UP, INFO, DONE } state;
static u32 step;
static u32 ifindex;
static u32 result;
static u32 have_result;

#define INFO_BYTES 4096

static void call(u32 slot, const char *name, u32 nargs, u32 a, u32 b, u32 c) {
  u32 flags = kernel.kpi_host_enter();
  u32 text = image->scratch;
  u32 length = 0;
  for (; name[length]; length++) linear_memory[text + length] = (u8)name[length];
  linear_memory[text + length] = 0;
  program_task = kernel.kpi_task_create(slot, nargs, 1, text, a, b, c, 0);
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

static u32 hex(u8 digit) {
  return digit <= '9' ? (u32)digit - '0' : (u32)(digit | 0x20) - 'a' + 10;
}

/** The line "address=52:54:…" of kpi_netdev_info. */
static void use_address(const char *text, u32 bytes) {
  static const char key[] = "\naddress=";
  for (u32 at = 0; at + sizeof(key) + 17 < bytes; at++) {
    u32 same = 0;
    while (same < sizeof(key) - 1 && text[at + same] == key[same]) same++;
    if (same < sizeof(key) - 1) continue;
    const u8 *digits = (const u8 *)text + at + same;
    u8 mac[6];
    for (u32 i = 0; i < 6; i++) mac[i] = (u8)(hex(digits[3 * i]) << 4 | hex(digits[3 * i + 1]));
    net_address(ifindex, mac);
    return;
  }
}

static void next_interface(void) {
  state = NEXT;
  call(image->slot_netdev_next, "netdev_next", 1, ifindex, 0, 0);
}

static void loaded(const struct step *one) {
  const char *name = (const char *)image + one->name;
  if ((s32)result < 0) print("kpi: could not load %s: error %u\n", name, -result);
}

/** Takes the next step, if the last one is done. */
void program_step(void) {
  if (program_task || state == DONE) return;
  if (state == LOADING) {
    if (have_result) loaded(step_at(step++));
    if (step < image->step_count) {
      const struct step *one = step_at(step);
      call(one->slot, (const char *)image + one->name, 1, one->argument, 0, 0);
      return;
    }
    next_interface();
  } else if (state == NEXT) {
    if ((s32)result <= 0) {
      state = DONE;
      print("kpi: ready\n");
      return;
    }
    ifindex = result;
    state = UP;
    call(image->slot_netdev_up, "netdev_up", 1, ifindex, 0, 0);
  } else if (state == UP) {
    if ((s32)result < 0) print("kpi: could not bring interface %u up: error %u\n", ifindex, -result);
    state = INFO;
    call(image->slot_netdev_info, "netdev_info", 3, ifindex, image->scratch, INFO_BYTES);
  } else {
    if ((s32)result > 0) use_address((const char *)linear_memory + image->scratch, result);
    next_interface();
  }
}
