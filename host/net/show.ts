// What `ip addr`, `ip neigh` and `ip maddr` print of an interface.
import { formatIp, formatMac, netmask } from "./address.ts";
import type { LinkDetails } from "./show-link.ts";
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

/** `table` is /proc/net/dev_mcast: ifindex, name, users, whether it was added by hand, address. */
export function showMulticast(details: LinkDetails, table: string): string[] {
  const rows = table.split("\n").map((line) => line.trim().split(/ +/));
  const own = rows.filter(([ifindex]) => ifindex === details.text("ifindex"));
  return [
    `${details.text("ifindex")}:\t${details.text("name")}`,
    ...own.map(([, , users, byHand, address]) => {
      const mac = address.match(/../g)!.join(":");
      return `\tlink  ${mac}${users === "1" ? "" : ` users ${users}`}${byHand === "0" ? "" : " static"}`;
    }),
  ];
}
