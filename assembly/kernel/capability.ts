// kernel/capability.c: what a task may do. A board has no users: all is root's.

/** linux/capability.h. Whether the task may do what `cap` (CAP_*) stands for, in a user namespace: always. Context: any. */
export function ns_capable(ns: usize, cap: i32): bool {
  return true;
}

/** linux/capability.h. Whether the task may do what `cap` (CAP_*) stands for: always. Context: any. */
export function capable(cap: i32): bool {
  return true;
}
