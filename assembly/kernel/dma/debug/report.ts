// How the checks of kernel/dma/debug.c speak. Debug flavour only. Linux says the first and counts the rest; here it is ten
// in five seconds.

import {
  DMA_BIDIRECTIONAL,
  DMA_FROM_DEVICE,
  DMA_TO_DEVICE,
  HZ,
  ratelimit_state,
  sizeof_ratelimit_state,
} from "../../../abi";
import { dev_driver_string, dev_name } from "../../../drivers/base/name";
import { seq_init, seq_printf, seq_text } from "../../../lib/seq_buf";
import { nth_text } from "../../../lib/texts";
import { bug_reported } from "../../debug/reports";
import { WARN_TEXT } from "../../panic";
import { pr } from "../../printk/printk";
import { ___ratelimit } from "../../printk/ratelimit";
import { Entry } from "./table";

const TEXT_BYTES: u32 = 512;
const text = memory.data(512, 8);
const limit = memory.data(<i32>sizeof_ratelimit_state, 4);
const errors = memory.data(4, 4);

export function dma_debug_errors(): u32 {
  return load<u32>(errors);
}

export function type_name(type: u8): usize {
  return nth_text(cstr("single", "scather-gather", "coherent", "resource"), type);
}

export function dir_name(dir: u32): usize {
  switch (dir) {
    case DMA_BIDIRECTIONAL:
      return cstr("DMA_BIDIRECTIONAL");
    case DMA_TO_DEVICE:
      return cstr("DMA_TO_DEVICE");
    case DMA_FROM_DEVICE:
      return cstr("DMA_FROM_DEVICE");
    default:
      return cstr("DMA_NONE");
  }
}

/** Reports a wrong call for `dev`; with an entry, who mapped it. The format has `a` to `f`. */
export function err_printk(
  dev: usize,
  entry: Entry,
  fmt: usize,
  a: usize = 0,
  b: usize = 0,
  c: usize = 0,
  d: usize = 0,
  e: usize = 0,
  f: usize = 0,
): void {
  store<u32>(errors, load<u32>(errors) + 1);
  changetype<ratelimit_state>(limit).interval = 5 * HZ;
  changetype<ratelimit_state>(limit).burst = 10;
  if (!___ratelimit(limit, cstr("DMA-API"))) {
    bug_reported();
    return;
  }
  const s = seq_init(text, TEXT_BYTES);
  const named = dev != 0;
  seq_printf(
    s,
    cstr("DMA-API: %s %s: "),
    named ? dev_driver_string(dev) : cstr("NULL"),
    named ? dev_name(dev) : cstr("NULL"),
  );
  seq_printf(s, fmt, a, b, c, d, e, f);
  WARN_TEXT(seq_text(s));
  if (!changetype<usize>(entry)) return;
  pr(cstr("\x014DMA-API: Mapped at:"));
  if (entry.site) pr(cstr("\x014 %pS"), entry.site);
  else pr(cstr("\x014 the core"));
}
