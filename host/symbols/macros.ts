// Names of Linux 6.1 that are macros or inline functions: no module imports them. What each turns into in a module that
// is compiled against the kernel's headers, and which symbols of the core serve it then. tests/symbols/macros.test.ts
// compiles a use of each and compares.

import { device } from "./macros/device.ts";
import { locking } from "./macros/locking.ts";
import { log } from "./macros/log.ts";
import { memory } from "./macros/memory.ts";
import { net } from "./macros/net.ts";
import { macroRows, type MacroRow } from "./macros/row.ts";
import { tasks } from "./macros/tasks.ts";

export type { MacroRow } from "./macros/row.ts";

export const MACROS: readonly MacroRow[] = [memory, log, locking, tasks, device, net].flatMap(macroRows);
