// A network interface of the board, by name: what `ip` and `ping` do, raw frames through its driver, what it says of
// itself. The interface may come and go with its module; a call for one that is not there fails with ENODEV.

import { KpiError } from "../error.ts";
import type { Interface } from "../interfaces.ts";
import { formatIp } from "../net/address.ts";
import type { PingResult } from "../net/ping-statistics.ts";
import type { System } from "../system.ts";
import { Ethtool } from "./ethtool.ts";
import { whenRunning } from "../net/when-running.ts";
import { FrameQueue, type ReceiveOptions } from "./frames.ts";
import { ping, type PingOptions } from "./ping.ts";

export interface NetdevInfo {
  readonly name: string;
  readonly ifindex: number;
  /** "52:54:00:12:34:56" */
  readonly mac: string;
  readonly mtu: number;
  /** IFF_UP. */
  readonly up: boolean;
  /** netif_carrier_ok(). */
  readonly carrier: boolean;
  /** IFF_*, as dev_get_flags() has them. */
  readonly flags: number;
  /** The driver and the device it drives, "8139cp" and "0000:00:03.0", where the interface has a device. */
  readonly driver: string | undefined;
  readonly bus: string | undefined;
  readonly addresses: readonly string[];
}

/** rtnl_link_stats64, by the kernel's names. */
export type NetdevStats = Readonly<Record<(typeof STATS)[number], number>>;

const STATS = [
  "rx_packets",
  "tx_packets",
  "rx_bytes",
  "tx_bytes",
  "rx_errors",
  "tx_errors",
  "rx_dropped",
  "tx_dropped",
  "multicast",
  "collisions",
  "rx_length_errors",
  "rx_over_errors",
  "rx_crc_errors",
  "rx_frame_errors",
  "rx_fifo_errors",
  "rx_missed_errors",
  "tx_aborted_errors",
  "tx_carrier_errors",
  "tx_fifo_errors",
  "tx_heartbeat_errors",
  "tx_window_errors",
] as const;

const IFF_UP = 1;
const ETH_HLEN = 14;
const VLAN_HLEN = 4;

export class Netdev {
  readonly name: string;
  /** What ethtool asks and sets. */
  readonly ethtool: Ethtool;
  readonly #system: System;
  readonly #frames: FrameQueue;

  /** Made by board.netdev(). `frames` is where the board puts what the driver hands up. @internal */
  constructor(system: System, name: string, frames: FrameQueue) {
    this.#system = system;
    this.name = name;
    this.ethtool = new Ethtool(system, name);
    this.#frames = frames;
  }

  async #interface(): Promise<Interface> {
    const { interfaces } = this.#system;
    await interfaces.refresh(true);
    return interfaces.named(this.name);
  }

  /** ip link set NAME up */
  up(): Promise<void> {
    return this.#system.interfaces.setUp(this.name);
  }

  /** Waits until the link is there, as `ip link` shows state UP: what is sent earlier is lost. `timeout`: seconds of
   *  board time, default 10; fails with ETIMEDOUT. */
  async whenRunning(timeout = 10): Promise<void> {
    if (await whenRunning(this.#system, this.name, timeout)) return;
    throw new KpiError(`${this.name} has no link after ${timeout} s`, 1, "ETIMEDOUT");
  }

  /** ip link set NAME down */
  down(): Promise<void> {
    return this.#system.interfaces.setDown(this.name);
  }

  setMtu(mtu: number): Promise<void> {
    return this.#system.interfaces.setMtu(this.name, mtu);
  }

  /** `mac`: "52:54:00:ab:cd:ef" */
  setMac(mac: string): Promise<void> {
    return this.#system.interfaces.setMac(this.name, mac);
  }

  setPromisc(on: boolean): Promise<void> {
    return this.#system.interfaces.setPromisc(this.name, on);
  }

  setAllMulticast(on: boolean): Promise<void> {
    return this.#system.interfaces.setAllMulticast(this.name, on);
  }

  /** ip maddr add MAC dev NAME */
  addMulticast(mac: string): Promise<void> {
    return this.#system.interfaces.addMulticast(this.name, mac);
  }

  removeMulticast(mac: string): Promise<void> {
    return this.#system.interfaces.removeMulticast(this.name, mac);
  }

  /** `prefix`: "10.0.2.15/24", which the first interface has from the start. */
  async addAddress(prefix: string): Promise<void> {
    (await this.#interface()).stack.addAddress(prefix);
  }

  async removeAddress(prefix: string): Promise<void> {
    (await this.#interface()).stack.removeAddress(prefix);
  }

  async info(): Promise<NetdevInfo> {
    const { details, stack } = await this.#interface();
    return {
      name: details.text("name"),
      ifindex: details.number("ifindex"),
      mac: details.text("address"),
      mtu: details.number("mtu"),
      up: (details.flags & IFF_UP) !== 0,
      carrier: details.number("carrier") === 1,
      flags: details.flags,
      driver: details.optional("driver"),
      bus: details.optional("bus"),
      addresses: stack.addresses.map(({ address, length }) => `${formatIp(address)}/${length}`),
    };
  }

  /** The counters of `ip -s link`: the driver's ndo_get_stats64 and the core's own. */
  async stats(): Promise<NetdevStats> {
    const { details } = await this.#interface();
    return Object.fromEntries(STATS.map((name) => [name, details.number(name)])) as NetdevStats;
  }

  /** Pings `target`, an address or "peer": 5 times by default, and says what became of it. */
  async ping(target = "peer", options: PingOptions = {}): Promise<PingResult> {
    const { stack } = await this.#interface();
    const { address } = this.#system.interfaces.route(target);
    return ping(this.#system, stack, address, options);
  }

  /** Queues a frame for the driver to transmit: from destination address to the end of the data. */
  async send(frame: Uint8Array): Promise<void> {
    const { ifindex, details, stack } = await this.#interface();
    if ((details.flags & IFF_UP) === 0) {
      throw new KpiError(`${this.name} cannot send: it is down; bring it up with up()`, 1, "ENETDOWN");
    }
    const most = stack.mtu + ETH_HLEN + VLAN_HLEN;
    if (frame.length < ETH_HLEN || frame.length > most) {
      const limits = `it takes ${ETH_HLEN} to ${most} bytes`;
      throw new KpiError(`${this.name} cannot send ${frame.length} bytes: ${limits}`, 1, "EMSGSIZE");
    }
    if (this.#system.interfaces.transmit(ifindex, frame)) return;
    throw new KpiError(`${this.name} cannot send: no room in the packet ring`, 1, "ENOBUFS");
  }

  /** The next frame that the driver has handed up since board.netdev() was first asked for this interface; fails with
   *  ETIMEDOUT. */
  receive(options?: ReceiveOptions): Promise<Uint8Array> {
    return this.#frames.take(options);
  }

  /** Frames from the driver that `receive` has not taken, oldest first. */
  get frames(): readonly Uint8Array[] {
    return this.#frames.all;
  }

  /** Forgets them. */
  clear(): void {
    this.#frames.clear();
  }

  /** Runs the board until the interface has carrier, or (`up` false) has none; fails with ETIMEDOUT. */
  async waitForLink(up = true, timeout = 10): Promise<void> {
    const end = this.#system.machine.clock.now() + timeout * 1e9;
    while ((await this.info()).carrier !== up) {
      if (this.#system.machine.clock.now() > end) {
        throw new KpiError(`${this.name} has ${up ? "no" : "still a"} link after ${timeout} s`, 1, "ETIMEDOUT");
      }
      await this.#system.wait(LINK_POLL_S);
    }
  }
}

/** How often waitForLink looks, seconds. */
const LINK_POLL_S = 0.01;
