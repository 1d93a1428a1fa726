// `--netdev eth0=tap:kpi0`: something outside has the interface. What the link receives goes to the driver, what the driver
// receives goes to the link, and the interface is up while the link has carrier. For a TAP this makes the interface one of
// the host's own: its network stack sends and receives through the driver.

import { FrameViews } from "../../boards/links/frame-buffer.ts";
import type { Link } from "../../boards/links/link.ts";
import { Outlet } from "../../boards/links/outlet.ts";
import { VNET_HLEN } from "../../boards/links/vnet-header.ts";
import type { Interface, Interfaces } from "../interfaces.ts";
import type { Machine } from "../machine/machine.ts";
import { KpiError } from "../error.ts";
import { parseMac } from "./address.ts";
import { PacketRing } from "./packet-ring.ts";

/** Frames from the driver that may wait for the link, as many as a queue of an interface holds; then they are dropped. */
const QUEUE_LENGTH = 1000;
const IFF_UP = 1;

export class Attachment {
  /** The interface's name. */
  readonly name: string;
  /** Its number, while there is one of that name. */
  ifindex = 0;
  /** Whether there has ever been one. */
  appeared = false;
  readonly #machine: Machine;
  readonly #interfaces: Interfaces;
  readonly #link: Link;
  readonly #outlet: Outlet;
  readonly #fail: (error: Error) => void;
  #ring: PacketRing | undefined;
  /** Where received frames lie with their headers, for a link that carries whole packets. */
  #shown = new FrameViews(new Uint8Array(0), 0);
  #updating = false;
  #stale = false;
  /** What the interface was last told to be. */
  #up: boolean | undefined;
  #mtu: number | undefined;

  constructor(machine: Machine, interfaces: Interfaces, name: string, link: Link, fail: (error: Error) => void) {
    this.#machine = machine;
    this.#interfaces = interfaces;
    this.name = name;
    this.#link = link;
    this.#fail = fail;
    const { packets } = link;
    if (packets === undefined) {
      this.#outlet = new Outlet(link, () => {}, QUEUE_LENGTH);
      link.onReceive = (frame) => this.#send(frame);
    } else {
      this.#outlet = new Outlet(
        link,
        () => {},
        QUEUE_LENGTH,
        (packet) => packets.sendPacket(packet),
      );
      packets.onPacket = (packet) => this.#send(packet);
    }
    link.onMissed = () => {};
    link.onCarrier = () => this.changed();
    link.onMtu = () => this.changed();
    link.start({ clock: machine.clock, report: (message) => machine.report(message), fail });
    this.changed();
  }

  /** A frame, or a packet with its header, for the driver. Where there is none, nobody hears it. */
  #send(frame: Uint8Array): boolean {
    return this.#ring === undefined || this.#ring.sendOrWait(this.ifindex, frame);
  }

  /** A frame from the driver, in the core's memory with its virtio_net_hdr before it; false: it is lost. */
  receive(frame: Uint8Array): boolean {
    if (this.#link.packets === undefined) return this.#outlet.send(frame);
    const start = frame.byteOffset - VNET_HLEN;
    if (this.#shown.start !== start) this.#shown = new FrameViews(this.#machine.text.bytes, start);
    return this.#outlet.send(this.#shown.view(VNET_HLEN + frame.length));
  }

  /** The ring at `address` has room. */
  room(address: number): void {
    if (this.#ring?.address === address) this.#link.resume();
  }

  /** The interface has come or gone or changed, or the link has. */
  changed(): void {
    this.#stale = true;
    if (this.#updating) return;
    this.#updating = true;
    // Not at once: this may be a call from the core.
    setImmediate(() => void this.#update().catch((error: unknown) => this.#fail(error as Error)));
  }

  async #update(): Promise<void> {
    try {
      while (this.#stale && this.#machine.alive) {
        this.#stale = false;
        await this.#interfaces.refresh();
        const found = this.#interfaces.all().find(({ details }) => details.text("name") === this.name);
        if ((found?.ifindex ?? 0) !== this.ifindex) await this.#bind(found);
        if (found !== undefined && this.#mtu !== this.#link.mtu) await this.#setMtu(found, this.#link.mtu);
        if (found !== undefined && this.#up !== this.#link.carrier) await this.#setUp(found, this.#link.carrier);
      }
    } finally {
      this.#updating = false;
    }
  }

  async #bind(found: Interface | undefined): Promise<void> {
    const old = this.#ring;
    this.#ring = undefined;
    this.#outlet.clear();
    this.#up = undefined;
    this.#mtu = undefined;
    this.ifindex = found?.ifindex ?? 0;
    if (old !== undefined) await this.#machine.callExport("kpi_packet_ring_close", [old.address], false);
    if (found === undefined) return;
    this.appeared = true;
    const vnet = this.#link.packets === undefined ? 0 : 1;
    const address = (await this.#machine.callExport("kpi_packet_ring_open", [found.ifindex, vnet])) >>> 0;
    if (address === 0) throw new KpiError(`--netdev ${this.name}: no memory for its packet ring; raise --mem`);
    this.#ring = new PacketRing(this.#machine, address);
    // The host's stack is the interface's: the one of the board keeps silent.
    found.stack.removeAddresses();
    const mac = parseMac(found.details.text("address"));
    if (mac !== undefined) this.#link.setAddress?.(mac);
  }

  /** The interface takes what the host's own sends. */
  async #setMtu(found: Interface, mtu: number | undefined): Promise<void> {
    this.#mtu = mtu;
    const own = found.details.number("mtu");
    if (mtu === undefined || own === mtu) return;
    try {
      await this.#interfaces.setMtu(this.name, mtu);
    } catch (error) {
      if (!(error instanceof KpiError)) throw error;
      this.#machine.report(`--netdev ${this.name}: ${error.message}: longer packets than ${own} bytes are lost`);
    }
  }

  async #setUp(found: Interface, up: boolean): Promise<void> {
    this.#up = up;
    if (((found.details.flags & IFF_UP) !== 0) === up) return;
    if (up) await this.#interfaces.setUp(this.name);
    else await this.#interfaces.setDown(this.name);
    // Which groups the host's stack has joined, nobody tells.
    if (up) await this.#interfaces.setAllMulticast(this.name, true);
  }

  close(): void {
    this.#ring = undefined;
    this.#link.close();
  }
}
