// The cables of an emulated board: each of its cards leads to a link of this process, by a socket with a stream of frames.

import { closeSync } from "node:fs";
import type { Link, LinkServices } from "../../boards/links/link.ts";
import { PeerLink } from "../../boards/links/peer-link.ts";
import { CardPort } from "../../boards/qemu/card.ts";
import { deviceArgument, type QemuDevice } from "../../boards/qemu/devices.ts";
import { Monitor, monitorArguments } from "../../boards/qemu/monitor.ts";
import { NativeFd } from "../../host/native/fd.ts";

const PURPOSE = "an emulated board's network";
/** Descriptors of a child behind stdin, stdout and stderr. */
const FIRST_FD = 3;

export class Cables {
  /** QEMU's arguments for the cards. */
  readonly args: readonly string[];
  /** What QEMU inherits as FIRST_FD and the following; let go of them when it has started. */
  readonly descriptors: readonly number[];
  /** What the cards' cables lead to. */
  readonly links: readonly Link[];
  readonly #ports: CardPort[];
  readonly #monitor: Monitor;

  /** The devices; those that are cards get the links in order, and the built-in peer when there are no more. */
  constructor(
    devices: readonly QemuDevice[],
    cards: readonly QemuDevice[],
    links: readonly Link[],
    failed: (error: Error) => void,
  ) {
    const netdevs = new Map(cards.map((device, i) => [device, `net${i}`]));
    const native = new NativeFd(PURPOSE);
    const [own, monitor] = native.socketPair();
    this.#monitor = new Monitor(own, failed);
    const sockets = cards.map(() => native.socketPair());
    this.descriptors = [monitor, ...sockets.map(([, theirs]) => theirs)];
    const ends = cards.flatMap((_, i) => [
      "-netdev",
      `stream,id=net${i},server=off,addr.type=fd,addr.str=${FIRST_FD + 1 + i}`,
    ]);
    const plugged = devices.flatMap((device) => ["-device", deviceArgument(device, netdevs.get(device))]);
    this.args = [...monitorArguments(FIRST_FD), ...ends, ...plugged];
    this.links = cards.map((_, i) => links[i] ?? new PeerLink());
    this.#ports = sockets.map(([fd], i) => {
      const plug = (up: boolean): void => this.#monitor.execute("set_link", { name: `net${i}`, up });
      return new CardPort(native, fd, this.links[i]!, plug, failed);
    });
  }

  /** QEMU has been started. */
  start(services: LinkServices): void {
    for (const fd of this.descriptors) closeSync(fd);
    for (const port of this.#ports) port.start(services);
  }

  close(): void {
    this.#monitor.close();
    for (const port of this.#ports) port.close();
  }
}
