// Restarts a board whose core has passed no interrupt window for seconds: nothing else could end such a loop.

#include "firmware.h"

#define SECOND_NS 1000000000u
#define PATIENCE 10

static u32 last_beat;
static u32 silent;

/** The timer ticks while the CPU works. */
void watchdog_arm(void) {
  alarm_set(now_ns() + SECOND_NS);
}

static void tick(u32 pc, u32 ra, u32 sp) {
  u32 beat = WORD(HEARTBEAT);
  silent = beat == last_beat ? silent + 1 : 0;
  last_beat = beat;
  if (silent >= PATIENCE) {
    static char text[1024];
    text[backtrace(pc, ra, sp, text, sizeof(text))] = 0;
    print("kpi: watchdog: no interrupt window for %u seconds, in\n%s", PATIENCE, text);
    board_panic();
  }
  watchdog_arm();
}

/** In the trap handler; `pc`, `ra` and `sp`: of what was interrupted. */
void alarm_rang(u32 pc, u32 ra, u32 sp) {
  if (cpu_idles) alarm_set(~0ull);
  else tick(pc, ra, sp);
}
