// Restarts a board whose core has passed no interrupt window for seconds: nothing else could end such a loop.

#include "board.h"

#define SECOND_NS 1000000000u
#define PATIENCE 10

static u32 last_beat;
static u32 silent;

/** The timer ticks while the CPU works. */
void watchdog_arm(void) {
  alarm_set(now_ns() + SECOND_NS);
}

/** In the trap handler; `pc`: what was interrupted. */
void watchdog_tick(u32 pc) {
  u32 beat = WORD(HEARTBEAT);
  silent = beat == last_beat ? silent + 1 : 0;
  last_beat = beat;
  if (silent >= PATIENCE) {
    u32 offset = 0;
    const char *name = symbol_of(pc, &offset);
    print("kpi: watchdog: no interrupt window for %u seconds, in %s+0x%x\n", PATIENCE, name ? name : "?", offset);
    board_restart();
  }
  watchdog_arm();
}
