// Drivers that do what they may not, one after the other, and one that computes: one image for all tests of that. The
// last of them takes the board down.

import type { Driver } from "../../tools/image/link.ts";
import { build, driver } from "./images.ts";

const DRIVERS = ["trap_init", "endless_init", "arith"];
const LAST = "last_init";

await build(...DRIVERS, LAST);

/** `last`: arguments of the last one, which say how it does that; default: it spins. */
export const faulty = (last = ""): Driver[] => [...DRIVERS.map((name) => driver(name)), driver(LAST, last)];

/** What `arith` says that it has computed. */
export const ARITH = /arith: [0-9a-f]{16}/;
