// The table that the matrix is generated from. A row more is a board, device, driver or link more under all the checks
// that apply to it.

import type { BoardOptions } from "../../host/index.ts";
import { pathsThrough, standsPath, type Node, type Verdict } from "./graph.ts";

export interface BoardNode extends Node {
  /** What tests of `ethtool -t` say that its models fail, by the driver: they have not all of what the chip has. */
  readonly fails: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Drivers whose card empties its ring when a receive filter changes: the frames after that are lost. */
  readonly forgets: readonly string[];
  /** Drivers whose card, once its ring is full, may never again tell them: flows are kept smaller than the ring. */
  readonly stalls: readonly string[];
  /** MiB of a file at most. */
  readonly mebibytes: number;
  readonly kind: NonNullable<BoardOptions["board"]>;
}

export interface DeviceNode extends Node {
  /** As `--device` takes it. */
  readonly spec: string;
}

export interface DriverNode extends Node {
  /** Real programs are let at it only when there is time: in soaks, with `--long`. */
  readonly patient?: boolean;
  /** What has to be loaded for it to have a device. */
  readonly behind?: string;
  /** What the kernel says of it, on a PC too. */
  readonly complaint?: RegExp;
  /** MiB of a file that goes through it: registers that are read for each byte take their time. */
  readonly mebibytes: number;
}

export interface LinkNode extends Node {
  readonly kind: "peer" | "tap" | "stream" | "dgram" | "hub" | "passt";
  /** With which board and driver it is walked when there is little time: what it does is the same below all of them. */
  readonly briefly?: readonly string[];
  /** MiB of a file at most. */
  readonly mebibytes?: number;
}

const desktop: BoardNode = {
  name: "desktop",
  kind: "desktop",
  fails: {},
  forgets: [],
  stalls: [],
  mebibytes: 100,
  needs: [],
  gives: ["e1000", "rtl8139", "cable", "virtual time"],
};

const qemu: BoardNode = {
  name: "qemu",
  kind: "qemu",
  // To the number what Debian 6.1 as QEMU's guest gets. The first register that does not keep what is written: FCAL (40), TXCW
  // (376). 82574L: of the interrupts that ICS asks for one does not come (4). No loopback in any (13, -EAGAIN).
  fails: {
    e1000: { "Register test  (offline)": 40, "Loopback test  (offline)": 13 },
    e1000e: { "Register test  (offline)": 376, "Interrupt test (offline)": 4, "Loopback test  (offline)": 13 },
    e100: { "Mac loopback     (offline)": -11, "Phy loopback     (offline)": -11 },
  },
  // Its RTL8139C begins at the start of the ring whenever RxConfig is written; the driver comes after when it finds no frame
  // where it looks.
  forgets: ["8139too"],
  // While its interrupts are masked and the ring is full it takes no frame, and when they are unmasked it does not look again;
  // the driver, which has acknowledged what came, waits for an interrupt.
  stalls: ["8139too"],
  mebibytes: 10,
  needs: [],
  gives: ["e1000", "rtl8139", "QEMU's", "cable"],
  machine: ["qemu-system-x86_64"],
};

const device = (name: string, spec: string, on: string, chip: string): DeviceNode => ({
  name,
  spec,
  needs: [on],
  gives: [chip],
});

/** A driver for one chip; `ethtool`: which of ethtool's questions it answers beside -i and -k. */
const driver = (name: string, chip: string, ethtool: string, mebibytes = 100): DriverNode => ({
  name,
  mebibytes,
  needs: [chip],
  gives: [
    "net_device",
    ...ethtool
      .split(" ")
      .filter(Boolean)
      .map((option) => `ethtool ${option}`),
  ],
});

const CABLE = ["cable", "net_device"];

/** Real network stacks at both ends; `briefly`: as LinkNode has it. */
const between = (kind: LinkNode["kind"], ...briefly: string[]): LinkNode => ({
  name: kind,
  kind,
  needs: CABLE,
  gives: ["namespaces", "frames of any kind"],
  machine: ["tap", "iperf3", "busybox", "ping"],
  briefly,
});

export const BOARDS: readonly BoardNode[] = [desktop, qemu];

export const DEVICES: readonly DeviceNode[] = [
  device("e1000", "e1000", "e1000", "82540EM"),
  device("rtl8139", "rtl8139", "rtl8139", "RTL8139C+"),
  device("rtl8139 rev 0x10", "rtl8139,revision=0x10", "rtl8139", "RTL8139C"),
  device("ne2k_pci", "ne2k_pci", "QEMU's", "RTL8029AS"),
  device("pcnet", "pcnet", "QEMU's", "79C970A"),
  device("e1000e", "e1000e", "QEMU's", "82574L"),
  device("i82557b", "i82557b", "QEMU's", "82557"),
  device("tulip", "tulip", "QEMU's", "21143"),
  device("vmxnet3", "vmxnet3", "QEMU's", "VMXNET3"),
  device("virtio-net-pci", "virtio-net-pci", "QEMU's", "virtio net"),
];

export const DRIVERS: readonly DriverNode[] = [
  driver("e1000", "82540EM", "-S -d -t"),
  driver("8139cp", "RTL8139C+", "-S -d"),
  driver("8139too", "RTL8139C", "-S -d"),
  // It takes nine frames out of its ring at a time, then acknowledges; those behind them lie there until one more comes.
  driver("ne2k-pci", "RTL8029AS", "", 1),
  driver("pcnet32", "79C970A", "-d -t"),
  { ...driver("e1000e", "82574L", "-S -d -t"), patient: true },
  { ...driver("e100", "82557", "-S -d -t"), patient: true },
  {
    ...driver("tulip", "21143", ""),
    patient: true,
    complaint: /^DMA-API: tulip .*: device driver failed to check map error/,
  },
  { ...driver("vmxnet3", "VMXNET3", "-S -d"), patient: true },
  { ...driver("virtio_net", "virtio net", "-S"), patient: true, behind: "virtio_pci" },
];

export const LINKS: readonly LinkNode[] = [
  { name: "peer", kind: "peer", needs: CABLE, gives: ["frames of any kind", "cable of its own"] },
  between("tap"),
  between("stream", "desktop", "e1000"),
  between("dgram", "desktop", "e1000"),
  between("hub", "desktop", "e1000"),
  {
    name: "passt",
    kind: "passt",
    needs: CABLE,
    gives: ["namespaces"],
    machine: ["tap", "passt", "iperf3", "busybox", "ping"],
    briefly: ["desktop", "e1000"],
    mebibytes: 10,
  },
];

/** One of each. */
export interface Path {
  readonly board: BoardNode;
  readonly device: DeviceNode;
  readonly driver: DriverNode;
  readonly link: LinkNode;
}

export const nodesOf = ({ board, device, driver, link }: Path): Node[] => [board, device, driver, link];

export const nameOf = (path: Path): string =>
  nodesOf(path)
    .map(({ name }) => name)
    .join(" / ");

/** A path, whether it stands, and whether that it does is only found out when there is time. */
export interface Row {
  readonly path: Path;
  readonly verdict: Verdict;
  readonly long: boolean;
}

function takesLong({ board, driver, link }: Path): boolean {
  if (driver.patient === true && link.gives.includes("namespaces")) return true;
  return !(link.briefly ?? []).every((name) => name === board.name || name === driver.name);
}

/** Each device with the driver for it, on each board, over each link. */
export function paths(): Row[] {
  const all = pathsThrough<Node>([BOARDS, DEVICES, DRIVERS, LINKS]).map((nodes) => {
    const [board, device, driver, link] = nodes as [BoardNode, DeviceNode, DriverNode, LinkNode];
    return { board, device, driver, link };
  });
  // A driver for another chip is nothing that anybody would miss.
  return all
    .filter(({ device, driver }) => driver.needs.every((chip) => device.gives.includes(chip)))
    .map((path) => ({
      path,
      verdict: standsPath(nodesOf(path)),
      long: takesLong(path),
    }));
}
