// The kinds of links, by the names that `--link` uses.
import { KpiError } from "../../host/error.ts";
import { parseAddress } from "./address.ts";
import { DatagramLink } from "./dgram.ts";
import { Hub } from "./hub.ts";
import type { Link } from "./link.ts";
import { NoLink } from "./no-link.ts";
import { joinPasst, startPasst } from "./passt.ts";
import { PeerLink } from "./peer-link.ts";
import { StreamLink } from "./stream.ts";
import { TapLink } from "./tap.ts";

export interface LinkKind {
  /** One line for help. */
  readonly description: string;
  /** What stands behind the colon, for help; "": nothing. */
  readonly where: string;
  readonly options: readonly string[];
  /** Checks what a spec has, and says how to open it. `text`: the spec, for messages. */
  plan(where: string, options: Readonly<Record<string, string>>, text: string): () => Promise<Link> | Link;
}

const SOCKET = "unix:PATH | HOST:PORT";

export const KINDS: Readonly<Record<string, LinkKind>> = {
  peer: {
    description: "a built-in host that answers ARP and ping (default)",
    where: "",
    options: [],
    plan: () => () => new PeerLink(),
  },
  none: {
    description: "no cable",
    where: "",
    options: [],
    plan: () => () => new NoLink(),
  },
  tap: {
    description: "a TAP device of this machine, made if there is none; netns=NAME: in that network namespace",
    where: "NAME",
    options: ["netns"],
    plan:
      (name, { netns }) =>
      () =>
        new TapLink(name, netns),
  },
  stream: {
    description: "connects to a stream socket: another board, QEMU (-netdev stream), passt",
    where: SOCKET,
    options: [],
    plan: (where, _options, text) => {
      const address = parseAddress(where, `link ${text}`);
      return () => StreamLink.connect(address);
    },
  },
  "stream-listen": {
    description: "listens for one that connects",
    where: SOCKET,
    options: [],
    plan: (where, _options, text) => {
      const address = parseAddress(where, `link ${text}`);
      return () => StreamLink.listen(address);
    },
  },
  dgram: {
    description: "datagrams to there, from local=…: QEMU (-netdev dgram), another board",
    where: SOCKET,
    options: ["local"],
    plan: (where, { local }, text) => {
      const remote = parseAddress(where, `link ${text}`);
      if (local === undefined) throw new KpiError(`link ${text}: it wants local=, its own address`, 2);
      const address = parseAddress(local, `link ${text}: local=`);
      return () => new DatagramLink(address, remote);
    },
  },
  hub: {
    description: "a hub in this process: all links with this name get what one of them sends",
    where: "NAME",
    options: [],
    plan: (name) => () => Hub.named(name).port(),
  },
  passt: {
    description:
      "the network of this machine, through passt, without root: DHCP, gateway, names; socket=PATH: one that runs",
    where: "",
    options: ["socket"],
    plan: (_where, { socket }, text) => {
      if (socket === undefined) return () => startPasst();
      const address = parseAddress(`unix:${socket}`, `link ${text}: socket=`);
      return () => joinPasst(address);
    },
  },
};
