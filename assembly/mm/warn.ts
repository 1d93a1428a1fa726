// The report of a failed allocation, at most ten in five seconds as in Linux: a driver that retries must not flood the log.

import { task_struct } from "../abi";
import { current } from "../arch/wasm/current";
import { CLOCK_NS } from "../arch/wasm/memory";
import { pr } from "../kernel/printk/printk";
import { nr_free_pages } from "./buddy";

const INTERVAL_NS: u64 = 5_000_000_000;
const BURST: u32 = 10;

@unmanaged
class Limit {
  begin: u64;
  printed: u32;
  missed: u32;
}

const limit = changetype<Limit>(memory.data(offsetof<Limit>(), 8));

function allowed(): bool {
  const now = load<u64>(CLOCK_NS);
  if (now - limit.begin >= INTERVAL_NS) {
    if (limit.missed) pr(cstr("\x014warn_alloc: %u callbacks suppressed"), limit.missed);
    limit.begin = now;
    limit.printed = 0;
    limit.missed = 0;
  }
  if (limit.printed < BURST) {
    limit.printed++;
    return true;
  }
  limit.missed++;
  return false;
}

/** Reports that 2^order pages could not be had. */
export function warn_alloc(gfp: u32, order: u32): void {
  if (!allowed()) return;
  pr(cstr("\x014%s: page allocation failure: order:%u, mode:%#x (%u pages free)"), comm(), order, gfp, nr_free_pages());
}

/** Reports that vmalloc could not find `size` bytes. */
export function warn_vmalloc(gfp: u32, size: usize): void {
  if (!allowed()) return;
  pr(cstr("\x014%s: vmalloc error: size %u, no contiguous pages, mode:%#x (%u pages free)"), comm(), size, gfp, nr_free_pages());
}

function comm(): usize {
  const task = current();
  return changetype<usize>(task) ? changetype<usize>(task.comm) : cstr("swapper");
}
