// All targets, the cheap ones first.

import type { Target } from "./target.ts";
import { cards } from "./targets/cards.ts";
import { loader, objects } from "./targets/objects.ts";

export const TARGETS: readonly Target[] = [objects, loader, ...cards] as Target[];
