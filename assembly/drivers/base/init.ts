// drivers/base/init.c: brings the driver core up, before the first bus, and character devices.

import { DEBUG } from "../../flavour";
import { dma_debug_fs_init } from "../../kernel/dma/debug/debugfs";
import { module_sysfs_init } from "../../kernel/module/sysfs";
import { chrdev_init } from "../../fs/char_dev";
import { kobject_core_init } from "../../lib/kobject";
import { misc_init } from "../char/misc";
import { attr_init } from "./attr";
import { buses_init } from "./bus";
import { classes_init } from "./class";
import { devices_init } from "./core";
import { deferred_probe_init } from "./dd_deferred";
import { parent_init } from "./parent";

export function driver_init(): void {
  kobject_core_init();
  attr_init();
  parent_init();
  devices_init();
  buses_init();
  classes_init();
  module_sysfs_init();
  deferred_probe_init();
  chrdev_init();
  misc_init();
  if (DEBUG) dma_debug_fs_init();
}
