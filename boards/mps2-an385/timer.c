// The clock and its alarm: two timers that count down from 32 bits. One runs through, and how often it has is found out
// whenever somebody reads the clock, which the alarm sees to.

#include "board.h"
#include "firmware.h"

#define CTRL(timer) REG32((timer) + 0x0)
#define VALUE(timer) REG32((timer) + 0x4)
#define RELOAD(timer) REG32((timer) + 0x8)
#define INTCLEAR(timer) REG32((timer) + 0xc)

#define ENABLE 1u
#define INTERRUPT 8u

#define NS_PER_TICK (1000000000u / CLOCK_HZ)
/** The clock is read at least that often. */
#define LONGEST_TICKS 0x80000000u

void timer_init(void) {
  RELOAD(TIMER_COUNT) = ~0u;
  VALUE(TIMER_COUNT) = ~0u;
  CTRL(TIMER_COUNT) = ENABLE;
  RELOAD(TIMER_ALARM) = 0; // once, not again and again
  VALUE(TIMER_ALARM) = LONGEST_TICKS;
  CTRL(TIMER_ALARM) = ENABLE | INTERRUPT;
  REG32(NVIC_ENABLE) = 1u << IRQ_ALARM;
}

u64 now_ns(void) {
  static u32 last, rounds;
  u32 state = interrupts_off();
  u32 ticks = ~VALUE(TIMER_COUNT);
  if (ticks < last) rounds++;
  last = ticks;
  u64 now = (u64)rounds << 32 | ticks;
  interrupts_restore(state);
  return now * NS_PER_TICK;
}

void alarm_set(u64 ns) {
  u64 now = now_ns();
  u64 ticks = ns <= now ? 1 : (ns - now) / NS_PER_TICK + 1;
  INTCLEAR(TIMER_ALARM) = 1;
  REG32(NVIC_CLEAR_PENDING) = 1u << IRQ_ALARM;
  VALUE(TIMER_ALARM) = ticks < LONGEST_TICKS ? (u32)ticks : LONGEST_TICKS;
}

/** In the handler. */
void timer_interrupt(void) {
  INTCLEAR(TIMER_ALARM) = 1;
}
