// The log of devices (drivers/base/core.c, linux/dev_printk.h): "driver device: text".

import { device, EPROBE_DEFER, sizeof_va_format, va_format } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { pr, vprintk_emit } from "../../kernel/printk/printk";
import { va_block, va_free } from "../../lib/vsprintf";
import { dev_driver_string, dev_name } from "./name";
import { device_set_deferred_probe_reason } from "./dd_deferred";

/** "\x01N", then the prefix, then the caller's text. */
function emit(level: usize, dev: usize, fmt: usize, args: usize): void {
  const room = stack_alloc(32);
  const vaf = changetype<va_format>(room);
  store<usize>(room, args, sizeof_va_format);
  vaf.fmt = fmt;
  vaf.va = room + sizeof_va_format;
  if (dev) pr(cstr("%s%s %s: %pV"), level, dev_driver_string(dev), dev_name(dev), room);
  else pr(cstr("%s(NULL device *): %pV"), level, room);
  stack_free(32);
}

/** linux/dev_printk.h. Logs for `dev` (may be 0) at `level`, a KERN_ string. Context: any. */
export function _dev_printk(level: usize, dev: usize, fmt: usize, args: usize): void {
  emit(level, dev, fmt, args);
}

/** linux/dev_printk.h. Logs for `dev` at level 0, system is unusable. Context: any. */
export function _dev_emerg(dev: usize, fmt: usize, args: usize): void {
  emit(cstr("\x010"), dev, fmt, args);
}

/** linux/dev_printk.h. Logs for `dev` at level 1, action must be taken. Context: any. */
export function _dev_alert(dev: usize, fmt: usize, args: usize): void {
  emit(cstr("\x011"), dev, fmt, args);
}

/** linux/dev_printk.h. Logs for `dev` at level 2, critical. Context: any. */
export function _dev_crit(dev: usize, fmt: usize, args: usize): void {
  emit(cstr("\x012"), dev, fmt, args);
}

/** linux/dev_printk.h. Logs for `dev` at level 3, errors. Context: any. */
export function _dev_err(dev: usize, fmt: usize, args: usize): void {
  emit(cstr("\x013"), dev, fmt, args);
}

/** linux/dev_printk.h. Logs for `dev` at level 4, warnings. Context: any. */
export function _dev_warn(dev: usize, fmt: usize, args: usize): void {
  emit(cstr("\x014"), dev, fmt, args);
}

/** linux/dev_printk.h. Logs for `dev` at level 5, normal but significant. Context: any. */
export function _dev_notice(dev: usize, fmt: usize, args: usize): void {
  emit(cstr("\x015"), dev, fmt, args);
}

/** linux/dev_printk.h. Logs for `dev` at level 6, information. Context: any. */
export function _dev_info(dev: usize, fmt: usize, args: usize): void {
  emit(cstr("\x016"), dev, fmt, args);
}

/** linux/dev_printk.h. Logs for `dev` at `level` 0..7 without naming it in the text; the length. Context: any.
 *  (Differs: the device is not kept beside the text.) */
export function dev_vprintk_emit(level: i32, dev: usize, fmt: usize, args: usize): i32 {
  return vprintk_emit(0, level, 0, fmt, args);
}

/** linux/dev_printk.h. dev_vprintk_emit() with its arguments. Context: any. */
export function dev_printk_emit(level: i32, dev: usize, fmt: usize, args: usize): i32 {
  return dev_vprintk_emit(level, dev, fmt, args);
}

/** Logs for `dev` from the core's own code: up to six 32-bit arguments. */
export function dev_pr(
  level: usize,
  dev: usize,
  fmt: usize,
  a: u32 = 0,
  b: u32 = 0,
  c: u32 = 0,
  d: u32 = 0,
  e: u32 = 0,
  f: u32 = 0,
): void {
  emit(level, dev, fmt, va_block(a, b, c, d, e, f));
  va_free();
}

@inline
export function dev_err(dev: usize, fmt: usize, a: u32 = 0, b: u32 = 0, c: u32 = 0, d: u32 = 0): void {
  dev_pr(cstr("\x013"), dev, fmt, a, b, c, d);
}

@inline
export function dev_warn(dev: usize, fmt: usize, a: u32 = 0, b: u32 = 0, c: u32 = 0, d: u32 = 0): void {
  dev_pr(cstr("\x014"), dev, fmt, a, b, c, d);
}

@inline
export function dev_info(dev: usize, fmt: usize, a: u32 = 0, b: u32 = 0, c: u32 = 0, d: u32 = 0): void {
  dev_pr(cstr("\x016"), dev, fmt, a, b, c, d);
}

/** linux/dev_printk.h. Logs why a probe fails and returns `err`; -EPROBE_DEFER is only kept as the reason for waiting.
 *  Context: process. */
export function dev_err_probe(dev: usize, err: i32, fmt: usize, args: usize): i32 {
  const room = stack_alloc(32);
  const vaf = changetype<va_format>(room);
  store<usize>(room, args, sizeof_va_format);
  vaf.fmt = fmt;
  vaf.va = room + sizeof_va_format;
  if (err == -EPROBE_DEFER) device_set_deferred_probe_reason(dev, room);
  else dev_err(dev, cstr("error %pe: %pV"), err, room);
  stack_free(32);
  return err;
}
