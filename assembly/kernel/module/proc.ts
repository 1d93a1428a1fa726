// kernel/module/procfs.c: /proc/modules.

import { MODULE_STATE_COMING, MODULE_STATE_GOING, module_, module_use } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { seq_printf, seq_puts } from "../../lib/seq_buf";
import { module_flags_taint } from "../taint";
import { module_first, module_first_user, module_next, module_next_user } from "./list";
import { module_refcount } from "./refs";

/** Room for a letter for each of TAINT_*. */
const LETTERS_BYTES: usize = 32;

function state_name(state: u32): usize {
  if (state == MODULE_STATE_GOING) return cstr("Unloading");
  return state == MODULE_STATE_COMING ? cstr("Loading") : cstr("Live");
}

/** "[permanent]" for a module that rmmod refuses for want of an exit, then who uses it; "-" if there is neither. */
function print_users(s: usize, mod: usize): void {
  const record = changetype<module_>(mod);
  const permanent = record.init && !record.exit;
  let use = module_first_user(mod);
  if (!use && !permanent) seq_puts(s, cstr("-"));
  for (; use; use = module_next_user(mod, use)) {
    seq_printf(s, cstr("%s,"), changetype<module_>(changetype<module_use>(use).source).name);
  }
  if (permanent) seq_puts(s, cstr("[permanent],"));
}

/** " (OE+)": what taints the module; + while it loads, - while it goes. */
function print_flags(s: usize, record: module_): void {
  if (!record.taints) return;
  const letters = stack_alloc(LETTERS_BYTES);
  const length = module_flags_taint(record.taints, letters);
  const state = <u32>record.state;
  const sign = state == MODULE_STATE_GOING ? cstr("-") : state == MODULE_STATE_COMING ? cstr("+") : cstr("");
  seq_printf(s, cstr(" (%.*s%s)"), length, letters, sign);
  stack_free(LETTERS_BYTES);
}

/** name size refcount users state address (taints), as Linux prints them. */
export function proc_modules(s: usize): void {
  for (let mod = module_first(); mod; mod = module_next(mod)) {
    const record = changetype<module_>(mod);
    const size = record.core_layout.size + record.core_layout.text_size;
    seq_printf(s, cstr("%s %u %d "), record.name, size, module_refcount(mod));
    print_users(s, mod);
    seq_printf(s, cstr(" %s 0x%px"), state_name(<u32>record.state), record.core_layout.base);
    print_flags(s, record);
    seq_puts(s, cstr("\n"));
  }
}
