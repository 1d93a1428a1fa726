// The reports of failed allocations, ten in five seconds at most as in Linux: a driver that retries must not flood the log.

import { HZ, ratelimit_state, sizeof_ratelimit_state, task_struct } from "../abi";
import { current } from "../arch/wasm/current";
import { pr } from "../kernel/printk/printk";
import { ___ratelimit } from "../kernel/printk/ratelimit";
import { nr_free_pages } from "./buddy";

const limit = memory.data(<i32>sizeof_ratelimit_state, 4);

function allowed(): bool {
  changetype<ratelimit_state>(limit).interval = 5 * HZ;
  changetype<ratelimit_state>(limit).burst = 10;
  return ___ratelimit(limit, cstr("warn_alloc")) != 0;
}

/** Reports that 2^order pages could not be had. */
export function warn_alloc(gfp: u32, order: u32): void {
  if (!allowed()) return;
  pr(cstr("\x014%s: page allocation failure: order:%u, mode:%#x (%u pages free)"), comm(), order, gfp, nr_free_pages());
}

/** Reports that vmalloc could not find `size` bytes. */
export function warn_vmalloc(gfp: u32, size: usize): void {
  if (!allowed()) return;
  pr(
    cstr("\x014%s: vmalloc error: size %u, no contiguous pages, mode:%#x (%u pages free)"),
    comm(),
    size,
    gfp,
    nr_free_pages(),
  );
}

/** The name of the task; memory runs out before there is one, too. */
function comm(): usize {
  const task = current();
  return changetype<usize>(task) ? changetype<usize>(task.comm) : cstr("swapper");
}
