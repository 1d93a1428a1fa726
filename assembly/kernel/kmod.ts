// kernel/kmod.c: modules that the kernel asks for itself. modprobe is the host's, which loads what a module depends on before
// it; the kernel has no way to call it.

import { ENOENT } from "../abi";

/** linux/kmod.h. Has modprobe load the module that `fmt` names. Context: process. (Differs: there is no modprobe to call, as
 *  in a kernel with an empty /proc/sys/kernel/modprobe: -ENOENT.) */
export function __request_module(wait: bool, fmt: usize, args: usize): i32 {
  return -ENOENT;
}
