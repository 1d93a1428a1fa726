// The kernel's tasks (kpi_task_info).

import type { Machine } from "../machine/machine.ts";
import { withBufferNow } from "../machine/kernel-buffer.ts";

export interface Task {
  readonly pid: number;
  /** At most 15 bytes, but for a kthread. */
  readonly comm: string;
  /** As ps has it: R runs or could, S and D sleep, I is idle, X is dead. */
  readonly state: string;
  /** The function that it sleeps in, if the core is one that knows (debug). */
  readonly waitsIn?: string;
  /** Seconds of CPU time. */
  readonly time: number;
  /** How often it was given the CPU back. */
  readonly switches: number;
  /** Set if the task is one of real time, SCHED_FIFO. */
  readonly rtprio?: number;
  readonly nice: number;
}

/** Functions that put their caller to sleep: what a task waits in is not they (Linux keeps them in .sched.text). */
const SLEEPING =
  /^(switch_away|schedule\w*|__cond_resched|yield_|wait_common|wait_locked|wait_for_completion\w*|(__)?wait_on_bit\w*|lock_slow|lock_state|mutex_\w+|down\w*|wait|usleep_range\w*)$/;

/** "msleep", from a frame as "msleep+0x13/0x1d" or "init_module+0x4c/0x8e [sleepers]". */
function waitsIn(frames: readonly string[]): string | undefined {
  return frames.map((frame) => frame.replace(/[+ ].*$/, "")).find((name) => !SLEEPING.test(name));
}

/** Of a TaskInfo (assembly/kernel/sched/show.ts). */
const INFO_BYTES = 40;

/** Every task, by pid; the idle task, number 0, is the first. */
export function tasks(machine: Machine): Task[] {
  const { words, text } = machine;
  return withBufferNow(machine, INFO_BYTES, (buffer) => {
    const found: Task[] = [];
    for (let pid = -1; (pid = machine.hostCall((core) => core.kpi_task_info(pid, buffer))) >= 0;) {
      const place = waitsIn(machine.stackOf(words.u32(buffer)));
      found.push({
        pid,
        ...(place !== undefined && { waitsIn: place }),
        comm: text.readCString(words.u32(buffer + 24), 256),
        state: String.fromCharCode(words.u32(buffer + 4)),
        time: words.u64(buffer + 16) / 1e9,
        switches: words.u32(buffer + 12),
        ...(words.u32(buffer + 28) !== 0 && { rtprio: words.u32(buffer + 32) }),
        nice: words.u32(buffer + 36) | 0,
      });
    }
    return found;
  });
}
