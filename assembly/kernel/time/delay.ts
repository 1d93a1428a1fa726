// asm/delay.h (arch/wasm): waiting without sleeping. A delay moves the clock and is an interrupt window, at least once
// a millisecond.

import { NSEC_PER_MSEC, NSEC_PER_USEC, TICK_NSEC } from "../../abi";
import { host_delay } from "../../arch/wasm/host";
import { irq_window } from "../../arch/wasm/irqflags";

/** linux/delay.h. How often the loop of __delay turns in a jiffy: a turn is a nanosecond. */
export const loops_per_jiffy: usize = memory.data(4, 4);

export function delay_init(): void {
  store<u32>(loops_per_jiffy, <u32>TICK_NSEC);
}

function delay_ns(ns: u64): void {
  while (ns > NSEC_PER_MSEC) {
    host_delay(<u32>NSEC_PER_MSEC);
    irq_window();
    ns -= NSEC_PER_MSEC;
  }
  host_delay(<u32>ns);
  irq_window();
}

/** asm/delay.h. Waits for `loops` turns of the delay loop, of a nanosecond each. Context: any. */
export function __delay(loops: u32): void {
  delay_ns(loops);
}

/** asm/delay.h. Waits for `ns` nanoseconds. Context: any. */
export function __ndelay(ns: u32): void {
  delay_ns(ns);
}

/** asm/delay.h. Waits for `us` microseconds. Context: any. */
export function __udelay(us: u32): void {
  delay_ns(<u64>us * NSEC_PER_USEC);
}

/** linux/delay.h. udelay() for a module built without the kernel's headers. Context: any. */
export function udelay(us: u32): void {
  __udelay(us);
}

/** linux/delay.h. mdelay() for a module built without the kernel's headers. Context: any. */
export function mdelay(ms: u32): void {
  delay_ns(<u64>ms * NSEC_PER_MSEC);
}
