// The mappings that a driver leaves behind. Debug flavour only.

import { dir_name, err_printk, type_name } from "./report";
import { Entry, HASH_SIZE, bucket_first } from "./table";

/** No driver has `dev` any more: reports what is mapped for it still. */
export function debug_dma_released(dev: usize): void {
  let count: u32 = 0;
  let last = changetype<Entry>(0);
  for (let index: u32 = 0; index < HASH_SIZE; index++) {
    for (let e = bucket_first(index); changetype<usize>(e); e = changetype<Entry>(e.next)) {
      if (e.dev != dev) continue;
      count++;
      last = e;
    }
  }
  if (!count) return;
  err_printk(
    dev,
    last,
    cstr(
      "device driver has pending DMA allocations while released from device [count=%d]\nOne of leaked entries details: [device address=0x%016x] [size=%u bytes] [mapped with %s] [mapped as %s]",
    ),
    count,
    last.bus,
    last.size,
    dir_name(last.direction),
    type_name(last.type),
  );
}
