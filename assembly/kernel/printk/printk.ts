// kernel/printk/printk.c: formats messages, keeps them in the log and writes them to the console.

import {
  CONSOLE_LOGLEVEL_DEFAULT,
  CONSOLE_LOGLEVEL_MIN,
  CONSOLE_LOGLEVEL_MOTORMOUTH,
  LOGLEVEL_DEFAULT,
  LOGLEVEL_SCHED,
  LOGLEVEL_WARNING,
} from "../../abi";
import { smp_processor_id, this_cpu } from "../../arch/wasm/cpu";
import { host_clock, host_relax } from "../../arch/wasm/host";
import { BOOT_LOGLEVEL } from "../../arch/wasm/memory";
import { in_task } from "../../arch/wasm/preempt";
import { va_block, va_free, vscnprintf } from "../../lib/vsprintf";
import { console_flush } from "./console";
import { LOG_LINE_MAX, Record, ring_append, ring_close, ring_continue } from "./ring";

/** Two buffers a CPU: the second for a message that is logged while another is being formatted. */
const NESTING: u32 = 2;
const SCRATCH_BYTES: u32 = 1024;
const scratch = memory.data(4 * 2 * 1024, 8);

@unmanaged
class State {
  lock: u32;
  /** Set once `console_printk` holds its defaults. */
  ready: u32;
  /** Messages being formatted now, by CPU. */
  depth: u32;
  depth1: u32;
  depth2: u32;
  depth3: u32;
}

const state = changetype<State>(memory.data(offsetof<State>(), 4));

/** linux/printk.h. `int console_printk[4]`: console level, default message level, minimum and default console level. */
export const console_printk: usize = memory.data(16, 4);

/** Takes the console's level from the boot block. Implied by the first message. */
export function printk_init(): void {
  if (state.ready) return;
  state.ready = 1;
  store<i32>(console_printk, load<i32>(BOOT_LOGLEVEL), 0);
  store<u32>(console_printk, LOGLEVEL_WARNING, 4);
  store<u32>(console_printk, CONSOLE_LOGLEVEL_MIN, 8);
  store<u32>(console_printk, CONSOLE_LOGLEVEL_DEFAULT, 12);
}

/** linux/printk.h. Lets every level through to the console: an oops or panic is being reported. Context: any. */
export function console_verbose(): void {
  printk_init();
  if (load<i32>(console_printk)) store<u32>(console_printk, CONSOLE_LOGLEVEL_MOTORMOUTH);
}

/** Forgets the locks and nesting of code that trapped in the middle of a message; the oops report calls it first. */
export function printk_bust_locks(): void {
  atomic.store<u32>(changetype<usize>(state), 0, offsetof<State>("lock"));
  memory.fill(changetype<usize>(state) + offsetof<State>("depth"), 0, 16);
  ring_close();
  console_flush(true);
}

@inline
function lock(): void {
  while (atomic.cmpxchg<u32>(changetype<usize>(state), 0, 1, offsetof<State>("lock")) != 0) host_relax();
}

@inline
function unlock(): void {
  atomic.store<u32>(changetype<usize>(state), 0, offsetof<State>("lock"));
}

/** Who is logging; a continuation must come from the same context. */
function caller_id(): u32 {
  return in_task() ? <u32>this_cpu().current : 0x80000000 + smp_processor_id();
}

/** The level character behind KERN_SOH at `text`, or 0. */
@inline
function kern_level(text: usize): u32 {
  if (load<u8>(text) != 1) return 0;
  const c: u32 = load<u8>(text, 1);
  return c - 0x30 < 8 || c == 0x63 ? c : 0;
}

/** Formats into `buf`, strips levels and one newline, and stores the record. Returns its length. */
function log_formatted(buf: usize, facility: u32, level: i32, newline: bool, fmt: usize, args: usize): i32 {
  let text = buf;
  let length = vscnprintf(buf, LOG_LINE_MAX, fmt, args);
  if (length && load<u8>(buf + length - 1) == 0x0a) {
    length--;
    newline = true;
  }
  let continues = false;
  if (facility == 0) {
    for (let c = kern_level(text); c && length >= 2; c = kern_level(text)) {
      if (c == 0x63) continues = true;
      else if (level == LOGLEVEL_DEFAULT) level = <i32>c - 0x30;
      text += 2;
      length -= 2;
    }
  }
  if (level == LOGLEVEL_DEFAULT) level = load<i32>(console_printk, 4);

  host_clock();
  const caller = caller_id();
  lock();
  let record: Record | null = continues ? ring_continue(text, length, caller) : null;
  if (record === null) {
    record = ring_append(text, length);
    record.ts_nsec = this_cpu().clock_ns;
    record.caller_id = caller;
    record.facility = <u16>facility;
    record.level = <u8>(level & 7);
  }
  record.open = !newline;
  unlock();
  return length;
}

function emit(facility: i32, level: i32, newline: bool, fmt: usize, args: usize): i32 {
  printk_init();
  const cpu = smp_processor_id();
  const depth = changetype<usize>(state) + offsetof<State>("depth") + cpu * 4;
  const nesting = load<u32>(depth);
  store<u32>(depth, nesting + 1);
  const buf = scratch + (cpu * NESTING + min(nesting, NESTING - 1)) * SCRATCH_BYTES;
  const length = log_formatted(buf, facility, level, newline, fmt, args);
  store<u32>(depth, nesting);
  console_flush(false);
  return length;
}

/** linux/printk.h. Logs a message: facility 0 takes the level from the text, `level` -1 means unspecified; a
 *  `dev_info` ends the line. Returns the length logged. Context: any. (Differs: dev_info is not kept.) */
export function vprintk_emit(facility: i32, level: i32, dev_info: usize, fmt: usize, args: usize): i32 {
  return emit(facility, level == LOGLEVEL_SCHED ? LOGLEVEL_DEFAULT : level, dev_info != 0, fmt, args);
}

/** linux/printk.h. printk() with a va_list. Context: any. */
export function vprintk(fmt: usize, args: usize): i32 {
  return emit(0, LOGLEVEL_DEFAULT, false, fmt, args);
}

/** linux/printk.h. Logs a message; returns its length without level and newline. Context: any. */
export function _printk(fmt: usize, va: usize): i32 {
  return vprintk(fmt, va);
}

/** printk() for the core's own code: `fmt` is a cstr with its level, "\x016cp: %s", and up to eight 32-bit values.
 *  The message is a whole line, with or without a newline. */
export function pr(
  fmt: usize,
  a: usize = 0,
  b: usize = 0,
  c: usize = 0,
  d: usize = 0,
  e: usize = 0,
  f: usize = 0,
  g: usize = 0,
  h: usize = 0,
): void {
  emit(0, LOGLEVEL_DEFAULT, true, fmt, va_block(a, b, c, d, e, f, g, h));
  va_free();
}

/** asm-generic/bug.h. The text of a WARN() on architectures whose warnings are traps. Context: any. */
export function __warn_printk(fmt: usize, va: usize): void {
  pr(cstr("\x014------------[ cut here ]------------"));
  vprintk(fmt, va);
}
