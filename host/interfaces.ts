// The host's side of the board's network interfaces: for each netdevice that the core registers, an IP stack above it.

import { KpiError } from "./error.ts";
import { errorText } from "./errno.ts";
import type { Machine } from "./machine/machine.ts";
import { NetStack } from "./net/stack.ts";
import { PacketRing } from "./net/packet-ring.ts";
