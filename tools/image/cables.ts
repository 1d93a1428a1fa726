// The cables of an emulated board: each of its cards leads to a link of this process, by a socket with a stream of frames.

import { closeSync } from "node:fs";
import type { Link, LinkServices } from "../../boards/links/link.ts";
import { PeerLink } from "../../boards/links/peer-link.ts";
import { CardPort } from "../../boards/qemu/card.ts";
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

  /** A card of each model, with the links in order; those without one have the built-in peer. */
  constructor(models: readonly string[], links: readonly Link[], failed: (error: Error) => void) {
    const native = new NativeFd(PURPOSE);
    const [own, monitor] = native.socketPair();
    this.#monitor = new Monitor(own, failed);
    const sockets = models.map(() => native.socketPair());
    this.descriptors = [monitor, ...sockets.map(([, theirs]) => theirs)];
    const cards = models.flatMap((model, i) => [
      ...["-netdev", `stream,id=net${i},server=off,addr.type=fd,addr.str=${FIRST_FD + 1 + i}`],
      ...["-device", `${model},netdev=net${i}`],
    ]);
    this.args = [...monitorArguments(FIRST_FD), ...cards];
    this.links = models.map((_, i) => links[i] ?? new PeerLink());
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
