// The clock, for the core.

#include "firmware.h"

void clock_store(void) {
  WORD64(CLOCK_NS) = now_ns();
}

void delay_ns(u32 ns) {
  for (u64 end = now_ns() + ns; now_ns() < end;);
}
