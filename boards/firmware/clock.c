// The clock, for the core, and the time for which there is nothing to do.

#include "firmware.h"

/** When the CPU last fell idle, and how long it had been idle by then, ns: for debuggers, and for benchmarks, to which the
 *  difference is what it did. */
volatile struct {
  u64 now, idle;
} cpu_time;

void clock_store(void) {
  WORD64(CLOCK_NS) = now_ns();
}

/** Sleeps, with interrupts off, until there is one. */
void cpu_sleep(void) {
  cpu_time.now = now_ns();
  wait_for_interrupt();
  cpu_time.idle += now_ns() - cpu_time.now;
}

void delay_ns(u32 ns) {
  for (u64 end = now_ns() + ns; now_ns() < end;);
}
