// The null page. A store through NULL does not trap in linear memory; nothing owns [0, 4096), so what stands there tells.

import { PAGE_SIZE } from "../abi";
import { bug_reported } from "../kernel/debug/reports";
import { pr } from "../kernel/printk/printk";

/** Reports stores into the null page since the last call, and clears them. Returns whether there was one. */
export function null_page_check(): bool {
  for (let address: usize = 0; address < PAGE_SIZE; address += 8) {
    if (!load<u64>(address)) continue;
    const at = load<u32>(address) ? address : address + 4;
    pr(cstr("\x011BUG: somebody wrote through a NULL pointer: 0x%08x now stands at address 0x%x"), load<u32>(at), <u32>at);
    memory.fill(0, 0, PAGE_SIZE);
    bug_reported();
    return true;
  }
  return false;
}
