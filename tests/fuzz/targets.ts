// All targets, the cheap ones first.

import type { Target } from "./target.ts";
import { loader, objects } from "./targets/objects.ts";

export const TARGETS: readonly Target[] = [objects, loader] as Target[];
