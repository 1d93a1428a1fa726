// kernel/time/tick-common.c: the tick. There is no timer device: every interrupt window compares the host's clock with
// the CPU's next deadline, which is the next jiffy or its next hrtimer, whichever is first. Jiffies move in the window
// itself, also with interrupts disabled, as another CPU would move them; the rest is done in the timer's interrupt,
// which the window raises on vector 0: each CPU has a timer of its own, under the same number.

import { IRQF_NOBALANCING, IRQF_TIMER, IRQ_HANDLED, TICK_NSEC } from "../../abi";
import { this_cpu } from "../../arch/wasm/cpu";
import { VECTOR_TIMER } from "../irq/init";
import { request_threaded_irq } from "../irq/manage";
import { irq_threads_tick } from "../irq/thread";
import { IPI_TICK, IPI_TIMER, send_ipi } from "../smp";
import { BUG } from "../panic";
import { tasklets_tick } from "../tasklet";
import { workqueue_tick } from "../workqueue/pool";
import { hrtimer_next_ns, hrtimer_run_queues } from "./hrtimer";
import { jiffies, jiffies_64, jiffies_init } from "./jiffies";
import { timers_tick } from "./timer";

@unmanaged
class Tick {
  /** When jiffies counts up next, ns. */
  next_jiffy: u64;
  /** Taken by the CPU that moves jiffies. */
  lock: u32;
}

const tick = changetype<Tick>(memory.data(16, 8));

/** At every interrupt window: moves jiffies and raises the timer interrupt if it is time. */
@inline
export function time_window(): void {
  const cpu = this_cpu();
  if (cpu.clock_ns >= cpu.tick_deadline) deadline_passed();
}

function deadline_passed(): void {
  if (atomic.cmpxchg<u32>(changetype<usize>(tick), 0, 1, offsetof<Tick>("lock"))) return;
  const cpu = this_cpu();
  const now = cpu.clock_ns;
  if (now >= tick.next_jiffy) {
    const passed = (now - tick.next_jiffy) / TICK_NSEC + 1;
    store<u64>(jiffies_64, load<u64>(jiffies_64) + passed);
    tick.next_jiffy += passed * TICK_NSEC;
  }
  cpu.tick_deadline = tick.next_jiffy; // the timer interrupt will look at the hrtimers
  atomic.store<u32>(changetype<usize>(tick), 0, offsetof<Tick>("lock"));
  send_ipi(cpu.number, IPI_TIMER);
}

function timer_interrupt(irq: i32, dev_id: usize): i32 {
  hrtimer_run_queues();
  timers_tick();
  tasklets_tick();
  irq_threads_tick();
  workqueue_tick();
  tick_program();
  return IRQ_HANDLED;
}

/** An hrtimer came or went: looks at the next deadline anew. */
export function tick_program(): void {
  this_cpu().tick_deadline = min(tick.next_jiffy, hrtimer_next_ns());
}

/** The same for CPU `cpu`. */
export function tick_program_on(cpu: u32): void {
  if (cpu == this_cpu().number) tick_program();
  else send_ipi(cpu, IPI_TICK);
}

/** When the jiffy counter will be `expiry`, ns; now if it already is. */
export function jiffy_ns(expiry: u32): u64 {
  const ahead = <i32>(expiry - jiffies());
  return ahead <= 0 ? this_cpu().clock_ns : tick.next_jiffy + <u64>(ahead - 1) * TICK_NSEC;
}

/** Starts the tick: jiffies is INITIAL_JIFFIES now. */
export function tick_init(): void {
  jiffies_init();
  tick.next_jiffy = this_cpu().clock_ns + TICK_NSEC;
  tick_start_cpu();
}

/** Another CPU begins to tick. */
export function tick_start_cpu(): void {
  this_cpu().tick_deadline = tick.next_jiffy;
}

/** Lets the timer interrupt in. After the interrupt vectors and the allocator. */
export function tick_start(): void {
  if (request_threaded_irq(VECTOR_TIMER, timer_interrupt.index, 0, IRQF_TIMER | IRQF_NOBALANCING, cstr("timer"), 0)) {
    BUG(cstr("tick_start: no interrupt for the timer"));
  }
}
