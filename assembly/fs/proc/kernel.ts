// fs/proc/version.c, fs/proc/uptime.c.

import { LINUX_VERSION_CODE } from "../../abi";
import { mono_now } from "../../kernel/time/timekeeping";
import { task_runtime } from "../../kernel/sched/show";
import { idle_task } from "../../kernel/sched/task";
import { seq_printf } from "../../lib/seq_buf";

/** /proc/version. */
export function proc_version(s: usize): void {
  seq_printf(
    s,
    cstr("Linux version %u.%u.%u-linuxkpi (KPI core on wasm32) #1\n"),
    LINUX_VERSION_CODE >> 16,
    (LINUX_VERSION_CODE >> 8) & 255,
    LINUX_VERSION_CODE & 255,
  );
}

/** /proc/uptime: seconds since power-on, and how many of them the CPU was idle. */
export function proc_uptime(s: usize): void {
  const up = <u64>mono_now() / 10000000;
  const idle = task_runtime(idle_task()) / 10000000;
  seq_printf(s, cstr("%u.%02u %u.%02u\n"), <u32>(up / 100), <u32>(up % 100), <u32>(idle / 100), <u32>(idle % 100));
}
