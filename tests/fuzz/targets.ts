// All targets, the cheap ones first.

import type { Target } from "./target.ts";
import { cards } from "./targets/cards.ts";
import { consoles } from "./targets/console.ts";
import { framing } from "./targets/framing.ts";
import { insmod } from "./targets/insmod.ts";
import { interrupts } from "./targets/interrupts.ts";
import { ktap } from "./targets/ktap.ts";
import { makefiles } from "./targets/makefiles.ts";
import { loader, objects } from "./targets/objects.ts";
import { optionTargets } from "./targets/options.ts";
import { parameters } from "./targets/parameters.ts";
import { traffic } from "./targets/traffic.ts";

export const TARGETS: readonly Target[] = [
  objects,
  loader,
  parameters,
  makefiles,
  ktap,
  framing,
  ...optionTargets,
  ...cards,
  ...traffic,
  interrupts,
  insmod,
  consoles,
] as Target[];
