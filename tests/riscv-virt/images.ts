// Modules for images that have a network.

import { join } from "node:path";
import type { Driver } from "../../tools/image/link.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { build, driver } from "../firmware/images.ts";

export { driver, options } from "../firmware/images.ts";

await build("drivers/net/ethernet/intel/e1000", join(repoRoot, "modules/lwip"));

/** With rings of so many descriptors. */
export const e1000 = (count: number): Driver => driver("e1000", `RxDescriptors=${count} TxDescriptors=${count}`);
