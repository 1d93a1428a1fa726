// Reports of DMA calls that cannot be right, in the words of kernel/dma/debug.c; ten in five seconds at most. As with
// Linux's CONFIG_DMA_API_DEBUG, release does without: it refuses the call, and warns of what Linux warns of as well.

import { DEBUG } from "../../flavour";
import { HZ, ratelimit_state, sizeof_ratelimit_state } from "../../abi";
import { dev_driver_string, dev_name } from "../../drivers/base/name";
import { WARN_TEXT } from "../panic";
import { pr } from "../printk/printk";
import { ___ratelimit } from "../printk/ratelimit";

const limit = memory.data(<i32>sizeof_ratelimit_state, 4);

const warned = memory.data(4, 4);

/** `what` goes on "device driver …". */
@inline
export function dma_complain(dev: usize, what: usize, bus: u32, size: usize): void {
  if (DEBUG) complain(dev, what, bus, size);
}

/** dma_complain of a device that cannot reach the memory; release warns of the first. */
@inline
export function dma_complain_always(dev: usize, what: usize, bus: u32, size: usize): void {
  if (DEBUG) complain(dev, what, bus, size);
  else warn_once();
}

function warn_once(): void {
  if (load<u32>(warned)) return;
  store<u32>(warned, 1);
  WARN_TEXT(cstr("DMA: the device's mask does not reach the memory"));
}

function complain(dev: usize, what: usize, bus: u32, size: usize): void {
  changetype<ratelimit_state>(limit).interval = 5 * HZ;
  changetype<ratelimit_state>(limit).burst = 10;
  if (!___ratelimit(limit, cstr("DMA-API"))) return;
  pr(
    cstr("\x014DMA-API: %s %s: device driver %s [device address=0x%08x] [size=%u bytes]"),
    dev ? dev_driver_string(dev) : cstr("NULL"),
    dev ? dev_name(dev) : cstr("NULL"),
    what,
    bus,
    size,
  );
  WARN_TEXT(what);
}
