// drivers/tty/sysrq.c: what the kernel says of itself on request, into its log.

import { CONSOLE_LOGLEVEL_DEFAULT, TASK_UNINTERRUPTIBLE } from "../../abi";
import { DEBUG } from "../../flavour";
import { debug_show_all_locks } from "../../kernel/locking/deadlock";
import { console_printk, pr } from "../../kernel/printk/printk";
import { show_state_filter } from "../../kernel/sched/show";
import { show_all_workqueues } from "../../kernel/workqueue/show";
import { show_mem } from "../../mm/show_mem";

/** The header is shown whatever the console's level is. */
function say(text: usize): void {
  const level = load<u32>(console_printk);
  store<u32>(console_printk, CONSOLE_LOGLEVEL_DEFAULT);
  pr(cstr("\x016sysrq: %s"), text);
  store<u32>(console_printk, level);
}

/** Host call. What writing the character `key` to /proc/sysrq-trigger does: d, m, t or w; any other lists these. */
export function kpi_sysrq(key: u32): void {
  if (DEBUG && key == 0x64) {
    say(cstr("Show Locks Held"));
    debug_show_all_locks();
  } else if (key == 0x6d) {
    say(cstr("Show Memory"));
    show_mem();
  } else if (key == 0x74) {
    say(cstr("Show State"));
    show_state_filter(0);
    show_all_workqueues();
  } else if (key == 0x77) {
    say(cstr("Show Blocked State"));
    show_state_filter(TASK_UNINTERRUPTIBLE);
  } else {
    say(cstr("HELP : show-all-locks(d) show-memory-usage(m) show-task-states(t) show-blocked-tasks(w) "));
  }
}
