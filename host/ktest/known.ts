// What has to be known of single test modules of Linux 6.1 to judge them, and is in no line that they print.

import type { ModuleParams } from "../api/options.ts";

/** Their init ends with this error although all is well, so that nothing of them stays; -EAGAIN does so everywhere. */
export const ENDS: Readonly<Record<string, string>> = {
  find_bit_benchmark: "EINVAL",
  test_ida: "EINVAL",
  test_kstrtox: "EINVAL",
  test_string_helpers: "EINVAL",
};

/** Parameters that make of minutes seconds: less of the same. */
export const PARAMS: Readonly<Record<string, ModuleParams>> = {
  test_rhashtable: { parm_entries: 2000, runs: 1 },
  // Without align_shift_alloc_test (64), which Linux says is to fail, and pcpu_alloc_test (128): see LEFT_OUT.
  test_vmalloc: { test_loop_count: 1000, run_test_mask: 1023 - 64 - 128 },
};

/** RAM that a test wants, MiB. */
export const MEMORY: Readonly<Record<string, number>> = {
  test_vmalloc: 160,
};

/** Modules and cases of the kernel's own tests that are not run, and why. A case is
 *  "module/suite/case"; a report that a module's own bug makes is "module/report". */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  fortify_kunit: "CONFIG_FORTIFY_SOURCE is off: its checks are clang's and the headers', not the core's",
  locking_selftest:
    "no module: tests/kernel/locking-selftest makes one of it, docs/locking-selftest.md has its 394 results",
  "longest_symbol_kunit/longest-symbol/test_longest_symbol_kallsyms": "kprobes: there is no code to patch in wasm",
  "property_entry_test/leak: kmemleak: 2 objects, 120 bytes, allocated by property_entry_test and never freed:":
    "pe_test_reference never drops the references to nodes that it gets",
  slub_kunit: "it reads and corrupts the private struct kmem_cache of SLUB, which our slab has not",
  stackinit_kunit: "it judges the compiler's -ftrivial-auto-var-init, which modules are built without",
  test_blackhole_dev: "the core routes nothing, so it has no device for packets without a route",
  test_bpf: "there is no BPF machine",
  test_debug_virtual: "empty without CONFIG_DEBUG_VIRTUAL; every address is physical here",
  test_dynamic_debug: "CONFIG_DYNAMIC_DEBUG is off: pr_debug would cost something",
  test_firmware: "it tests nothing by itself: a shell script drives it through /dev and /sys",
  test_fpu: "x86 and its floating point unit",
  test_fprobe: "ftrace: there is no code to patch in wasm",
  test_hmm: "it serves a program that maps its memory into a device: there is no MMU",
  test_klp_atomic_replace: "live patching: there is no code to patch in wasm",
  test_klp_callbacks_busy: "live patching: there is no code to patch in wasm",
  test_klp_callbacks_demo: "live patching: there is no code to patch in wasm",
  test_klp_callbacks_demo2: "live patching: there is no code to patch in wasm",
  test_klp_callbacks_mod: "live patching: there is no code to patch in wasm",
  test_klp_livepatch: "live patching: there is no code to patch in wasm",
  test_klp_shadow_vars: "live patching: there is no code to patch in wasm",
  test_klp_state: "live patching: there is no code to patch in wasm",
  test_klp_state2: "live patching: there is no code to patch in wasm",
  test_klp_state3: "live patching: there is no code to patch in wasm",
  test_kmod: "it tests nothing by itself: a shell script drives it, and modprobe in user space answers",
  test_kprobes: "kprobes: there is no code to patch in wasm",
  test_lockup: "it provokes lockups that its parameters ask for, and finds none",
  test_maple_tree: "the maple tree serves the memory of processes; it builds into the kernel only",
  test_meminit: "init_on_alloc and init_on_free are hardening that the core does not do",
  test_ref_tracker: "empty without CONFIG_REF_TRACKER, which moves fields of struct net_device",
  test_rslib: "it does not compile with Debian's options: CONFIG_REED_SOLOMON_ENC8 and _ENC16 are off",
  test_static_key_base: "half of test_static_keys",
  test_static_keys: "code that patches itself: keys are plain loads here, so there is nothing that could be wrong",
  test_sysctl: "it tests nothing by itself: a shell script drives it through /proc/sys",
  test_ubsan: "empty without CONFIG_UBSAN",
  "test_vmalloc/align_shift_alloc_test": "its own comment says that it fails: it wants alignments up to 2 GiB",
  "test_vmalloc/pcpu_alloc_test": "it wants 17 MiB of per-CPU memory at once; areas here have a fixed size",
  test_user_copy: "there is no user space",
  xz_dec_test: "it tests nothing by itself: a character device decompresses what is written to it",
};
