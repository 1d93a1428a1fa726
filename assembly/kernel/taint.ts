// Taint: what has happened to this kernel that a reader of its reports should know (kernel/panic.c, taint_flags).

import {
  TAINT_AUX,
  TAINT_CRAP,
  TAINT_FLAGS_COUNT,
  TAINT_FORCED_MODULE,
  TAINT_LIVEPATCH,
  TAINT_OOT_MODULE,
  TAINT_PROPRIETARY_MODULE,
  TAINT_RANDSTRUCT,
  TAINT_TEST,
  TAINT_UNSIGNED_MODULE,
} from "../abi";

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

/** linux/panic.h. Whether the kernel is tainted with flag number `flag` (TAINT_*): 1 or 0. Context: any. */
export function test_taint(flag: u32): i32 {
  return (load<u32>(tainted) >> flag) & 1;
}

/** linux/panic.h. Taints the kernel; `lockdep_ok` has no meaning here. Context: any. */
export function add_taint(flag: u32, lockdep_ok: i32): void {
  add_taint_mask(flag);
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

/** Flags that a module has and not only the kernel. */
const MODULE_FLAGS: u32 =
  (1 << TAINT_PROPRIETARY_MODULE) |
  (1 << TAINT_FORCED_MODULE) |
  (1 << TAINT_CRAP) |
  (1 << TAINT_OOT_MODULE) |
  (1 << TAINT_UNSIGNED_MODULE) |
  (1 << TAINT_LIVEPATCH) |
  (1 << TAINT_AUX) |
  (1 << TAINT_RANDSTRUCT) |
  (1 << TAINT_TEST);

/** Writes the letters of a module's taints to `buf`, TAINT_FLAGS_COUNT bytes; how many (kernel/module/main.c). */
export function module_flags_taint(taints: u32, buf: usize): u32 {
  let length: u32 = 0;
  for (let bits = taints & MODULE_FLAGS; bits; bits &= bits - 1) {
    store<u8>(buf + length++, load<u8>(LETTERS + ctz(bits)));
  }
  return length;
}
