// The list of capabilities in configuration space, PCI Local Bus Specification 3.0, 6.7: each an id, and where the next is.
import { PCI_CAPABILITY_LIST, PCI_STATUS, PCI_STATUS_CAP_LIST } from "./config-space.ts";
import type { ConfigSpace } from "./config-space.ts";

/** Puts a capability at `where` in front of those there are. */
export function addCapability(config: ConfigSpace, id: number, where: number): void {
  config.define(where, 1, id);
  config.define(where + 1, 1, config.get8(PCI_CAPABILITY_LIST));
  config.define(PCI_CAPABILITY_LIST, 1, where);
  config.define(PCI_STATUS, 2, config.get16(PCI_STATUS) | PCI_STATUS_CAP_LIST);
}
