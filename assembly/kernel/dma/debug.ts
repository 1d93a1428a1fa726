// Reports of DMA calls that cannot be right, in the words of kernel/dma/debug.c.

import { dev_driver_string, dev_name } from "../../drivers/base/name";
import { WARN } from "../panic";
import { pr } from "../printk/printk";

/** `what` goes on "device driver …". */
export function dma_complain(dev: usize, what: usize, bus: u32, size: usize): void {
  const driver = dev ? dev_driver_string(dev) : cstr("NULL");
  pr(cstr("\x014DMA-API: %s %s: device driver %s [device address=0x%08x] [size=%u bytes]"),
    <u32>driver, <u32>(dev ? dev_name(dev) : cstr("NULL")), <u32>what, bus, <u32>size);
  WARN(what);
}
