// `current` (asm/current.h): the running task of this CPU. thread_info lies at offset 0 of task_struct.

import { task_struct, thread_info } from "../../abi";
import { this_cpu } from "./cpu";

@inline
export function current(): task_struct {
  return changetype<task_struct>(this_cpu().current);
}

@inline
export function current_thread_info(): thread_info {
  return changetype<thread_info>(this_cpu().current);
}

/** asm/current.h (arch/wasm). The running task, struct task_struct *. Context: any. */
export function __wasm_get_current(): usize {
  return this_cpu().current;
}
