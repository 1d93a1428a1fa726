// The null page. A store through NULL does not trap in linear memory; nothing owns [0, 4096), so what stands there tells.

import { PAGE_SIZE, task_struct } from "../abi";
import { this_cpu } from "../arch/wasm/cpu";
import { bug_reported } from "../kernel/debug/reports";
import { pr } from "../kernel/printk/printk";

/** As a task ends: reports stores into the null page since another did, and clears them. Returns whether there was one. */
export function null_page_check(): bool {
  const task = changetype<task_struct>(this_cpu().current);
  for (let address: usize = 0; address < PAGE_SIZE; address += 8) {
    if (!load<u64>(address)) continue;
    const at = load<u32>(address) ? address : address + 4;
    pr(cstr("\x011BUG: kernel NULL pointer dereference, address: %08x"), <u32>at);
    pr(
      cstr("\x011#PF: supervisor write access in kernel mode: %08x, found when %s/%d ended"),
      load<u32>(at),
      task.comm,
      task.pid,
    );
    memory.fill(0, 0, PAGE_SIZE);
    bug_reported();
    return true;
  }
  return false;
}
