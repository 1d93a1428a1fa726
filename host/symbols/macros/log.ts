// The log: printk and its kin, WARN and BUG.

import type { MacroTable } from "./row.ts";

export const log: MacroTable = {
  "linux/printk.h": [
    ["printk(fmt, …)", "macro", "_printk(fmt, …)", "_printk"],
    ["pr_emerg(fmt, …)", "macro", "_printk(KERN_EMERG pr_fmt(fmt), …)", "_printk"],
    ["pr_alert(fmt, …)", "macro", "_printk(KERN_ALERT pr_fmt(fmt), …)", "_printk"],
    ["pr_crit(fmt, …)", "macro", "_printk(KERN_CRIT pr_fmt(fmt), …)", "_printk"],
    ["pr_err(fmt, …)", "macro", "_printk(KERN_ERR pr_fmt(fmt), …)", "_printk"],
    ["pr_warn(fmt, …)", "macro", "_printk(KERN_WARNING pr_fmt(fmt), …)", "_printk"],
    ["pr_notice(fmt, …)", "macro", "_printk(KERN_NOTICE pr_fmt(fmt), …)", "_printk"],
    ["pr_info(fmt, …)", "macro", "_printk(KERN_INFO pr_fmt(fmt), …)", "_printk"],
    ["pr_cont(fmt, …)", "macro", "_printk(KERN_CONT fmt, …)", "_printk"],
    ["pr_debug(fmt, …)", "macro", "nothing; with DEBUG defined _printk(KERN_DEBUG pr_fmt(fmt), …)", "_printk"],
    ["pr_info_once(fmt, …)", "macro", "the first time pr_info(fmt, …)", "_printk"],
    ["pr_warn_once(fmt, …)", "macro", "the first time pr_warn(fmt, …)", "_printk"],
    [
      "printk_ratelimited(fmt, …)",
      "macro",
      "if (___ratelimit(&state, function)) _printk(fmt, …)",
      "_printk ___ratelimit",
    ],
    ["printk_ratelimit()", "macro", "__printk_ratelimit(function)", "__printk_ratelimit"],
    [
      "print_hex_dump_bytes(prefix, type, buf, len)",
      "macro",
      "nothing; with DEBUG defined print_hex_dump(KERN_DEBUG, prefix, type, 16, 1, buf, len, true)",
      "print_hex_dump",
    ],
  ],
  "linux/dev_printk.h": [
    ["dev_emerg(dev, fmt, …)", "macro", "_dev_emerg(dev, dev_fmt(fmt), …)", "_dev_emerg"],
    ["dev_alert(dev, fmt, …)", "macro", "_dev_alert(dev, dev_fmt(fmt), …)", "_dev_alert"],
    ["dev_crit(dev, fmt, …)", "macro", "_dev_crit(dev, dev_fmt(fmt), …)", "_dev_crit"],
    ["dev_err(dev, fmt, …)", "macro", "_dev_err(dev, dev_fmt(fmt), …)", "_dev_err"],
    ["dev_warn(dev, fmt, …)", "macro", "_dev_warn(dev, dev_fmt(fmt), …)", "_dev_warn"],
    ["dev_notice(dev, fmt, …)", "macro", "_dev_notice(dev, dev_fmt(fmt), …)", "_dev_notice"],
    ["dev_info(dev, fmt, …)", "macro", "_dev_info(dev, dev_fmt(fmt), …)", "_dev_info"],
    [
      "dev_dbg(dev, fmt, …)",
      "macro",
      "nothing; with DEBUG defined _dev_printk(KERN_DEBUG, dev, dev_fmt(fmt), …)",
      "_dev_printk",
    ],
    ["dev_err_once(dev, fmt, …)", "macro", "the first time dev_err(dev, fmt, …)", "_dev_err"],
    [
      "dev_WARN(dev, fmt, …)",
      "macro",
      'WARN(1, "%s %s: " fmt, dev_driver_string(dev), dev_name(dev), …)',
      "warn_slowpath_fmt dev_driver_string",
    ],
  ],
  "asm-generic/bug.h": [
    ["BUG()", "macro", "__wasm_bug(file, line)", "__wasm_bug"],
    ["BUG_ON(condition)", "macro", "if (condition) BUG()", "__wasm_bug"],
    [
      "WARN(condition, fmt, …)",
      "macro",
      "if (condition) warn_slowpath_fmt(file, line, TAINT_WARN, fmt, …)",
      "warn_slowpath_fmt",
    ],
    [
      "WARN_ON(condition)",
      "macro",
      "if (condition) warn_slowpath_fmt(file, line, TAINT_WARN, NULL)",
      "warn_slowpath_fmt",
    ],
    ["WARN_ON_ONCE(condition)", "macro", "the first time WARN_ON(condition)", "warn_slowpath_fmt"],
    ["WARN_ONCE(condition, fmt, …)", "macro", "the first time WARN(condition, fmt, …)", "warn_slowpath_fmt"],
  ],
};
