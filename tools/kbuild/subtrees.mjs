// The parts of a kernel source tree that builds read. Set-up unpacks these and nothing else.
// A path ending in "/" is a folder with all below it; any other is one file.

/** Paths inside the kernel tree, sorted. */
export const kernelSubtrees = [
  "Makefile",
  "drivers/char/hw_random/",
  "drivers/misc/",
  "drivers/net/",
  "drivers/virtio/",
  "drivers/watchdog/",
  "include/",
  "kernel/bounds.c",
  "lib/",
  "tools/testing/selftests/kselftest_module.h",
];
