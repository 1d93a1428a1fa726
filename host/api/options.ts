// What a board is made of, as Board.boot takes it.

import {
  createBoard,
  DEFAULT_DEVICES,
  parseDevice,
  type DesktopBoard,
  type DeviceSpec,
  type QemuBoard,
} from "../../boards/index.ts";
import type { BoardKind } from "../../boards/kinds.ts";
import type { Link } from "../../boards/links/link.ts";
import { type LinkSpec, openLinks, parseLinkSpec } from "../../boards/links/spec.ts";
import type { Flavour } from "../flavour.ts";

/** A device as `kpi run --device` takes it ("rtl8139,revision=0x10"), or the same as an object:
 *  `{ model: "rtl8139", revision: 0x10, mac: "52:54:00:ab:cd:ef", netdev: "none" }`. */
export type Device = string | ({ readonly model: string } & Readonly<Record<string, string | number | boolean>>);

export interface BoardOptions {
  /** "desktop" (default): devices are models in this process. "qemu": they are those of qemu-system-x86_64, by the names and
   *  with the options that its -device has; time is real, and koffi has to load. */
  readonly board?: BoardKind;
  /** The PCI devices; default: one e1000. A card has a peer at the other end of its cable unless `netdev=none`. */
  readonly devices?: readonly Device[];
  /** Arguments for QEMU on board qemu, as `kpi run --qemu` takes them, but a word each: what a device has to be given besides,
   *  `["-drive", "if=none,id=disk,file=disk.img,format=raw"]` for `nvme,drive=disk,serial=1`. */
  readonly qemu?: readonly string[];
  /** What the cards' cables lead to, card by card, as `kpi run --link` takes it, "tap:wire0", or a Link of one's own, which
   *  the board then closes. Default: a peer each. */
  readonly links?: readonly (string | Link)[];
  /** Interfaces that somebody outside has, as `kpi run --netdev` gives them away: `{ eth0: "tap:kpi0" }`. */
  readonly netdevs?: Readonly<Record<string, string | Link>>;
  /** RAM, MiB; default 64. */
  readonly memory?: number;
  /** 1 (default) or 2. Two run at the same time, each on a thread, and need the real clock. */
  readonly cpus?: 1 | 2;
  /** virtual (default on the desktop board with one CPU): time moves by what the code does, jumps when the board is idle, and a run repeats exactly. */
  readonly clock?: "virtual" | "real";
  /** The image of the core: "debug" (default) tracks and checks, "release" does not. */
  readonly flavour?: Flavour;
  /** Of the randomness under the virtual clock: another seed, another run. Default 0. */
  readonly seed?: number;
  /** The folder where insmod and modprobe look for modules by name; default: where `kpi build` puts them. */
  readonly modules?: string;
  /** Log lines below this level, 1 to 8, are in `board.log` and are events; default 7, all but debug messages. */
  readonly loglevel?: number;
  /** The process ends with a report when the core passes no interrupt window for so many seconds; default 10. */
  readonly watchdog?: number;
}

function deviceSpec(board: BoardKind, device: Device): DeviceSpec {
  if (typeof device === "string") return parseDevice(board, device);
  const { model, ...options } = device;
  const text = (value: unknown): string => (typeof value === "boolean" ? (value ? "on" : "off") : String(value));
  const words = Object.entries(options).map(([name, value]) => `${name}=${text(value)}`);
  return parseDevice(board, [model, ...words].join(","));
}

/** @internal */
export interface Hardware {
  readonly board: DesktopBoard | QemuBoard;
  /** The links that have interfaces, by the interface's name. */
  readonly netdevs: ReadonlyMap<string, Link>;
  /** All links: who does not power the board on closes them. */
  readonly opened: readonly Link[];
}

/** A link of the user's own is open. */
const plan = (link: string | Link): Pick<LinkSpec, "open"> =>
  typeof link === "string" ? parseLinkSpec(link) : { open: () => Promise.resolve(link) };

/** The board with its devices, and the links that were asked for, open. @internal */
export async function hardware({
  board = "desktop",
  devices = DEFAULT_DEVICES,
  links = [],
  netdevs = {},
  qemu = [],
}: BoardOptions): Promise<Hardware> {
  const specs = devices.map((device) => deviceSpec(board, device));
  const given = Object.entries(netdevs);
  const opened = await openLinks([...links, ...given.map(([, link]) => link)].map(plan));
  try {
    return {
      board: createBoard(board, specs, { links: opened.slice(0, links.length), qemu }),
      netdevs: new Map(given.map(([name], i) => [name, opened[links.length + i]!])),
      opened,
    };
  } catch (error) {
    for (const link of opened) link.close();
    throw error;
  }
}

/** Module parameters by name: `{ debug: 1, media: [1, 2], name: "two words" }`. */
export type ModuleParams = Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;

/** Parameters as the kernel parses them: a value with spaces stands in double quotes. */
export function kernelArguments(params: ModuleParams): string {
  const words = Object.entries(params).map(([name, value]) => {
    const text = typeof value === "boolean" ? (value ? "1" : "0") : String(value);
    return /\s/.test(text) ? `${name}="${text}"` : `${name}=${text}`;
  });
  return words.join(" ");
}
