// The parts of a kernel source tree that builds read. Set-up unpacks these and nothing else.
// A path ending in "/" is a folder with all below it; any other is one file.

/** Paths inside the kernel tree, sorted. */
export const kernelSubtrees = [
  "Makefile",
  "drivers/base/test/",
  "drivers/char/hw_random/",
  "drivers/misc/",
  "drivers/net/",
  "drivers/pps/",
  "drivers/ptp/",
  "drivers/virtio/",
  "drivers/watchdog/",
  "include/",
  "kernel/Makefile",
  "kernel/bounds.c",
  "kernel/locking/Makefile",
  "kernel/locking/test-ww_mutex.c",
  "kernel/resource_kunit.c",
  "kernel/sysctl-test.c",
  "kernel/time/Makefile",
  "kernel/time/time_test.c",
  "lib/",
  "net/8021q/",
  "net/core/Makefile",
  "net/core/dev_addr_lists_test.c",
  "net/core/failover.c",
  "tools/testing/selftests/kselftest_module.h",
];
