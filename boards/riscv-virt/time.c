// The CLINT's clock and its alarm.

#include "board.h"
#include "firmware.h"

static u64 mtime(void) {
  u32 high;
  u32 low;
  do {
    high = REG32(CLINT_MTIME + 4);
    low = REG32(CLINT_MTIME);
  } while (high != REG32(CLINT_MTIME + 4));
  return (u64)high << 32 | low;
}

/** The monotonic clock. */
u64 now_ns(void) {
  return mtime() * MTIME_NS;
}

/** Has the timer interrupt end a wfi at `ns`; all ones: never. */
void alarm_set(u64 ns) {
  u64 ticks = ns == ~0ull ? ~0ull : (ns + MTIME_NS - 1) / MTIME_NS;
  REG32(CLINT_MTIMECMP + 4) = ~0u; // not for a moment a time that is past
  REG32(CLINT_MTIMECMP) = (u32)ticks;
  REG32(CLINT_MTIMECMP + 4) = (u32)(ticks >> 32);
}
