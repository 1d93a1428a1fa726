// The way into interrupt handlers (irq_enter, irq_exit in kernel/softirq.c; arch/*/kernel/irq.c). Called at interrupt
// windows, with interrupts enabled, on whatever stack is there.

import { HARDIRQ_OFFSET } from "../../abi";
import { Cpu, own_affair, set_call_site, this_cpu } from "../../arch/wasm/cpu";
import { host_poll } from "../../arch/wasm/host";
import { IRQ_EDGE, IRQ_LEVEL, NR_VECTORS } from "../../arch/wasm/memory";
import { preempt_count_add, preempt_count_sub } from "../../arch/wasm/preempt";
import { take_woken } from "../sched/core";
import { take_ipis } from "../smp";
import { irq_exit_softirqs } from "../softirq";
import { handle_vector } from "./handle";
import { enabled_here } from "./vector";

/** How often the pending words are looked through before the interrupted code goes on for one window. A line that stays
 *  asserted would keep the CPU here, and the host's event loop waiting. */
const MAX_PASSES: u32 = 64;

/** Takes every vector that is pending and enabled, once; whether there was one. */
function one_pass(): bool {
  const enabled = enabled_here();
  let any = false;
  for (let index: u32 = 0; index < NR_VECTORS / 32; index++) {
    const pending = atomic.load<u32>(IRQ_EDGE + index * 4) | atomic.load<u32>(IRQ_LEVEL + index * 4);
    for (let bits = pending & atomic.load<u32>(enabled + index * 4); bits; bits &= bits - 1) {
      handle_vector(index * 32 + ctz(bits));
      any = true;
    }
  }
  return any;
}

/** Out of line, since it is rare. The board has posted writes of a driver that had interrupts disabled: who enables them
 *  may rely on what was written. */
function answer_host(cpu: Cpu): void {
  cpu.host_asks = 0;
  host_poll();
}

function take_interrupts(): void {
  preempt_count_add(HARDIRQ_OFFSET);
  const cpu = this_cpu();
  const raised = changetype<usize>(cpu) + offsetof<Cpu>("irq_raised");
  let passes = MAX_PASSES;
  do {
    atomic.store<u32>(raised, 0);
    if (cpu.host_asks) answer_host(cpu);
    if (cpu.wake_list) take_woken();
    if (cpu.ipi) take_ipis();
  } while (one_pass() && --passes);
  if (!passes) atomic.store<u32>(raised, 1);
  preempt_count_sub(HARDIRQ_OFFSET);
}

/** Takes pending interrupts until none is left that is enabled, then runs the softirqs they raised, if not nested in
 *  another interrupt or softirq. Called with interrupts enabled and returns so, without being a window itself. */
export function do_IRQ_pending(): void {
  const cpu = this_cpu();
  const site = own_affair();
  cpu.irqs_off = 1;
  if (cpu.irq_raised) take_interrupts();
  irq_exit_softirqs();
  cpu.irqs_off = 0;
  set_call_site(site);
}
