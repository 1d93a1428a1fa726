// How reports name locks: "c0ffee00 (&cp->lock){-.-.}-{3:3}, at: cp_open+0x3c/0x1f0 [8139cp]".

import {
  HARDIRQ_MASK,
  HARDIRQ_SHIFT,
  LINUX_VERSION_CODE,
  SOFTIRQ_MASK,
  SOFTIRQ_SHIFT,
  task_struct,
} from "../../../abi";
import { current } from "../../../arch/wasm/current";
import { preempt_count } from "../../../arch/wasm/preempt";
import { snprintf_ } from "../../../lib/vsprintf";
import { bug_reported } from "../../debug/reports";
import { dump_stack } from "../../panic";
import { pr } from "../../printk/printk";
import { print_tainted } from "../../taint";
import { debug_locks_off } from "../debug_locks";
import { HeldLock, show_held_locks } from "../held";
import { LD_WAIT_INV, class_at, class_of, class_text } from "./classes";
import { hardirq_context, softirq_context, softirqs_enabled, usage_chars } from "./usage";

const NAME_BYTES: u32 = 64;
/** Four at a time may stand in one line. */
const names = memory.data(4 * 64);
const turn = memory.data(4, 4);

function buffer(): usize {
  const index = load<u32>(turn);
  store<u32>(turn, (index + 1) & 3);
  return names + index * NAME_BYTES;
}

/** "&cp->lock", "&cp->lock#2/1": of this name the second class, and of that the first subclass. */
export function class_name(number: u32): usize {
  if (!number) return cstr("?");
  const own = class_at(number);
  const text = buffer();
  let length = snprintf_(text, NAME_BYTES, cstr("%s"), class_text(number), 0, 0, 0, 0, 0);
  if (own.version) length += snprintf_(text + length, NAME_BYTES - length, cstr("#%u"), own.version + 1, 0, 0, 0, 0, 0);
  if (own.subclass) snprintf_(text + length, NAME_BYTES - length, cstr("/%u"), own.subclass, 0, 0, 0, 0, 0);
  return text;
}

/** The same with how it was used, and what its holder may wait for: "(&cp->lock){-.-.}-{3:3}". */
export function class_label(number: u32): usize {
  const name = class_name(number);
  const text = buffer();
  if (!number) {
    snprintf_(text, NAME_BYTES, cstr("(%s)"), name, 0, 0, 0, 0, 0);
    return text;
  }
  const own = class_at(number);
  const outer = own.outer ? own.outer : own.inner;
  snprintf_(text, NAME_BYTES, cstr("(%s){%s}-{%d:%d}"), name, usage_chars(own.usage), outer, own.inner, 0, 0);
  return text;
}

/** One lock, behind `prefix`, which prints `number`. */
export function print_lock(prefix: usize, number: u32, held: HeldLock): void {
  const before = buffer();
  snprintf_(before, NAME_BYTES, prefix, number, 0, 0, 0, 0, 0);
  const its: u32 = held.number ? held.number : class_of(held.lock, 0, LD_WAIT_INV);
  if (held.site) pr(cstr("\x014%s%px %s, at: %pS"), before, held.lock, class_label(its), held.site);
  else pr(cstr("\x014%s%px %s"), before, held.lock, class_label(its));
}

/** The place of a call, in a report's line of its own. */
export function print_site(indent: usize, site: u32): void {
  if (site) pr(cstr("\x014%s%pS"), indent, site);
  else pr(cstr("\x014%sthe core"), indent);
}

function line(char: u32, length: u32): void {
  const text = buffer();
  memory.fill(text, <u8>char, length);
  store<u8>(text + length, 0);
  pr(cstr("\x014%s"), text);
}

/** Begins a report, and turns the validator off; false if nothing is to be printed. */
export function report_begins(title: usize): bool {
  if (!debug_locks_off()) return false;
  bug_reported();
  report_title(title);
  return true;
}

/** A report's head: its title between two lines as long, and the kernel's identity. */
export function report_title(title: usize): void {
  let length: u32 = 0;
  while (load<u8>(title + length)) length++;
  pr(cstr("\x014"));
  line(0x3d, min(length, NAME_BYTES - 1));
  pr(cstr("\x014%s"), title);
  pr(
    cstr("\x014%u.%u.%u-linuxkpi #1 %s"),
    LINUX_VERSION_CODE >> 16,
    (LINUX_VERSION_CODE >> 8) & 255,
    LINUX_VERSION_CODE & 255,
    print_tainted(),
  );
  line(0x2d, min(length, NAME_BYTES - 1));
}

/** Who reports, and what it wants. */
export function print_who(what: usize): void {
  const task = current();
  pr(cstr("\x014%s/%d %s"), task.comm, task.pid, what);
}

/** The same with the context that it is in. */
export function print_who_where(what: usize, irqs_off: bool): void {
  const task: task_struct = current();
  const context = buffer();
  snprintf_(
    context,
    NAME_BYTES,
    cstr("[HC%u[%u]:SC%u[%u]:HE%u:SE%u]"),
    hardirq_context() ? 1 : 0,
    (preempt_count() & <u32>HARDIRQ_MASK) >> HARDIRQ_SHIFT,
    softirq_context() ? 1 : 0,
    (preempt_count() & <u32>SOFTIRQ_MASK) >> SOFTIRQ_SHIFT,
    irqs_off ? 0 : 1,
    softirqs_enabled() ? 1 : 0,
  );
  pr(cstr("\x014%s/%d %s %s"), task.comm, task.pid, context, what);
}

/** The end of every report. */
export function report_ends(): void {
  show_held_locks(changetype<usize>(current()));
  pr(cstr("\x014"));
  pr(cstr("\x014stack backtrace:"));
  dump_stack();
}
