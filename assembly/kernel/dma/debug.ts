// Reports of DMA calls that cannot be right, in the words of kernel/dma/debug.c; ten in five seconds at most.

import { HZ, ratelimit_state, sizeof_ratelimit_state } from "../../abi";
import { dev_driver_string, dev_name } from "../../drivers/base/name";
import { WARN } from "../panic";
import { pr } from "../printk/printk";
import { ___ratelimit } from "../printk/ratelimit";

const limit = memory.data(<i32>sizeof_ratelimit_state, 4);

/** `what` goes on "device driver …". */
export function dma_complain(dev: usize, what: usize, bus: u32, size: usize): void {
  changetype<ratelimit_state>(limit).interval = 5 * HZ;
  changetype<ratelimit_state>(limit).burst = 10;
  if (!___ratelimit(limit, cstr("DMA-API"))) return;
  pr(cstr("\x014DMA-API: %s %s: device driver %s [device address=0x%08x] [size=%u bytes]"),
    dev ? dev_driver_string(dev) : cstr("NULL"), dev ? dev_name(dev) : cstr("NULL"), what, bus, size);
  WARN(what);
}
