// What `ip addr` and `ip neigh` print of an interface.
import { BROADCAST_MAC, formatIp, formatMac, netmask } from "./address.ts";
import type { NetStack } from "./stack.ts";

export function showAddresses(stack: NetStack): string[] {
  const flags = ["BROADCAST", "MULTICAST"];
  if (stack.up && !stack.carrier) flags.unshift("NO-CARRIER");
  if (stack.up) flags.push("UP");
  if (stack.up && stack.carrier) flags.push("LOWER_UP");
  const state = stack.up && stack.carrier ? "UP" : "DOWN";
  const lines = [
    `${stack.index}: ${stack.name}: <${flags.join(",")}> mtu ${stack.mtu} qdisc noqueue state ${state} group default`,
    `    link/ether ${formatMac(stack.mac)} brd ${formatMac(BROADCAST_MAC)}`,
  ];
  for (const { address, length } of stack.addresses) {
    const broadcast = formatIp((address | ~netmask(length)) >>> 0);
    lines.push(`    inet ${formatIp(address)}/${length} brd ${broadcast} scope global ${stack.name}`);
    lines.push("       valid_lft forever preferred_lft forever");
  }
  return lines;
}

export function showNeighbours(stack: NetStack): string[] {
  const lines: string[] = [];
  for (const { ip, mac, state } of stack.arp.entries()) {
    const known = state === "INCOMPLETE" || state === "FAILED" ? "" : ` lladdr ${formatMac(mac)}`;
    lines.push(`${formatIp(ip)} dev ${stack.name}${known} ${state}`);
  }
  return lines;
}
