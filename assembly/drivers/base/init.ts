// drivers/base/init.c: brings the driver core up, before the first bus.

import { module_sysfs_init } from "../../kernel/module/sysfs";
import { kobject_core_init } from "../../lib/kobject";
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
}
