// fs/debugfs: /sys/kernel/debug, whose folders are kobjects of /sys.

import { kobject_create_and_add } from "../../lib/kobject";

const root = memory.data(4, 4);

/** The folder `name` of /sys/kernel/debug; 0 without memory. */
export function debugfs_folder(name: usize): usize {
  if (!load<usize>(root)) {
    const kernel = kobject_create_and_add(cstr("kernel"), 0);
    if (kernel) store<usize>(root, kobject_create_and_add(cstr("debug"), kernel));
  }
  return load<usize>(root) ? kobject_create_and_add(name, load<usize>(root)) : 0;
}
