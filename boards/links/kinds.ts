// The kinds of links, by the names that `--link` uses.
import type { Link } from "./link.ts";
import { NoLink } from "./no-link.ts";
import { PeerLink } from "./peer-link.ts";
import type { LinkSpec } from "./spec.ts";
import { TapLink } from "./tap.ts";

export interface LinkKind {
  /** One line for help. */
  readonly description: string;
  /** What stands behind the colon, for help; "": nothing. */
  readonly where: string;
  readonly options: readonly string[];
  open(spec: LinkSpec): Promise<Link> | Link;
}

export const KINDS: Readonly<Record<string, LinkKind>> = {
  peer: {
    description: "a built-in host that answers ARP and ping (default)",
    where: "",
    options: [],
    open: () => new PeerLink(),
  },
  none: {
    description: "no cable",
    where: "",
    options: [],
    open: () => new NoLink(),
  },
  tap: {
    description: "a TAP device of this machine, made if there is none; netns=NAME: of that network namespace",
    where: "NAME",
    options: ["netns"],
    open: ({ where, options }) => new TapLink(where, options["netns"]),
  },
};
