// linux/dev_printk.h: its macros as functions, for modules built without the kernel's headers.

import { _dev_err, _dev_info, _dev_printk, _dev_warn } from "./printk";

/** linux/dev_printk.h. Logs an error behind the names of driver and device. A macro in Linux, of _dev_err. Context:
 *  any. */
export function dev_err(dev: usize, fmt: usize, args: usize): void {
  _dev_err(dev, fmt, args);
}

/** linux/dev_printk.h. Logs a warning behind the names of driver and device. A macro in Linux, of _dev_warn.
 *  Context: any. */
export function dev_warn(dev: usize, fmt: usize, args: usize): void {
  _dev_warn(dev, fmt, args);
}

/** linux/dev_printk.h. Logs behind the names of driver and device. A macro in Linux, of _dev_info. Context: any. */
export function dev_info(dev: usize, fmt: usize, args: usize): void {
  _dev_info(dev, fmt, args);
}

/** linux/dev_printk.h. Logs at level 7 behind the names of driver and device, as the macro does where DEBUG is
 *  defined. Context: any. */
export function dev_dbg(dev: usize, fmt: usize, args: usize): void {
  _dev_printk(cstr("\x017"), dev, fmt, args);
}
