// How locks of a class were used with respect to interrupts (kernel/locking/lockdep_states.h): in a handler, or where a
// handler may come in between, for writing or reading.
//
//   bit   7        6       5       4        3        2       1       0
//        softirqs on     in a softirq     hardirqs on      in a hardirq
//        read     write   read    write    read    write    read    write

import { HARDIRQ_MASK, SOFTIRQ_MASK, SOFTIRQ_OFFSET } from "../../../abi";
import { preempt_count } from "../../../arch/wasm/preempt";

export const USED_IN_HARDIRQ: u32 = 0;
export const ENABLED_HARDIRQ: u32 = 2;
export const USED_IN_SOFTIRQ: u32 = 4;
export const ENABLED_SOFTIRQ: u32 = 6;
/** Added to one of them. */
export const READ: u32 = 1;
/** Tells "on" from "in". */
const DIR: u32 = 2;

const USED_IN_ALL: u32 = 0x33;
export const ENABLED_ALL: u32 = 0xcc;

/** The usage that conflicts with `bit`, by a writer. */
@inline
export function exclusive_bit(bit: u32): u32 {
  return (bit ^ DIR) & ~READ;
}

@inline
export function is_enabled_bit(bit: u32): bool {
  return (bit & DIR) != 0;
}

/** All usages that conflict with one of `mask`. */
export function exclusive_mask(mask: u32): u32 {
  const turned = ((mask & ENABLED_ALL) >> 2) | ((mask & USED_IN_ALL) << 2);
  return turned | ((turned & 0xaa) >> 1) | ((turned & 0x55) << 1);
}

@inline
export function used_in(mask: u32): u32 {
  return mask & USED_IN_ALL;
}

/** The first usage of `mask` that conflicts with one of `other`, and 8 times that one. */
export function exclusive_match(mask: u32, other: u32): u32 {
  for (let bit: u32 = 0; bit < 8; bit++) {
    if (!(mask & (1 << bit))) continue;
    const excl = exclusive_bit(bit);
    if (other & (1 << excl)) return bit | (excl << 3);
    if (other & (1 << (excl + READ))) return bit | ((excl + READ) << 3);
  }
  return 0;
}

// ── The context now ──

@inline
export function hardirq_context(): bool {
  return (preempt_count() & <u32>HARDIRQ_MASK) != 0;
}

@inline
export function softirq_context(): bool {
  return (preempt_count() & <u32>SOFTIRQ_OFFSET) != 0;
}

@inline
export function softirqs_enabled(): bool {
  return !(preempt_count() & <u32>SOFTIRQ_MASK) && !hardirq_context();
}

/** The locks taken in one context are not in the order of those of another, below it on the same stack. */
@inline
export function irq_context(): u32 {
  return (hardirq_context() ? 2 : 0) | (softirq_context() ? 1 : 0);
}

// ── Names ──

const letters = memory.data(8);

/** "+.?.": how the class was used; `-` in a handler, `+` with handlers enabled, `?` both, `.` neither. */
export function usage_chars(usage: u32): usize {
  for (let i: u32 = 0; i < 4; i++) {
    const bit: u32 = ((i & 2) << 1) | (i & 1);
    const inside = (usage & (1 << bit)) != 0;
    const open = (usage & (1 << (bit + DIR))) != 0;
    store<u8>(letters + i, open ? (inside ? 0x3f : 0x2b) : inside ? 0x2d : 0x2e);
  }
  store<u8>(letters + 4, 0);
  return letters;
}

/** "IN-HARDIRQ-W", "SOFTIRQ-ON-R". */
export function usage_name(bit: u32): usize {
  if (bit == 0) return cstr("IN-HARDIRQ-W");
  if (bit == 1) return cstr("IN-HARDIRQ-R");
  if (bit == 2) return cstr("HARDIRQ-ON-W");
  if (bit == 3) return cstr("HARDIRQ-ON-R");
  if (bit == 4) return cstr("IN-SOFTIRQ-W");
  if (bit == 5) return cstr("IN-SOFTIRQ-R");
  if (bit == 6) return cstr("SOFTIRQ-ON-W");
  return cstr("SOFTIRQ-ON-R");
}

/** "HARDIRQ" or "SOFTIRQ", with "-READ" behind it. */
export function state_name(bit: u32): usize {
  if (bit < 4) return bit & READ ? cstr("HARDIRQ-READ") : cstr("HARDIRQ");
  return bit & READ ? cstr("SOFTIRQ-READ") : cstr("SOFTIRQ");
}
