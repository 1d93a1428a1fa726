// ip link|addr|neigh|maddr, as far as a board with a few interfaces needs it.

import { KpiError } from "../../error.ts";
import { parsePrefix } from "../../net/address.ts";
import { showLink } from "../../net/show-link.ts";
import { showAddresses, showMulticast, showNeighbours } from "../../net/show.ts";
import { type CommandContext, type ConsoleCommand, usageError } from "../command.ts";

/** The full words for what users type. */
const OBJECTS: Record<string, "link" | "addr" | "neigh" | "maddr"> = {
  l: "link", link: "link", a: "addr", addr: "addr", address: "addr", n: "neigh", neigh: "neigh", neighbour: "neigh",
  m: "maddr", maddr: "maddr", maddress: "maddr",
};

/** What `ip link set` can set. */
const SETTINGS = ["up", "down", "mtu", "address", "promisc", "allmulticast"];

async function setLink({ system }: CommandContext, words: string[]): Promise<void> {
  const rest = words[0] === "dev" ? words.slice(1) : [...words];
  const { interfaces } = system;
  await interfaces.refresh();
  // Without a name: every interface.
  const names = SETTINGS.includes(rest[0]) ? interfaces.names() : [rest.shift() ?? ""];
  if (rest.length === 0) throw usageError(ip);
  for (const name of names) {
    for (let i = 0; i < rest.length; i++) {
      if (rest[i] === "up") await interfaces.setUp(name);
      else if (rest[i] === "down") await interfaces.setDown(name);
      else if (rest[i] === "mtu" && rest[i + 1]) await interfaces.setMtu(name, Number(rest[++i]));
      else if (rest[i] === "address" && rest[i + 1]) await interfaces.setMac(name, rest[++i]);
      else if (rest[i] === "promisc" && rest[i + 1]) await interfaces.setPromisc(name, rest[++i] === "on");
      else if (rest[i] === "allmulticast" && rest[i + 1]) await interfaces.setAllMulticast(name, rest[++i] === "on");
      else throw usageError(ip);
    }
  }
}

/** ip maddr add|del ADDRESS dev NAME. */
async function changeMulticast({ system }: CommandContext, action: string, words: string[]): Promise<void> {
  const [address, dev, name] = words;
  if (dev !== "dev" || words.length !== 3) throw usageError(ip);
  const { interfaces } = system;
  if (action === "add") await interfaces.addMulticast(name, address);
  else await interfaces.removeMulticast(name, address);
}

async function changeAddress({ system }: CommandContext, action: string, [prefix, ...rest]: string[]): Promise<void> {
  const name = rest[0] === "dev" && rest.length === 2 ? rest[1] : undefined;
  if (!prefix || (rest.length > 0 && !name)) throw usageError(ip);
  await system.interfaces.refresh();
  const { stack } = system.interfaces.named(name);
  const { address, length } = parsePrefix(prefix);
  const known = stack.addresses.some((own) => own.address === address && own.length === length);
  if (action === "add" && known) throw new KpiError("RTNETLINK answers: File exists");
  if (action === "del" && !known) throw new KpiError("RTNETLINK answers: Cannot assign requested address");
  if (action === "add") stack.addAddress(prefix);
  else stack.removeAddress(prefix);
}

export const ip: ConsoleCommand = {
  name: "ip",
  usage: "[-s] link|addr|neigh|maddr [show|set|add|del …]",
  summary: "interfaces, addresses, neighbours, multicast",
  async run(context, args) {
    const { system, out } = context;
    const statistics = args[0] === "-s";
    const [object = "", action = "show", ...words] = statistics ? args.slice(1) : args;
    const kind = OBJECTS[object];
    if (kind === "link" && action === "set") return setLink(context, words);
    if (kind === "addr" && (action === "add" || action === "del")) return changeAddress(context, action, words);
    if (kind === "maddr" && (action === "add" || action === "del")) return changeMulticast(context, action, words);
    if (!kind || !["show", "list", "ls"].includes(action) || words.length > 1) throw usageError(ip);
    const { interfaces } = system;
    await interfaces.refresh(statistics);
    for (const name of words.length > 0 ? words : interfaces.names()) {
      const { stack, details } = interfaces.named(name);
      if (kind === "neigh") showNeighbours(stack).forEach(out);
      else if (kind === "maddr") showMulticast(details, system.procRead("net/dev_mcast")).forEach(out);
      else showLink(details, { statistics, mode: kind === "link" }).forEach(out);
      if (kind === "addr") showAddresses(stack).forEach(out);
    }
  },
};
