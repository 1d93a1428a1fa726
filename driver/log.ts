// linux/printk.h, linux/dev_printk.h, linux/netdevice.h: messages with a format of the kernel's (%u, %s, %pM, …) and up to
// six values. The format is a text in quotes; texts in quotes among the values become C strings.

import { printk as __printk } from "./kernel";
import { dev_dbg as __dev_dbg, dev_err as __dev_err, dev_info as __dev_info, dev_warn as __dev_warn } from "./kernel";
import { netdev_err as __netdev_err, netdev_info as __netdev_info, netdev_warn as __netdev_warn } from "./kernel";
import { device, net_device } from "./abi/index";

// What programs write; the build turns each call into one of the functions below.

/** Logs; the level, such as KERN_INFO's "\x016", is part of the format. */
export declare function printk(format: string, ...values: usize[]): void;
/** Logs an error. */
export declare function pr_err(format: string, ...values: usize[]): void;
/** Logs a warning. */
export declare function pr_warn(format: string, ...values: usize[]): void;
/** Logs something noteworthy. */
export declare function pr_notice(format: string, ...values: usize[]): void;
/** Logs. */
export declare function pr_info(format: string, ...values: usize[]): void;
/** Logs an error, behind the names of driver and device. */
export declare function dev_err(dev: device, format: string, ...values: usize[]): void;
/** Logs a warning, behind the names of driver and device. */
export declare function dev_warn(dev: device, format: string, ...values: usize[]): void;
/** Logs, behind the names of driver and device. */
export declare function dev_info(dev: device, format: string, ...values: usize[]): void;
/** Logs for who debugs the driver, behind the names of driver and device. */
export declare function dev_dbg(dev: device, format: string, ...values: usize[]): void;
/** Logs an error, behind the names of driver, device and interface. */
export declare function netdev_err(dev: net_device, format: string, ...values: usize[]): void;
/** Logs a warning, behind the names of driver, device and interface. */
export declare function netdev_warn(dev: net_device, format: string, ...values: usize[]): void;
/** Logs, behind the names of driver, device and interface. */
export declare function netdev_info(dev: net_device, format: string, ...values: usize[]): void;

@global
@inline
export function __log_printk(format: usize, va: usize): void {
  __printk(format, va);
}

@global
@inline
export function __log_dev_err(dev: device, format: usize, va: usize): void {
  __dev_err(changetype<usize>(dev), format, va);
}

@global
@inline
export function __log_dev_warn(dev: device, format: usize, va: usize): void {
  __dev_warn(changetype<usize>(dev), format, va);
}

@global
@inline
export function __log_dev_info(dev: device, format: usize, va: usize): void {
  __dev_info(changetype<usize>(dev), format, va);
}

@global
@inline
export function __log_dev_dbg(dev: device, format: usize, va: usize): void {
  __dev_dbg(changetype<usize>(dev), format, va);
}

@global
@inline
export function __log_netdev_err(dev: net_device, format: usize, va: usize): void {
  __netdev_err(changetype<usize>(dev), format, va);
}

@global
@inline
export function __log_netdev_warn(dev: net_device, format: usize, va: usize): void {
  __netdev_warn(changetype<usize>(dev), format, va);
}

@global
@inline
export function __log_netdev_info(dev: net_device, format: usize, va: usize): void {
  __netdev_info(changetype<usize>(dev), format, va);
}
