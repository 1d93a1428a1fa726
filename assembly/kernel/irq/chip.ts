// kernel/irq/chip.c and the rest of linux/irq.h that drivers of ordinary devices use: how a line is triggered, what it can
// wake, what its controller sees of it. A vector has a struct irq_data once somebody has asked for it.

import {
  EINVAL,
  GFP_ATOMIC,
  IRQCHIP_STATE_ACTIVE,
  IRQCHIP_STATE_LINE_LEVEL,
  IRQCHIP_STATE_MASKED,
  IRQCHIP_STATE_PENDING,
  IRQD_ACTIVATED,
  IRQD_AFFINITY_SET,
  IRQD_IRQ_DISABLED,
  IRQD_IRQ_INPROGRESS,
  IRQD_IRQ_MASKED,
  IRQD_IRQ_STARTED,
  IRQD_LEVEL,
  IRQD_WAKEUP_STATE,
  IRQ_NOAUTOEN,
  IRQ_TYPE_SENSE_MASK,
  irq_chip,
  irq_common_data,
  irq_data,
  sizeof_irq_chip,
  sizeof_irq_common_data,
  sizeof_irq_data,
} from "../../abi";
import { own_affair, set_call_site } from "../../arch/wasm/cpu";
import { IRQ_EDGE, IRQ_LEVEL } from "../../arch/wasm/memory";
import { kzalloc } from "../../mm/kmalloc";
import { __cpu_online_mask } from "../cpu";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "../locking/spinlock";
import { WARN } from "../panic";
import { pr } from "../printk/printk";
import { may_unmask } from "./handle";
import {
  VECTOR_INPROGRESS,
  VECTOR_LEVEL,
  VECTOR_NOAUTOEN,
  Vector,
  bit_of,
  irq_vector,
  lock_of,
  target_of,
  vector,
  vector_ack,
  vector_mask,
  vector_masked,
  vector_raise,
  vector_unmask,
  word_at,
} from "./vector";

/** struct irq_data, irq_common_data, irq_chip, one behind the other. */
const COMMON: usize = sizeof_irq_data;
const CHIP: usize = COMMON + sizeof_irq_common_data;

@inline
function irq_of(data: usize): u32 {
  return changetype<irq_data>(data).irq;
}

function chip_ack(data: usize): void {
  vector_ack(irq_of(data));
}

function chip_mask(data: usize): void {
  vector_mask(irq_of(data));
}

function chip_unmask(data: usize): void {
  if (may_unmask(vector(irq_of(data)))) vector_unmask(irq_of(data));
}

function make_data(irq: u32, v: Vector): void {
  const site = own_affair(); // it stays
  const data = kzalloc(CHIP + sizeof_irq_chip, GFP_ATOMIC);
  set_call_site(site);
  if (!data) return;
  changetype<irq_data>(data).irq = irq;
  changetype<irq_data>(data).common = data + COMMON;
  changetype<irq_data>(data).chip = data + CHIP;
  const chip = changetype<irq_chip>(data + CHIP);
  chip.irq_ack = chip_ack.index;
  chip.irq_mask = chip_mask.index;
  chip.irq_unmask = chip_unmask.index;
  v.data = data;
}

function masked(irq: u32): bool {
  return vector_masked(irq);
}

/** state_use_accessors of a vector, IRQD_*. */
function state_of(irq: u32, v: Vector): u32 {
  let state = v.trigger | IRQD_ACTIVATED;
  if (v.state & VECTOR_LEVEL) state |= IRQD_LEVEL;
  if (v.depth) state |= IRQD_IRQ_DISABLED;
  if (masked(irq)) state |= IRQD_IRQ_MASKED;
  if (v.state & VECTOR_INPROGRESS) state |= IRQD_IRQ_INPROGRESS;
  if (v.action) state |= IRQD_IRQ_STARTED;
  if (v.wake_depth) state |= IRQD_WAKEUP_STATE;
  if (v.affinity) state |= IRQD_AFFINITY_SET;
  return state;
}

/** linux/irq.h. The struct irq_data of an interrupt, as it is now; NULL if there is no such interrupt. Context: any. */
export function irq_get_irq_data(irq: u32): usize {
  const v = irq_vector(irq);
  if (!changetype<usize>(v)) return 0;
  if (!v.data) make_data(irq, v);
  if (!v.data) return 0;
  const common = changetype<irq_common_data>(v.data + COMMON);
  common.state_use_accessors = state_of(irq, v);
  store<u32>(common.affinity, v.affinity ? v.affinity : load<u32>(__cpu_online_mask));
  store<u32>(common.effective_affinity, 1 << target_of(irq));
  changetype<irq_data>(v.data).hwirq = v.hwirq;
  changetype<irq_chip>(v.data + CHIP).name = v.chip;
  return v.data;
}

/** linux/irq.h. How an interrupt is triggered, IRQ_TYPE_*. 0, or -EINVAL if there is no such interrupt. Context: any.
 *  (Differs: the line goes on as it is wired.) */
export function irq_set_irq_type(irq: u32, type: u32): i32 {
  const v = irq_vector(irq);
  if (!changetype<usize>(v)) return -EINVAL;
  if (type & IRQ_TYPE_SENSE_MASK) v.trigger = type & IRQ_TYPE_SENSE_MASK;
  return 0;
}

/** linux/irq.h. Clears and sets IRQ_* of an interrupt: its trigger, and whether request_irq() enables it. Context:
 *  any. */
export function irq_modify_status(irq: u32, clear: u32, set: u32): void {
  const v = irq_vector(irq);
  if (!changetype<usize>(v)) return;
  if (!v.depth && set & IRQ_NOAUTOEN) WARN(cstr("irq_modify_status: IRQ_NOAUTOEN of an interrupt that is enabled"));
  const flags = _raw_spin_lock_irqsave(lock_of(v));
  if (set & IRQ_NOAUTOEN) v.state |= VECTOR_NOAUTOEN;
  else if (clear & IRQ_NOAUTOEN) v.state &= ~VECTOR_NOAUTOEN;
  if (set & IRQ_TYPE_SENSE_MASK) v.trigger = set & IRQ_TYPE_SENSE_MASK;
  _raw_spin_unlock_irqrestore(lock_of(v), flags);
}

/** linux/interrupt.h. Whether an interrupt wakes the system; nests. What enable_irq_wake() becomes. 0 or -EINVAL.
 *  Context: any. */
export function irq_set_irq_wake(irq: u32, on: u32): i32 {
  const v = irq_vector(irq);
  if (!changetype<usize>(v)) return -EINVAL;
  const flags = _raw_spin_lock_irqsave(lock_of(v));
  const balanced = on || v.wake_depth;
  if (balanced) v.wake_depth += on ? 1 : -1;
  _raw_spin_unlock_irqrestore(lock_of(v), flags);
  if (balanced) return 0;
  pr(cstr("\x014Unbalanced IRQ %d wake disable"), irq);
  WARN(cstr("disable_irq_wake of an interrupt that wakes nobody"));
  return 0;
}

/** linux/interrupt.h. What the controller knows of an interrupt: `*state` is whether it is pending, active, masked, or
 *  its line asserted (`which`, IRQCHIP_STATE_*). 0 or -EINVAL. Context: any. */
export function irq_get_irqchip_state(irq: u32, which: i32, state: usize): i32 {
  const v = irq_vector(irq);
  if (!changetype<usize>(v)) return -EINVAL;
  const edge = (atomic.load<u32>(word_at(IRQ_EDGE, irq)) & bit_of(irq)) != 0;
  const level = (atomic.load<u32>(word_at(IRQ_LEVEL, irq)) & bit_of(irq)) != 0;
  let value = false;
  if (<u32>which == IRQCHIP_STATE_PENDING) value = edge || level;
  else if (<u32>which == IRQCHIP_STATE_ACTIVE) value = (v.state & VECTOR_INPROGRESS) != 0;
  else if (<u32>which == IRQCHIP_STATE_MASKED) value = masked(irq);
  else if (<u32>which == IRQCHIP_STATE_LINE_LEVEL) value = level;
  else return -EINVAL;
  store<u8>(state, <u8>value);
  return 0;
}

/** linux/interrupt.h. Makes an edge pending or forgets it (IRQCHIP_STATE_PENDING). 0, or -EINVAL for another state.
 *  Context: any. */
export function irq_set_irqchip_state(irq: u32, which: i32, val: bool): i32 {
  if (!changetype<usize>(irq_vector(irq)) || <u32>which != IRQCHIP_STATE_PENDING) return -EINVAL;
  if (val) vector_raise(irq);
  else vector_ack(irq);
  return 0;
}
