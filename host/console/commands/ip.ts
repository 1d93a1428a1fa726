// ip link|addr|neigh|route|maddr, as far as a board with a few interfaces needs it.

import { KpiError } from "../../error.ts";
import { links, multicastAddresses, neighbours, routes } from "../../inspect/links.ts";
import { parseIp, parseMac, parsePrefix } from "../../net/address.ts";
import { newLinkMessage, type NewLink } from "../../net/rtnetlink.ts";
import type { System } from "../../system.ts";
import { type ConsoleCommand, type Reply, usageError, wholeNumber } from "../command.ts";
import { briefLine, linkLines, multicastLines, neighbourLine, routeLine } from "../show/links.ts";

/** A word may be cut short, as with the real tool; the first that fits is meant. */
const OBJECTS = ["address", "maddress", "route", "neighbor", "neighbour", "link"] as const;
const ACTIONS = ["add", "delete", "flush", "help", "list", "lst", "ls", "set", "show"] as const;

type Action = (typeof ACTIONS)[number];

function meant<T extends string>(word: string, known: readonly T[]): T | undefined {
  return known.find((name) => name.startsWith(word));
}

interface Options {
  statistics: number;
  details: boolean;
  brief: boolean;
  oneline: boolean;
  json: boolean;
}

function parseOptions(args: string[]): { options: Options; words: string[] } {
  const options: Options = { statistics: 0, details: false, brief: false, oneline: false, json: false };
  let at = 0;
  for (; args[at]?.startsWith("-"); at++) {
    const option = args[at]!.replace(/^-+/, "");
    if (option === "") throw usageError(ip);
    if ("statistics".startsWith(option) || option === "stats") options.statistics++;
    else if ("details".startsWith(option)) options.details = true;
    else if (option === "br" || option === "brief") options.brief = true;
    else if ("oneline".startsWith(option)) options.oneline = true;
    else if ("json".startsWith(option)) options.json = true;
    else if (option !== "4" && option !== "0") throw usageError(ip, `Option "${args[at]}" is unknown`);
  }
  return { options, words: args.slice(at) };
}

function onOff(what: string, text: string): boolean {
  if (text === "on" || text === "off") return text === "on";
  throw new KpiError(`ip: argument of "${what}" must be "on" or "off", not "${text}"`, 2);
}

/** What `ip link set` can set to a value, by how. */
const SETTINGS: Readonly<Record<string, (system: System, name: string, value: string) => Promise<void>>> = {
  mtu: ({ interfaces }, name, value) => interfaces.setMtu(name, wholeNumber("ip", "mtu", value, 0, 0xffffffff)),
  address: ({ interfaces }, name, value) => interfaces.setMac(name, value),
  promisc: ({ interfaces }, name, value) => interfaces.setPromisc(name, onOff("promisc", value)),
  allmulticast: ({ interfaces }, name, value) => interfaces.setAllMulticast(name, onOff("allmulticast", value)),
  txqueuelen: ({ interfaces }, name, value) =>
    interfaces.setQueueLength(name, wholeNumber("ip", "txqueuelen", value, 0, 0xffffffff)),
};

async function setLink(system: System, words: string[]): Promise<void> {
  const rest = words[0] === "dev" ? words.slice(1) : [...words];
  const { interfaces } = system;
  let name = rest.shift();
  if (!name) throw new KpiError('ip: Not enough information: "dev" argument is required.', 2);
  await interfaces.refresh();
  interfaces.named(name);
  if (rest.length === 0) throw usageError(ip);
  for (let word = rest.shift(); word; word = rest.shift()) {
    if (word === "up") await interfaces.setUp(name);
    else if (word === "down") await interfaces.setDown(name);
    else {
      const value = rest.shift();
      const setting = Object.hasOwn(SETTINGS, word) ? SETTINGS[word] : undefined;
      if (value === undefined || (!setting && word !== "name"))
        throw usageError(ip, `"${word}" is not known, or wants a value`);
      if (setting) await setting(system, name, value);
      else {
        await interfaces.rename(name, value);
        name = value;
      }
    }
  }
}

/** What may be said of a new interface before its type, beside `name`. */
const NEW_LINK = ["link", "mtu", "txqueuelen", "address", "broadcast", "numtxqueues", "numrxqueues"] as const;

/** Loads the module that offers a kind of links, if none that is loaded does. */
async function addOrLoad(system: System, kind: string, message: Uint8Array): Promise<void> {
  try {
    await system.interfaces.addLink(message);
  } catch (error) {
    if (!(error instanceof KpiError) || error.code !== "EOPNOTSUPP") throw error;
    await system.loader.modprobe(`rtnl-link-${kind}`).catch(() => Promise.reject(error));
    await system.interfaces.addLink(message);
  }
}

/** ip link add [link DEV] [name] NAME [mtu N …] type KIND […]. */
async function addLink(system: System, words: string[]): Promise<void> {
  const at = words.indexOf("type");
  const kind = words[at + 1];
  if (at < 0 || !kind) throw new KpiError('ip: Not enough information: "type" argument is required', 2);
  const link: NewLink = {};
  await system.interfaces.refresh();
  const rest = words.slice(0, at);
  for (let word = rest.shift(); word; word = rest.shift()) {
    const option = NEW_LINK.find((known) => known === word);
    const value = option || word === "name" || word === "dev" ? rest.shift() : word;
    if (value === undefined) throw usageError(ip, `"${word}" wants a value`);
    if (option === undefined) link.name = value;
    else if (option === "link") link.link = system.interfaces.named(value).ifindex;
    else if (option === "address" || option === "broadcast") {
      const mac = parseMac(value);
      if (!mac) throw new KpiError(`ip: "${value}" is not a MAC address, as 52:54:00:12:34:56 is`, 2);
      link[option] = mac;
    } else link[option] = wholeNumber("ip", option, value, 0, 0xffffffff);
  }
  await addOrLoad(system, kind, newLinkMessage(link, kind, words.slice(at + 2)));
}

async function deleteLink(system: System, words: string[]): Promise<void> {
  const name = deviceOf(words[1] === "type" ? words.slice(0, 1) : words);
  if (!name) throw new KpiError('ip: Not enough information: "dev" argument is required.', 2);
  await system.interfaces.removeLink(name);
}

/** ip maddr add|del ADDRESS dev NAME. */
async function changeMulticast({ interfaces }: System, action: Action, words: string[]): Promise<void> {
  const [address, dev, name] = words;
  if (!address || dev !== "dev" || !name || words.length !== 3) throw usageError(ip);
  if (action === "add") await interfaces.addMulticast(name, address);
  else await interfaces.removeMulticast(name, address);
}

/** The name behind `dev`, if that is all there is. */
function deviceOf(words: string[]): string | undefined {
  if (words.length === 0) return undefined;
  if (words[0] === "dev" && words.length === 2) return words[1];
  if (words.length === 1) return words[0];
  throw usageError(ip);
}

async function changeAddress({ interfaces }: System, action: Action, words: string[]): Promise<void> {
  await interfaces.refresh();
  if (action === "flush") {
    const name = deviceOf(words);
    if (!name) throw new KpiError('ip: Flush requires arguments: "dev NAME"', 2);
    const { stack } = interfaces.named(name);
    stack.removeAddresses();
    return;
  }
  const [prefix, ...rest] = words;
  const name = deviceOf(rest);
  if (!prefix) throw usageError(ip);
  if (!name) throw new KpiError('ip: Not enough information: "dev" argument is required.', 2);
  const { stack } = interfaces.named(name);
  const { address, length } = parsePrefix(prefix);
  const known = stack.addresses.some((own) => own.address === address && own.length === length);
  if (action === "add" && known) throw new KpiError("RTNETLINK answers: File exists", 1, "EEXIST");
  if (action === "delete" && !known) {
    throw new KpiError("RTNETLINK answers: Cannot assign requested address", 1, "EADDRNOTAVAIL");
  }
  if (action === "add") stack.addAddress(prefix);
  else stack.removeAddress(prefix);
}

/** ip route add|del default [via ADDRESS] [dev NAME]: where packets go that no address of the board is near to. */
async function changeRoute({ interfaces }: System, action: Action, words: string[]): Promise<void> {
  const [what, ...rest] = words;
  const via = rest[0] === "via" ? rest.splice(0, 2)[1] : undefined;
  if (what !== "default" || (action === "add" && via === undefined)) {
    throw usageError(ip, "of routes it knows: default via ADDRESS [dev NAME]");
  }
  const gateway = via === undefined ? undefined : parseIp(via);
  if (via !== undefined && gateway === undefined) throw usageError(ip, `"${via}" is not an IPv4 address`);
  const name = deviceOf(rest);
  await interfaces.refresh();
  const stacks = (name === undefined ? interfaces.all() : [interfaces.named(name)]).map(({ stack }) => stack);
  if (action === "delete") {
    const found = stacks.find((stack) => stack.gateway !== undefined && (gateway ?? stack.gateway) === stack.gateway);
    if (found === undefined) throw new KpiError("RTNETLINK answers: No such process", 1, "ESRCH");
    found.gateway = undefined;
    return;
  }
  const found = stacks.find((stack) => stack.isOnLink(gateway!));
  if (found === undefined) throw new KpiError("Error: Nexthop has invalid gateway.", 1, "ENETUNREACH");
  if (found.gateway !== undefined) throw new KpiError("RTNETLINK answers: File exists", 1, "EEXIST");
  found.gateway = gateway;
}

async function change(system: System, object: string, action: Action, words: string[]): Promise<void> {
  if (object === "link" && action === "set") return setLink(system, words);
  if (object === "link" && action === "add") return addLink(system, words);
  if (object === "link" && action === "delete") return deleteLink(system, words);
  if (object === "address" && ["add", "delete", "flush"].includes(action)) return changeAddress(system, action, words);
  if (object === "maddress" && ["add", "delete"].includes(action)) return changeMulticast(system, action, words);
  if (object === "route" && ["add", "delete"].includes(action)) return changeRoute(system, action, words);
  if (object.startsWith("neigh") && action === "flush") {
    const name = deviceOf(words);
    await system.interfaces.refresh();
    for (const { stack } of name ? [system.interfaces.named(name)] : system.interfaces.all()) stack.arp.flush();
    return;
  }
  throw usageError(ip);
}

async function show(system: System, object: string, options: Options, words: string[]): Promise<Reply> {
  const name = deviceOf(words);
  if (object === "maddress") {
    const data = await multicastAddresses(system, name);
    return { data, lines: data.flatMap(multicastLines) };
  }
  if (object.startsWith("neigh")) {
    const data = await neighbours(system, name);
    return { data, lines: data.map(neighbourLine) };
  }
  if (object === "route") {
    const data = (await routes(system)).filter(({ dev }) => name === undefined || dev === name);
    return { data, lines: data.map(routeLine) };
  }
  const addresses = object === "address";
  const data = await links(system, { ...options, addresses }, name);
  if (options.brief) return { data, lines: data.map(briefLine) };
  return { data, lines: data.flatMap((link) => (options.oneline ? [linkLines(link).join("\\")] : linkLines(link))) };
}

export const ip: ConsoleCommand = {
  name: "ip",
  usage: "[-s|-d|-br|-o|-j] link|addr|neigh|route|maddr [show|set|add|del|flush …]",
  summary: "interfaces, addresses, neighbours, multicast",
  details: [
    ["link [show [dev] NAME]", "the interfaces; -s with counters, -s -s with kinds of errors, -d with limits"],
    ["link set [dev] NAME up|down", "bring an interface up, or take it down"],
    ["link set [dev] NAME mtu N", "the longest packet, bytes; also txqueuelen N, address MAC, name NEW"],
    ["link set [dev] NAME promisc on|off", "take frames for others too; allmulticast on|off: for all groups"],
    [
      "link add [link DEV] NAME type KIND",
      "a dummy, veth [peer name NAME], vlan id N, macvlan [mode MODE] … ; its module is loaded",
    ],
    ["link del NAME", "remove what link add made"],
    ["addr [show [dev] NAME]", "with the IPv4 addresses of the host's stack above them"],
    ["addr add|del ADDRESS/BITS dev NAME", "give an interface an address, or take it; addr flush dev NAME: all"],
    ["neigh [show|flush] [dev NAME]", "the ARP cache"],
    ["route", "where packets go; route add|del default via ADDRESS: the gateway"],
    ["maddr [show|add|del MAC dev NAME]", "the multicast addresses that the card listens to"],
    ["-br, -o, -j", "a line for each, in one of two ways, or the JSON of the real ip -j"],
  ],
  async run({ system }, args) {
    const { options, words } = parseOptions(args);
    const [word, verb = "show", ...rest] = words;
    if (word === undefined || word === "help") throw usageError(ip);
    const object = meant(word, OBJECTS);
    if (!object) throw new KpiError(`ip: Object "${word}" is unknown, try "help ip".`, 2);
    const action = meant(verb, ACTIONS);
    if (!action || action === "help") throw usageError(ip, action ? undefined : `Command "${verb}" is unknown`);
    if (!["list", "lst", "ls", "show"].includes(action)) return change(system, object, action, rest);
    const reply = await show(system, object, options, rest);
    return options.json ? { data: reply.data, lines: [JSON.stringify(reply.data)] } : reply;
  },
  complete(system, words) {
    const plain = words.filter((word) => !word.startsWith("-") || word === words.at(-1));
    const names = system.interfaces.names();
    if (plain.length <= 1) return ["link", "addr", "neigh", "route", "maddr", "-s", "-d", "-br", "-o", "-j"];
    if (plain.length === 2) return ["show", "set", "add", "del", "flush"];
    if (plain.at(-2) === "dev" || (plain.length === 3 && plain[1] !== "add" && plain[1] !== "del"))
      return ["dev", ...names];
    if (["promisc", "allmulticast"].includes(plain.at(-2)!)) return ["on", "off"];
    return plain[1] === "set" ? ["up", "down", "name", ...Object.keys(SETTINGS)] : ["dev"];
  },
};
