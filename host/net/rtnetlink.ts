// RTM_NEWLINK messages as iproute2 writes them: linux/rtnetlink.h, linux/if_link.h, linux/if_vlan.h, linux/veth.h.

import { KpiError } from "../error.ts";
import { cString } from "../machine/kernel-buffer.ts";

const IFLA_ADDRESS = 1;
const IFLA_BROADCAST = 2;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_LINK = 5;
const IFLA_TXQLEN = 13;
const IFLA_LINKINFO = 18;
const IFLA_NUM_TX_QUEUES = 31;
const IFLA_NUM_RX_QUEUES = 32;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_VLAN_ID = 1;
const IFLA_VLAN_PROTOCOL = 5;
const IFLA_MACVLAN_MODE = 1;
const VETH_INFO_PEER = 1;
const NLA_F_NESTED = 0x8000;
const IFINFOMSG_BYTES = 16;

const MACVLAN_MODES: Readonly<Record<string, number>> = { private: 1, vepa: 2, bridge: 4, passthru: 8, source: 16 };
const VLAN_PROTOCOLS: Readonly<Record<string, number>> = { "802.1q": 0x8100, "802.1ad": 0x88a8 };

/** What `ip link add` is told of the interface itself. */
export interface NewLink {
  name?: string;
  /** The number of the interface below it. */
  link?: number;
  mtu?: number;
  txqueuelen?: number;
  address?: Uint8Array;
  broadcast?: Uint8Array;
  numtxqueues?: number;
  numrxqueues?: number;
}

function attribute(type: number, data: Uint8Array): Uint8Array {
  const out = new Uint8Array((4 + data.length + 3) & ~3);
  const view = new DataView(out.buffer);
  view.setUint16(0, 4 + data.length, true);
  view.setUint16(2, type, true);
  out.set(data, 4);
  return out;
}

function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function own(link: NewLink): Uint8Array {
  const parts: Uint8Array[] = [];
  const add = (type: number, data: Uint8Array | undefined): void => void (data && parts.push(attribute(type, data)));
  const number = (type: number, value: number | undefined): void => add(type, value === undefined ? value : u32(value));
  add(IFLA_IFNAME, link.name === undefined ? undefined : cString(link.name));
  number(IFLA_LINK, link.link);
  number(IFLA_MTU, link.mtu);
  number(IFLA_TXQLEN, link.txqueuelen);
  number(IFLA_NUM_TX_QUEUES, link.numtxqueues);
  number(IFLA_NUM_RX_QUEUES, link.numrxqueues);
  add(IFLA_ADDRESS, link.address);
  add(IFLA_BROADCAST, link.broadcast);
  return join(parts);
}

/** The words behind `type KIND`, in pairs of option and value. */
function options(kind: string, words: readonly string[], known: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (let i = 0; i < words.length; i += 2) {
    const [option, value] = [words[i]!, words[i + 1]];
    if (!known.includes(option)) throw new KpiError(`ip: ${kind}: unknown command "${option}"?`, 2);
    if (value === undefined) throw new KpiError(`ip: ${kind}: "${option}" wants a value`, 2);
    found.set(option, value);
  }
  return found;
}

function chosen(what: string, value: string, table: Readonly<Record<string, number>>): number {
  const number = Object.hasOwn(table, value.toLowerCase()) ? table[value.toLowerCase()] : undefined;
  if (number !== undefined) return number;
  throw new KpiError(`ip: ${what} is one of ${Object.keys(table).join(", ")}, not "${value}"`, 2);
}

function vlanData(words: readonly string[]): Uint8Array {
  const given = options("vlan", words, ["id", "protocol"]);
  const parts: Uint8Array[] = [];
  const protocol = given.get("protocol");
  if (protocol !== undefined) {
    const number = chosen("protocol", protocol, VLAN_PROTOCOLS);
    parts.push(attribute(IFLA_VLAN_PROTOCOL, Uint8Array.of(number >> 8, number & 255)));
  }
  const id = given.get("id");
  if (id !== undefined) {
    if (!/^\d{1,4}$/.test(id)) throw new KpiError(`ip: id is a number up to 4094, not "${id}"`, 2);
    parts.push(attribute(IFLA_VLAN_ID, Uint8Array.of(Number(id) & 255, Number(id) >> 8)));
  }
  return join(parts);
}

function peerData(words: readonly string[]): Uint8Array {
  if (words.length === 0) return new Uint8Array();
  const [peer, word, name] = words[1] === "name" ? words : [words[0], "name", words[1]];
  if (peer !== "peer" || word !== "name" || !name) throw new KpiError("ip: veth takes: peer name NAME", 2);
  return attribute(VETH_INFO_PEER, join([new Uint8Array(IFINFOMSG_BYTES), own({ name })]));
}

/** What is said behind `type KIND`, as the kind's own attributes. */
function kindData(kind: string, words: readonly string[]): Uint8Array {
  if (kind === "vlan") return vlanData(words);
  if (kind === "veth") return peerData(words);
  if (kind === "macvlan") {
    const mode = options(kind, words, ["mode"]).get("mode");
    return mode === undefined
      ? new Uint8Array()
      : attribute(IFLA_MACVLAN_MODE, u32(chosen("mode", mode, MACVLAN_MODES)));
  }
  options(kind, words, []);
  return new Uint8Array();
}

/** The message: struct ifinfomsg and attributes. */
export function newLinkMessage(link: NewLink, kind: string, words: readonly string[]): Uint8Array {
  const data = kindData(kind, words);
  const info = [attribute(IFLA_INFO_KIND, cString(kind))];
  if (data.length > 0) info.push(attribute(IFLA_INFO_DATA | NLA_F_NESTED, data));
  return join([new Uint8Array(IFINFOMSG_BYTES), own(link), attribute(IFLA_LINKINFO | NLA_F_NESTED, join(info))]);
}
