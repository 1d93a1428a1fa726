// How the checks of kernel/dma/debug.c speak. Debug flavour only. As in Linux they say what they found first, and count the rest:
// a driver that makes a mistake makes it with every frame. dma-api/num_errors below /sys/kernel/debug is how many more they
// say, all_errors has them say everything.

import { DMA_BIDIRECTIONAL, DMA_FROM_DEVICE, DMA_TO_DEVICE } from "../../../abi";
import { dev_driver_string, dev_name } from "../../../drivers/base/name";
import { seq_init, seq_printf, seq_text } from "../../../lib/seq_buf";
import { nth_text } from "../../../lib/texts";
import { WARN_TEXT } from "../../panic";
import { pr } from "../../printk/printk";
import { Entry } from "./table";

const TEXT_BYTES: u32 = 512;
const text = memory.data(512, 8);

@unmanaged
class Counts {
  /** error_count: what the checks have found. */
  errors: u32;
  /** all_errors. */
  show_all: u32;
  /** num_errors, less the one that is said unless somebody asks for others. */
  show_more: i32;
}
export const dma_debug_counts = changetype<Counts>(memory.data(offsetof<Counts>(), 4));

const SHOWN_AT_FIRST: i32 = 1;

/** num_errors: how many errors will be said. */
export function dma_debug_num_errors(): u32 {
  return SHOWN_AT_FIRST + dma_debug_counts.show_more;
}

export function dma_debug_set_num_errors(num: u32): void {
  dma_debug_counts.show_more = <i32>num - SHOWN_AT_FIRST;
}

/** Counts an error; whether it is to be said. */
function counted(): bool {
  dma_debug_counts.errors++;
  if (dma_debug_counts.show_all) return true;
  const left = dma_debug_num_errors();
  if (!left) return false;
  dma_debug_set_num_errors(left - 1);
  return true;
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
  if (!counted()) return;
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
