// Taint: what has happened to this kernel that a reader of its reports should know (kernel/panic.c, taint_flags).

import { TAINT_FLAGS_COUNT } from "../abi";

const tainted = memory.data(4, 4);
const text = memory.data(32 + 12);

/** One letter per flag, in the order of TAINT_*; what an untainted flag prints is a blank, but for the first. */
const LETTERS = memory.data<u8>([
  0x50, 0x46, 0x53, 0x52, 0x4d, 0x42, 0x55, 0x44, 0x41, 0x57, 0x43, 0x49, 0x4f, 0x45, 0x4c, 0x4b, 0x58, 0x54, 0x4e,
]); // PFSRMBUDAWCIOELKXTN

/** Sets flag number `flag` (TAINT_*). */
export function add_taint_mask(flag: u32): void {
  if (flag < TAINT_FLAGS_COUNT) store<u32>(tainted, load<u32>(tainted) | (1 << flag));
}

/** linux/panic.h. Taints the kernel; `lockdep_ok` has no meaning here. Context: any. */
export function add_taint(flag: u32, lockdep_ok: i32): void {
  add_taint_mask(flag);
}

export function get_taint(): u32 {
  return load<u32>(tainted);
}

/** "Not tainted", or "Tainted: " and the letters of what is set: G for a kernel with free modules only. */
export function print_tainted(): usize {
  const flags = load<u32>(tainted);
  if (!flags) return cstr("Not tainted");
  memory.copy(text, cstr("Tainted: "), 9);
  for (let i: u32 = 0; i < TAINT_FLAGS_COUNT; i++) {
    const clear: u8 = i ? 0x20 : 0x47;
    store<u8>(text + 9 + i, flags & (1 << i) ? load<u8>(LETTERS + i) : clear);
  }
  store<u8>(text + 9 + TAINT_FLAGS_COUNT, 0);
  return text;
}
