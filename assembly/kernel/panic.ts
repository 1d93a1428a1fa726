// kernel/panic.c: BUG, WARN, panic. A BUG ends in a trap; the host turns every trap into a call of kpi_task_trap
// (kernel/oops), which decides whether the task dies or the machine does.

import { LINUX_VERSION_CODE } from "../abi";
import { call_site, smp_processor_id } from "../arch/wasm/cpu";
import { current } from "../arch/wasm/current";
import { host_backtrace, host_panic } from "../arch/wasm/host";
import { DEBUG } from "../flavour";
import { bug_reported } from "./debug/reports";
import { pr } from "./printk/printk";
import { vscnprintf } from "../lib/vsprintf";
import { print_tainted, add_taint_mask } from "./taint";

const BACKTRACE_BYTES: u32 = 2048;
const backtrace = memory.data(2048);
const message = memory.data(256);

/** linux/printk.h. int: not 0 while a report about a dead task or machine is printed. */
export const oops_in_progress: usize = memory.data(4, 4);

/** Prints `text`, lines separated by newlines, one log line each. */
export function print_lines(text: usize, length: u32): void {
  let start: u32 = 0;
  for (let i: u32 = 0; i <= length; i++) {
    if (i < length && load<u8>(text + i) != 0x0a) continue;
    if (i > start) pr(cstr("\x014 %.*s"), i - start, text + start);
    start = i + 1;
  }
}

/** The line that begins every report: who runs, where, and on what kernel. */
export function dump_stack_print_info(): void {
  const task = current();
  pr(
    cstr("\x014CPU: %u PID: %d Comm: %s %s %u.%u.%u-linuxkpi #1"),
    smp_processor_id(),
    task.pid,
    task.comm,
    print_tainted(),
    LINUX_VERSION_CODE >> 16,
    (LINUX_VERSION_CODE >> 8) & 255,
    LINUX_VERSION_CODE & 255,
  );
}

/** linux/printk.h. Prints who runs and the backtrace of the calling stack. Context: any. */
export function dump_stack(): void {
  dump_stack_print_info();
  pr(cstr("\x014Call Trace:"));
  print_lines(backtrace, host_backtrace(backtrace, BACKTRACE_BYTES));
}

/** A broken invariant of the core: traps. Debug says which; in release the trap's backtrace, which begins in the
 *  function that found it, has to do (tools/asc/cstr.mjs leaves the texts out of the image). */
@inline
export function BUG(why: usize): void {
  if (DEBUG) bug(why);
  else unreachable();
}

function bug(why: usize): void {
  pr(cstr("\x010------------[ cut here ]------------"));
  pr(cstr("\x010kernel BUG: %s"), why);
  unreachable();
}

/** asm/bug.h (arch/wasm). What BUG() in a module calls; traps. Context: any. */
export function __wasm_bug(file: usize, line: i32): void {
  pr(cstr("\x010------------[ cut here ]------------"));
  pr(cstr("\x010kernel BUG at %s:%d!"), file, line);
  unreachable();
}

/** A condition that should not be, survived: reports it with a trace and taints the kernel. Debug says `why`. */
@inline
export function WARN(why: usize): void {
  if (DEBUG) warning(0, 0, why);
  else warn();
}

function warn(): void {
  warning(0, 0, 0);
}

/** WARN() with words that release has too: they say what the backtrace cannot. */
export function WARN_TEXT(why: usize): void {
  warning(0, 0, why);
}

function warning(file: usize, line: i32, text: usize): void {
  const task = current();
  pr(cstr("\x014------------[ cut here ]------------"));
  if (file) pr(cstr("\x014WARNING: CPU: %u PID: %d at %s:%d"), smp_processor_id(), task.pid, file, line);
  else if (call_site()) pr(cstr("\x014WARNING: CPU: %u PID: %d at %pS"), smp_processor_id(), task.pid, call_site());
  else pr(cstr("\x014WARNING: CPU: %u PID: %d"), smp_processor_id(), task.pid);
  if (text) pr(cstr("\x014%s"), text);
  bug_reported();
  dump_stack();
  pr(cstr("\x014---[ end trace 0000000000000000 ]---"));
}

/** asm-generic/bug.h. What WARN() calls: file, line, taint flag, and a printf format or NULL. Context: any. */
export function warn_slowpath_fmt(file: usize, line: i32, taint: u32, fmt: usize, args: usize): void {
  if (fmt) {
    const length = vscnprintf(message, 256, fmt, args);
    if (length > 0 && load<u8>(message + length - 1) == 0x0a) store<u8>(message + length - 1, 0);
  }
  warning(file, line, fmt ? message : 0);
  add_taint_mask(taint);
}

/** panic with a finished text. Never returns. */
export function panic_(text: usize): void {
  store<u32>(oops_in_progress, 1);
  pr(cstr("\x010Kernel panic - not syncing: %s"), text);
  dump_stack();
  pr(cstr("\x010---[ end Kernel panic - not syncing: %s ]---"), text);
  host_panic();
  unreachable();
}

/** linux/panic.h. Stops the machine with a report. Never returns. Context: any. */
export function panic(fmt: usize, args: usize): void {
  vscnprintf(message, 256, fmt, args);
  panic_(message);
}
