// net/core/dev.c: the log of interfaces: "8139cp 0000:00:03.0 eth0: link up".

import {
  NETREG_DUMMY,
  NETREG_REGISTERED,
  NETREG_RELEASED,
  NETREG_UNINITIALIZED,
  NETREG_UNREGISTERED,
  NETREG_UNREGISTERING,
  net_device,
  sizeof_va_format,
  va_format,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { dev_driver_string, dev_name } from "../../drivers/base/name";
import { pr } from "../../kernel/printk/printk";
import { strchr } from "../../lib/string";
import { va_block, va_free } from "../../lib/vsprintf";

function netdev_name(dev: net_device): usize {
  if (load<u8>(dev.name) == 0 || strchr(dev.name, 0x25)) return cstr("(unnamed net_device)");
  return dev.name;
}

function netdev_reg_state(dev: net_device): usize {
  switch (dev.reg_state) {
    case NETREG_UNINITIALIZED:
      return cstr(" (uninitialized)");
    case NETREG_REGISTERED:
      return cstr("");
    case NETREG_UNREGISTERING:
      return cstr(" (unregistering)");
    case NETREG_UNREGISTERED:
      return cstr(" (unregistered)");
    case NETREG_RELEASED:
      return cstr(" (released)");
    case NETREG_DUMMY:
      return cstr(" (dummy)");
    default:
      return cstr(" (unknown)");
  }
}

function emit(level: usize, dev: net_device, fmt: usize, args: usize): void {
  const room = stack_alloc(16);
  const vaf = changetype<va_format>(room);
  store<usize>(room, args, sizeof_va_format);
  vaf.fmt = fmt;
  vaf.va = room + sizeof_va_format;
  if (changetype<usize>(dev) == 0) {
    pr(cstr("%s(NULL net_device): %pV"), level, room);
  } else if (dev.dev.parent) {
    pr(
      cstr("%s%s %s %s%s: %pV"),
      level,
      dev_driver_string(dev.dev.parent),
      dev_name(dev.dev.parent),
      netdev_name(dev),
      netdev_reg_state(dev),
      room,
    );
  } else {
    pr(cstr("%s%s%s: %pV"), level, netdev_name(dev), netdev_reg_state(dev), room);
  }
  stack_free(16);
}

/** Logs for `dev` from the core's own code: a KERN_ level, a format, up to four 32-bit values. */
export function netdev_pr(
  level: usize,
  dev: net_device,
  fmt: usize,
  a: u32 = 0,
  b: u32 = 0,
  c: u32 = 0,
  d: u32 = 0,
): void {
  emit(level, dev, fmt, va_block(a, b, c, d));
  va_free();
}

/** linux/netdevice.h. Logs for `dev` (may be null) at `level`, a KERN_ string. Context: any. */
export function netdev_printk(level: usize, dev: net_device, fmt: usize, args: usize): void {
  emit(level, dev, fmt, args);
}

/** linux/netdevice.h. Logs for `dev` at level 0, system is unusable. Context: any. */
export function netdev_emerg(dev: net_device, fmt: usize, args: usize): void {
  emit(cstr("\x010"), dev, fmt, args);
}

/** linux/netdevice.h. Logs for `dev` at level 1, action must be taken. Context: any. */
export function netdev_alert(dev: net_device, fmt: usize, args: usize): void {
  emit(cstr("\x011"), dev, fmt, args);
}

/** linux/netdevice.h. Logs for `dev` at level 2, critical. Context: any. */
export function netdev_crit(dev: net_device, fmt: usize, args: usize): void {
  emit(cstr("\x012"), dev, fmt, args);
}

/** linux/netdevice.h. Logs for `dev` at level 3, errors. Context: any. */
export function netdev_err(dev: net_device, fmt: usize, args: usize): void {
  emit(cstr("\x013"), dev, fmt, args);
}

/** linux/netdevice.h. Logs for `dev` at level 4, warnings. Context: any. */
export function netdev_warn(dev: net_device, fmt: usize, args: usize): void {
  emit(cstr("\x014"), dev, fmt, args);
}

/** linux/netdevice.h. Logs for `dev` at level 5, normal but significant. Context: any. */
export function netdev_notice(dev: net_device, fmt: usize, args: usize): void {
  emit(cstr("\x015"), dev, fmt, args);
}

/** linux/netdevice.h. Logs for `dev` at level 6, information. Context: any. */
export function netdev_info(dev: net_device, fmt: usize, args: usize): void {
  emit(cstr("\x016"), dev, fmt, args);
}
