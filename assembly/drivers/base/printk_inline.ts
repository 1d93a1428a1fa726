// linux/dev_printk.h: its macros as functions, for modules built without the kernel's headers.

import { _dev_err, _dev_info, _dev_printk, _dev_warn } from "./printk";

/** linux/dev_printk.h. dev_err() for a module built without the kernel's headers. Context: any. */
export function dev_err(dev: usize, fmt: usize, args: usize): void {
  _dev_err(dev, fmt, args);
}

/** linux/dev_printk.h. dev_warn() for a module built without the kernel's headers. Context: any. */
export function dev_warn(dev: usize, fmt: usize, args: usize): void {
  _dev_warn(dev, fmt, args);
}

/** linux/dev_printk.h. dev_info() for a module built without the kernel's headers. Context: any. */
export function dev_info(dev: usize, fmt: usize, args: usize): void {
  _dev_info(dev, fmt, args);
}

/** linux/dev_printk.h. dev_dbg(), with DEBUG, for a module built without the kernel's headers. Context: any. */
export function dev_dbg(dev: usize, fmt: usize, args: usize): void {
  _dev_printk(cstr("\x017"), dev, fmt, args);
}
