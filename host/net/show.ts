// What `ip addr` and `ip neigh` print of an interface.
import { formatIp, formatMac, netmask } from "./address.ts";
import type { NetStack } from "./stack.ts";

/** The lines of `ip addr` below those of `ip link`. */
export function showAddresses(stack: NetStack): string[] {
  return stack.addresses.flatMap(({ address, length }) => {
    const broadcast = formatIp((address | ~netmask(length)) >>> 0);
    return [
      `    inet ${formatIp(address)}/${length} brd ${broadcast} scope global ${stack.name}`,
      "       valid_lft forever preferred_lft forever",
    ];
  });
}

export function showNeighbours(stack: NetStack): string[] {
  const lines: string[] = [];
  for (const { ip, mac, state } of stack.arp.entries()) {
    const known = state === "INCOMPLETE" || state === "FAILED" ? "" : ` lladdr ${formatMac(mac)}`;
    lines.push(`${formatIp(ip)} dev ${stack.name}${known} ${state}`);
  }
  return lines;
}
