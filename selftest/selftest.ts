// The self-test of the core (`kpi selftest`): a module that tries what every driver stands on, and needs no device for it.
// What it prints is KTAP, and the same on every board.

import { MODULE_DESCRIPTION, MODULE_LICENSE, module_init, pr_info } from "linuxkpi/driver";
import { dma } from "./dma";
import { irq } from "./irq";
import { locks } from "./locks";
import { slab } from "./slab";
import { time } from "./timers";
import { work } from "./work";

module_init((): i32 => {
  pr_info("KTAP version 1\n");
  pr_info("1..6\n");
  slab();
  locks();
  time();
  work();
  irq();
  dma();
  return 0;
});

MODULE_DESCRIPTION("Self-test of the core");
MODULE_LICENSE("Dual MIT/GPL");
