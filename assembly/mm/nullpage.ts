// The null page. A store through NULL does not trap in linear memory; nothing owns [0, 4096), so what stands there tells. Debug
// looks after each function of a driver that the core has called, both flavours do as a task ends.

import { PAGE_SIZE, task_struct } from "../abi";
import { this_cpu } from "../arch/wasm/cpu";
import { bug_reported } from "../kernel/debug/reports";
import { pr } from "../kernel/printk/printk";

/** The first word of the null page that is not 0; PAGE_SIZE if all are. */
function first_store(): usize {
  let address: usize = 0;
  // Eight words at a time: this is done after every interrupt.
  while (address < PAGE_SIZE) {
    const low = load<u64>(address) | load<u64>(address, 8) | load<u64>(address, 16) | load<u64>(address, 24);
    const high = load<u64>(address, 32) | load<u64>(address, 40) | load<u64>(address, 48) | load<u64>(address, 56);
    if (low | high) break;
    address += 64;
  }
  while (address < PAGE_SIZE && !load<u32>(address)) address += 4;
  return address;
}

function report(at: usize): void {
  pr(cstr("\x011BUG: kernel NULL pointer dereference, address: %08x"), at);
  bug_reported();
}

/** As a task ends: reports stores into the null page since another look, and clears them. Returns whether there was one. */
export function null_page_check(): bool {
  const at = first_store();
  if (at == PAGE_SIZE) return false;
  const task = changetype<task_struct>(this_cpu().current);
  report(at);
  pr(
    cstr("\x011#PF: supervisor write access in kernel mode: %08x, found when %s/%d ended"),
    load<u32>(at),
    task.comm,
    task.pid,
  );
  memory.fill(0, 0, PAGE_SIZE);
  return true;
}

/** The same after the driver's function `fn`, a table slot, has returned. */
export function null_page_check_after(fn: usize): void {
  const at = first_store();
  if (at == PAGE_SIZE) return;
  report(at);
  pr(cstr("\x011#PF: supervisor write access in kernel mode: %08x, found when %ps returned"), load<u32>(at), fn);
  memory.fill(0, 0, PAGE_SIZE);
}
