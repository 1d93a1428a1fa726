// kernel/module/procfs.c: /proc/modules.

import { MODULE_STATE_COMING, MODULE_STATE_GOING, module_, module_use } from "../../abi";
import { seq_printf, seq_puts } from "../../lib/seq_buf";
import { module_first, module_first_user, module_next, module_next_user } from "./list";
import { module_refcount } from "./refs";

function state_name(state: u32): usize {
  if (state == MODULE_STATE_GOING) return cstr("Unloading");
  return state == MODULE_STATE_COMING ? cstr("Loading") : cstr("Live");
}

/** name size refcount users state address, as Linux prints them. */
export function proc_modules(s: usize): void {
  for (let mod = module_first(); mod; mod = module_next(mod)) {
    const record = changetype<module_>(mod);
    seq_printf(s, cstr("%s %u %d "), record.name, record.core_layout.size + record.core_layout.text_size, module_refcount(mod));
    let use = module_first_user(mod);
    if (!use) seq_puts(s, cstr("-"));
    for (; use; use = module_next_user(mod, use)) {
      seq_printf(s, cstr("%s,"), changetype<module_>(changetype<module_use>(use).source).name);
    }
    seq_printf(s, cstr(" %s 0x%px\n"), state_name(<u32>record.state), record.core_layout.base);
  }
}
